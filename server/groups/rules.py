"""Ring groups, and the queues that some are: who of them rings, in which order, and where their calls go when
nobody takes them. Pure.

What PBXs call a ring group or a hunt group: one name and number for several people. What a member has set for
their own calls does not count for the group's, save that they are not to be disturbed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from server.edge.refusals import Refusal
from server.forwarding.rules import ToColleague, ToNumber
from wire.record import MEMBERS
from wire.route import Party, RungGroup

Strategy = Literal["all", "in_order", "longest_idle", "round_robin"]
#: Those by which another member rings first each time.
IN_TURN: frozenset[Strategy] = frozenset({"longest_idle", "round_robin"})

NAME_MAX = 60
MEMBERS_MAX = MEMBERS // 2
NUMBERS_MAX = 20
SUPERVISORS_MAX = 50
GROUPS_MAX = 500
#: Seconds that a turn rings.
SECONDS_MIN, SECONDS_MAX, SECONDS = 5, 120, 20

Seconds = Annotated[int, msgspec.Meta(ge=SECONDS_MIN, le=SECONDS_MAX)]


class ToMailbox(msgspec.Struct, frozen=True, tag_field="kind", tag="voicemail"):
    """The mailbox of a person of the house, if they have one."""

    user_id: str


class ToGroup(msgspec.Struct, frozen=True, tag_field="kind", tag="group"):
    """Another ring group."""

    group_id: str


class ToAttendant(msgspec.Struct, frozen=True, tag_field="kind", tag="attendant"):
    """An automatic attendant."""

    attendant_id: str


Otherwise = ToColleague | ToMailbox | ToNumber | ToGroup | ToAttendant


class Waiting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How callers wait for those members who are on duty (`server.queues`). All in seconds: the rest that a
    member has after a call (`wrap_up`), how long anybody waits at most (`longest`), every how many a caller
    is told their place (`announce`, 0: never), within how many an answer counts as good service
    (`answered_within`). `most` callers wait; `welcome`: they are greeted; `call_back`: the key by which they
    hang up and are called back when it is their turn, "": none. `listening`: calls may be listened to, by the
    `supervisors` (user ids) alone; `listening_told`: callers are told so at the greeting."""

    wrap_up: Annotated[int, msgspec.Meta(ge=0, le=3_600)] = 15
    most: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    longest: Annotated[int, msgspec.Meta(ge=10, le=14_400)] = 900
    announce: Annotated[int, msgspec.Meta(ge=0, le=600)] = 45
    answered_within: Annotated[int, msgspec.Meta(ge=1, le=600)] = 20
    welcome: bool = True
    call_back: Annotated[str, msgspec.Meta(pattern=r"^[0-9]?$")] = ""
    listening: bool = False
    listening_told: bool = True
    supervisors: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=255)], ...], msgspec.Meta(max_length=SUPERVISORS_MAX)
    ] = ()


class Member(msgspec.Struct, frozen=True):
    """Somebody of a group; `here`: the group's calls ring for them now."""

    user_id: str
    here: bool = True


class RingGroup(msgspec.Struct, frozen=True, kw_only=True):
    """`numbers` are E.164; `seconds` is how long a turn rings; `skip_busy`: who is in a call is left out;
    `otherwise` is where a call goes that nobody takes, None: nowhere; `waiting`: it is a queue, whose callers
    wait until it is their turn."""

    id: str
    name: str
    extension: str
    numbers: tuple[str, ...] = ()
    strategy: Strategy = "all"
    seconds: int = SECONDS
    skip_busy: bool = True
    members: tuple[Member, ...] = ()
    otherwise: Otherwise | None = None
    waiting: Waiting | None = None

    @property
    def party(self) -> Party:
        """The group, as one side of a call."""
        return Party(None, self.name, self.extension)

    @property
    def rung(self) -> RungGroup:
        """The group, as the bridge needs to know it."""
        return RungGroup(self.id, self.name, self.extension)

    def is_reached_by(self, number: str) -> bool:
        """Whether an extension or an E.164 number leads there."""
        return number == self.extension or number in self.numbers


@dataclass(frozen=True, slots=True)
class Standing:
    """A member as a call finds them. `took_at` is when they last took a call of the group, milliseconds since
    1970; None: never. `rings`: a call rings for them, or is about to."""

    do_not_disturb: bool = False
    on_the_phone: bool = False
    took_at: int | None = None
    rings: bool = False


def turns(
    group: RingGroup, standings: Mapping[str, Standing], caller: str | None = None
) -> tuple[tuple[str, ...], ...]:
    """The user ids that ring together, one turn after the other. Who is not in `standings` is not of the
    house any more; who calls is not called."""
    ready = [one for one in _members(group, standings, caller) if not _disturbed(group, standings[one])]
    found = in_turn(group, {user_id: one.took_at or 0 for user_id, one in standings.items()}, ready)
    if group.strategy not in IN_TURN:
        return found
    # Of two calls at once the second one rings for the next.
    return tuple(sorted(found, key=lambda turn: standings[turn[0]].rings))


def in_turn(group: RingGroup, took: Mapping[str, int], ready: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Those who are `ready`, in the order in which the group's strategy has them ring. `took`: when each last
    took a call of the group, milliseconds since 1970; 0 or nothing: never."""
    ordered = list(ready)
    match group.strategy:
        case "all":
            return (tuple(ordered),) if ordered else ()
        case "in_order":
            pass
        case "longest_idle":
            ordered.sort(key=lambda user_id: took.get(user_id, 0))
        case "round_robin":
            ordered = _after_the_last(group, took, ordered)
    return tuple((user_id,) for user_id in ordered)


def nobody_because(
    group: RingGroup, standings: Mapping[str, Standing], caller: str | None = None
) -> Literal["busy", "unreachable"]:
    """Why no member can be rung: they are in calls or not to be disturbed, or there is nobody."""
    disturbed = any(_disturbed(group, standings[one]) for one in _members(group, standings, caller))
    return "busy" if disturbed else "unreachable"


def rings_back(groups: Sequence[RingGroup], group_id: str) -> tuple[str, ...]:
    """The names of the groups in the ring that a group's calls would go round when nobody takes them; () if
    there is none."""
    by_id = {group.id: group for group in groups}
    names: list[str] = []
    at = by_id.get(group_id)
    while at is not None and len(names) <= len(groups):
        names.append(at.name)
        following = at.otherwise
        at = by_id.get(following.group_id) if isinstance(following, ToGroup) else None
        if at is not None and at.id == group_id:
            return tuple(names)
    return ()


def _members(group: RingGroup, standings: Mapping[str, Standing], caller: str | None) -> list[str]:
    return [
        one.user_id
        for one in group.members
        if one.here and one.user_id in standings and one.user_id != caller
    ]


def _disturbed(group: RingGroup, standing: Standing) -> bool:
    return standing.do_not_disturb or (group.skip_busy and standing.on_the_phone)


def _after_the_last(group: RingGroup, took: Mapping[str, int], ready: Sequence[str]) -> list[str]:
    """Beginning with who follows, in the group's order, whoever took its latest call."""
    order = [one.user_id for one in group.members]
    last = max(order, key=lambda user_id: took.get(user_id, 0), default=None)
    if last is None or not took.get(last, 0):
        return list(ready)
    start = order.index(last) + 1
    return [user_id for user_id in (*order[start:], *order[:start]) if user_id in ready]


# --- refusals ---


class GroupRefusal(Refusal):
    """The group is not changed."""

    code = "group"


class UnknownGroup(GroupRefusal):
    """There is no such group."""

    code, status = "unknown_group", 404


class NotAMember(GroupRefusal):
    """You are not in this group."""

    code, status = "not_a_member", 404


class InvalidGroupName(GroupRefusal):
    """A group needs a name of at most 60 printable characters."""

    code, field = "invalid_name", "name"


class UnknownMember(GroupRefusal):
    """There is no such colleague."""

    code, status, field = "unknown_person", 404, "members"


class UnknownSupervisor(GroupRefusal):
    """There is no such colleague."""

    code, status, field = "unknown_person", 404, "supervisors"


class MemberTwice(GroupRefusal):
    """Somebody is in the group twice."""

    code, field = "member_twice", "members"


class UnknownTarget(GroupRefusal):
    """There is nobody, and no group, to whom the calls could go."""

    code, status, field = "unknown_target", 404, "otherwise"


class NotATarget(GroupRefusal):
    """Calls cannot go to this number."""

    code, status, field = "not_a_target", 409, "otherwise"


class GroupLoop(GroupRefusal):
    """The calls would come back to this group."""

    code, status, field = "loop", 409, "otherwise"


class TooManyGroups(GroupRefusal):
    """There are as many groups as there may be."""

    code, status = "too_many_groups", 409


def check_name(name: str) -> str:
    """`name` with single spaces. Raises `InvalidGroupName`."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > NAME_MAX or not tidy.isprintable():
        raise InvalidGroupName
    return tidy
