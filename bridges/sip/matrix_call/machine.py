"""What the machines of this package share: outputs, the end of a call, and the transition rule.

No clock and no I/O: `now` (seconds, monotonic) is an argument, outputs are returned in order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from bridges.sip.matrix_call.content import CallEvent, Candidate

S = TypeVar("S", bound=Enum)
T = TypeVar("T", bound=Enum)


class LocalMisuse(RuntimeError):
    """Our own side asked for a step that the call's state forbids. Nothing changed."""


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


def step(table: Mapping[tuple[S, T], S], state: S, trigger: T) -> S | None:
    """The state after `trigger`, or None where the table has no such entry."""
    return table.get((state, trigger))


def of_party(event: CallEvent, party_id: str | None) -> bool:
    """Whether an event of the right user is the party's own.

    One of version 1 whose `party_id` could not be read is: better that than a hang-up unheard. Version 0
    has no parties, and is none of a party's.
    """
    return event.party_id == party_id or (event.party_id is None and event.version != "0")
