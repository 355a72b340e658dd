"""The audit log in SQL."""

import json
from collections.abc import Sequence

from sqlalchemy import BigInteger, cast, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from server.audit.service import Entry
from server.audit.tables import audit_log


class SqlAudit:
    """`service.AuditStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, entry: Entry) -> None:
        values = {
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "address": entry.address,
            "details": json.dumps(dict(entry.details), ensure_ascii=False),
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(audit_log).values(**values))

    async def page(self, before: int | None, limit: int) -> Sequence[Entry]:
        query = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
        if before is not None:
            # Whoever asks may say more than the column holds.
            query = query.where(audit_log.c.id < cast(before, BigInteger))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Entry(row.at, row.actor, row.action, row.subject, row.address, json.loads(row.details), row.id)
            for row in rows
        ]
