"""What people set for calls that reach them, in SQL."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Row, Table, delete, insert, select, union
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.calendars.rules import BusyTime
from server.calendars.tables import own_appointments
from server.directory.tables import people
from server.forwarding.rules import (
    NOTHING_SET,
    SITUATIONS,
    Mobile,
    Rule,
    Services,
    Situation,
    Target,
    ToColleague,
    ToNobody,
    ToNumber,
    ToVoicemail,
)
from server.forwarding.service import Change
from server.forwarding.tables import forwards, mobiles, own_hours, ringing
from server.hours.rules import Opening, Schedule
from server.storage import one_at_a_time

#: Who has nothing ring during appointments.
_BY_CALENDAR = select(own_appointments.c.person_id).where(own_appointments.c.silent)


class SqlServices:
    """`forwarding.service.ServiceStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def services_of(self, person_id: str) -> Services:
        async with self._engine.connect() as connection:
            return await _read(connection, person_id)

    async def change(self, person_id: str, change: Change) -> Services:
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            before = await _read(connection, person_id)
            after = change(before)
            rows = _rules(after)
            changed = {each: row for each, row in rows.items() if row != _rules(before)[each]}
            for situation, row in changed.items():
                mine = (forwards.c.person_id == person_id) & (forwards.c.situation == situation)
                await connection.execute(delete(forwards).where(mine))
                await connection.execute(
                    insert(forwards).values(person_id=person_id, situation=situation, **row)
                )
            for table, row_of in _ROWS:
                if row_of(after) != row_of(before):
                    await connection.execute(delete(table).where(table.c.person_id == person_id))
                    await connection.execute(insert(table).values(person_id=person_id, **row_of(after)))
            if after.mobiles != before.mobiles:
                await connection.execute(delete(mobiles).where(mobiles.c.person_id == person_id))
                rows_of = [_mobile_row(person_id, place, one) for place, one in enumerate(after.mobiles)]
                if rows_of:
                    await connection.execute(insert(mobiles), rows_of)
        return after

    async def may_be_silent(self) -> frozenset[str]:
        """The ids of those who are at times not to be disturbed; the moment says whether now."""
        pressed = select(ringing.c.person_id).where(ringing.c.do_not_disturb)
        by_hours = select(own_hours.c.person_id).where(own_hours.c.quiet)
        async with self._engine.connect() as connection:
            return frozenset(await connection.scalars(union(pressed, by_hours, _BY_CALENDAR)))

    async def who_has_set(self) -> list[str]:
        """The ids of the people who have ever set something."""
        async with self._engine.connect() as connection:
            own = (select(table.c.person_id) for table in (forwards, ringing, own_hours))
            everybody = union(*own, _BY_CALENDAR)
            return list(await connection.scalars(everybody))

    async def forget(self, person_id: str) -> None:
        """Somebody has left."""
        tables: tuple[Table, ...] = (forwards, ringing, own_hours, mobiles)
        async with self._engine.begin() as connection:
            for table in tables:
                await connection.execute(delete(table).where(table.c.person_id == person_id))


async def _read(connection: AsyncConnection, person_id: str) -> Services:
    rows = (await connection.execute(select(forwards).where(forwards.c.person_id == person_id))).all()
    rang = (await connection.execute(select(ringing).where(ringing.c.person_id == person_id))).first()
    rules = {row.situation: Rule(row.active, _target(row), row.after_seconds) for row in rows}
    hours = (await connection.execute(select(own_hours).where(own_hours.c.person_id == person_id))).first()
    own = select(mobiles).where(mobiles.c.person_id == person_id).order_by(mobiles.c.position)
    numbers = tuple(_mobile(row) for row in await connection.execute(own))
    times = select(own_appointments.c.times).where(
        own_appointments.c.person_id == person_id, own_appointments.c.silent
    )
    busy = await connection.scalar(times)
    appointments = msgspec.json.decode(busy, type=tuple[BusyTime, ...]) if busy else ()
    services = replace(NOTHING_SET, **rules, mobiles=numbers, appointments=appointments)
    if rang is not None:
        services = replace(
            services,
            do_not_disturb=rang.do_not_disturb,
            desk_phone=rang.desk_phone,
            clients=rang.clients,
            do_not_disturb_until=rang.until,
        )
    if hours is not None:
        week, quiet_times = _openings(hours.hours), _openings(hours.quiet_times)
        services = replace(services, hours=week, quiet=hours.quiet, quiet_times=quiet_times)
    return services


def _openings(kept: str) -> tuple[Opening, ...]:
    return msgspec.json.decode(kept, type=tuple[Opening, ...])


def _target(row: Row[Any]) -> Target | None:
    match row.target_kind:
        case "colleague":
            return ToColleague(row.target)
        case "number":
            return ToNumber(row.target)
        case "voicemail":
            return ToVoicemail()
        case "nobody":
            return ToNobody()
        case _:
            return None


def _mobile(row: Row[Any]) -> Mobile:
    hours = msgspec.json.decode(row.hours, type=Schedule) if row.hours else None
    return Mobile(row.number, row.active, row.delay_seconds, hours)


def _mobile_row(person_id: str, position: int, one: Mobile) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "number": one.number,
        "position": position,
        "active": one.on,
        "delay_seconds": one.delay,
        "hours": msgspec.json.encode(one.hours).decode() if one.hours else None,
    }


def _rules(services: Services) -> Mapping[Situation, dict[str, Any]]:
    return {situation: _row(services.rule(situation)) for situation in SITUATIONS}


def _row(rule: Rule) -> dict[str, Any]:
    kind, target = None, None
    match rule.target:
        case ToColleague(user_id=user_id):
            kind, target = "colleague", user_id
        case ToNumber(number=number):
            kind, target = "number", number
        case ToVoicemail():
            kind = "voicemail"
        case ToNobody():
            kind = "nobody"
    return {"active": rule.on, "target_kind": kind, "target": target, "after_seconds": rule.after}


def _rings(services: Services) -> dict[str, Any]:
    return {
        "do_not_disturb": services.do_not_disturb,
        "desk_phone": services.desk_phone,
        "clients": services.clients,
        "until": services.do_not_disturb_until,
    }


def _hours(services: Services) -> dict[str, Any]:
    return {
        "hours": msgspec.json.encode(services.hours).decode(),
        "quiet": services.quiet,
        "quiet_times": msgspec.json.encode(services.quiet_times).decode(),
    }


#: Tables with one row of each person, and what stands in it.
_ROWS: tuple[tuple[Table, Callable[[Services], dict[str, Any]]], ...] = (
    (ringing, _rings),
    (own_hours, _hours),
)
