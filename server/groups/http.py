"""`/api/v1/groups`: ring groups, for administrators; and for their members, whether they are there."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import ADMINISTRATOR, PERSON, Administrator
from server.directory.service import Person
from server.edge import json_answer, read_body
from server.edge.operations import register
from server.forwarding.rules import ToColleague, ToNumber
from server.groups import rules
from server.groups.rules import (
    Member,
    Otherwise,
    RingGroup,
    Seconds,
    Strategy,
    ToAttendant,
    ToGroup,
    ToMailbox,
    Waiting,
)
from server.groups.service import Groups
from server.numbers import numbers
from server.numbers.numbers import display

_Typed = Annotated[str, msgspec.Meta(max_length=numbers.TYPED_MAX)]
_UserId = Annotated[str, msgspec.Meta(max_length=255)]
_WRONG: dict[int, tuple[str, ...]] = {
    400: ("invalid_name", "invalid_extension", "extension_reserved", "invalid_number", "member_twice"),
    404: ("unknown_group", "unknown_person", "unknown_target"),
    409: ("extension_taken", "number_taken", "not_a_target", "loop", "too_many_groups"),
}


class MemberBody(msgspec.Struct, forbid_unknown_fields=True):
    user_id: _UserId
    here: bool = True


class GroupBody(msgspec.Struct, forbid_unknown_fields=True):
    """The whole of a group. `members` in the order in which they ring; `seconds` that a turn rings;
    `otherwise`: where calls go that nobody takes, null: nowhere; `waiting`: it is a queue, null: it is
    none."""

    name: Annotated[str, msgspec.Meta(max_length=4 * rules.NAME_MAX)]
    extension: Annotated[str, msgspec.Meta(max_length=20)]
    numbers: Annotated[list[_Typed], msgspec.Meta(max_length=rules.NUMBERS_MAX)] = []
    strategy: Strategy = "all"
    seconds: Seconds = rules.SECONDS
    skip_busy: bool = True
    members: Annotated[list[MemberBody], msgspec.Meta(max_length=rules.MEMBERS_MAX)] = []
    otherwise: Otherwise | None = None
    waiting: Waiting | None = None

    def group(self, group_id: str) -> RingGroup:
        return RingGroup(
            id=group_id,
            name=self.name,
            extension=self.extension,
            numbers=tuple(self.numbers),
            strategy=self.strategy,
            seconds=self.seconds,
            skip_busy=self.skip_busy,
            members=tuple(Member(one.user_id, one.here) for one in self.members),
            otherwise=self.otherwise,
            waiting=self.waiting,
        )


class MemberRow(msgspec.Struct):
    """`extension` is the number that colleagues see, "" if there is none."""

    user_id: str
    name: str
    extension: str
    here: bool


class NumberShown(msgspec.Struct):
    """E.164, and as people write it."""

    number: str
    display: str


class SupervisorRow(msgspec.Struct):
    """Who is named to listen to a queue's calls."""

    user_id: str
    name: str


class GroupRow(msgspec.Struct):
    """`otherwise_name`: of the colleague or group where calls go that nobody takes, or the number as people
    write it; null for nowhere, and for who is gone."""

    id: str
    name: str
    extension: str
    numbers: list[NumberShown]
    strategy: Strategy
    seconds: int
    skip_busy: bool
    members: list[MemberRow]
    otherwise: Otherwise | None
    otherwise_name: str | None
    waiting: Waiting | None = None
    supervisors: list[SupervisorRow] = []


class GroupList(msgspec.Struct):
    groups: list[GroupRow]


class OneGroup(msgspec.Struct):
    group: GroupRow


class MyGroup(msgspec.Struct):
    """A group that I am in; `here`: its calls ring for me now."""

    id: str
    name: str
    extension: str
    here: bool


class MyGroups(msgspec.Struct):
    groups: list[MyGroup]


class HereBody(msgspec.Struct, forbid_unknown_fields=True):
    here: bool


FindPerson = Callable[[str], Awaitable[Person | None]]


class Api:
    """`find` is the directory, by user id."""

    def __init__(self, groups: Groups, find: FindPerson, region: str) -> None:
        self._groups, self._find, self._region = groups, find, region

    def blueprint(self) -> Blueprint:
        routes, one = Blueprint("groups", url_prefix="/api/v1"), "/groups/<group_id:str>"
        register(routes, self.list_, "/groups", "GET", name="list")
        register(routes, self.add, "/groups", "POST")
        register(routes, self.mine, "/groups/mine", "GET")
        register(routes, self.change, one, "PUT")
        register(routes, self.remove, one, "DELETE")
        register(routes, self.here, f"{one}/here", "PUT")
        return routes

    @ADMINISTRATOR.operation("Ring groups", answer=GroupList)
    async def list_(self, admin: Administrator, request: Request) -> HTTPResponse:
        groups = await self._groups.all()
        return json_answer(GroupList([await self._row(group, groups) for group in groups]))

    @ADMINISTRATOR.operation(
        "Make a ring group", body=GroupBody, answer=OneGroup, status=201, refusals=_WRONG
    )
    async def add(self, admin: Administrator, request: Request) -> HTTPResponse:
        group = await self._groups.add(admin, read_body(request, GroupBody).group(""))
        return json_answer(OneGroup(await self._row(group, await self._groups.all())), 201)

    @ADMINISTRATOR.operation("Replace a ring group", body=GroupBody, answer=OneGroup, refusals=_WRONG)
    async def change(self, admin: Administrator, request: Request, group_id: str) -> HTTPResponse:
        group = await self._groups.change(admin, read_body(request, GroupBody).group(group_id))
        return json_answer(OneGroup(await self._row(group, await self._groups.all())))

    @ADMINISTRATOR.operation("Remove a ring group", status=204, refusals={404: ("unknown_group",)})
    async def remove(self, admin: Administrator, request: Request, group_id: str) -> HTTPResponse:
        await self._groups.remove(admin, group_id)
        return HTTPResponse(None, 204)

    @PERSON.operation("Ring groups that I am in", answer=MyGroups)
    async def mine(self, me: Person, request: Request) -> HTTPResponse:
        return json_answer(MyGroups([_mine(group, me) for group in await self._groups.of(me)]))

    @PERSON.operation(
        "Let a group's calls ring for me, or not for now",
        body=HereBody,
        answer=MyGroup,
        refusals={404: ("not_a_member",)},
    )
    async def here(self, me: Person, request: Request, group_id: str) -> HTTPResponse:
        wanted = read_body(request, HereBody).here
        return json_answer(_mine(await self._groups.be_here(me, group_id, here=wanted), me))

    async def _row(self, group: RingGroup, groups: Sequence[RingGroup]) -> GroupRow:
        found = [(one, await self._find(one.user_id)) for one in group.members]
        members = [
            MemberRow(one.user_id, person.name, next(iter(person.extensions), ""), one.here)
            for one, person in found
            if person is not None
        ]
        return GroupRow(
            id=group.id,
            name=group.name,
            extension=group.extension,
            numbers=[NumberShown(number, display(number, self._region)) for number in group.numbers],
            strategy=group.strategy,
            seconds=group.seconds,
            skip_busy=group.skip_busy,
            members=members,
            otherwise=group.otherwise,
            otherwise_name=await self._name_of(group.otherwise, groups),
            waiting=await self._terms(group.waiting),
            supervisors=await self._supervisors(group.waiting),
        )

    async def _supervisors(self, waiting: Waiting | None) -> list[SupervisorRow]:
        named = waiting.supervisors if waiting is not None else ()
        found = [await self._find(user_id) for user_id in named]
        return [SupervisorRow(one.user_id, one.name) for one in found if one is not None]

    async def _terms(self, waiting: Waiting | None) -> Waiting | None:
        """Without supervisors who have left: whoever sends them back could not name them."""
        if waiting is None:
            return None
        here = tuple(one.user_id for one in await self._supervisors(waiting))
        return msgspec.structs.replace(waiting, supervisors=here)

    async def _name_of(self, target: Otherwise | None, groups: Sequence[RingGroup]) -> str | None:
        match target:
            case ToColleague(user_id=user_id) | ToMailbox(user_id=user_id):
                person = await self._find(user_id)
                return person.name if person is not None else None
            case ToNumber(number=number):
                return display(number, self._region)
            case ToGroup(group_id=group_id):
                return next((one.name for one in groups if one.id == group_id), None)
            case ToAttendant(attendant_id=attendant_id):
                return (await self._groups.attendants()).get(attendant_id)
        return None


def _mine(group: RingGroup, me: Person) -> MyGroup:
    here = any(one.here for one in group.members if one.user_id == me.user_id)
    return MyGroup(group.id, group.name, group.extension, here)
