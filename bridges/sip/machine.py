"""What every state machine of the bridge shares: one table, and the two ways to use it.

The shape is h11's: a machine is a `State`, a `Trigger`, and `TRANSITIONS`, the table from both to the next
state. No clock, no I/O, no chance: `now` (seconds, monotonic) and fresh ids are arguments, and every method
returns what the shell has to do, in order. docs/machines.md tells the whole convention.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Generic, TypeVar

from bridges.sip.errors import LocalSipError

__all__ = ["LocalMisuse", "Machine"]

S = TypeVar("S", bound=Enum)
T = TypeVar("T", bound=Enum)


class LocalMisuse(LocalSipError):
    """Our own side asked for a step that the machine's state forbids. Nothing changed."""


class Machine(Generic[S, T]):
    """A state, and the steps that `transitions` knows from it. No pair changes anything that is not in it.

    A subclass names its table: `transitions = TRANSITIONS`.
    """

    __slots__ = ("state",)

    transitions: Mapping[tuple[S, T], S]

    def __init__(self, state: S) -> None:
        self.state = state

    def _allows(self, trigger: T) -> bool:
        """Whether the table knows the step."""
        return (self.state, trigger) in self.transitions

    def _move(self, trigger: T) -> None:
        """A step that our own side asked for. Raises LocalMisuse where the table has none."""
        if not self._follow(trigger):
            raise LocalMisuse(f"{trigger.value} in {self.state.value}")

    def _follow(self, trigger: T) -> bool:
        """A step of the peer's, or of time. False where the table has none: it is ignored."""
        state = self.transitions.get((self.state, trigger))
        if state is None:
            return False
        self.state = state
        return True
