"""How a meeting is divided into breakouts: further rooms of the media server for the same call. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from server.meetings import rules
from server.meetings.refusals import InvalidName, NotInTheMeeting, PersonTwice, TooManyBreakouts

MOST = 50
#: What may be asked for: minutes that breakouts last; seconds until they close.
MINUTES_MAX, CLOSE_WITHIN_MAX = 240, 120
_NAME_MAX = 60


@dataclass(frozen=True, slots=True)
class Breakout:
    """`people` are the Matrix users who are assigned to it, visitors' own among them."""

    id: str
    sfu_room: str
    name: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is assigned; `number` counts from 1, `closes_at` in ms since the epoch."""

    id: str
    number: int
    name: str
    sfu_room: str
    closes_at: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A breakout as a moderator asks for it; with the `id` of one that is open, it stays that one."""

    name: str
    people: Sequence[str] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The open breakouts of a meeting in their order; none means that everybody is in the main room."""

    breakouts: tuple[Breakout, ...] = ()
    closes_at: int | None = None

    def place_of(self, user_id: str) -> Place | None:
        """None for whoever belongs to the main room."""
        for number, one in enumerate(self.breakouts, 1):
            if user_id in one.people:
                return Place(one.id, number, one.name, one.sfu_room, self.closes_at)
        return None

    def get(self, breakout_id: str) -> Breakout | None:
        return next((one for one in self.breakouts if one.id == breakout_id), None)

    def in_room(self, sfu_room: str) -> Breakout | None:
        return next((one for one in self.breakouts if one.sfu_room == sfu_room), None)


def arrange(
    before: Arrangement,
    wanted: Sequence[Wanted],
    room_id: str,
    present: Collection[str],
    former: Collection[str],
    fresh_id: Callable[[], str],
) -> tuple[Breakout, ...]:
    """The breakouts that follow from what is asked for.

    Args:
        present: the Matrix users of the meeting.
        former: those who were of it. A moderator's page may not know yet that they went: they are left out.

    Raises:
        TooManyBreakouts, InvalidName, PersonTwice, NotInTheMeeting: see there.
    """
    if len(wanted) > MOST:
        raise TooManyBreakouts
    named = [user_id for one in wanted for user_id in dict.fromkeys(one.people)]
    if len(named) != len(set(named)):
        raise PersonTwice
    if any(user_id not in present and user_id not in former for user_id in named):
        raise NotInTheMeeting
    made: dict[str, Breakout] = {}
    for one in wanted:
        kept = before.get(one.id) if one.id and one.id not in made else None
        breakout_id = kept.id if kept else fresh_id()
        people = tuple(user_id for user_id in dict.fromkeys(one.people) if user_id in present)
        sfu_room = rules.room_name(room_id, rules.breakout_slot(breakout_id))
        made[breakout_id] = Breakout(breakout_id, sfu_room, _name(one.name), people)
    return tuple(made.values())


def _name(text: str) -> str:
    name = rules.tidy(text, _NAME_MAX)
    if name is None:
        raise InvalidName
    return name
