"""Whoever answers a mobile phone is asked whether they take the call."""

import pytest

from bridges.sip.b2bua.events import Verdict
from bridges.sip.screening.asking import PAUSE, WITHIN, Asking, Say, Tell
from bridges.sip.voice.prompts import Prompt

WORDS = (Prompt.MOBILE_CALL_FROM, 2, 0, 1, Prompt.MOBILE_KEYS)


def asking() -> Asking:
    machine = Asking("201")
    machine.begin(0.0)
    return machine


def test_who_calls_is_said_digit_by_digit_and_nothing_of_a_number_that_is_withheld() -> None:
    assert Asking("201").begin(0.0) == [Say(WORDS)]
    assert Asking("").begin(0.0) == [Say((Prompt.MOBILE_CALL, Prompt.MOBILE_KEYS))]


@pytest.mark.parametrize(("key", "verdict"), [("1", Verdict.TAKE), ("2", Verdict.DECLINE)])
def test_a_key_says_it_also_before_all_was_said_and_only_once(key: str, verdict: Verdict) -> None:
    machine = asking()
    assert machine.key(key, 1.0) == [Tell(verdict)]
    assert (machine.gone, machine.key("1", 1.1), machine.get_timer()) == (True, [], None)


@pytest.mark.parametrize("key", ["0", "3", "9", "#", "*", "A"])
def test_a_key_that_means_nothing_has_it_said_again(key: str) -> None:
    machine = asking()
    assert (machine.key(key, 1.0), machine.gone) == ([Say(WORDS)], False)


def test_it_is_said_again_after_a_pause_until_nobody_has_said_anything_for_too_long() -> None:
    machine = asking()
    assert machine.handle_timer(5.0) == []
    machine.said(6.0)
    assert machine.get_timer() == 6.0 + PAUSE
    assert machine.handle_timer(6.0 + PAUSE) == [Say(WORDS)]
    assert machine.get_timer() == WITHIN
    assert machine.handle_timer(WITHIN - 0.1) == []
    assert machine.handle_timer(WITHIN) == [Tell(Verdict.NOTHING)]


def test_a_pause_after_the_end_of_the_time_is_its_end() -> None:
    machine = asking()
    machine.said(WITHIN - 1)
    assert machine.handle_timer(WITHIN) == [Tell(Verdict.NOTHING)]


def test_who_hangs_up_says_nothing_more() -> None:
    machine = asking()
    assert (machine.hung_up(), machine.key("1", 2.0), machine.handle_timer(99.0)) == ([], [], [])
