"""What phones dial about calls in progress: slots for parked calls, and codes with a star.

`*68` parks whom one transfers to it; a slot's number parks there, and fetches from there. `**202` or `*8202`
takes the call that rings at 202, `*8` one that rings for somebody of one's group; `*99` goes on here with
one's own call on another device; `*3` makes one call of several of all that one has.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

PARK, PICK_UP, PICK_UP_GROUP, TAKE_OVER, CONFERENCE = "*68", "**", "*8", "*99", "*3"
#: Plays one's own voice messages.
VOICEMAIL = "*97"
_PICK_UP = re.compile(r"(?:\*\*|\*8)([0-9]{2,6})")


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot for parked calls."""

    number: str


@dataclass(frozen=True, slots=True)
class Park:
    """The first slot that is free."""


@dataclass(frozen=True, slots=True)
class PickUp:
    """The call that rings at this extension; None: at one of the caller's group."""

    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """The caller's own call on another device."""


@dataclass(frozen=True, slots=True)
class Merge:
    """All calls of the caller, as one of several."""


Code = Slot | Park | PickUp | Move | Merge


@dataclass(frozen=True, slots=True)
class StarCode:
    """A code as people are told of it. `dial`: of "fetch" the slots, from the first to the last ("700-719");
    of "pick_up" what goes before the extension."""

    does: Literal["park", "fetch", "pick_up", "pick_up_group", "move", "merge", "voicemail"]
    dial: str


def known_to(slots: Sequence[str], *, pick_up: bool, group: bool) -> tuple[StarCode, ...]:
    """The codes that work for somebody: parked calls have these `slots`, ringing calls of colleagues may be
    taken (`pick_up`), and some of those are of their `group`."""
    codes: list[StarCode] = []
    if slots:
        span = "-".join(dict.fromkeys((slots[0], slots[-1])))
        codes += [StarCode("park", PARK), StarCode("fetch", span)]
    if pick_up:
        codes.append(StarCode("pick_up", PICK_UP))
    if pick_up and group:
        codes.append(StarCode("pick_up_group", PICK_UP_GROUP))
    codes += [StarCode("move", TAKE_OVER), StarCode("merge", CONFERENCE)]
    return (*codes, StarCode("voicemail", VOICEMAIL))


def read(dialled: str, slots: Iterable[str]) -> Code | None:
    """What was dialled, if it is a code or one of the `slots`; None for every other number."""
    if dialled in slots:
        return Slot(dialled)
    if dialled == PARK:
        return Park()
    if dialled == PICK_UP_GROUP:
        return PickUp()
    if dialled == TAKE_OVER:
        return Move()
    if dialled == CONFERENCE:
        return Merge()
    found = _PICK_UP.fullmatch(dialled)
    return PickUp(found[1]) if found else None
