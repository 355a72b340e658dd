"""What the machines of this package share: outputs, the end of a call, and our own party's words.

No clock and no I/O: `now` (seconds, monotonic) is an argument, outputs are returned in order.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from bridges.sip.machine import Machine
from bridges.sip.matrix_call.content import (
    END_OF_CANDIDATES,
    CallEvent,
    Candidate,
    Candidates,
    Hangup,
    Negotiate,
)

#: Seconds after a restart in which the homeserver brings what was said meanwhile.
BACKLOG = 10.0

S = TypeVar("S", bound=Enum)
T = TypeVar("T", bound=Enum)


class End(Enum):
    """How a Matrix call ended."""

    HANGUP = "hangup"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NOT_SELECTED = "not_selected"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Send:
    """Send this event in the call's room, as the machine's own user."""

    event: CallEvent


@dataclass(frozen=True, slots=True)
class Answered:
    """The call was answered by `party_id`; `sdp` is its answer (empty where the answer is ours)."""

    party_id: str | None
    sdp: str = ""


@dataclass(frozen=True, slots=True)
class Established:
    """The caller selected an answer: from now on this is a call between two parties."""

    party_id: str | None


@dataclass(frozen=True, slots=True)
class RemoteCandidates:
    """ICE candidates of the party we talk to."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Renegotiate:
    """The other party's new offer (`kind` "offer") or its answer to ours."""

    kind: str
    sdp: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The call, as far as this machine is concerned, is over. `reason` is the Matrix word, if any."""

    how: End
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A remote event that changes nothing; for the log."""

    why: str


Output = Send | Answered | Established | RemoteCandidates | Renegotiate | Ended | Ignored


class CallSide(Machine[S, T]):
    """A Matrix call as one of those sees it who hear of it. `deadline`: on the clock of `now`, in seconds."""

    __slots__ = ("_deadline", "call_id")

    def __init__(self, call_id: str, state: S, deadline: float | None) -> None:
        super().__init__(state)
        self.call_id = call_id
        self._deadline = deadline

    def _remaining(self, now: float) -> float | None:
        """For a snapshot: seconds until the deadline."""
        return None if self._deadline is None else self._deadline - now

    def _restore_deadline(self, remaining: float | None, made: float, now: float) -> None:
        """Of a snapshot made at `made`. The backlog of events that a process slept through comes first: it
        decides, not the clock."""
        self._deadline = None if remaining is None else max(made + remaining, now + BACKLOG)

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        return self._deadline

    def _due(self, now: float) -> bool:
        return self._deadline is not None and now >= self._deadline

    def _ends(self, trigger: T, how: End, reason: str | None) -> list[Output]:
        """The call is over for this side, if its state allows `trigger`."""
        if not self._follow(trigger):
            return [self._ignored(trigger.value)]
        self._deadline = None
        return [Ended(how, reason)]

    def _ignored(self, what: str) -> Ignored:
        return Ignored(f"{what} in {self.state.value}")


class Party(CallSide[S, T]):
    """A side that speaks: `party_id` is ours, `version` the one that we speak to the other side."""

    __slots__ = ("party_id", "version")

    def __init__(self, call_id: str, party_id: str, version: str, state: S, deadline: float | None) -> None:
        super().__init__(call_id, state, deadline)
        self.party_id, self.version = party_id, version

    def _leaves(self, trigger: T, reason: str) -> Ended:
        """We end the call. Raises LocalMisuse where the state forbids it."""
        self._move(trigger)
        self._deadline = None
        return Ended(End.LOCAL, reason)

    def _negotiation(self, kind: str, sdp: str) -> Send:
        return Send(Negotiate(call_id=self.call_id, party_id=self.party_id, kind=kind, sdp=sdp))

    def _hangup(self, reason: str, answered_on: str | None = None) -> Send:
        hangup = Hangup(
            call_id=self.call_id,
            party_id=self.party_id,
            version=self.version,
            reason=reason,
            answered_on=answered_on,
        )
        return Send(hangup)

    def _candidates_end(self) -> Send:
        """Our own ICE candidates stand in our SDP (ICE-lite): their list ends at once."""
        end = (END_OF_CANDIDATES,)
        return Send(
            Candidates(call_id=self.call_id, party_id=self.party_id, version=self.version, candidates=end)
        )


def of_party(event: CallEvent, party_id: str | None) -> bool:
    """Whether an event of the right user is the party's own.

    One of version 1 whose `party_id` could not be read is: better that than a hang-up unheard. Version 0
    has no parties, and is none of a party's.
    """
    return event.party_id == party_id or (event.party_id is None and event.version != "0")
