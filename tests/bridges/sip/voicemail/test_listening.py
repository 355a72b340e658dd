"""One's own mailbox by telephone, step by step."""

from __future__ import annotations

import pytest

from bridges.sip.voice.prompts import Prompt
from bridges.sip.voicemail.listening import (
    ANSWER_WITHIN,
    CallBack,
    Command,
    Delete,
    EndGreeting,
    HangUp,
    KeepGreeting,
    Listening,
    Load,
    MarkSeen,
    Play,
    PlayGreeting,
    RecordGreeting,
    Say,
    State,
    Waits,
)
from wire.voicemail import GREETING_MOST

OLD, NEW, NEWER = Waits("old", True, "+39"), Waits("new", False, None), Waits("newer", False, "@anna:x")


def heard(*messages: Waits) -> Listening:
    """The first message has been said to its end, and the menu, at 20."""
    machine = Listening()
    machine.opened(messages, 1.0)
    machine.said(5.0)
    machine.loaded(3.0, 6.0)
    machine.said(10.0)
    machine.said(20.0)
    return machine


def test_what_is_new_is_counted_and_played_first() -> None:
    machine = Listening()
    assert machine.opened([OLD, NEWER, NEW], 1.0) == [Say((Prompt.MAILBOX_NEW, 2))]
    assert machine.said(5.0) == [Say(()), Load("newer")]
    assert machine.loaded(3.0, 6.0) == [Play((Prompt.MAILBOX_MESSAGE, 1))]
    assert machine.said(10.0) == [MarkSeen("newer"), Say((Prompt.MAILBOX_MENU,))]


def test_without_a_key_the_next_one_follows_and_then_the_end() -> None:
    machine = heard(NEW, OLD)
    assert machine.handle_timer(20.0 + ANSWER_WITHIN - 0.01) == []
    assert machine.handle_timer(20.0 + ANSWER_WITHIN) == [Say(()), Load("old")]
    assert machine.loaded(3.0, 30.0) == [Play((Prompt.MAILBOX_MESSAGE, 2))]
    assert machine.key("2", 31.0) == [Say((Prompt.MAILBOX_END,))]
    assert machine.said(35.0) == [HangUp()]


@pytest.mark.parametrize(
    ("key", "commands"),
    [
        ("1", [Say(()), Load("new")]),
        ("2", [Say(()), Load("old")]),
        ("3", [Delete("new"), Say(()), Load("old")]),
        ("4", [Say((Prompt.MAILBOX_NO_CALL_BACK, Prompt.MAILBOX_MENU))]),
        ("#", [Say((Prompt.GOODBYE,))]),
        ("7", []),
    ],
)
def test_what_keys_do_after_a_message_and_in_it(key: str, commands: list[Command]) -> None:
    assert heard(NEW, OLD).key(key, 21.0) == commands
    machine = Listening()
    machine.opened([NEW, OLD], 1.0)
    assert machine.key("1", 2.0) == []
    machine.said(5.0)
    assert machine.key("3", 5.5) == []  # it is on its way
    machine.loaded(3.0, 6.0)
    assert machine.key(key, 7.0) == commands


def test_who_left_a_message_is_called_back_and_if_in_vain_one_may_choose_again() -> None:
    machine = heard(NEWER)
    assert machine.key("4", 21.0) == [Say(()), CallBack("@anna:x")]
    assert machine.get_timer() is None
    assert machine.not_called_back(60.0) == [Say((Prompt.MAILBOX_NO_CALL_BACK, Prompt.MAILBOX_MENU))]
    assert machine.key("3", 61.0) == [Delete("newer"), Say((Prompt.MAILBOX_END,))]


def test_an_empty_mailbox_and_one_without_news() -> None:
    assert Listening(by_pin=True).opened([], 1.0) == [Say((Prompt.MAILBOX_EMPTY,))]
    machine = Listening()
    assert machine.opened([], 1.0) == [Say((Prompt.MAILBOX_EMPTY, Prompt.MAILBOX_GREETING))]
    machine.said(5.0)
    assert machine.handle_timer(5.0 + ANSWER_WITHIN) == [Say((Prompt.GOODBYE,))]
    assert Listening().opened([OLD], 1.0) == [Say((Prompt.MAILBOX_NO_NEW,))]


def test_more_messages_than_there_are_words_for() -> None:
    many = [Waits(str(number), False, None) for number in range(60)]
    assert Listening().opened(many, 1.0) == [Say((Prompt.MAILBOX_NEW, 50))]


def test_what_does_not_come_is_said() -> None:
    machine = Listening()
    assert machine.unavailable(1.0) == [Say((Prompt.MAILBOX_UNAVAILABLE,))]
    machine = Listening()
    machine.opened([NEW], 1.0)
    machine.said(2.0)
    assert machine.handle_timer(machine.get_timer() or 0.0) == [Say((Prompt.MAILBOX_UNAVAILABLE,))]


def test_after_the_caller_has_gone_nothing_is_done() -> None:
    machine = heard(NEW)
    machine.hung_up()
    assert (machine.state, machine.get_timer()) == (State.GONE, None)
    assert machine.opened([NEW], 30.0) == machine.loaded(1.0, 30.0) == machine.key("2", 30.0) == []
    assert machine.said(30.0) == machine.unavailable(30.0) == machine.not_called_back(30.0) == []


def test_who_is_known_by_a_pin_alone_calls_nobody_back() -> None:
    machine = Listening(by_pin=True)
    machine.opened([Waits("old", True, "+39")], 1.0)
    machine.said(5.0)
    machine.loaded(3.0, 6.0)
    assert machine.said(10.0) == [MarkSeen("old"), Say((Prompt.MAILBOX_MENU_OUTSIDE,))]
    assert machine.key("4", 11.0) == []
    assert machine.key("3", 12.0) == [Delete("old"), Say((Prompt.MAILBOX_END,))]


def briefed(machine: Listening) -> Listening:
    """The greeting is being recorded since 10."""
    assert machine.key("5", 6.0) == [Say((Prompt.GREETING_RECORD,), tone=True)]
    assert machine.said(10.0) == [RecordGreeting()]
    return machine


def test_a_greeting_is_recorded_heard_recorded_again_and_kept() -> None:
    machine = Listening()
    machine.opened([], 1.0)
    briefed(machine)
    assert machine.key("5", 11.0) == []
    assert machine.key("#", 12.0) == [EndGreeting()]
    assert machine.recorded(True, 12.0) == [PlayGreeting((Prompt.GREETING_REVIEW,))]
    assert machine.key("2", 13.0) == [Say((Prompt.GREETING_RECORD,), tone=True)]
    machine.said(14.0)
    assert machine.handle_timer(14.0 + GREETING_MOST - 0.01) == []
    assert machine.handle_timer(14.0 + GREETING_MOST) == [EndGreeting()]
    machine.recorded(True, 80.0)
    assert machine.key("1", 81.0) == [Say(()), KeepGreeting()]
    assert machine.kept(82.0) == [Say((Prompt.GREETING_SAVED,))]
    assert machine.said(85.0) == [HangUp()]


def test_a_greeting_of_silence_or_that_nobody_keeps_changes_nothing() -> None:
    machine = briefed(heard(NEW))
    machine.key("#", 12.0)
    assert machine.recorded(False, 12.0) == [Say((Prompt.NOT_SET,))]
    machine = briefed(heard(NEW))
    machine.key("#", 12.0)
    machine.recorded(True, 12.0)
    assert machine.key("#", 13.0) == [Say((Prompt.GOODBYE,))]
    machine = briefed(heard(NEW))
    machine.key("#", 12.0)
    machine.recorded(True, 12.0)
    machine.key("1", 13.0)
    assert machine.unavailable(14.0) == [Say((Prompt.MAILBOX_UNAVAILABLE,))]


def test_who_is_known_by_a_pin_alone_records_no_greeting() -> None:
    machine = Listening(by_pin=True)
    machine.opened([NEW], 1.0)
    assert machine.key("5", 2.0) == []
