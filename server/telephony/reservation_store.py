"""Calls outside in SQL: what was reserved, and from the call records what became of it."""

from collections.abc import Sequence

from sqlalchemy import and_, case, delete, exists, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from server.telephony.limits import BESIDE, Reservation
from server.telephony.tables import asked_mobiles, call_records, outside_calls
from wire.record import Asked

#: How long a reservation holds without a record of its call. The bridge writes one before it asks for the
#: route, and delivers it while this process lives. Milliseconds.
_WITHOUT_RECORD = 120_000
#: Calls that began longer before are not looked for. Milliseconds.
_LONGEST_CALL = 24 * 3_600_000


class SqlReservations:
    """`telephony.outgoing.Reservations`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def live(self, now: int) -> list[Reservation]:
        record, made = call_records.c, outside_calls.c
        begins = and_(record.id.is_(None), made.reserved_at > now - _WITHOUT_RECORD)
        goes_on = and_(record.id.is_not(None), record.ended_at.is_(None))
        joined = outside_calls.outerjoin(call_records, record.id == made.id)
        query = select(outside_calls).select_from(joined).where(or_(begins, goes_on))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Reservation(row.id, row.user_id, row.trunk, row.reserved_at, row.on_behalf_of) for row in rows
        ]

    async def add(self, reservation: Reservation) -> None:
        row = insert(outside_calls).values(
            id=reservation.call_id,
            user_id=reservation.user_id,
            trunk=reservation.trunk,
            reserved_at=reservation.at,
            on_behalf_of=reservation.on_behalf_of,
        )
        async with self._engine.begin() as connection:
            await connection.execute(delete(outside_calls).where(outside_calls.c.id == reservation.call_id))
            await connection.execute(row)

    async def follow(self, call_id: str, before: Sequence[str]) -> None:
        """A call that goes on with the line of one before has its reservation; one of its own stays."""
        made = outside_calls.c
        query = select(literal(call_id), made.user_id, made.trunk, made.reserved_at, made.on_behalf_of)
        query = query.where(made.id.in_(before), ~exists().where(made.id == call_id)).limit(1)
        async with self._engine.begin() as connection:
            await connection.execute(insert(outside_calls).from_select(list(made.keys()), query))

    async def settle(self, call_id: str, taken_by: str | None) -> None:
        made = outside_calls.c
        reserved = made.id.startswith(f"{call_id}{BESIDE}", autoescape=True)
        async with self._engine.begin() as connection:
            if taken_by is not None:
                query = select(
                    literal(call_id), made.user_id, made.trunk, made.reserved_at, made.on_behalf_of
                )
                query = query.where(reserved, made.user_id == taken_by, ~exists().where(made.id == call_id))
                query = query.limit(1)
                await connection.execute(insert(outside_calls).from_select(list(made.keys()), query))
            await connection.execute(delete(outside_calls).where(reserved))

    async def remove(self, call_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(outside_calls).where(outside_calls.c.id == call_id))

    async def forget(self, before: int) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(outside_calls).where(outside_calls.c.reserved_at < before))
            # Of what was never heard to be over, too.
            over = func.coalesce(asked_mobiles.c.until, asked_mobiles.c.since) < before
            await connection.execute(delete(asked_mobiles).where(over))

    async def talked(self, user_id: str, since: int, now: int) -> int:
        c, made = call_records.c, outside_calls.c
        payer = func.coalesce(made.user_id, c.caller_user_id)
        began = case((c.answered_at < since, since), else_=c.answered_at)
        ended = func.coalesce(c.ended_at, now)
        joined = call_records.outerjoin(outside_calls, made.id == c.id)
        query = select(func.coalesce(func.sum(ended - began), 0)).select_from(joined)
        query = query.where(
            or_(payer == user_id, made.on_behalf_of == user_id),
            or_(c.answered_on == "outside", made.id.is_not(None)),
            c.started_at > since - _LONGEST_CALL,
            ended > began,
        )
        one = asked_mobiles.c
        until = func.coalesce(one.until, now)
        first = case((one.since < since, since), else_=one.since)
        asked = select(func.coalesce(func.sum(until - first), 0)).where(
            one.user_id == user_id, one.since > since - _LONGEST_CALL, until > first
        )
        async with self._engine.connect() as connection:
            talked = int((await connection.execute(query)).scalar_one())
            return talked + int((await connection.execute(asked)).scalar_one())

    async def asked(self, call_id: str, asked: Sequence[Asked]) -> None:
        mine = asked_mobiles.c.call_id == call_id
        rows = [
            {"call_id": call_id, "leg": one.leg, "since": one.since, "until": one.until, "user_id": one.by}
            for one in asked
        ]
        async with self._engine.begin() as connection:
            await connection.execute(delete(asked_mobiles).where(mine))
            if rows:
                await connection.execute(insert(asked_mobiles), rows)
