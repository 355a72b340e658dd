"""Delegates: colleagues whose devices ring for somebody's calls, too. Pure.

What each may is said of each: to take what rings for who has named them (the principal), and when their
own devices ring for that; to see it; to call in the principal's name. Their own forwarding does not count,
so that no call goes round.
"""

from collections.abc import Collection, Sequence
from typing import Literal

import msgspec

from server.edge.refusals import Refusal

#: When a delegate's devices ring: together with the principal's, when nobody takes it there, or not at all:
#: then they only see it.
Rings = Literal["with", "unanswered", "never"]

MOST = 5
#: Seconds that a delegate's devices may wait at most.
LATEST = 60


class Delegate(msgspec.Struct, frozen=True):
    """A colleague who helps somebody; `after`: seconds for which one's own devices ring alone before those of
    a delegate ring with them. What they may: take calls (`answers`), call in the principal's name (`calls`),
    see what rings for them and what they have put on hold (`sees`)."""

    user_id: str
    rings: Rings = "unanswered"
    after: int = 0
    answers: bool = True
    calls: bool = False
    sees: bool = True


class Principal(msgspec.Struct, frozen=True):
    """Who has named a delegate, and what that one may for them; as in `Delegate`."""

    user_id: str
    answers: bool = True
    calls: bool = False
    sees: bool = True


class Standing(msgspec.Struct, frozen=True):
    """A delegate as a call finds them: they rest (`forwarding.moments.rests`), or are in a call."""

    quiet: bool = False
    on_the_phone: bool = False


def ringing(
    delegates: Sequence[Delegate],
    standings: dict[str, Standing],
    rings: Rings,
    without: Collection[str | None] = (),
) -> tuple[Delegate, ...]:
    """Those who are rung so. Who is not in `standings` is not of the house any more;
    `without` are those who take part in the call already."""
    return tuple(
        one
        for one in delegates
        if one.answers
        and one.rings == rings
        and one.user_id not in without
        and (standing := standings.get(one.user_id)) is not None
        and not standing.quiet
        and not standing.on_the_phone
    )


# --- refusals ---


class DelegateRefusal(Refusal):
    """The delegates stay as they are."""

    code, field = "delegates", "delegates"


class NotADelegate(DelegateRefusal):
    """There is no such colleague, or it is you."""

    code, status = "unknown_person", 404


class DelegateTwice(DelegateRefusal):
    """Somebody is named twice."""

    code = "delegate_twice"
