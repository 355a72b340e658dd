"""One recording of a call, from its announcement to its end. Pure; times are milliseconds since 1970."""

from enum import Enum

from msgspec.structs import replace

from bridges.sip.machine import LocalMisuse, Machine
from wire.record import PAUSES, Recorded, RecordedPause

__all__ = ["TRANSITIONS", "LocalMisuse", "RecordingMachine", "State", "Trigger", "closed"]


class State(Enum):
    """As the record says it; one that failed is over, and the record says why."""

    ANNOUNCED = "announced"
    RUNS = "runs"
    PAUSED = "paused"
    OVER = "over"


class Trigger(Enum):
    TOLD = "told"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    FAIL = "fail"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.ANNOUNCED, Trigger.TOLD): State.RUNS,
    (State.ANNOUNCED, Trigger.STOP): State.OVER,
    (State.ANNOUNCED, Trigger.FAIL): State.OVER,
    (State.RUNS, Trigger.PAUSE): State.PAUSED,
    (State.RUNS, Trigger.STOP): State.OVER,
    (State.RUNS, Trigger.FAIL): State.OVER,
    (State.PAUSED, Trigger.RESUME): State.RUNS,
    (State.PAUSED, Trigger.STOP): State.OVER,
    (State.PAUSED, Trigger.FAIL): State.OVER,
}


class RecordingMachine(Machine[State, Trigger]):
    """`recorded` is what the record says of it; `by` is None where a rule wants it."""

    __slots__ = ("recorded",)

    transitions = TRANSITIONS

    def __init__(self, recorded: Recorded) -> None:
        super().__init__(State.OVER if recorded.state == "failed" else State(recorded.state))
        self.recorded = recorded

    @classmethod
    def begin(cls, recording_id: str, by: str | None, now: int) -> "RecordingMachine":
        """It is being announced."""
        return cls(Recorded(recording_id, "announced", now, by=by))

    @property
    def over(self) -> bool:
        """Whether nothing is recorded any more."""
        return self.state is State.OVER

    def told(self, now: int) -> bool:
        """Everybody has heard the announcement; False if it is over already."""
        if not self._follow(Trigger.TOLD):
            return False
        self.recorded = replace(self.recorded, state="runs", since=now)
        return True

    def pause(self, now: int) -> None:
        """What is said from now on is not in the file. Raises LocalMisuse."""
        self._move(Trigger.PAUSE)
        pauses = (*self.recorded.pauses, RecordedPause(now))[-PAUSES:]
        self.recorded = replace(self.recorded, state="paused", pauses=pauses)

    def resume(self, now: int) -> None:
        """It goes on. Raises LocalMisuse."""
        self._move(Trigger.RESUME)
        self.recorded = replace(self.recorded, state="runs", pauses=_ended(self.recorded.pauses, now))

    def ruled(self) -> bool:
        """A rule wants it, too, and nobody may stop it; False if that is so already, or it is over."""
        if self.over or self.recorded.by is None:
            return False
        self.recorded = replace(self.recorded, by=None)
        return True

    def stop(self, now: int) -> bool:
        """It ends; False if it has."""
        if not self._follow(Trigger.STOP):
            return False
        self.recorded = closed(self.recorded, now)
        return True

    def fail(self, now: int) -> bool:
        """Nothing more can be written; False if it has ended."""
        if not self._follow(Trigger.FAIL):
            return False
        self.recorded = replace(closed(self.recorded, now), state="failed")
        return True


def closed(recorded: Recorded, now: int) -> Recorded:
    """As it is when the call is over."""
    if recorded.until is not None:
        return recorded
    return replace(recorded, state="over", until=now, pauses=_ended(recorded.pauses, now))


def _ended(pauses: tuple[RecordedPause, ...], now: int) -> tuple[RecordedPause, ...]:
    return tuple(replace(pause, until=now) if pause.until is None else pause for pause in pauses)
