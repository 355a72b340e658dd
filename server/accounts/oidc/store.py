"""Sessions of other Matrix clients in SQL."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.accounts.oidc.service import OidcSession
from server.accounts.tables import oidc_sessions


class SqlOidcSessions:
    """`accounts.oidc.service.OidcStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, session: OidcSession) -> None:
        row = insert(oidc_sessions).values(
            sid=session.sid,
            person_id=session.person_id,
            browser=session.browser,
            address=session.address,
            created_at=session.created_at,
            ended=False,
        )
        async with self._engine.begin() as connection:
            await connection.execute(row)

    async def living(self, person_id: str) -> Sequence[OidcSession]:
        return await self._all(
            select(oidc_sessions)
            .where(oidc_sessions.c.person_id == person_id, oidc_sessions.c.ended.is_(False))
            .order_by(oidc_sessions.c.created_at.desc())
        )

    async def end(self, person_id: str, sid: str | None) -> bool:
        which = (oidc_sessions.c.person_id == person_id) & oidc_sessions.c.ended.is_(False)
        if sid is not None:
            which &= oidc_sessions.c.sid == sid
        async with self._engine.begin() as connection:
            result = await connection.execute(update(oidc_sessions).where(which).values(ended=True))
        return cast("CursorResult[Any]", result).rowcount > 0

    async def ended(self, limit: int) -> Sequence[OidcSession]:
        return await self._all(select(oidc_sessions).where(oidc_sessions.c.ended.is_(True)).limit(limit))

    async def forget(self, sid: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(oidc_sessions).where(oidc_sessions.c.sid == sid))

    async def _all(self, query: Select[Any]) -> Sequence[OidcSession]:
        async with self._engine.connect() as connection:
            return [_session(row) for row in (await connection.execute(query)).all()]


def _session(row: Row[Any]) -> OidcSession:
    return OidcSession(row.sid, row.person_id, row.browser, row.address, row.created_at)
