"""A conversation: two equal legs. Who called is history; every feature replaces one of the two.

Pure: legs are names, reasons are `Cause`s. A transfer replaces a leg by what a new set-up finds, an
attended one by a leg of another conversation; moving to another device and parking are the same. A
replacement that fails leaves the conversation as it was. Methods return what the shell has to do, in order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bridges.sip.b2bua.causes import Cause
from bridges.sip.machine import LocalMisuse, Machine


class State(Enum):
    """States of a conversation. Who holds is data beside them (`held_by`)."""

    TALKING = "talking"
    REPLACING = "replacing"
    ENDED = "ended"


class Trigger(Enum):
    """What moves a conversation."""

    REPLACE = "replace"
    REPLACED = "replaced"
    KEEP = "keep"
    GIVE = "give"
    END = "end"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.TALKING, Trigger.REPLACE): State.REPLACING,
    (State.TALKING, Trigger.GIVE): State.ENDED,
    (State.TALKING, Trigger.END): State.ENDED,
    (State.REPLACING, Trigger.REPLACED): State.TALKING,
    (State.REPLACING, Trigger.KEEP): State.TALKING,
    (State.REPLACING, Trigger.END): State.ENDED,
}


@dataclass(frozen=True, slots=True)
class SetUp:
    """Find somebody at `to` (a number, an extension, a user id), on their `device` alone if it is given, for
    `kept`, in place of the leg `leaving`."""

    to: str
    kept: str
    leaving: str
    device: str | None = None


@dataclass(frozen=True, slots=True)
class StopSetUp:
    """Nobody waits for the one who was being found."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Rejoin:
    """`kept` talks with `leg` from now on."""

    kept: str
    leg: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The replacement failed: all is as it was before, and whoever asked for it is told why."""

    leaving: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Drop:
    """Hang this leg up."""

    leg: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Held:
    """The legs that have put the other one on hold; none: both talk."""

    by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finished:
    """The conversation is over; always the last output."""

    cause: Cause


Output = SetUp | StopSetUp | Rejoin | Kept | Drop | Held | Finished


class Conversation(Machine[State, Trigger]):
    """Two legs that talk, `a` and `b`. What is told of a leg that is not of it is ignored."""

    transitions = TRANSITIONS

    def __init__(self, a: str, b: str) -> None:
        super().__init__(State.TALKING)
        self.legs = (a, b)
        self.held_by: frozenset[str] = frozenset()
        #: The leg that is being replaced, and whether it has gone already.
        self._leaving: str | None = None
        self._left = False

    @property
    def leaving(self) -> str | None:
        """The leg that is being replaced, while it is there."""
        return None if self._left else self._leaving

    def other(self, leg: str) -> str | None:
        """Who `leg` talks with; None if it is not of this conversation."""
        a, b = self.legs
        return {a: b, b: a}.get(leg)

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `restore` in a later process."""
        return {
            "state": self.state.value,
            "legs": list(self.legs),
            "held_by": sorted(self.held_by),
            "leaving": self._leaving,
            "left": self._left,
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> "Conversation":
        """The conversation that `snapshot` was taken of. Raises `ValueError`, `KeyError`, `TypeError` for
        what is none."""
        a, b = snapshot["legs"]
        conversation = cls(str(a), str(b))
        conversation.state = State(snapshot["state"])
        conversation.held_by = frozenset(snapshot["held_by"])
        conversation._leaving, conversation._left = snapshot["leaving"], bool(snapshot["left"])
        return conversation

    # --- hold ---

    def hold(self, by: str) -> list[Output]:
        """`by` lets the other one wait."""
        return self._held(self.held_by | {by}) if by in self.legs else []

    def resume(self, by: str) -> list[Output]:
        """`by` is back."""
        return self._held(self.held_by - {by})

    def _held(self, by: frozenset[str]) -> list[Output]:
        if by == self.held_by or self.state is State.ENDED:
            return []
        self.held_by = by
        return [Held(by)]

    # --- one leg for another ---

    def replace(self, leg: str) -> list[Output]:
        """`leg` is to leave as soon as another is there: `replaced` or `failed` follows. Raises LocalMisuse
        for a leg of others, or while one is being replaced."""
        if leg not in self.legs:
            raise LocalMisuse(f"{leg} is not of this conversation")
        self._move(Trigger.REPLACE)
        self._leaving, self._left = leg, False
        return []

    def transfer(self, by: str, to: str, device: str | None = None) -> list[Output]:
        """`by` wants the other one to talk with `to` in its place, as in `SetUp`. Raises LocalMisuse as
        `replace`."""
        self.replace(by)
        a, b = self.legs
        return [SetUp(to, b if by == a else a, by, device)]

    def replaced(self, leg: str, *, called: bool = False) -> list[Output]:
        """`leg` is there. Nothing if nobody waits for it any more. The first of the two is from now on who
        stays, or `leg` if it `called` for it: the caller of the record that begins."""
        leaving = self._leaving
        if leaving is None or not self._follow(Trigger.REPLACED):
            return []
        a, b = self.legs
        kept = b if leaving == a else a
        self.legs = (leg, kept) if called else (kept, leg)
        dropped: list[Output] = [] if self._left else [Drop(leaving, Cause.NORMAL)]
        self._leaving = None
        return [Rejoin(kept, leg), *dropped, *self._held(self.held_by - {leaving})]

    def failed(self, cause: Cause) -> list[Output]:
        """Nobody takes the place of the leg that is to leave. One that has hung up meanwhile cannot come back
        to: the conversation ends."""
        leaving = self._leaving
        if leaving is None:
            return []
        if self._left:
            return self._end(cause)
        self._move(Trigger.KEEP)
        self._leaving = None
        return [Kept(leaving, cause)]

    def give(self, leg: str) -> list[Output]:
        """`leg` goes over to another conversation, and this one ends. Raises LocalMisuse as `replace`."""
        other = self.other(leg)
        if other is None:
            raise LocalMisuse(f"{leg} is not of this conversation")
        self._move(Trigger.GIVE)
        return [Drop(other, Cause.NORMAL), Finished(Cause.NORMAL)]

    # --- the end ---

    def ends(self, leg: str, cause: Cause) -> list[Output]:
        """`leg` hung up, or was lost. One that is being replaced may go before its time."""
        other = self.other(leg)
        if other is None or self.state is State.ENDED:
            return []
        if leg == self._leaving:
            self._left = True
            return []
        return self._end(cause, gone=leg)

    def abort(self, cause: Cause) -> list[Output]:
        """End both legs: the media failed, or the process stops."""
        return self._end(cause)

    def _end(self, cause: Cause, *, gone: str | None = None) -> list[Output]:
        searching = self._leaving is not None
        if not self._follow(Trigger.END):
            return []
        away = {gone, self._leaving if self._left else None}
        self._leaving = None
        drops = [Drop(leg, cause) for leg in self.legs if leg not in away]
        return [*([StopSetUp(cause)] if searching else []), *drops, Finished(cause)]
