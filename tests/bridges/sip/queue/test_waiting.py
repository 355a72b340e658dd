"""What whoever waits in a queue hears: each step, and what each state forbids."""

import pytest

from bridges.sip.queue.waiting import SAID_WITHIN, AskCallBack, AskPlace, HangUp, Say, State, Waiting
from bridges.sip.voice.prompts import Prompt, Words


def waiting(*, welcome: bool = True, announce: float = 30) -> Waiting:
    return Waiting(welcome=welcome, announce=announce)


def test_a_caller_is_greeted_told_their_place_and_again_after_a_while() -> None:
    machine = waiting()
    assert machine.begins(0) == [Say((Prompt.QUEUE_WELCOME,))]
    assert machine.state is State.GREETED
    assert machine.said(5) == [AskPlace()]
    assert (machine.state, machine.get_timer()) == (State.WAITING, 35)
    assert machine.placed(1, None, 6) == [Say((Prompt.QUEUE_NEXT,))]
    assert machine.said(8) == []
    assert (machine.state, machine.get_timer()) == (State.WAITING, 38)
    assert machine.handle_timer(37) == []
    assert machine.handle_timer(38) == [AskPlace()]
    # The web does not answer: it is asked again next time.
    assert machine.get_timer() == 68


def test_who_is_told_nothing_hears_music_alone() -> None:
    machine = waiting(welcome=False, announce=0)
    assert machine.begins(0) == []
    assert (machine.state, machine.get_timer()) == (State.WAITING, None)
    greeted = waiting(announce=0)
    greeted.begins(0)
    assert greeted.said(3) == []


@pytest.mark.parametrize(
    ("position", "seconds", "words"),
    [
        (1, None, (Prompt.QUEUE_NEXT,)),
        (2, None, (Prompt.QUEUE_PLACE, 2)),
        (50, 60, (Prompt.QUEUE_PLACE, 50, Prompt.QUEUE_WAIT_SHORT)),
        (3, 61, (Prompt.QUEUE_PLACE, 3, Prompt.QUEUE_WAIT, 2)),
        (1, 0, (Prompt.QUEUE_NEXT, Prompt.QUEUE_WAIT_SHORT)),
        (51, 600, (Prompt.QUEUE_WAIT, 10)),
        (51, 3060, (Prompt.QUEUE_WAIT, 51)),
        (51, 3061, ()),
    ],
)
def test_a_place_in_words(position: int, seconds: int | None, words: tuple[Words, ...]) -> None:
    machine = waiting(welcome=False)
    machine.begins(0)
    if words and words[-1] == 51:
        words = ()  # there are words for fifty numbers
    assert machine.placed(position, seconds, 1) == ([Say(words)] if words else [])


def test_a_place_that_comes_too_late_is_not_told() -> None:
    machine = waiting()
    assert machine.placed(1, None, 0) == []
    machine.begins(0)
    assert machine.placed(1, None, 1) == []
    machine.hung_up()
    assert machine.placed(1, None, 2) == machine.dismissed(3) == machine.said(4) == []


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_wherever_they_are_they_can_be_dismissed(steps: int) -> None:
    machine = waiting()
    if steps > 0:
        machine.begins(0)
    if steps > 1:
        machine.said(1)
    if steps > 2:
        machine.placed(2, None, 2)
    assert machine.dismissed(3) == [Say((Prompt.QUEUE_CLOSED,))]
    assert machine.dismissed(4) == []
    assert machine.said(5) == [HangUp()]
    assert machine.gone


def test_what_is_never_said_to_its_end_counts_as_said() -> None:
    machine = waiting()
    machine.begins(0)
    assert machine.handle_timer(SAID_WITHIN) == [AskPlace()]
    machine.dismissed(40)
    assert machine.handle_timer(40 + SAID_WITHIN) == [HangUp()]


def test_over_a_restart_nobody_is_greeted_twice() -> None:
    machine = waiting()
    fresh = Waiting.restore(machine.snapshot())
    assert fresh.begins(0) == [Say((Prompt.QUEUE_WELCOME,))]
    machine.begins(0)
    again = Waiting.restore(machine.snapshot())
    assert again.begins(0) == []
    assert again.get_timer() == 30
    assert again.key("1", 1) == []


def test_whoever_presses_the_key_is_called_back_and_hears_so() -> None:
    caller = Waiting(welcome=True, announce=45, call_back="3")
    offer = (Prompt.QUEUE_CALL_BACK, 3)
    assert caller.begins(0.0) == [Say((Prompt.QUEUE_WELCOME, *offer))]
    assert caller.said(4.0) == [AskPlace()]
    assert caller.placed(1, None, 5.0) == [Say((Prompt.QUEUE_NEXT, *offer))]
    assert (caller.key("1", 6.0), caller.key("3", 7.0), caller.key("3", 8.0)) == ([], [AskCallBack()], [])
    assert caller.promised(9.0) == [Say((Prompt.QUEUE_CALLED_BACK,))]
    again = Waiting.restore(caller.snapshot())
    assert again.begins(0.0) == [Say((Prompt.QUEUE_CALLED_BACK,))]
    for machine in (caller, again):
        assert machine.key("3", 10.0) == []
        assert machine.said(12.0) == [HangUp()]


def test_whom_nobody_can_call_waits_on_and_may_ask_again() -> None:
    caller = Waiting(welcome=False, announce=0, call_back="3")
    assert caller.begins(0.0) == [Say((Prompt.QUEUE_CALL_BACK, 3))]
    assert caller.said(3.0) == []
    assert caller.key("3", 4.0) == [AskCallBack()]
    assert caller.not_promised(5.0) == [Say((Prompt.QUEUE_NOT_CALLED_BACK,))]
    assert caller.said(8.0) == []
    assert caller.key("3", 9.0) == [AskCallBack()]
    assert Waiting.restore(caller.snapshot()).key("3", 9.0) == [AskCallBack()]


def test_a_promise_that_comes_when_they_talk_already_is_nothing() -> None:
    caller = Waiting(welcome=False, announce=0, call_back="3")
    caller.begins(0.0)
    caller.key("3", 1.0)
    caller.hung_up()
    assert caller.promised(2.0) == []
    assert caller.not_promised(2.0) == []


def test_that_calls_may_be_listened_to_is_told_before_anybody_talks_with_them_also_after_a_restart() -> None:
    machine = Waiting(welcome=True, announce=0, listened=True)
    assert not machine.told
    assert machine.begins(0) == [Say((Prompt.QUEUE_WELCOME, Prompt.QUEUE_LISTENED))]
    again = Waiting.restore(machine.snapshot())
    assert (again.told, again.begins(0)) == (False, [Say((Prompt.QUEUE_LISTENED,))])
    machine.said(5)
    assert machine.told
    assert Waiting.restore(machine.snapshot()).told
    assert waiting().told


def test_a_key_that_cuts_the_notice_short_has_it_said_again() -> None:
    machine = Waiting(welcome=True, announce=0, call_back="7", listened=True)
    machine.begins(0)
    assert machine.key("7", 1) == [AskCallBack()]
    refused = [Say((Prompt.QUEUE_NOT_CALLED_BACK, Prompt.QUEUE_LISTENED))]
    assert (machine.not_promised(2), machine.told) == (refused, False)
    machine.key("7", 3)
    # When they are called back they hear an agent at once.
    assert machine.promised(4) == [Say((Prompt.QUEUE_LISTENED, Prompt.QUEUE_CALLED_BACK))]
    heard = Waiting(welcome=True, announce=0, call_back="7", listened=True)
    heard.begins(0)
    heard.said(5)
    heard.key("7", 6)
    assert heard.promised(7) == [Say((Prompt.QUEUE_CALLED_BACK,))]
