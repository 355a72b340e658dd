"""The outbox in SQL."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.notifications import rules
from server.notifications.service import Waiting
from server.notifications.tables import mail_outbox


class SqlOutbox:
    """`notifications.service.OutboxStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, waiting: Waiting) -> None:
        row = insert(mail_outbox).values(
            id=waiting.id,
            recipient=waiting.recipient,
            content=waiting.content,
            expires_at=waiting.expires_at,
            attempts=waiting.attempts,
            next_at=waiting.next_at,
        )
        async with self._engine.begin() as connection:
            await connection.execute(row)

    async def due(self, now_ms: int, limit: int) -> Sequence[Waiting]:
        query = (
            select(mail_outbox)
            .where((mail_outbox.c.next_at <= now_ms) | (mail_outbox.c.next_at > now_ms + rules.LONGEST))
            .order_by(mail_outbox.c.next_at)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Waiting(row.id, row.recipient, row.content, row.expires_at, row.attempts, row.next_at)
            for row in rows
        ]

    async def put_off(self, mail_id: str, attempts: int, next_at: int) -> None:
        change = (
            update(mail_outbox).where(mail_outbox.c.id == mail_id).values(attempts=attempts, next_at=next_at)
        )
        async with self._engine.begin() as connection:
            await connection.execute(change)

    async def remove(self, mail_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(mail_outbox).where(mail_outbox.c.id == mail_id))
