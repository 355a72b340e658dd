"""How many mails to addresses outside each person has caused, in SQL."""

from typing import Any, cast

from sqlalchemy import CursorResult, Update, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.meetings.tables import meeting_outside_mail as mail


class SqlMailCounts:
    """`meetings.outside_mail.MailCounts`. Days before the one that is counted are forgotten."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, user_id: str, day: int, count: int, most: int) -> bool:
        try:
            return await self._take(user_id, day, count, most)
        except IntegrityError:
            # The day's first mails at once: now there is a row to add to.
            return await self._take(user_id, day, count, most)

    async def _take(self, user_id: str, day: int, count: int, most: int) -> bool:
        today = (mail.c.user_id == user_id) & (mail.c.day == day)
        fits = today & (mail.c.mails + count <= most)
        add = update(mail).where(fits).values(mails=mail.c.mails + count)
        async with self._engine.begin() as connection:
            if await _changed(connection, add):
                return True
            if await connection.scalar(select(mail.c.mails).where(today)) is not None:
                # The day's first mails may have been counted between the two questions.
                return await _changed(connection, add)
            if count > most:
                return False
            await connection.execute(delete(mail).where(mail.c.user_id == user_id, mail.c.day < day))
            await connection.execute(insert(mail).values(user_id=user_id, day=day, mails=count))
        return True


async def _changed(connection: AsyncConnection, change: Update) -> bool:
    return cast("CursorResult[Any]", await connection.execute(change)).rowcount > 0
