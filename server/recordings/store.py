"""Recordings, rules and settings in SQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Select, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from server.recordings.rules import Mark, Recording, Rule, Settings, TooManyRules
from server.recordings.tables import recording_people, recording_rules, recording_settings, recordings
from wire.route import Party

_AT_ONCE = 500


class SqlRecordings:
    """`service.RecordingStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = (postgresql if engine.dialect.name == "postgresql" else sqlite).insert

    async def add(self, recording: Recording) -> bool:
        row = self._insert(recordings).values(**_values(recording)).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            added = bool((await connection.execute(row)).rowcount)
            for user_id in sorted(recording.people) if added else ():
                of = {"user_id": user_id, "recording_id": recording.id}
                await connection.execute(insert(recording_people).values(**of))
        return added

    async def page(self, user_id: str | None, before: int | None, limit: int) -> list[Recording]:
        c = recordings.c
        query = _of(user_id).order_by(c.started_at.desc(), c.id)
        page = query if before is None else query.where(c.started_at < before)
        async with self._engine.connect() as connection:
            rows = list((await connection.execute(page.limit(limit))).all())
            if len(rows) == limit:
                # The next page starts before this millisecond: whatever else is in it belongs to this one.
                last = rows[-1]
                same = query.where(c.started_at == last.started_at, c.id > last.id)
                rows += (await connection.execute(same)).all()
        return [_recording(row) for row in rows]

    async def one(self, recording_id: str) -> Recording | None:
        query = select(recordings).where(recordings.c.id == recording_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _recording(row) if row is not None else None

    async def of_calls(self, call_ids: Sequence[str]) -> list[Recording]:
        found: list[Recording] = []
        async with self._engine.connect() as connection:
            for start in range(0, len(call_ids), _AT_ONCE):
                some = recordings.c.call_id.in_(call_ids[start : start + _AT_ONCE])
                query = select(recordings).where(some).order_by(recordings.c.started_at)
                found += [_recording(row) for row in await connection.execute(query)]
        return found

    async def remove(self, recording_id: str) -> bool:
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(recording_people).where(recording_people.c.recording_id == recording_id)
            )
            gone = await connection.execute(delete(recordings).where(recordings.c.id == recording_id))
        return bool(gone.rowcount)

    async def ended_before(self, moment: int) -> list[str]:
        query = select(recordings.c.id).where(recordings.c.ended_at < moment).limit(_AT_ONCE)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    async def known(self, recording_ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        async with self._engine.connect() as connection:
            for start in range(0, len(recording_ids), _AT_ONCE):
                some = recordings.c.id.in_(recording_ids[start : start + _AT_ONCE])
                found |= set((await connection.execute(select(recordings.c.id).where(some))).scalars())
        return found

    async def rules(self) -> list[Rule]:
        query = select(recording_rules).order_by(recording_rules.c.kind, recording_rules.c.subject)
        async with self._engine.connect() as connection:
            return [Rule(row.kind, row.subject) for row in await connection.execute(query)]

    async def add_rule(self, rule: Rule, most: int) -> bool:
        row = self._insert(recording_rules).values(kind=rule.kind, subject=rule.subject)
        async with self._engine.begin() as connection:
            added = await connection.execute(row.on_conflict_do_nothing())
            if (await connection.scalar(select(func.count()).select_from(recording_rules)) or 0) > most:
                raise TooManyRules
        return bool(added.rowcount)

    async def remove_rule(self, rule: Rule) -> bool:
        c = recording_rules.c
        async with self._engine.begin() as connection:
            gone = await connection.execute(
                delete(recording_rules).where((c.kind == rule.kind) & (c.subject == rule.subject))
            )
        return bool(gone.rowcount)

    async def settings(self) -> Settings:
        async with self._engine.connect() as connection:
            found = await connection.scalar(select(recording_settings.c.settings))
        return msgspec.json.decode(found, type=Settings) if found else Settings()

    async def set(self, settings: Settings) -> None:
        content = msgspec.json.encode(settings).decode()
        row = self._insert(recording_settings).values(id=1, settings=content)
        statement = row.on_conflict_do_update(
            index_elements=[recording_settings.c.id], set_={"settings": content}
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)


def _of(user_id: str | None) -> Select[Any]:
    query = select(recordings)
    if user_id is None:
        return query
    joined = recordings.join(recording_people, recording_people.c.recording_id == recordings.c.id)
    return query.select_from(joined).where(recording_people.c.user_id == user_id)


def _values(recording: Recording) -> dict[str, Any]:
    sides = {"caller": recording.caller, "callee": recording.callee}
    parties = {
        f"{side}_{name}": getattr(party, name)
        for side, party in sides.items()
        for name in ("user_id", "name", "number")
    }
    return parties | {
        "id": recording.id,
        "call_id": recording.call_id,
        "withheld": recording.withheld,
        "why": recording.why,
        "wanted_by": recording.by,
        "started_at": recording.started_at,
        "ended_at": recording.ended_at,
        "duration_ms": recording.duration_ms,
        "size": recording.size,
        "pauses": msgspec.json.encode(recording.pauses).decode(),
        "whole": recording.whole,
        "others": msgspec.json.encode(recording.others).decode() if recording.others else None,
        "title": recording.title,
    }


def _recording(row: Row[Any]) -> Recording:
    return Recording(
        id=row.id,
        call_id=row.call_id,
        caller=Party(row.caller_user_id, row.caller_name, row.caller_number),
        callee=Party(row.callee_user_id, row.callee_name, row.callee_number),
        withheld=row.withheld,
        why=row.why,
        by=row.wanted_by,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_ms=row.duration_ms,
        size=row.size,
        pauses=msgspec.json.decode(row.pauses, type=tuple[Mark, ...]),
        whole=row.whole,
        others=msgspec.json.decode(row.others, type=tuple[Party, ...]) if row.others else (),
        title=row.title,
    )
