"""A recording step by step: what the record says of it, and which steps there are."""

import pytest

from bridges.sip.recording.machine import LocalMisuse, RecordingMachine, State, closed
from wire.record import RecordedPause

ID = "0" * 32


def running(by: str | None = "@anna:localhost") -> RecordingMachine:
    machine = RecordingMachine.begin(ID, by, 1000)
    assert machine.told(4000)
    return machine


def test_it_begins_when_everybody_has_heard_so() -> None:
    machine = RecordingMachine.begin(ID, None, 1000)
    assert (machine.recorded.state, machine.recorded.since, machine.recorded.by) == ("announced", 1000, None)
    assert machine.told(4000)
    assert (machine.recorded.state, machine.recorded.since) == ("runs", 4000)
    assert not machine.told(5000)
    assert machine.recorded.since == 4000


def test_pauses_are_noted_from_where_to_where() -> None:
    machine = running()
    machine.pause(5000)
    assert [pause.until for pause in machine.recorded.pauses] == [None]
    machine.resume(7000)
    machine.pause(8000)
    assert machine.stop(9000)
    assert machine.recorded.pauses == (RecordedPause(5000, 7000), RecordedPause(8000, 9000))
    assert (machine.recorded.state, machine.recorded.until) == ("over", 9000)


@pytest.mark.parametrize("step", ["pause", "resume"])
def test_what_is_only_announced_cannot_be_paused(step: str) -> None:
    machine = RecordingMachine.begin(ID, None, 1000)
    before = machine.recorded
    with pytest.raises(LocalMisuse):
        getattr(machine, step)(2000)
    assert machine.recorded is before


def test_a_full_disk_ends_it_once() -> None:
    machine = running()
    assert machine.fail(5000)
    assert (machine.state, machine.recorded.state, machine.recorded.until) == (State.OVER, "failed", 5000)
    assert not machine.fail(6000)
    assert not machine.stop(6000)
    assert machine.over


def test_a_later_process_goes_on_from_what_the_record_says() -> None:
    machine = running()
    machine.pause(5000)
    later = RecordingMachine(machine.recorded)
    assert later.state is State.PAUSED
    later.resume(6000)
    assert later.recorded.pauses == (RecordedPause(5000, 6000),)


def test_the_end_of_the_call_ends_what_is_open_and_nothing_else() -> None:
    machine = running()
    machine.pause(5000)
    over = closed(machine.recorded, 6000)
    assert (over.state, over.until, over.pauses) == ("over", 6000, (RecordedPause(5000, 6000),))
    assert closed(over, 9000) is over


def test_a_rule_takes_over_what_somebody_wanted_once() -> None:
    machine = running()
    assert machine.ruled()
    assert machine.recorded.by is None and machine.state is State.RUNS
    assert not machine.ruled()
    machine = running()
    assert machine.stop(5000)
    assert not machine.ruled()
