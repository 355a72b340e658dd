"""Traces of calls in SQL, compressed."""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, FromClause, case, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from server.telephony.tables import call_log, call_records, outside_calls
from server.traces.figures import BUCKET_MS, By, Counted
from server.traces.tables import call_traces
from wire.trace import CallTrace


class SqlTraces:
    """`service.TraceStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, traces: Sequence[CallTrace]) -> None:
        last = {trace.id: trace for trace in traces}
        rows = [_row(trace) for trace in last.values()]
        async with self._engine.begin() as connection:
            await connection.execute(delete(call_traces).where(call_traces.c.id.in_(list(last))))
            await connection.execute(insert(call_traces), rows)

    async def get(self, call_id: str) -> CallTrace | None:
        query = select(call_traces.c.content).where(call_traces.c.id == call_id)
        async with self._engine.connect() as connection:
            content = await connection.scalar(query)
        return None if content is None else msgspec.json.decode(zlib.decompress(content), type=CallTrace)

    async def kept(self, call_ids: Sequence[str]) -> set[str]:
        query = select(call_traces.c.id).where(call_traces.c.id.in_(list(call_ids)))
        async with self._engine.connect() as connection:
            return set((await connection.scalars(query)).all())

    async def purge(self, before: int, size: int) -> int:
        c = call_traces.c
        newer = func.sum(c.size).over(order_by=(c.ended_at.desc(), c.id.desc()))
        ranked = select(c.id, newer.label("newer")).subquery()
        too_many = select(ranked.c.id).where(ranked.c.newer > size)
        async with self._engine.begin() as connection:
            old = await connection.execute(delete(call_traces).where(c.ended_at < before))
            full = await connection.execute(delete(call_traces).where(c.id.in_(too_many)))
        return old.rowcount + full.rowcount


class SqlCallCounts:
    """`service.CallCounts`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def counted(self, by: By, since: int, until: int) -> list[Counted]:
        c = call_records.c
        answered = (c.outcome.in_(("answered", "interrupted")), c.ended_at - c.answered_at)
        talked = func.coalesce(func.sum(case(answered, else_=0)), 0)
        key, tables = self._by(by)
        query = select(key.label("key"), c.outcome, func.count(), talked).select_from(tables)
        query = query.where(c.started_at >= since, c.started_at < until).group_by(key, c.outcome)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [Counted(str(row[0]), row[1], row[2], int(row[3])) for row in rows]

    def _by(self, by: By) -> tuple[ColumnElement[Any], FromClause]:
        """What calls are counted by, and where it stands."""
        c = call_records.c
        if by == "day":
            return c.started_at // BUCKET_MS, call_records
        if by == "line":
            of_trunk = (c.via.startswith("trunk:"), func.substr(c.via, len("trunk:") + 1))
            line = case(of_trunk, else_=func.coalesce(outside_calls.c.trunk, ""))
            return line, call_records.outerjoin(outside_calls, outside_calls.c.id == c.id)
        return call_log.c.user_id, call_records.join(call_log, call_log.c.call_id == c.id)


def _row(trace: CallTrace) -> dict[str, object]:
    content = zlib.compress(msgspec.json.encode(trace), 6)
    return {"id": trace.id, "ended_at": trace.ended_at or 0, "size": len(content), "content": content}
