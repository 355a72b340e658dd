"""Call records, saved presences and the bridge's last snapshot in SQL."""

from typing import Any, cast

import msgspec
from sqlalchemy import Column, ColumnElement, CursorResult, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.telephony.on_the_phone import SavedPresence
from server.telephony.records import Peer
from server.telephony.state import Snapshot
from server.telephony.tables import call_records, phone_snapshot, presence_before_call
from wire.record import Audio, CallRecord
from wire.route import Party


class SqlCallRecords:
    """`telephony.records.RecordStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, record: CallRecord) -> bool:
        values = _values(record)
        older = (call_records.c.id == record.id) & (call_records.c.revision < record.revision)
        async with self._engine.begin() as connection:
            change = update(call_records).where(older).values(values)
            result = cast("CursorResult[Any]", await connection.execute(change))
            if result.rowcount:
                return True
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(call_records).values(id=record.id, **values))
        except IntegrityError:
            # The same revision again, or an earlier one that was overtaken on its way.
            return False
        return True

    async def of_person(self, user_id: str, before: int | None, limit: int) -> list[CallRecord]:
        theirs = or_(call_records.c.caller_user_id == user_id, call_records.c.callee_user_id == user_id)
        return await self._page(theirs, before, limit)

    async def between(self, user_id: str, peer: Peer, before: int | None, limit: int) -> list[CallRecord]:
        c = call_records.c
        made = (c.caller_user_id == user_id) & _is(peer, c.callee_user_id, c.callee_number)
        received = (c.callee_user_id == user_id) & ~c.withheld & _is(peer, c.caller_user_id, c.caller_number)
        return await self._page(or_(made, received), before, limit)

    async def _page(self, chosen: ColumnElement[bool], before: int | None, limit: int) -> list[CallRecord]:
        query = select(call_records).where(chosen)
        query = query.order_by(call_records.c.started_at.desc(), call_records.c.id.desc())
        page = query if before is None else query.where(call_records.c.started_at < before)
        async with self._engine.connect() as connection:
            rows = list((await connection.execute(page.limit(limit))).all())
            if len(rows) == limit:
                # The next page starts before this millisecond: whoever else is in it belongs to this one.
                last = rows[-1]
                same = query.where(call_records.c.started_at == last.started_at, call_records.c.id < last.id)
                rows += (await connection.execute(same)).all()
        return [_record(row) for row in rows]


def _is(peer: Peer, user_id: Column[Any], number: Column[Any]) -> ColumnElement[bool]:
    """A colleague's outside number in a record is a colleague only where the record says so."""
    if peer.user_id is not None:
        return user_id == peer.user_id
    return number.in_(peer.numbers)


def _values(record: CallRecord) -> dict[str, Any]:
    """All columns but the id."""
    return {
        "revision": record.revision,
        "via": record.via,
        "dialled": record.dialled,
        "caller_user_id": record.caller.user_id,
        "caller_name": record.caller.name,
        "caller_number": record.caller.number,
        "callee_user_id": record.callee.user_id,
        "callee_name": record.callee.name,
        "callee_number": record.callee.number,
        "video": record.video,
        "started_at": record.started_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "outcome": record.outcome,
        "reason": record.reason,
        "answered_on": record.answered_on,
        "room_id": record.room_id,
        "withheld": record.withheld,
        "audio_caller_to_callee": record.audio.caller_to_callee,
        "audio_callee_to_caller": record.audio.callee_to_caller,
    }


def _record(row: Row[Any]) -> CallRecord:
    return CallRecord(
        id=row.id,
        revision=row.revision,
        via=row.via,
        dialled=row.dialled,
        caller=Party(row.caller_user_id, row.caller_name, row.caller_number),
        callee=Party(row.callee_user_id, row.callee_name, row.callee_number),
        video=row.video,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        reason=row.reason,
        answered_on=row.answered_on,
        room_id=row.room_id,
        audio=Audio(row.audio_caller_to_callee, row.audio_callee_to_caller),
        withheld=row.withheld,
    )


class SqlSavedPresences:
    """`telephony.on_the_phone.SavedPresences`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> dict[str, SavedPresence]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(presence_before_call))).all()
        return {row.user_id: SavedPresence(row.presence, row.status_msg) for row in rows}

    async def save(self, user_id: str, presence: SavedPresence) -> None:
        row = insert(presence_before_call).values(
            user_id=user_id, presence=presence.state, status_msg=presence.status
        )
        async with self._engine.begin() as connection:
            await connection.execute(_without(user_id))
            await connection.execute(row)

    async def forget(self, user_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(_without(user_id))


def _without(user_id: str) -> Any:
    return delete(presence_before_call).where(presence_before_call.c.user_id == user_id)


class _Kept(msgspec.Struct):
    calls: dict[str, int]
    registered: list[str]


class SqlSnapshots:
    """`telephony.on_the_phone.Snapshots`: the bridge speaks only when something changes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def load(self) -> Snapshot:
        async with self._engine.connect() as connection:
            text = await connection.scalar(select(phone_snapshot.c.content))
        if text is None:
            return Snapshot()
        kept = msgspec.json.decode(text, type=_Kept)
        return Snapshot(kept.calls, frozenset(kept.registered))

    async def save(self, snapshot: Snapshot) -> None:
        kept = _Kept(dict(snapshot.calls), sorted(snapshot.registered))
        content = msgspec.json.encode(kept).decode()
        async with self._engine.begin() as connection:
            await connection.execute(delete(phone_snapshot))
            await connection.execute(insert(phone_snapshot).values(id=1, content=content))
