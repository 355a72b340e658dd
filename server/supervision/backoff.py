"""When to start a process again. Pure: seconds come in, seconds go out."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    STOPPED = "stopped"
    RUNNING = "running"
    WAITING = "waiting"


class UnexpectedEvent(Exception):
    """The shell told of something that cannot happen in this state."""


@dataclass
class Backoff:
    """The restarts of one process.

    The first end is healed at once. A process that keeps ending waits `first` seconds, then twice as long
    each time, `ceiling` at most; one that ran for `stable` seconds begins anew.
    """

    first: float = 0.5
    ceiling: float = 30.0
    stable: float = 20.0
    state: State = State.STOPPED
    _began: float = 0.0
    _failures: int = 0

    def started(self, now: float) -> None:
        """The process was spawned."""
        if self.state is State.RUNNING:
            raise UnexpectedEvent("started while running")
        self.state = State.RUNNING
        self._began = now

    def ended(self, now: float) -> float:
        """The process ended, or could not be spawned. Returns the moment to start it again (same clock)."""
        if self.state is State.WAITING:
            raise UnexpectedEvent("ended while waiting")
        if self.state is State.RUNNING and now - self._began >= self.stable:
            self._failures = 0
        self.state = State.WAITING
        delay = 0.0 if self._failures == 0 else min(self.ceiling, self.first * 2.0 ** (self._failures - 1))
        # Enough to reach any ceiling; a process that fails for months must not overflow a float.
        self._failures = min(self._failures + 1, 64)
        return now + delay
