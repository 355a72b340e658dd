"""Breakouts in SQL."""

from collections import defaultdict

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.meetings.breakout_service import Stored
from server.meetings.breakouts import Arrangement, Breakout
from server.meetings.tables import meeting_breakout_people as people
from server.meetings.tables import meeting_breakouts as breakouts
from server.meetings.tables import meetings


class SqlBreakouts:
    """`meetings.breakout_service.BreakoutStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of_meeting(self, meeting_id: str) -> Arrangement:
        """The open ones."""
        is_open = (breakouts.c.meeting_id == meeting_id) & breakouts.c.closed_at.is_(None)
        assigned = defaultdict[str, list[str]](list)
        async with self._engine.connect() as connection:
            rows = (
                await connection.execute(select(breakouts).where(is_open).order_by(breakouts.c.position))
            ).all()
            these = select(people).where(people.c.meeting_id == meeting_id).order_by(people.c.user_id)
            for row in await connection.execute(these):
                assigned[row.breakout_id].append(row.user_id)
        found = tuple(Breakout(row.id, row.sfu_room, row.name, tuple(assigned[row.id])) for row in rows)
        return Arrangement(found, rows[0].closes_at if rows else None)

    async def put(self, meeting_id: str, arrangement: Arrangement, now_ms: int) -> None:
        """In the place of what there was, which closes; all of it or nothing."""
        rows = [
            {
                "id": one.id,
                "meeting_id": meeting_id,
                "sfu_room": one.sfu_room,
                "name": one.name,
                "position": at,
            }
            for at, one in enumerate(arrangement.breakouts)
        ]
        assigned = [
            {"meeting_id": meeting_id, "user_id": user_id, "breakout_id": one.id}
            for one in arrangement.breakouts
            for user_id in one.people
        ]
        of_meeting = breakouts.c.meeting_id == meeting_id
        async with self._engine.begin() as connection:
            known = set(await connection.scalars(select(breakouts.c.id).where(of_meeting)))
            closing = of_meeting & breakouts.c.closed_at.is_(None)
            await connection.execute(update(breakouts).where(closing).values(closed_at=now_ms))
            await connection.execute(delete(people).where(people.c.meeting_id == meeting_id))
            for row in rows:
                values = {**row, "closes_at": arrangement.closes_at, "closed_at": None}
                if row["id"] in known:
                    this = update(breakouts).where(breakouts.c.id == row["id"])
                    await connection.execute(this.values(values))
                else:
                    await connection.execute(insert(breakouts).values(values))
            if assigned:
                await connection.execute(insert(people), assigned)

    async def all(self) -> list[Stored]:
        """Of all meetings, closed ones too."""
        query = select(
            breakouts.c.sfu_room,
            breakouts.c.meeting_id,
            meetings.c.sfu_room.label("main"),
            breakouts.c.closed_at,
        ).join(meetings, meetings.c.id == breakouts.c.meeting_id)
        async with self._engine.connect() as connection:
            return [
                Stored(row.sfu_room, row.meeting_id, row.main, row.closed_at is None)
                for row in await connection.execute(query)
            ]

    async def forget_closed(self, before_ms: int) -> list[str]:
        """The names of their rooms."""
        old = breakouts.c.closed_at < before_ms
        async with self._engine.begin() as connection:
            found = list(await connection.scalars(select(breakouts.c.sfu_room).where(old)))
            await connection.execute(delete(breakouts).where(old))
        return found
