"""Agents and the book of queued calls in SQL."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.queues.agents import Agent, State
from server.queues.rules import QueuedCall
from server.queues.tables import queue_agents, queue_calls
from wire.route import Party


class SqlQueues:
    """`queues.service.QueueStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    # --- agents ---

    async def agents(self) -> dict[str, Agent]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(queue_agents))).all()
        return {row.user_id: _agent(row) for row in rows}

    async def put_agents(self, *agents: Agent) -> None:
        async with self._engine.begin() as connection:
            for agent in agents:
                await connection.execute(delete(queue_agents).where(queue_agents.c.user_id == agent.user_id))
                if agent.state is not State.OFF or agent.call is not None:
                    await connection.execute(insert(queue_agents).values(**_agent_values(agent)))

    # --- calls ---

    async def waiting(self) -> list[QueuedCall]:
        return await self._calls(select(queue_calls).where(queue_calls.c.left_at.is_(None)))

    async def call(self, call_id: str) -> QueuedCall | None:
        found = await self._calls(select(queue_calls).where(queue_calls.c.id == call_id))
        return found[0] if found else None

    async def of_attempt(self, record_id: str) -> QueuedCall | None:
        found = await self._calls(select(queue_calls).where(queue_calls.c.attempt == record_id))
        return found[0] if found else None

    async def put_call(self, call: QueuedCall) -> None:
        values = _call_values(call)
        async with self._engine.begin() as connection:
            mine = queue_calls.c.id == call.id
            if not (await connection.execute(update(queue_calls).where(mine).values(**values))).rowcount:
                await connection.execute(insert(queue_calls).values(**values))

    async def latest(self, queue_id: str, limit: int) -> list[QueuedCall]:
        c = queue_calls.c
        ended = select(queue_calls).where(c.queue_id == queue_id, c.ended_at.is_not(None))
        return await self._calls(ended.order_by(c.arrived_at.desc()).limit(limit))

    async def book(self, queue_ids: Collection[str], since: int, until: int, limit: int) -> list[QueuedCall]:
        c = queue_calls.c
        chosen = select(queue_calls).where(
            c.queue_id.in_(list(queue_ids)), c.arrived_at >= since, c.arrived_at < until
        )
        return await self._calls(chosen.order_by(c.arrived_at.desc(), c.id).limit(limit))

    async def forget(self, before: int) -> None:
        c = queue_calls.c
        async with self._engine.begin() as connection:
            await connection.execute(delete(queue_calls).where(c.arrived_at < before, c.left_at.is_not(None)))

    async def _calls(self, query: Select[Any]) -> list[QueuedCall]:
        async with self._engine.connect() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
        return [_call(row) for row in rows]


def _agent(row: Row[Any]) -> Agent:
    return Agent(
        row.user_id,
        State(row.state),
        row.since,
        row.reason,
        row.queue_id,
        row.call,
        row.record,
        row.until,
        row.missed,
        row.rests_until,
    )


def _agent_values(agent: Agent) -> dict[str, Any]:
    return {
        "user_id": agent.user_id,
        "state": agent.state.value,
        "since": agent.since,
        "reason": agent.reason,
        "queue_id": agent.queue_id,
        "call": agent.call,
        "record": agent.record,
        "until": agent.until,
        "missed": agent.missed,
        "rests_until": agent.rests_until,
    }


def _call(row: Row[Any]) -> QueuedCall:
    return QueuedCall(
        id=row.id,
        queue_id=row.queue_id,
        caller=Party(row.caller_user_id, row.caller_name, row.caller_number),
        arrived_at=row.arrived_at,
        joined_at=row.joined_at,
        sent_at=row.sent_at,
        left_at=row.left_at,
        outcome=row.outcome,
        agent=row.agent,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        tries=row.tries,
        call_back_at=row.call_back_at,
        hung_up_at=row.hung_up_at,
        attempt=row.attempt,
        calls=row.calls,
        not_before=row.not_before,
    )


def _call_values(call: QueuedCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "queue_id": call.queue_id,
        "caller_user_id": call.caller.user_id,
        "caller_name": call.caller.name,
        "caller_number": call.caller.number,
        "arrived_at": call.arrived_at,
        "joined_at": call.joined_at,
        "sent_at": call.sent_at,
        "left_at": call.left_at,
        "outcome": call.outcome,
        "agent": call.agent,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "tries": call.tries,
        "call_back_at": call.call_back_at,
        "hung_up_at": call.hung_up_at,
        "attempt": call.attempt,
        "calls": call.calls,
        "not_before": call.not_before,
    }
