"""A mailbox that answers, step by step."""

from __future__ import annotations

import pytest

from bridges.sip.voice.prompts import Prompt
from bridges.sip.voicemail.answering import (
    DIGIT_WITHIN,
    JUDGED_WITHIN,
    SAID_WITHIN,
    SILENCE,
    Answering,
    CheckPin,
    Command,
    Finish,
    HangUp,
    Record,
    Say,
    State,
)


def recording(limit: float = 60.0) -> Answering:
    """Of a caller who hears the tone end at 10."""
    machine = Answering(limit)
    assert machine.begin(1.0) == [Say((Prompt.VOICEMAIL_GREETING,), tone=True)]
    assert machine.said(10.0) == [Record()]
    return machine


def test_a_message_ends_with_the_caller() -> None:
    machine = recording()
    machine.heard(11.0)
    assert machine.hung_up() == [Finish()]
    assert (machine.state, machine.get_timer()) == (State.GONE, None)
    assert machine.hung_up() == []


def test_who_hangs_up_in_the_greeting_leaves_nothing() -> None:
    machine = Answering(60.0)
    machine.begin(1.0)
    assert machine.hung_up() == []


def test_silence_after_words_ends_a_message() -> None:
    machine = recording()
    machine.heard(12.0)
    assert machine.get_timer() == 12.0 + SILENCE
    assert machine.handle_timer(12.0 + SILENCE - 0.01) == []
    assert machine.handle_timer(12.0 + SILENCE) == [Finish(), Say((Prompt.VOICEMAIL_SAVED,))]
    assert machine.said(25.0) == [HangUp()]


def test_silence_alone_is_no_message() -> None:
    assert recording().handle_timer(10.0 + SILENCE) == [Finish(), Say((Prompt.GOODBYE,))]


def test_no_message_is_longer_than_it_may_be() -> None:
    machine = recording(limit=20.0)
    machine.heard(29.0)
    assert machine.get_timer() == 30.0
    assert machine.handle_timer(30.0) == [Finish(), Say((Prompt.VOICEMAIL_TOO_LONG,))]


def test_the_hash_key_ends_the_greeting_and_then_the_message() -> None:
    machine = Answering(60.0)
    machine.begin(1.0)
    assert machine.key("5", 2.0) == []
    assert machine.key("#", 2.0) == [Say((), tone=True)]
    machine.said(3.0)
    machine.heard(4.0)
    assert machine.key("#", 5.0) == [Finish(), Say((Prompt.VOICEMAIL_SAVED,))]
    assert machine.key("#", 5.5) == []


def test_a_full_mailbox_says_so() -> None:
    machine = Answering(60.0, full=True)
    assert machine.begin(1.0) == [Say((Prompt.VOICEMAIL_FULL,))]
    assert machine.said(9.0) == [HangUp()]


def test_what_cannot_be_kept_any_more_is_said_and_what_was_heard_is_kept() -> None:
    machine = recording()
    assert machine.failed(11.0) == [Finish(), Say((Prompt.VOICEMAIL_FAILED,))]
    assert machine.state is State.FAREWELL


def test_a_sound_that_never_ends_does_not_keep_the_caller() -> None:
    machine = Answering(60.0)
    machine.begin(1.0)
    assert machine.handle_timer(machine.get_timer() or 0.0) == [Record()]


def test_a_later_process_records_on_for_what_is_left() -> None:
    machine = recording(limit=20.0)
    machine.heard(12.0)
    later = Answering.restore(machine.snapshot())
    assert later.resumed(15.0, 100.0) == []
    later.heard(104.0)
    assert later.get_timer() == 105.0
    assert later.handle_timer(105.0) == [Finish(), Say((Prompt.VOICEMAIL_TOO_LONG,))]


def test_a_later_process_greets_again_whom_it_interrupted() -> None:
    machine = Answering(60.0)
    machine.begin(1.0)
    later = Answering.restore(machine.snapshot())
    assert later.resumed(0.0, 100.0) == [Say((Prompt.VOICEMAIL_GREETING,), tone=True)]


def test_a_later_process_does_not_take_leave_twice() -> None:
    machine = recording()
    machine.key("#", 11.0)
    with pytest.raises(ValueError, match="about to end"):
        Answering.restore(machine.snapshot())


def test_a_greeting_of_ones_own_is_heard_to_its_end() -> None:
    machine = Answering(60.0)
    machine.greets_for = 50.0
    machine.begin(1.0)
    assert machine.handle_timer(60.0) == []
    assert machine.handle_timer(1.0 + SAID_WITHIN + 50.0) == [Record()]


def pressed(machine: Answering, keys: str, now: float = 3.0) -> list[Command]:
    """What the last of the keys has the shell do."""
    return [machine.key(key, now) for key in keys][-1]


def asked() -> Answering:
    """The owner has pressed the star key in the greeting."""
    machine = Answering(60.0)
    machine.begin(1.0)
    assert machine.key("*", 2.0) == [Say((Prompt.MAILBOX_PIN,))]
    return machine


def test_the_owner_opens_the_mailbox_with_the_star_key_and_a_pin() -> None:
    machine = asked()
    assert machine.key("1", 3.0) == [Say(())]
    assert pressed(machine, "23456#") == [CheckPin("123456")]
    assert machine.opened() == []
    assert (machine.state, machine.gone, machine.get_timer()) == (State.OPENED, False, None)


def test_after_three_wrong_pins_it_is_over() -> None:
    machine = asked()
    for _ in range(2):
        assert pressed(machine, "1#") == [CheckPin("1")]
        assert machine.wrong_pin(4.0) == [Say((Prompt.WRONG_PIN, Prompt.MAILBOX_PIN))]
    pressed(machine, "1#")
    assert machine.wrong_pin(5.0) == [Say((Prompt.TOO_MANY,))]
    assert machine.said(9.0) == [HangUp()]


def test_a_pin_is_not_longer_than_any_is_and_not_empty() -> None:
    machine = asked()
    assert pressed(machine, "1" * 10 + "#") == [CheckPin("1" * 10)]
    machine.wrong_pin(4.0)
    assert pressed(machine, "1" * 1000 + "#") == [Say((Prompt.WRONG_PIN, Prompt.MAILBOX_PIN))]
    assert pressed(machine, "#") == [Say((Prompt.TOO_MANY,))]


def test_who_types_nothing_more_is_let_go() -> None:
    machine = asked()
    machine.said(5.0)
    assert machine.handle_timer(5.0 + DIGIT_WITHIN - 0.01) == []
    assert machine.handle_timer(5.0 + DIGIT_WITHIN) == [Say((Prompt.GOODBYE,))]


def test_a_pin_that_nobody_judges_is_not_waited_for_for_ever() -> None:
    machine = asked()
    pressed(machine, "123456#", now=3.0)
    assert machine.handle_timer(3.0 + JUDGED_WITHIN) == [Say((Prompt.MAILBOX_UNAVAILABLE,))]


def test_the_owner_of_a_full_mailbox_gets_in_and_nobody_asks_while_recording() -> None:
    machine = Answering(60.0, full=True)
    machine.begin(1.0)
    assert machine.key("*", 2.0) == [Say((Prompt.MAILBOX_PIN,))]
    assert recording().key("*", 11.0) == []


def at_the_door() -> Answering:
    machine = Answering(60.0, access=True)
    assert machine.begin(1.0) == [Say((Prompt.MAILBOX_NUMBER,))]
    machine.said(5.0)
    return machine


def typed(machine: Answering, keys: str, now: float) -> list[Command]:
    return [command for key in keys for command in machine.key(key, now)]


def test_at_the_door_an_extension_and_a_pin_are_asked_for() -> None:
    machine = at_the_door()
    assert machine.get_timer() == 5.0 + DIGIT_WITHIN
    assert typed(machine, "202#", 6.0) == [Say(()), Say((Prompt.MAILBOX_PIN,))]
    assert typed(machine, "482915#", 9.0) == [Say(()), CheckPin("482915")]
    assert machine.number == "202"
    assert machine.opened() == []
    assert machine.state is State.OPENED


def test_at_the_door_both_are_asked_for_again_three_times_in_all() -> None:
    machine = at_the_door()
    for again in (True, True, False):
        typed(machine, "202#4829#", 6.0)
        asked = Say((Prompt.MAILBOX_WRONG, Prompt.MAILBOX_NUMBER))
        assert machine.wrong_pin(7.0) == [asked if again else Say((Prompt.TOO_MANY,))]


def test_who_types_nothing_at_the_door_is_sent_away_and_who_is_there_over_a_restart_is_asked_anew() -> None:
    machine = at_the_door()
    typed(machine, "202#", 6.0)
    after = Answering.restore(machine.snapshot())
    assert after.resumed(0.0, 50.0) == [Say((Prompt.MAILBOX_NUMBER,))]
    after.said(55.0)
    assert after.handle_timer(55.0 + DIGIT_WITHIN) == [Say((Prompt.GOODBYE,))]
