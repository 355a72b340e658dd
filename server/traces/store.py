"""Traces of calls in SQL, compressed."""

import zlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

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


def _row(trace: CallTrace) -> dict[str, object]:
    content = zlib.compress(msgspec.json.encode(trace), 6)
    return {"id": trace.id, "ended_at": trace.ended_at or 0, "size": len(content), "content": content}
