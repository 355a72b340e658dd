"""One-time links in SQL."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.accounts.links import Link, Purpose
from server.accounts.tables import one_time_links as links
from server.accounts.tables import passwords
from server.directory.tables import people
from server.storage import one_at_a_time


class SqlLinks:
    """`accounts.links.LinkStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, link: Link) -> None:
        before = _open_links(link.person_id) & (links.c.purpose == link.purpose)
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, link.person_id)
            if link.purpose == "invitation":
                await connection.execute(update(links).where(before).values(revoked_at=link.created_at))
            await connection.execute(
                insert(links).values(
                    id=link.id,
                    token_hash=link.token_hash,
                    purpose=link.purpose,
                    person_id=link.person_id,
                    language=link.language,
                    created_by=link.created_by,
                    created_at=link.created_at,
                    expires_at=link.expires_at,
                )
            )

    async def by_token(self, token_hash: str) -> Link | None:
        async with self._engine.connect() as connection:
            found = await connection.execute(select(links).where(links.c.token_hash == token_hash))
            row = found.one_or_none()
        return _link(row) if row else None

    async def of_purpose(self, purpose: Purpose) -> Sequence[Link]:
        query = (
            select(links)
            .where(links.c.purpose == purpose)
            .order_by(links.c.created_at.desc(), links.c.revoked_at.is_not(None))
        )
        async with self._engine.connect() as connection:
            found = [_link(row) for row in (await connection.execute(query)).all()]
        newest: dict[str, Link] = {}
        for link in found:
            newest.setdefault(link.person_id, link)
        return list(newest.values())

    async def spend(self, token_hash: str, password_hash: str, now_ms: int) -> bool:
        this = links.c.token_hash == token_hash
        works = (
            this & links.c.used_at.is_(None) & links.c.revoked_at.is_(None) & (links.c.expires_at > now_ms)
        )
        async with self._engine.connect() as connection:
            person_id = str(await connection.scalar(select(links.c.person_id).where(this)))
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            spent = await connection.execute(update(links).where(works).values(used_at=now_ms))
            if cast("CursorResult[Any]", spent).rowcount != 1:
                return False
            await connection.execute(delete(passwords).where(passwords.c.person_id == person_id))
            await connection.execute(
                insert(passwords).values(person_id=person_id, hash=password_hash, changed_at=now_ms)
            )
            others = _open_links(person_id)
            await connection.execute(update(links).where(others).values(revoked_at=now_ms))
        return True

    async def revoke(self, person_id: str, purpose: Purpose, now_ms: int) -> bool:
        works = _open_links(person_id) & (links.c.purpose == purpose) & (links.c.expires_at > now_ms)
        async with self._engine.begin() as connection:
            result = await connection.execute(update(links).where(works).values(revoked_at=now_ms))
        return cast("CursorResult[Any]", result).rowcount > 0


def _open_links(person_id: str) -> Any:
    return (links.c.person_id == person_id) & links.c.used_at.is_(None) & links.c.revoked_at.is_(None)


def _link(row: Row[Any]) -> Link:
    return Link(
        id=row.id,
        token_hash=row.token_hash,
        purpose=row.purpose,
        person_id=row.person_id,
        language=row.language,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
