"""Two equal legs, told as stories; and the whole table."""

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conversation import (
    TRANSITIONS,
    Conversation,
    Drop,
    Finished,
    Held,
    Kept,
    Rejoin,
    SetUp,
    State,
    StopSetUp,
    Trigger,
)
from bridges.sip.machine import LocalMisuse


def transferring(by: str = "b") -> Conversation:
    conversation = Conversation("a", "b")
    conversation.transfer(by, "204")
    return conversation


@pytest.mark.parametrize(("leg", "other"), [("a", "b"), ("b", "a")])
def test_either_hangs_up_and_the_other_is_hung_up(leg: str, other: str) -> None:
    conversation = Conversation("a", "b")
    assert conversation.ends(leg, Cause.NORMAL) == [Drop(other, Cause.NORMAL), Finished(Cause.NORMAL)]
    assert conversation.ends(other, Cause.NORMAL) == []
    assert conversation.abort(Cause.FAILED) == []


def test_abort_ends_both() -> None:
    lost = Cause.MEDIA_FAILED
    assert Conversation("a", "b").abort(lost) == [Drop("a", lost), Drop("b", lost), Finished(lost)]


def test_who_holds_is_told_once_each_time_it_changes() -> None:
    conversation = Conversation("a", "b")
    assert conversation.hold("a") == [Held(frozenset({"a"}))]
    assert conversation.hold("a") == []
    assert conversation.hold("b") == [Held(frozenset({"a", "b"}))]
    assert conversation.resume("a") == [Held(frozenset({"b"}))]
    assert conversation.resume("b") == [Held(frozenset())]
    assert conversation.resume("b") == conversation.hold("stranger") == []


@pytest.mark.parametrize(
    ("by", "kept", "legs"), [("b", "a", ("a", "c")), ("a", "b", ("b", "c"))], ids=["b leaves", "a leaves"]
)
def test_a_transfer_puts_the_new_leg_into_the_place_of_who_asked(
    by: str, kept: str, legs: tuple[str, str]
) -> None:
    conversation = Conversation("a", "b")
    assert conversation.transfer(by, "204", "PAGE") == [SetUp("204", kept, by, "PAGE")]
    assert conversation.state is State.REPLACING
    assert conversation.replaced("c") == [Rejoin(kept, "c"), Drop(by, Cause.NORMAL)]
    assert conversation.legs == legs
    assert conversation.ends("c", Cause.NORMAL) == [Drop(kept, Cause.NORMAL), Finished(Cause.NORMAL)]


def test_who_leaves_holds_nobody_any_more() -> None:
    conversation = Conversation("a", "b")
    conversation.hold("b")
    conversation.transfer("b", "204")
    assert conversation.replaced("c")[-1] == Held(frozenset())


def test_a_transfer_that_fails_leaves_all_as_it_was() -> None:
    conversation = transferring()
    assert conversation.failed(Cause.BUSY) == [Kept("b", Cause.BUSY)]
    assert (conversation.state, conversation.legs) == (State.TALKING, ("a", "b"))
    assert conversation.transfer("a", "205") == [SetUp("205", "b", "a")]


def test_who_transferred_may_hang_up_before_the_other_is_found() -> None:
    conversation = transferring()
    assert conversation.ends("b", Cause.NORMAL) == []
    assert conversation.replaced("c") == [Rejoin("a", "c")]


def test_a_failed_transfer_of_one_who_has_gone_ends_the_call() -> None:
    conversation = transferring()
    conversation.ends("b", Cause.NORMAL)
    assert conversation.failed(Cause.BUSY) == [
        StopSetUp(Cause.BUSY),
        Drop("a", Cause.BUSY),
        Finished(Cause.BUSY),
    ]


def test_the_one_transferred_hangs_up_and_nobody_is_looked_for_any_more() -> None:
    conversation = transferring()
    assert conversation.ends("a", Cause.NORMAL) == [
        StopSetUp(Cause.NORMAL),
        Drop("b", Cause.NORMAL),
        Finished(Cause.NORMAL),
    ]
    assert conversation.replaced("c") == conversation.failed(Cause.BUSY) == []


def test_both_hang_up_at_once_while_one_is_transferred() -> None:
    conversation = transferring()
    conversation.ends("b", Cause.NORMAL)
    assert conversation.ends("a", Cause.NORMAL) == [StopSetUp(Cause.NORMAL), Finished(Cause.NORMAL)]


def test_a_leg_goes_over_to_another_conversation_and_the_rest_is_hung_up() -> None:
    conversation = Conversation("a", "b")
    assert conversation.give("b") == [Drop("a", Cause.NORMAL), Finished(Cause.NORMAL)]
    assert conversation.ends("b", Cause.NORMAL) == []


def test_one_leg_is_replaced_at_a_time_and_only_of_this_conversation() -> None:
    conversation = Conversation("a", "b")
    with pytest.raises(LocalMisuse):
        conversation.transfer("c", "204")
    with pytest.raises(LocalMisuse):
        conversation.give("c")
    conversation.transfer("a", "204")
    for ask in (conversation.replace, conversation.give):
        with pytest.raises(LocalMisuse):
            ask("b")
    assert conversation.state is State.REPLACING
    conversation.abort(Cause.FAILED)
    with pytest.raises(LocalMisuse):
        conversation.replace("a")


def test_what_comes_late_or_was_not_asked_for_changes_nothing() -> None:
    conversation = Conversation("a", "b")
    assert conversation.replaced("c") == conversation.failed(Cause.BUSY) == []
    assert conversation.ends("c", Cause.NORMAL) == []
    assert (conversation.state, conversation.legs, conversation.other("c")) == (
        State.TALKING,
        ("a", "b"),
        None,
    )


def test_what_the_table_allows() -> None:
    assert {state: {t for s, t in TRANSITIONS if s is state} for state in State} == {
        State.TALKING: {Trigger.REPLACE, Trigger.GIVE, Trigger.END},
        State.REPLACING: {Trigger.REPLACED, Trigger.KEEP, Trigger.END},
        State.ENDED: set(),
    }
