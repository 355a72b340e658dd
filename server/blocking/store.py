"""Blocked callers in SQL."""

from sqlalchemy import BigInteger, delete, exists, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from server.blocking.rules import Blocked
from server.blocking.tables import blocked_callers
from server.directory.tables import people
from server.storage import one_at_a_time


class SqlBlocked:
    """`blocking.service.BlockedStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, person_id: str, blocked: Blocked, most: int) -> bool:
        c = blocked_callers.c
        mine, same = c.person_id == person_id, c.number == blocked.number
        count = select(func.count()).select_from(blocked_callers).where(mine).scalar_subquery()
        there = exists().where(mine, same)
        row = select(literal(person_id), literal(blocked.number), literal(blocked.since, BigInteger))
        # One statement: SQLite's transaction begins with what writes, not with what was counted before.
        adding = insert(blocked_callers).from_select(
            ["person_id", "number", "since"], row.where(count < most, ~there)
        )
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            await connection.execute(adding)
            return await connection.scalar(select(c.number).where(mine, same)) is not None

    async def remove(self, person_id: str, number: str) -> None:
        c = blocked_callers.c
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(blocked_callers).where(c.person_id == person_id, c.number == number)
            )

    async def blocked_by(self, person_id: str) -> tuple[Blocked, ...]:
        c = blocked_callers.c
        query = select(c.number, c.since).where(c.person_id == person_id)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(c.since.desc(), c.number))).all()
        return tuple(Blocked(row.number, row.since) for row in rows)

    async def forget(self, person_id: str) -> None:
        """Somebody has left."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(blocked_callers).where(blocked_callers.c.person_id == person_id))
