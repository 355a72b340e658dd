"""Delegates in SQL."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from server.delegates.rules import Delegate, Principal
from server.delegates.tables import delegates
from server.directory.tables import people
from server.storage import one_at_a_time

_HERE = people.c.removed_at.is_(None), people.c.disabled_at.is_(None)


class SqlDelegates:
    """`delegates.service.DelegateStore`."""

    def __init__(self, engine: AsyncEngine, domain: str) -> None:
        self._engine, self._domain = engine, domain

    async def delegates_of(self, person_id: str) -> tuple[Delegate, ...]:
        c = delegates.c
        query = select(people.c.localpart, c.rings, c.after, c.answers, c.calls, c.sees)
        query = query.join(people, people.c.id == c.delegate_id)
        mine = query.where(c.person_id == person_id, *_HERE).order_by(c.position)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(mine)).all()
        return tuple(
            Delegate(self._user_id(row.localpart), row.rings, row.after, row.answers, row.calls, row.sees)
            for row in rows
        )

    async def principals_of(self, person_id: str) -> tuple[Principal, ...]:
        c = delegates.c
        query = select(people.c.localpart, c.answers, c.calls, c.sees)
        query = query.join(delegates, people.c.id == c.person_id)
        theirs = query.where(c.delegate_id == person_id, *_HERE).order_by(people.c.search_text)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(theirs)).all()
        return tuple(
            Principal(self._user_id(row.localpart), row.answers, row.calls, row.sees) for row in rows
        )

    async def put(self, person_id: str, wanted: Sequence[tuple[str, Delegate]]) -> None:
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            await connection.execute(delete(delegates).where(delegates.c.person_id == person_id))
            for position, (delegate_id, one) in enumerate(wanted):
                row = {"person_id": person_id, "delegate_id": delegate_id, "rings": one.rings}
                place = {"position": position, "after": one.after}
                rights = {"answers": one.answers, "calls": one.calls, "sees": one.sees}
                await connection.execute(insert(delegates).values(**row, **place, **rights))

    async def remove(self, person_id: str, delegate_id: str) -> bool:
        c = delegates.c
        mine = (c.person_id == person_id) & (c.delegate_id == delegate_id)
        async with self._engine.begin() as connection:
            return bool((await connection.execute(delete(delegates).where(mine))).rowcount)

    async def forget(self, person_id: str) -> None:
        """Somebody has left."""
        theirs = or_(delegates.c.person_id == person_id, delegates.c.delegate_id == person_id)
        async with self._engine.begin() as connection:
            await connection.execute(delete(delegates).where(theirs))

    def _user_id(self, localpart: str) -> str:
        return f"@{localpart}:{self._domain}"
