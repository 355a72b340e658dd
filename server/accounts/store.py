"""Passwords, sessions and failed sign-ins in SQL."""

from typing import Any, cast

from sqlalchemy import CursorResult, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.accounts.rules import Failures
from server.accounts.service import Session
from server.accounts.tables import passwords, sessions, sign_in_failures


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
            await connection.execute(
                insert(sessions).values(
                    token_hash=session.token_hash,
                    person_id=session.person_id,
                    user_id=session.user_id,
                    layout=session.layout,
                    device_id=session.device_id,
                    created_at=session.created_at,
                    expires_at=session.expires_at,
                    ended=False,
                )
            )

    async def get(self, token_hash: str, now_ms: int) -> Session | None:
        query = select(sessions).where(
            sessions.c.token_hash == token_hash, sessions.c.expires_at > now_ms, sessions.c.ended.is_(False)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _session(row) if row else None

    async def end(self, token_hash: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                update(sessions).where(sessions.c.token_hash == token_hash).values(ended=True)
            )

    async def end_all(self, person_id: str) -> list[Session]:
        theirs = sessions.c.person_id == person_id
        async with self._engine.begin() as connection:
            await connection.execute(update(sessions).where(theirs).values(ended=True))
            rows = (await connection.execute(select(sessions).where(theirs))).all()
        return [_session(row) for row in rows]

    async def over(self, now_ms: int, limit: int) -> list[Session]:
        query = (
            select(sessions)
            .where(or_(sessions.c.ended.is_(True), sessions.c.expires_at <= now_ms))
            .order_by(sessions.c.expires_at)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [_session(row) for row in (await connection.execute(query)).all()]

    async def forget(self, token_hash: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def _session(row: Row[Any]) -> Session:
    return Session(
        token_hash=row.token_hash,
        person_id=row.person_id,
        user_id=row.user_id,
        layout=row.layout,
        device_id=row.device_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


class SqlFailures:
    """`accounts.service.FailureStore`: kept in SQL so that neither a restart nor a second process forgets.

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
