"""Who may be in a call: one decision, at the door and whenever somebody looks who is inside. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from server.meetings.rules import Kind


class Refusal(StrEnum):
    """Why somebody has no place in a call, whatever their ticket says."""

    #: They are disabled or were removed from the directory.
    NOBODY_HERE = "nobody_here"
    #: The device that the ticket is of was signed out.
    SIGNED_OUT = "signed_out"
    #: A moderator removed them from this call.
    REMOVED = "removed"
    #: They left the Matrix room, or were put out of it.
    NOT_A_MEMBER = "not_a_member"
    #: A guest or a telephone that was not let in, or has gone.
    NOT_LET_IN = "not_let_in"


@dataclass(frozen=True, slots=True)
class Bearer:
    """What is known of whoever shows a ticket or is in a call.

    `here`, `signed_in`, `removed` and `member` are said of members, `inside` of visitors. `member` is None
    where the homeserver does not say: they are looked for again soon.
    """

    kind: Kind
    here: bool = True
    signed_in: bool = True
    removed: bool = False
    member: bool | None = None
    inside: bool = False


def refusal(bearer: Bearer) -> Refusal | None:
    """Why they may not be there; None for whoever may."""
    if bearer.kind != "member":
        return None if bearer.inside else Refusal.NOT_LET_IN
    if not bearer.here:
        return Refusal.NOBODY_HERE
    if not bearer.signed_in:
        return Refusal.SIGNED_OUT
    if bearer.removed:
        return Refusal.REMOVED
    return Refusal.NOT_A_MEMBER if bearer.member is False else None
