"""Opening hours in SQL."""

from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.hours.rules import Hours, HoursTaken, Schedule, TooManyHours
from server.hours.tables import opening_hours


class SqlHours:
    """`hours.service.HoursStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def hours(self) -> tuple[Hours, ...]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(opening_hours).order_by(opening_hours.c.name))).all()
        return tuple(
            Hours(row.id, row.name, msgspec.json.decode(row.schedule, type=Schedule)) for row in rows
        )

    async def add(self, hours: Hours, most: int) -> None:
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(opening_hours).values(id=hours.id, **_values(hours)))
                if (await connection.scalar(select(func.count()).select_from(opening_hours)) or 0) > most:
                    raise TooManyHours
        except IntegrityError as error:
            raise HoursTaken(hours.name) from error

    async def replace(self, hours: Hours) -> bool:
        change = update(opening_hours).where(opening_hours.c.id == hours.id).values(**_values(hours))
        try:
            async with self._engine.begin() as connection:
                return bool((await connection.execute(change)).rowcount)
        except IntegrityError as error:
            raise HoursTaken(hours.name) from error

    async def remove(self, hours_id: str) -> bool:
        async with self._engine.begin() as connection:
            gone = await connection.execute(delete(opening_hours).where(opening_hours.c.id == hours_id))
        return bool(gone.rowcount)


def _values(hours: Hours) -> dict[str, Any]:
    return {"name": hours.name, "schedule": msgspec.json.encode(hours.schedule).decode()}
