"""Ring groups as administrators make them, and how their members are in them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from msgspec.structs import replace

from server.audit.service import Audit
from server.directory import rules as directory_rules
from server.directory.access import Actor
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.events.hub import Audience
from server.forwarding.rules import ToColleague, ToNumber
from server.groups import rules
from server.groups.rules import RingGroup, ToAttendant, ToGroup, ToMailbox
from server.numbers import numbers


class GroupReader(Protocol):
    async def groups(self) -> Sequence[RingGroup]:
        """All of them, by name; members who have left or are disabled are left out."""


class GroupStore(GroupReader, Protocol):
    """`person_ids` are those of the group's members, in their order. Each is one transaction; raises
    `ExtensionTaken`, `NumberTaken`, also where a person has it."""

    async def add(self, group: RingGroup, person_ids: Sequence[str], most: int) -> None:
        """Raises `TooManyGroups` beyond `most`."""

    async def replace(self, group: RingGroup, person_ids: Sequence[str]) -> bool:
        """False if there is none with this id."""

    async def remove(self, group_id: str) -> bool: ...

    async def be_here(self, group_id: str, person_id: str, *, here: bool) -> bool:
        """False if this person is not in the group."""


#: The names of all automatic attendants, by their ids.
AttendantNames = Callable[[], Awaitable[Mapping[str, str]]]


class Groups:
    """`region` is where numbers are read; `dial_in` is the meetings' extension, which no group may have."""

    def __init__(
        self,
        store: GroupStore,
        people: PersonByUserId,
        audit: Audit,
        audience: Audience | None,
        *,
        region: str,
        dial_in: str,
        attendants: AttendantNames,
        fresh_id: Callable[[], str],
    ) -> None:
        self._store, self._people, self._audit, self._audience = store, people, audit, audience
        self._region, self._dial_in, self._fresh_id = region, dial_in, fresh_id
        self.attendants = attendants
        # Two groups that are each made the other's overflow at once would send calls round for ever.
        self._one_at_a_time = asyncio.Lock()

    async def all(self) -> Sequence[RingGroup]:
        return await self._store.groups()

    async def by_extension(self, extension: str) -> RingGroup:
        """Raises `UnknownGroup`."""
        found = [group for group in await self._store.groups() if group.extension == extension]
        if not found:
            raise rules.UnknownGroup
        return found[0]

    async def one(self, group_id: str) -> RingGroup:
        """Raises `UnknownGroup`."""
        for group in await self._store.groups():
            if group.id == group_id:
                return group
        raise rules.UnknownGroup

    async def add(self, actor: Actor, wanted: RingGroup) -> RingGroup:
        """As `wanted`, with an id of its own. Raises a `GroupRefusal` or a `DirectoryError`; then there is no
        group."""
        async with self._one_at_a_time:
            group, person_ids = await self._checked(replace(wanted, id=self._fresh_id()))
            await self._store.add(group, person_ids, rules.GROUPS_MAX)
        await self._changed("group.added", actor, group)
        return group

    async def change(self, actor: Actor, wanted: RingGroup) -> RingGroup:
        """The group with this id is as `wanted` then. Raises what `add` raises, and `UnknownGroup`."""
        async with self._one_at_a_time:
            before = await self.one(wanted.id)
            group, person_ids = await self._checked(wanted)
            if not await self._store.replace(group, person_ids):
                raise rules.UnknownGroup
        await self._changed("group.changed", actor, group, before)
        return group

    async def remove(self, actor: Actor, group_id: str) -> RingGroup:
        """Raises `UnknownGroup`. Groups whose calls would go on to it ring on their own then."""
        async with self._one_at_a_time:
            group = await self.one(group_id)
            await self._store.remove(group_id)
        await self._changed("group.removed", actor, group)
        return group

    async def of(self, me: Person) -> list[RingGroup]:
        """Those that somebody is in."""
        return [group for group in await self._store.groups() if _member(group, me.user_id)]

    async def be_here(self, me: Person, group_id: str, *, here: bool) -> RingGroup:
        """Whether the group's calls ring for me from now on. Raises `NotAMember`."""
        if not await self._store.be_here(group_id, me.id, here=here):
            raise rules.NotAMember
        self._tell(me.user_id)
        return await self.one(group_id)

    async def _changed(
        self, action: str, actor: Actor, group: RingGroup, before: RingGroup | None = None
    ) -> None:
        about = {"name": group.name, "members": ", ".join(one.user_id for one in group.members)}
        terms = [one.waiting for one in (group, before) if one is not None and one.waiting is not None]
        # Also that there are none any more.
        if any(waiting.listening or waiting.supervisors for waiting in terms):
            now = group.waiting or rules.Waiting()
            about["listening"] = "on" if now.listening else "off"
            about["supervisors"] = ", ".join(now.supervisors)
        await self._audit.record(
            action, actor=actor.name, subject=group.extension, address=actor.address, details=about
        )
        members = (*group.members, *(before.members if before else ()))
        for user_id in {one.user_id for one in members}:
            self._tell(user_id)

    def _tell(self, user_id: str) -> None:
        """Their pages: the groups are to be asked for once more."""
        if self._audience is not None:
            self._audience.publish("groups", {"changed": True}, to=user_id)

    # --- what may be ---

    async def _checked(self, wanted: RingGroup) -> tuple[RingGroup, list[str]]:
        extension = directory_rules.check_extension(wanted.extension.strip(), self._region, self._dial_in)
        reached = tuple(
            dict.fromkeys(directory_rules.check_number(one, self._region) for one in wanted.numbers)
        )
        members = [one.user_id for one in wanted.members]
        if len(set(members)) < len(members):
            raise rules.MemberTwice
        found = [await self._people.by_user_id(user_id) for user_id in members]
        person_ids = [person.id for person in found if person is not None]
        if len(person_ids) < len(members):
            raise rules.UnknownMember
        for user_id in wanted.waiting.supervisors if wanted.waiting is not None else ():
            if await self._people.by_user_id(user_id) is None:
                raise rules.UnknownSupervisor
        group = replace(wanted, name=rules.check_name(wanted.name), extension=extension, numbers=reached)
        return await self._with_target(group), person_ids

    async def _with_target(self, group: RingGroup) -> RingGroup:
        match group.otherwise:
            case ToColleague(user_id=user_id) | ToMailbox(user_id=user_id):
                if await self._people.by_user_id(user_id) is None:
                    raise rules.UnknownTarget
            case ToNumber(number=typed):
                return replace(group, otherwise=ToNumber(self._outside(typed, group)))
            case ToAttendant(attendant_id=attendant):
                if attendant not in await self.attendants():
                    raise rules.UnknownTarget
            case ToGroup(group_id=other):
                others = [one for one in await self._store.groups() if one.id != group.id]
                if other == group.id or (through := rules.rings_back([*others, group], group.id)):
                    raise rules.GroupLoop(" → ".join(through) if other != group.id else group.name)
                if all(one.id != other for one in others):
                    raise rules.UnknownTarget
        return group

    def _outside(self, typed: str, group: RingGroup) -> str:
        """Raises `NotATarget`."""
        try:
            number = numbers.to_e164(numbers.clean(typed).digits, self._region)
        except numbers.NotANumber as error:
            raise rules.NotATarget from error
        if number in group.numbers:
            raise rules.GroupLoop(group.name)
        return number


def _member(group: RingGroup, user_id: str) -> bool:
    return any(one.user_id == user_id for one in group.members)
