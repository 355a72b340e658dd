"""What is kept of calls: who was removed from one that goes on, and whose the hashed identities are."""

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.meetings.rules import Holder
from server.meetings.tables import meeting_identities as identities
from server.meetings.tables import meeting_removals as removals


class SqlCalls:
    """`meetings.tickets.Calls` and what moderation needs of it. `now_ms` is the wall clock."""

    def __init__(self, engine: AsyncEngine, now_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._now_ms = now_ms

    async def bar(self, sfu_room: str, user_id: str) -> None:
        try:
            async with self._engine.begin() as connection:
                row = {"sfu_room": sfu_room, "user_id": user_id, "removed_at": self._now_ms()}
                await connection.execute(insert(removals).values(row))
        except IntegrityError:
            # Removed already.
            return

    async def barred(self, sfu_room: str, user_id: str) -> bool:
        this = (removals.c.sfu_room == sfu_room) & (removals.c.user_id == user_id)
        async with self._engine.connect() as connection:
            return await connection.scalar(select(removals.c.user_id).where(this)) is not None

    async def forget_removals(self, sfu_room: str) -> None:
        """The call is over: whoever was removed may come to the next."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(removals).where(removals.c.sfu_room == sfu_room))

    async def rooms_with_removals(self) -> list[str]:
        async with self._engine.connect() as connection:
            return list(await connection.scalars(select(removals.c.sfu_room).distinct()))

    async def remember_identity(self, sfu_room: str, identity: str, holder: Holder) -> None:
        if await self._again(sfu_room, identity):
            return
        whose = {"user_id": holder.user_id, "device_id": holder.device_id}
        row = {"sfu_room": sfu_room, "identity": identity, **whose}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(identities).values(**row, issued_at=self._now_ms()))
        except IntegrityError:
            # Asked for twice at once: it is the hash of the same person.
            return

    async def _again(self, sfu_room: str, identity: str) -> bool:
        this = (identities.c.sfu_room == sfu_room) & (identities.c.identity == identity)
        async with self._engine.begin() as connection:
            change = update(identities).where(this).values(issued_at=self._now_ms())
            return bool(cast("CursorResult[Any]", await connection.execute(change)).rowcount)

    async def holder_of(self, sfu_room: str, identity: str) -> Holder | None:
        this = (identities.c.sfu_room == sfu_room) & (identities.c.identity == identity)
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(identities).where(this))).one_or_none()
        return Holder(row.user_id, row.device_id) if row else None

    async def forget_old_identities(self, age_ms: int) -> None:
        async with self._engine.begin() as connection:
            old = identities.c.issued_at < self._now_ms() - age_ms
            await connection.execute(delete(identities).where(old))
