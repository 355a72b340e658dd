"""People's calendars in SQL."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.calendars.refusals import CalendarTwice, TooManyCalendars
from server.calendars.rules import MOST, BusyTime
from server.calendars.service import Choice, Kept
from server.calendars.sources import Validators
from server.calendars.tables import calendars, own_appointments
from server.directory.tables import people
from server.storage import one_at_a_time


class SqlCalendars:
    """`calendars.service.CalendarStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, person_id: str) -> list[Kept]:
        query = select(calendars).where(calendars.c.person_id == person_id).order_by(calendars.c.id)
        async with self._engine.connect() as connection:
            return [_kept(row) for row in await connection.execute(query)]

    async def add(self, one: Kept) -> None:
        mine = select(calendars.c.address_tag).where(calendars.c.person_id == one.person_id)
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, one.person_id)
            tags = list(await connection.scalars(mine))
            if one.address_tag in tags:
                raise CalendarTwice
            if len(tags) >= MOST:
                raise TooManyCalendars
            try:
                await connection.execute(insert(calendars).values(**_row(one)))
            except IntegrityError as error:
                raise CalendarTwice from error

    async def put(self, one: Kept) -> bool:
        this = update(calendars).where(calendars.c.id == one.id)
        async with self._engine.begin() as connection:
            return bool((await connection.execute(this.values(**_row(one)))).rowcount)

    async def remove(self, person_id: str, calendar_id: str) -> bool:
        this = (calendars.c.person_id == person_id) & (calendars.c.id == calendar_id)
        async with self._engine.begin() as connection:
            return bool((await connection.execute(delete(calendars).where(this))).rowcount)

    async def due(self, now: int, most: int) -> list[Kept]:
        here = people.c.removed_at.is_(None) & people.c.disabled_at.is_(None)
        query = select(calendars).join(people, people.c.id == calendars.c.person_id)
        query = query.where(calendars.c.next_at <= now, here).order_by(calendars.c.next_at).limit(most)
        async with self._engine.connect() as connection:
            return [_kept(row) for row in await connection.execute(query)]

    async def people(self) -> list[str]:
        async with self._engine.connect() as connection:
            return list(await connection.scalars(select(calendars.c.person_id).distinct()))

    async def forget(self, person_id: str) -> None:
        """Whoever was removed leaves no password of theirs here."""
        async with self._engine.begin() as connection:
            for table in (calendars, own_appointments):
                await connection.execute(delete(table).where(table.c.person_id == person_id))

    async def choices(self) -> Mapping[str, Choice]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(own_appointments))
            return {row.person_id: _choice(row) for row in rows}

    async def put_choice(self, person_id: str, choice: Choice) -> None:
        times = msgspec.json.encode(choice.times).decode()
        row = {"whole_days": choice.whole_days, "silent": choice.silent, "times": times}
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            mine = own_appointments.c.person_id == person_id
            await connection.execute(delete(own_appointments).where(mine))
            await connection.execute(insert(own_appointments).values(person_id=person_id, **row))


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        id=row.id,
        person_id=row.person_id,
        kind=row.kind,
        host=row.host,
        name=row.name,
        address_tag=row.address_tag,
        connection=row.connection,
        validators=msgspec.json.decode(row.validators, type=Validators),
        appointments=row.appointments,
        read_at=row.read_at,
        covers_until=row.covers_until,
        failures=row.failures,
        problem=row.problem,
        next_at=row.next_at,
    )


def _row(one: Kept) -> dict[str, Any]:
    row = msgspec.structs.asdict(one)
    return row | {"validators": msgspec.json.encode(one.validators).decode()}


def _choice(row: Row[Any]) -> Choice:
    return Choice(row.whole_days, row.silent, times_of(row.times))


def times_of(kept: str) -> tuple[BusyTime, ...]:
    return msgspec.json.decode(kept, type=tuple[BusyTime, ...])
