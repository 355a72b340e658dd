"""Call records, saved presences and the bridge's last snapshot in SQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from server.numbers.numbers import SHORT_DIGITS_MAX
from server.telephony.log import store as log
from server.telephony.log.rules import Chosen
from server.telephony.on_the_phone import SavedPresence
from server.telephony.state import Snapshot
from server.telephony.tables import call_records, phone_snapshot, presence_before_call
from wire.record import (
    Audio,
    CallRecord,
    GroupRang,
    Heard,
    Recorded,
    Side,
    Sound,
    SoundTrouble,
    Transfer,
    Wait,
)
from wire.route import Forwarded, Party

#: Troubles that are kept of one call (`wire.record.Sound`).
_TROUBLES = 50


class SqlCallRecords:
    """`telephony.records.RecordStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._put = _put_statement(engine.dialect.name)

    async def put(self, *records: CallRecord) -> set[str]:
        # PostgreSQL changes no row twice in one statement.
        last = {record.id: record for record in sorted(records, key=lambda record: record.revision)}
        rows = [{"id": record.id, **_values(record)} for record in last.values()]
        if not rows:
            return set()
        async with self._engine.begin() as connection:
            kept = set((await connection.execute(self._put, rows)).scalars())
            await log.write(connection, [last[call_id] for call_id in kept])
        return kept

    async def heard(self, call_id: str, side: Side, heard: Heard, troubles: Sequence[SoundTrouble]) -> None:
        mine = call_records.c.id == call_id
        async with self._engine.begin() as connection:
            before = await connection.scalar(select(call_records.c.sound).where(mine).with_for_update())
            known = msgspec.json.decode(before, type=Sound) if before else Sound()
            if getattr(known, side) is not None:
                return
            added = replace(known, **{side: heard}, troubles=(*known.troubles, *troubles)[:_TROUBLES])
            text = msgspec.json.encode(added).decode()
            await connection.execute(update(call_records).where(mine).values(sound=text))

    async def page(self, user_id: str, chosen: Chosen, before: int | None, limit: int) -> list[CallRecord]:
        """`log.service.LogStore`."""
        async with self._engine.connect() as connection:
            ids = await log.page(connection, user_id, chosen, before, limit)
            query = select(call_records).where(call_records.c.id.in_(ids))
            rows = {row.id: row for row in (await connection.execute(query)).all()} if ids else {}
        return [_record(rows[call_id]) for call_id in ids if call_id in rows]

    async def of_person(self, user_id: str, before: int | None, limit: int) -> list[CallRecord]:
        return await self.page(user_id, Chosen(), before, limit)

    async def short_numbers_called(self, since: int) -> list[str]:
        """`blocking.service.ShortNumbersCalled`."""
        c = call_records.c
        short = func.length(c.callee_number) <= SHORT_DIGITS_MAX
        query = select(c.callee_number).where(c.started_at >= since, c.callee_user_id.is_(None), short)
        async with self._engine.connect() as connection:
            return list(await connection.scalars(query.distinct()))

    async def took(self, group_id: str, user_ids: Sequence[str]) -> dict[str, int]:
        """`group_ringing.TakenReader`: one look at the index for each."""
        if not user_ids:
            return {}
        c = call_records.c
        each = (
            select(literal(user_id).label("user_id"), func.max(c.answered_at).label("at")).where(
                c.group_id == group_id, c.callee_user_id == user_id
            )
            for user_id in user_ids
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(union_all(*each))).all()
        return {row.user_id: row.at for row in rows if row.at is not None}

    async def latest(self, before: int | None, limit: int) -> list[CallRecord]:
        """Everybody's calls, paged in the same way (`traces.service.Records`)."""
        return await self._page(true(), before, limit)

    async def one(self, call_id: str) -> CallRecord | None:
        """The call with this id."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(call_records).where(call_records.c.id == call_id))).first()
        return None if row is None else _record(row)

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


def _put_statement(dialect: str) -> Any:
    """The same revision again changes nothing, nor does an earlier one that was overtaken on its way."""
    row = _insert(dialect, call_records)
    new = {column.name: row.excluded[column.name] for column in call_records.c if column.name != "id"}
    # What browsers said of the sound that passed by no bridge stays.
    new["sound"] = func.coalesce(row.excluded.sound, call_records.c.sound)
    newer = call_records.c.revision < row.excluded.revision
    change = row.on_conflict_do_update(index_elements=[call_records.c.id], set_=new, where=newer)
    return change.returning(call_records.c.id)


def _values(record: CallRecord) -> dict[str, Any]:
    """All columns but the id."""
    rang_for = record.picked_up_from
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
        "sound": None if record.sound == Sound() else msgspec.json.encode(record.sound).decode(),
        "transfer": None if record.transfer == Transfer() else msgspec.json.encode(record.transfer).decode(),
        "waits": msgspec.json.encode(record.waits).decode() if record.waits else None,
        "rang_for_user_id": rang_for.user_id if rang_for else None,
        "picked_up_from": msgspec.json.encode(rang_for).decode() if rang_for else None,
        "forwarded": msgspec.json.encode(record.forwarded).decode() if record.forwarded else None,
        "group_id": record.groups[-1].group.id if record.groups else None,
        "rung_groups": msgspec.json.encode(record.groups).decode() if record.groups else None,
        "recordings": msgspec.json.encode(record.recordings).decode() if record.recordings else None,
        "on_behalf_of": msgspec.json.encode(record.on_behalf_of).decode() if record.on_behalf_of else None,
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
        sound=msgspec.json.decode(row.sound, type=Sound) if row.sound else Sound(),
        transfer=msgspec.json.decode(row.transfer, type=Transfer) if row.transfer else Transfer(),
        waits=msgspec.json.decode(row.waits, type=tuple[Wait, ...]) if row.waits else (),
        picked_up_from=msgspec.json.decode(row.picked_up_from, type=Party) if row.picked_up_from else None,
        forwarded=msgspec.json.decode(row.forwarded, type=tuple[Forwarded, ...]) if row.forwarded else (),
        groups=msgspec.json.decode(row.rung_groups, type=tuple[GroupRang, ...]) if row.rung_groups else (),
        on_behalf_of=msgspec.json.decode(row.on_behalf_of, type=Party) if row.on_behalf_of else None,
        recordings=msgspec.json.decode(row.recordings, type=tuple[Recorded, ...]) if row.recordings else (),
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
    """`telephony.on_the_phone.Snapshots`: the bridge speaks only when something changes. Calls that
    ring are not kept: a snapshot in which nothing else has changed is not written."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        row = _insert(engine.dialect.name, phone_snapshot)
        new = {"content": row.excluded.content}
        self._put = row.on_conflict_do_update(index_elements=[phone_snapshot.c.id], set_=new)
        self._saved: str | None = None

    async def load(self) -> Snapshot:
        async with self._engine.connect() as connection:
            text = await connection.scalar(select(phone_snapshot.c.content))
        if text is None:
            return Snapshot()
        kept = msgspec.json.decode(text, type=_Kept)
        return Snapshot(kept.calls, frozenset(kept.registered))

    async def save(self, snapshot: Snapshot) -> None:
        kept = _Kept(dict(sorted(snapshot.calls.items())), sorted(snapshot.registered))
        content = msgspec.json.encode(kept).decode()
        if content == self._saved:
            return
        async with self._engine.begin() as connection:
            await connection.execute(self._put, {"id": 1, "content": content})
        self._saved = content


def _insert(dialect: str, table: Table) -> Any:
    """An INSERT that can say what is to be done where the row is there already."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
