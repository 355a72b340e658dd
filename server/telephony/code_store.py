"""The codes that were chosen, in SQL."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from server.telephony.tables import star_codes


class SqlCodes:
    """`code_choice.CodeStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = (postgresql if engine.dialect.name == "postgresql" else sqlite).insert

    async def codes(self) -> Mapping[str, str]:
        async with self._engine.connect() as connection:
            found = await connection.scalar(select(star_codes.c.chosen))
        return msgspec.json.decode(found, type=dict[str, str]) if found else {}

    async def choose(self, chosen: Mapping[str, str]) -> None:
        content = msgspec.json.encode(dict(chosen)).decode()
        row = self._insert(star_codes).values(id=1, chosen=content)
        statement = row.on_conflict_do_update(index_elements=[star_codes.c.id], set_={"chosen": content})
        async with self._engine.begin() as connection:
            await connection.execute(statement)
