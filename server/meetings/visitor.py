"""Guests and telephones: who stands at the door of a meeting, and what may become of them. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from server.meetings import rules

Kind = Literal["guest", "phone"]
#: Why a telephone that was called did not come.
NotReached = Literal["busy", "no_answer", "rejected", "unreachable", "not_allowed", "failed"]
#: Ends of calls by us or by whoever called.
_ENDED_BY_US = frozenset({"normal", "cancelled", "removed", "refused", "ended", "interrupted"})


class State(StrEnum):
    """A telephone that is dialled is CALLING; everybody else starts WAITING or ADMITTED."""

    CALLING = "calling"
    WAITING = "waiting"
    ADMITTED = "admitted"
    REFUSED = "refused"
    LEFT = "left"
    REMOVED = "removed"


#: What may follow what; whoever is in a state without followers is gone.
FOLLOWERS: dict[State, frozenset[State]] = {
    State.CALLING: frozenset({State.ADMITTED, State.LEFT, State.REMOVED}),
    State.WAITING: frozenset({State.ADMITTED, State.REFUSED, State.LEFT}),
    State.ADMITTED: frozenset({State.LEFT, State.REMOVED}),
    State.REFUSED: frozenset(),
    State.LEFT: frozenset(),
    State.REMOVED: frozenset(),
}
ACTIVE = tuple(state for state, followers in FOLLOWERS.items() if followers)


def before(state: State) -> tuple[State, ...]:
    """The states that `state` may follow."""
    return tuple(earlier for earlier, followers in FOLLOWERS.items() if state in followers)


@dataclass(frozen=True, slots=True)
class Visitor:
    """`user_id` is the Matrix user that stands for them, `vouched_by` the member who let them in or called.

    `number` of a telephone: an extension, E.164, or None when it is withheld.
    """

    id: str
    meeting_id: str
    kind: Kind
    state: State
    name: str
    user_id: str
    since: int
    number: str | None = None
    link_id: str | None = None
    vouched_by: str | None = None
    #: A telephone in an encrypted meeting, which hears and is heard without encryption.
    unencrypted: bool = False
    account_open: bool = False
    sync_from: str | None = None
    delay_id: str | None = None
    not_reached: NotReached | None = None

    @property
    def device_id(self) -> str:
        return rules.GUEST_DEVICE if self.kind == "guest" else self.id

    @property
    def identity(self) -> str:
        return rules.plain_identity(self.user_id, self.device_id)

    @property
    def active(self) -> bool:
        return bool(FOLLOWERS[self.state])

    @property
    def inside(self) -> bool:
        """Whether the media server may let them in."""
        return self.state in {State.CALLING, State.ADMITTED}


@dataclass(frozen=True, slots=True)
class VisitorView:
    """A visitor as members see them, in the shape of the API; `number` is masked."""

    id: str
    kind: Kind
    name: str
    number: str | None
    state: State
    identity: str | None
    since: int
    #: Of a telephone that was called: why it did not come.
    not_reached: NotReached | None = None


def view(visitor: Visitor) -> VisitorView:
    number = rules.masked(visitor.number) if visitor.number else None
    identity = visitor.identity if visitor.inside else None
    return VisitorView(
        visitor.id,
        visitor.kind,
        visitor.name,
        number,
        visitor.state,
        identity,
        visitor.since,
        visitor.not_reached,
    )


def not_reached(reason: str) -> NotReached | None:
    """What members are told of the bridge's reason for the end of a call that nobody answered."""
    match reason:
        case "busy" | "no_answer" | "rejected" | "unreachable":
            return reason
        case "country_not_allowed" | "premium_number" | "class_of_service":
            return "not_allowed"
    return None if reason in _ENDED_BY_US else "failed"
