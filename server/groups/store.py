"""Ring groups in SQL."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.directory import house_numbers
from server.directory.tables import people
from server.forwarding.rules import ToColleague, ToNumber
from server.groups.rules import (
    Member,
    Otherwise,
    RingGroup,
    ToAttendant,
    ToGroup,
    ToMailbox,
    TooManyGroups,
    Waiting,
)
from server.groups.tables import group_members, ring_groups

_HERE = people.c.removed_at.is_(None), people.c.disabled_at.is_(None)


class SqlGroups:
    """`groups.service.GroupStore`."""

    def __init__(self, engine: AsyncEngine, domain: str) -> None:
        self._engine, self._domain = engine, domain

    async def groups(self) -> tuple[RingGroup, ...]:
        """Three queries whatever their number."""
        members: defaultdict[str, list[Member]] = defaultdict(list)
        joined = group_members.join(people, people.c.id == group_members.c.person_id)
        chosen = select(group_members.c.group_id, group_members.c.here, people.c.localpart)
        in_order = chosen.select_from(joined).where(*_HERE)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(ring_groups).order_by(ring_groups.c.name))).all()
            for row in await connection.execute(in_order.order_by(group_members.c.position)):
                members[row.group_id].append(Member(f"@{row.localpart}:{self._domain}", row.here))
            reached = await house_numbers.reached(connection)
        return tuple(_group(row, reached[row.id], members[row.id]) for row in rows)

    async def add(self, group: RingGroup, person_ids: Sequence[str], most: int) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(insert(ring_groups).values(id=group.id, **_values(group)))
            if (await connection.scalar(select(func.count()).select_from(ring_groups)) or 0) > most:
                raise TooManyGroups
            await _write_around(connection, group, person_ids)

    async def replace(self, group: RingGroup, person_ids: Sequence[str]) -> bool:
        mine = ring_groups.c.id == group.id
        async with self._engine.begin() as connection:
            change = update(ring_groups).where(mine).values(**_values(group))
            if not (await connection.execute(change)).rowcount:
                return False
            await _forget_around(connection, group.id)
            await _write_around(connection, group, person_ids)
        return True

    async def remove(self, group_id: str) -> bool:
        async with self._engine.begin() as connection:
            await _forget_around(connection, group_id)
            gone = await connection.execute(delete(ring_groups).where(ring_groups.c.id == group_id))
        return bool(gone.rowcount)

    async def be_here(self, group_id: str, person_id: str, *, here: bool) -> bool:
        mine = (group_members.c.group_id == group_id) & (group_members.c.person_id == person_id)
        async with self._engine.begin() as connection:
            change = await connection.execute(update(group_members).where(mine).values(here=here))
        return bool(change.rowcount)

    async def forget(self, person_id: str) -> None:
        """Somebody has left."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(group_members).where(group_members.c.person_id == person_id))


def _group(row: Row[Any], reached: tuple[str, tuple[str, ...]], members: Sequence[Member]) -> RingGroup:
    return RingGroup(
        id=row.id,
        name=row.name,
        extension=reached[0],
        numbers=reached[1],
        strategy=row.strategy,
        seconds=row.seconds,
        skip_busy=row.skip_busy,
        members=tuple(members),
        otherwise=_otherwise(row.otherwise_kind, row.otherwise),
        waiting=msgspec.json.decode(row.waiting, type=Waiting) if row.waiting else None,
    )


def _otherwise(kind: str | None, target: str) -> Otherwise | None:
    match kind:
        case "colleague":
            return ToColleague(target)
        case "voicemail":
            return ToMailbox(target)
        case "number":
            return ToNumber(target)
        case "group":
            return ToGroup(target)
        case "attendant":
            return ToAttendant(target)
        case _:
            return None


def _values(group: RingGroup) -> dict[str, Any]:
    kind, target = None, None
    match group.otherwise:
        case ToColleague(user_id=user_id):
            kind, target = "colleague", user_id
        case ToMailbox(user_id=user_id):
            kind, target = "voicemail", user_id
        case ToNumber(number=number):
            kind, target = "number", number
        case ToGroup(group_id=other):
            kind, target = "group", other
        case ToAttendant(attendant_id=other):
            kind, target = "attendant", other
    return {
        "name": group.name,
        "strategy": group.strategy,
        "seconds": group.seconds,
        "skip_busy": group.skip_busy,
        "otherwise_kind": kind,
        "otherwise": target,
        "waiting": msgspec.json.encode(group.waiting).decode() if group.waiting else None,
    }


async def _forget_around(connection: AsyncConnection, group_id: str) -> None:
    await connection.execute(delete(group_members).where(group_members.c.group_id == group_id))
    await house_numbers.give_back(connection, group_id)


async def _write_around(connection: AsyncConnection, group: RingGroup, person_ids: Sequence[str]) -> None:
    """Its members and numbers. Raises `ExtensionTaken`, `NumberTaken`."""
    for position, (person_id, member) in enumerate(zip(person_ids, group.members, strict=True)):
        row = {"group_id": group.id, "person_id": person_id, "position": position, "here": member.here}
        await connection.execute(insert(group_members).values(**row))
    await house_numbers.take(connection, group.id, group.extension, group.numbers)
