"""Attendants in SQL."""

from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.attendants.rules import Attendant, TooManyAttendants
from server.attendants.tables import attendants
from server.directory import house_numbers


class SqlAttendants:
    """`attendants.service.AttendantStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def attendants(self) -> tuple[Attendant, ...]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(attendants).order_by(attendants.c.name))).all()
            reached = await house_numbers.reached(connection)
        found = []
        for row in rows:
            extension, outside = reached[row.id]
            kept = msgspec.json.decode(row.content, type=Attendant)
            found.append(replace(kept, id=row.id, name=row.name, extension=extension, numbers=outside))
        return tuple(found)

    async def add(self, attendant: Attendant, most: int) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(insert(attendants).values(id=attendant.id, **_values(attendant)))
            if (await connection.scalar(select(func.count()).select_from(attendants)) or 0) > most:
                raise TooManyAttendants
            await house_numbers.take(connection, attendant.id, attendant.extension, attendant.numbers)

    async def replace(self, attendant: Attendant) -> bool:
        mine = attendants.c.id == attendant.id
        async with self._engine.begin() as connection:
            change = update(attendants).where(mine).values(**_values(attendant))
            if not (await connection.execute(change)).rowcount:
                return False
            await house_numbers.give_back(connection, attendant.id)
            await house_numbers.take(connection, attendant.id, attendant.extension, attendant.numbers)
        return True

    async def remove(self, attendant_id: str) -> bool:
        async with self._engine.begin() as connection:
            await house_numbers.give_back(connection, attendant_id)
            gone = await connection.execute(delete(attendants).where(attendants.c.id == attendant_id))
        return bool(gone.rowcount)


def _values(attendant: Attendant) -> dict[str, Any]:
    # What stands elsewhere is said once.
    content = replace(attendant, id="", name="", extension="", numbers=())
    return {"name": attendant.name, "content": msgspec.json.encode(content).decode()}
