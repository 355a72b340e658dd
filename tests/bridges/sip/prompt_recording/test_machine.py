"""A prompt that is said into a telephone, step by step."""

from __future__ import annotations

import pytest

from bridges.sip.prompt_recording.machine import (
    ANSWER_WITHIN,
    KEPT_WITHIN,
    SILENT_MOST,
    Command,
    End,
    HangUp,
    Keep,
    PlayBack,
    PromptRecording,
    Record,
    Say,
)
from bridges.sip.voice.prompts import Prompt
from wire.prompt import LONGEST

BRIEF = Say((Prompt.PROMPT_RECORD,), tone=True)


def recording() -> PromptRecording:
    """The tone has sounded at 10."""
    machine = PromptRecording()
    assert machine.begin(1.0) == [BRIEF]
    assert machine.said(10.0) == [Record()]
    assert machine.step == "recording"
    return machine


def reviewed() -> PromptRecording:
    """It has been played back at 20."""
    machine = recording()
    assert machine.key("#", 12.0) == [End()]
    assert machine.recorded(True, 12.0) == [PlayBack()]
    assert machine.said(20.0) == []
    return machine


def test_it_is_said_heard_and_kept() -> None:
    machine = reviewed()
    assert machine.key("1", 21.0) == [Say(()), Keep(confirmed=True)]
    assert machine.step == "keeping"
    assert machine.kept(22.0) == [Say((Prompt.PROMPT_SAVED,))]
    assert machine.said(25.0) == [HangUp()]
    assert (machine.step, machine.gone, machine.get_timer()) == ("kept", True, None)


def test_it_is_said_again_and_left() -> None:
    machine = reviewed()
    assert machine.key("2", 21.0) == [BRIEF]
    assert machine.key("#", 22.0) == [Say((), tone=True)]  # they know what to do
    assert machine.said(23.0) == [Record()]
    machine.key("#", 25.0)
    machine.recorded(True, 25.0)
    assert machine.key("9", 26.0) == []
    assert machine.key("#", 26.0) == [Say((Prompt.GOODBYE,))]
    assert machine.step == "left"
    assert machine.hung_up() == []


def test_the_longest_is_said_to_be_and_kept() -> None:
    machine = recording()
    assert machine.handle_timer(10.0 + LONGEST - 0.01) == []
    assert machine.handle_timer(10.0 + LONGEST) == [End()]
    assert machine.recorded(True, 70.0) == [PlayBack((Prompt.PROMPT_LONGEST,))]
    # Of the next one it is not said.
    machine.key("2", 71.0)
    machine.said(80.0)
    machine.key("#", 81.0)
    assert machine.recorded(True, 81.0) == [PlayBack()]


def test_silence_is_said_and_ends_the_call_at_last() -> None:
    machine = recording()
    for _ in range(SILENT_MOST - 1):
        assert machine.key("#", 12.0) == [End()]
        assert machine.recorded(False, 12.0) == [Say((Prompt.PROMPT_SILENT, Prompt.PROMPT_RECORD), tone=True)]
        assert machine.said(20.0) == [Record()]
    assert machine.key("#", 21.0) == [End()]
    assert machine.recorded(False, 21.0) == [Say((Prompt.PROMPT_SILENT, Prompt.GOODBYE))]
    assert machine.said(25.0) == [HangUp()]
    assert machine.step == "silent"


@pytest.mark.parametrize(
    ("machine", "commands"),
    [(recording(), [End(), Keep(confirmed=False)]), (reviewed(), [Keep(confirmed=False)])],
)
def test_who_hangs_up_in_the_middle_has_said_it(machine: PromptRecording, commands: list[Command]) -> None:
    assert machine.hung_up() == commands
    assert machine.step == "keeping"
    assert machine.recorded(True, 30.0) == []
    assert machine.kept(31.0) == []
    assert (machine.step, machine.gone) == ("unconfirmed", True)


def test_who_hangs_up_before_the_tone_or_said_nothing_has_recorded_nothing() -> None:
    machine = PromptRecording()
    machine.begin(1.0)
    assert machine.hung_up() == []
    assert machine.step == "left"
    silent = recording()
    silent.hung_up()
    silent.lost()
    assert silent.step == "silent"


def test_who_presses_nothing_has_it_kept_as_not_confirmed() -> None:
    machine = reviewed()
    assert machine.handle_timer(20.0 + ANSWER_WITHIN - 0.01) == []
    assert machine.handle_timer(20.0 + ANSWER_WITHIN) == [
        Keep(confirmed=False),
        Say((Prompt.GOODBYE,)),
    ]
    assert machine.kept(31.0) == []
    assert machine.step == "unconfirmed"
    assert machine.said(33.0) == [HangUp()]


def test_where_there_is_no_room_one_may_try_again() -> None:
    machine = reviewed()
    machine.key("1", 21.0)
    assert machine.not_kept(22.0) == [Say((Prompt.PROMPT_NOT_KEPT, Prompt.PROMPT_REVIEW))]
    assert machine.step == "not_kept"
    assert machine.key("1", 30.0) == [Say(()), Keep(confirmed=True)]
    assert machine.handle_timer(30.0 + KEPT_WITHIN)[0] == Say((Prompt.PROMPT_NOT_KEPT, Prompt.PROMPT_REVIEW))
    assert machine.hung_up() == [Keep(confirmed=False)]
    assert machine.not_kept(60.0) == []
    assert machine.step == "not_kept"


def test_who_hangs_up_while_it_is_kept_has_confirmed_it() -> None:
    machine = reviewed()
    machine.key("1", 21.0)
    assert machine.hung_up() == [Keep(confirmed=False)]
    machine.kept(22.0)
    assert machine.step == "kept"
