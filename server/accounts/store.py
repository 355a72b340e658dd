"""Passwords, sessions and failed sign-ins in SQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import CursorResult, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.accounts.rules import Failures
from server.accounts.service import Ending, Session
from server.accounts.tables import passwords, sessions, sign_in_failures
from server.directory.tables import people
from server.storage import one_at_a_time

#: Fewer than what SQLite takes as variables of one statement.
_CHUNK = 500


class SqlPasswords:
    """`accounts.service.Passwords`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, person_id: str) -> str | None:
        query = select(passwords.c.hash).where(passwords.c.person_id == person_id)
        async with self._engine.connect() as connection:
            return cast("str | None", await connection.scalar(query))

    async def put(self, person_id: str, password_hash: str, now_ms: int) -> None:
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            await connection.execute(delete(passwords).where(passwords.c.person_id == person_id))
            await connection.execute(
                insert(passwords).values(person_id=person_id, hash=password_hash, changed_at=now_ms)
            )

    async def delete(self, person_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(passwords).where(passwords.c.person_id == person_id))


class SqlSessions:
    """`accounts.service.Sessions`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, session: Session) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(insert(sessions).values(**_columns(session)))

    async def add_alone(self, session: Session, ending: Ending) -> list[Session]:
        same = (
            (sessions.c.person_id == session.person_id)
            & (sessions.c.layout == session.layout)
            & sessions.c.ended.is_(False)
        )
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, session.person_id)
            await connection.execute(insert(sessions).values(**_columns(session)))
            others = same & (sessions.c.token_hash != session.token_hash)
            rows = (await connection.execute(select(sessions).where(others))).all()
            await connection.execute(update(sessions).where(others).values(**_ended(ending)))
        return [_session(row) for row in rows]

    async def get(self, token_hash: str, now_ms: int) -> Session | None:
        query = select(sessions).where(
            sessions.c.token_hash == token_hash, sessions.c.expires_at > now_ms, sessions.c.ended.is_(False)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _session(row) if row else None

    async def ending(self, token_hash: str) -> Ending | None:
        query = select(sessions).where(sessions.c.token_hash == token_hash, sessions.c.ended.is_(True))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Ending(row.ended_reason, row.ended_at or 0, row.ended_by) if row else None

    async def living(self, person_id: str, now_ms: int) -> list[Session]:
        query = (
            select(sessions)
            .where(
                sessions.c.person_id == person_id,
                sessions.c.expires_at > now_ms,
                sessions.c.ended.is_(False),
            )
            .order_by(sessions.c.created_at.desc())
        )
        async with self._engine.connect() as connection:
            return [_session(row) for row in (await connection.execute(query)).all()]

    async def end(self, token_hash: str, ending: Ending) -> bool:
        this = (sessions.c.token_hash == token_hash) & sessions.c.ended.is_(False)
        async with self._engine.begin() as connection:
            change = update(sessions).where(this).values(**_ended(ending))
            result = cast("CursorResult[Any]", await connection.execute(change))
        return result.rowcount == 1

    async def end_all(self, person_id: str, ending: Ending, keep: str | None = None) -> list[Session]:
        theirs = (sessions.c.person_id == person_id) & (sessions.c.token_hash != (keep or ""))
        open_ones = theirs & sessions.c.closed.is_(False)
        async with self._engine.begin() as connection:
            living = theirs & sessions.c.ended.is_(False)
            await connection.execute(update(sessions).where(living).values(**_ended(ending)))
            rows = (await connection.execute(select(sessions).where(open_ones))).all()
        return [_session(row) for row in rows]

    async def over(self, now_ms: int, limit: int) -> list[Session]:
        query = (
            select(sessions)
            .where(or_(sessions.c.ended.is_(True), sessions.c.expires_at <= now_ms))
            .where(sessions.c.closed.is_(False))
            .order_by(sessions.c.expires_at)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [_session(row) for row in (await connection.execute(query)).all()]

    async def over_among(self, device_ids: Sequence[str], now_ms: int) -> list[tuple[str, str]]:
        over = or_(sessions.c.ended.is_(True), sessions.c.expires_at <= now_ms)
        found = list[tuple[str, str]]()
        async with self._engine.connect() as connection:
            for at in range(0, len(device_ids), _CHUNK):
                these = sessions.c.device_id.in_(device_ids[at : at + _CHUNK])
                rows = await connection.execute(
                    select(sessions.c.user_id, sessions.c.device_id).where(over, these)
                )
                found += [(row.user_id, row.device_id) for row in rows]
        return found

    async def forget(self, token_hash: str) -> None:
        change = update(sessions).where(sessions.c.token_hash == token_hash).values(closed=True)
        async with self._engine.begin() as connection:
            await connection.execute(change)

    async def purge(self, before_ms: int) -> None:
        ended = sessions.c.ended.is_(True) & (func.coalesce(sessions.c.ended_at, 0) < before_ms)
        old = or_(ended, sessions.c.expires_at < before_ms)
        async with self._engine.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.closed.is_(True), old))


def _columns(session: Session) -> dict[str, Any]:
    return {**asdict(session), "ended": False}


def _ended(ending: Ending) -> dict[str, Any]:
    return {
        "ended": True,
        "ended_at": ending.at,
        "ended_reason": ending.reason,
        "ended_by": ending.browser,
    }


def _session(row: Row[Any]) -> Session:
    return Session(
        token_hash=row.token_hash,
        person_id=row.person_id,
        user_id=row.user_id,
        layout=row.layout,
        device_id=row.device_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        browser=row.browser,
        address=row.address,
    )


class SqlFailures:
    """`accounts.throttling.FailureStore`: kept in SQL so that neither a restart nor a second process forgets.

    Times are kept in milliseconds.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, subject: str) -> Failures | None:
        query = select(sign_in_failures).where(sign_in_failures.c.subject == subject)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Failures(row.failures, row.last_at / 1000) if row else None

    async def replace(self, subject: str, seen: Failures | None, new: Failures | None) -> bool:
        if seen is None:
            return new is None or await self._insert(subject, new)
        same = (
            (sign_in_failures.c.subject == subject)
            & (sign_in_failures.c.failures == seen.count)
            & (sign_in_failures.c.last_at == round(seen.last_at * 1000))
        )
        change = (
            delete(sign_in_failures).where(same)
            if new is None
            else update(sign_in_failures)
            .where(same)
            .values(failures=new.count, last_at=round(new.last_at * 1000))
        )
        async with self._engine.begin() as connection:
            result = cast("CursorResult[Any]", await connection.execute(change))
        return result.rowcount == 1

    async def _insert(self, subject: str, new: Failures) -> bool:
        row = insert(sign_in_failures).values(
            subject=subject, failures=new.count, last_at=round(new.last_at * 1000)
        )
        try:
            async with self._engine.begin() as connection:
                await connection.execute(row)
        except IntegrityError:
            return False
        return True

    async def forget_before(self, time: float) -> None:
        old = sign_in_failures.c.last_at < round(time * 1000)
        async with self._engine.begin() as connection:
            await connection.execute(delete(sign_in_failures).where(old))
