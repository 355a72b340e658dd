"""Visitors and links in SQL."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.meetings.links import Link
from server.meetings.tables import meeting_links as links
from server.meetings.tables import meeting_visitors as visitors
from server.meetings.visitor import ACTIVE, State, Visitor, before


class SqlVisitors:
    """`meetings.visitors.VisitorStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, visitor: Visitor, cookie_hash: str | None = None) -> None:
        values = {
            "id": visitor.id,
            "meeting_id": visitor.meeting_id,
            "kind": visitor.kind,
            "name": visitor.name,
            "number": visitor.number,
            "user_id": visitor.user_id,
            "link_id": visitor.link_id,
            "cookie_hash": cookie_hash,
            **_changing(visitor),
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(visitors).values(values))

    async def put(self, visitor: Visitor) -> None:
        """All but the state, which `move` changes."""
        values = {name: value for name, value in _changing(visitor).items() if name not in {"state", "since"}}
        async with self._engine.begin() as connection:
            await connection.execute(update(visitors).where(visitors.c.id == visitor.id).values(values))

    async def move(self, visitor: Visitor, to: State, now_ms: int) -> Visitor | None:
        """The visitor in the new state; None when somebody else was faster and it may not follow any more."""
        may = (visitors.c.id == visitor.id) & visitors.c.state.in_(before(to))
        async with self._engine.begin() as connection:
            result = await connection.execute(update(visitors).where(may).values(state=to, since=now_ms))
        if cast("CursorResult[Any]", result).rowcount != 1:
            return None
        return replace(visitor, state=to, since=now_ms)

    async def get(self, visitor_id: str) -> Visitor | None:
        found = await self._all(visitors.c.id == visitor_id)
        return found[0] if found else None

    async def by_cookie(self, cookie_hash: str) -> Visitor | None:
        found = await self._all(visitors.c.cookie_hash == cookie_hash)
        return found[0] if found else None

    async def by_user(self, user_id: str) -> Visitor | None:
        found = await self._all(visitors.c.user_id == user_id)
        return found[0] if found else None

    async def of_meeting(self, meeting_id: str) -> list[Visitor]:
        return await self._all((visitors.c.meeting_id == meeting_id) & visitors.c.state.in_(ACTIVE))

    async def recent(self, meeting_id: str, since_ms: int) -> list[Visitor]:
        """Those that are there, and those that went after `since_ms`."""
        shown = visitors.c.state.in_(ACTIVE) | (visitors.c.since >= since_ms)
        return await self._all((visitors.c.meeting_id == meeting_id) & shown)

    async def active(self) -> list[Visitor]:
        return await self._all(visitors.c.state.in_(ACTIVE))

    async def leftovers(self) -> list[Visitor]:
        """Those who are gone while their Matrix user may not be."""
        gone = visitors.c.state.not_in(ACTIVE)
        return await self._all(visitors.c.account_open.is_(True) & gone)

    async def count(self, meeting_id: str) -> int:
        there = (visitors.c.meeting_id == meeting_id) & visitors.c.state.in_(ACTIVE)
        async with self._engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).where(there)) or 0)

    async def forget_before(self, time_ms: int) -> None:
        """Who was there is nobody's business for ever; links that ended long ago go too."""
        gone = visitors.c.state.not_in(ACTIVE) & visitors.c.account_open.is_(False)
        async with self._engine.begin() as connection:
            await connection.execute(delete(visitors).where(gone & (visitors.c.since < time_ms)))
            await connection.execute(delete(links).where(links.c.expires_at < time_ms))

    async def media_key(self, visitor_id: str) -> str | None:
        """Sealed."""
        query = select(visitors.c.media_key).where(visitors.c.id == visitor_id)
        async with self._engine.connect() as connection:
            found: str | None = await connection.scalar(query)
            return found

    async def put_media_key(self, visitor_id: str, sealed: str | None) -> None:
        async with self._engine.begin() as connection:
            this = update(visitors).where(visitors.c.id == visitor_id)
            await connection.execute(this.values(media_key=sealed))

    async def _all(self, which: ColumnElement[bool]) -> list[Visitor]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(visitors).where(which).order_by(visitors.c.since))).all()
        return [_visitor(row) for row in rows]


def _changing(visitor: Visitor) -> dict[str, Any]:
    return {
        "state": visitor.state,
        "since": visitor.since,
        "vouched_by": visitor.vouched_by,
        "unencrypted": visitor.unencrypted,
        "account_open": visitor.account_open,
        "sync_from": visitor.sync_from,
        "delay_id": visitor.delay_id,
        "not_reached": visitor.not_reached,
    }


def _visitor(row: Row[Any]) -> Visitor:
    return Visitor(
        row.id,
        row.meeting_id,
        row.kind,
        State(row.state),
        row.name,
        row.user_id,
        row.since,
        row.number,
        row.link_id,
        row.vouched_by,
        row.unencrypted,
        row.account_open,
        row.sync_from,
        row.delay_id,
        row.not_reached,
    )


class SqlMeetingLinks:
    """`meetings.links.LinkStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, link: Link, token_hash: str) -> None:
        values = {
            "id": link.id,
            "meeting_id": link.meeting_id,
            "token_hash": token_hash,
            "lobby": link.lobby,
            "created_by": link.created_by,
            "created_at": link.created_at,
            "expires_at": link.expires_at,
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(links).values(values))

    async def by_token(self, token_hash: str) -> Link | None:
        found = await self._all(links.c.token_hash == token_hash)
        return found[0] if found else None

    async def get(self, link_id: str) -> Link | None:
        found = await self._all(links.c.id == link_id)
        return found[0] if found else None

    async def of_meeting(self, meeting_id: str, now_ms: int) -> Sequence[Link]:
        works = links.c.revoked_at.is_(None) & (links.c.expires_at > now_ms)
        return await self._all((links.c.meeting_id == meeting_id) & works)

    async def revoke(self, meeting_id: str, link_id: str | None, now_ms: int) -> bool:
        which = (links.c.meeting_id == meeting_id) & links.c.revoked_at.is_(None)
        if link_id is not None:
            which &= links.c.id == link_id
        async with self._engine.begin() as connection:
            result = await connection.execute(update(links).where(which).values(revoked_at=now_ms))
        return cast("CursorResult[Any]", result).rowcount > 0

    async def revoke_made_by(self, user_id: str, now_ms: int) -> list[Link]:
        """All that somebody made and that still work; which these were."""
        which = (links.c.created_by == user_id) & links.c.revoked_at.is_(None) & (links.c.expires_at > now_ms)
        found = await self._all(which)
        async with self._engine.begin() as connection:
            await connection.execute(update(links).where(which).values(revoked_at=now_ms))
        return found

    async def postpone(self, link_id: str, expires_at: int) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(update(links).where(links.c.id == link_id).values(expires_at=expires_at))

    async def _all(self, which: ColumnElement[bool]) -> list[Link]:
        query = select(links).where(which).order_by(links.c.created_at.desc(), links.c.id)
        async with self._engine.connect() as connection:
            return [_link(row) for row in (await connection.execute(query)).all()]


def _link(row: Row[Any]) -> Link:
    return Link(
        row.id, row.meeting_id, row.lobby, row.created_by, row.created_at, row.expires_at, row.revoked_at
    )
