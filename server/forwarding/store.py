"""What people set for calls that reach them, in SQL."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Row, Table, delete, insert, select, union
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.directory.tables import people
from server.forwarding.rules import (
    NOTHING_SET,
    Rule,
    Services,
    Situation,
    Target,
    ToColleague,
    ToNumber,
    ToVoicemail,
)
from server.forwarding.service import Change
from server.forwarding.tables import forwards, ringing
from server.storage import one_at_a_time


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
            if _rings(after) != _rings(before):
                await connection.execute(delete(ringing).where(ringing.c.person_id == person_id))
                await connection.execute(insert(ringing).values(person_id=person_id, **_rings(after)))
        return after

    async def who_has_set(self) -> list[str]:
        """The ids of the people who have ever set something."""
        async with self._engine.connect() as connection:
            found = await connection.scalars(union(select(forwards.c.person_id), select(ringing.c.person_id)))
            return list(found)

    async def forget(self, person_id: str) -> None:
        """Somebody has left."""
        tables: tuple[Table, ...] = (forwards, ringing)
        async with self._engine.begin() as connection:
            for table in tables:
                await connection.execute(delete(table).where(table.c.person_id == person_id))


async def _read(connection: AsyncConnection, person_id: str) -> Services:
    rows = (await connection.execute(select(forwards).where(forwards.c.person_id == person_id))).all()
    rang = (await connection.execute(select(ringing).where(ringing.c.person_id == person_id))).first()
    rules = {row.situation: Rule(row.active, _target(row), row.after_seconds) for row in rows}
    set_ = replace(NOTHING_SET, **rules)
    if rang is None:
        return set_
    return replace(set_, do_not_disturb=rang.do_not_disturb, desk_phone=rang.desk_phone, clients=rang.clients)


def _target(row: Row[Any]) -> Target | None:
    match row.target_kind:
        case "colleague":
            return ToColleague(row.target)
        case "number":
            return ToNumber(row.target)
        case "voicemail":
            return ToVoicemail()
        case _:
            return None


def _rules(services: Services) -> Mapping[Situation, dict[str, Any]]:
    return {
        "always": _row(services.always),
        "busy": _row(services.busy),
        "no_answer": _row(services.no_answer),
        "unreachable": _row(services.unreachable),
    }


def _row(rule: Rule) -> dict[str, Any]:
    kind, target = None, None
    match rule.target:
        case ToColleague(user_id=user_id):
            kind, target = "colleague", user_id
        case ToNumber(number=number):
            kind, target = "number", number
        case ToVoicemail():
            kind = "voicemail"
    return {"active": rule.on, "target_kind": kind, "target": target, "after_seconds": rule.after}


def _rings(services: Services) -> dict[str, bool]:
    return {
        "do_not_disturb": services.do_not_disturb,
        "desk_phone": services.desk_phone,
        "clients": services.clients,
    }
