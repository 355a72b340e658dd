"""Registered clients and grants in SQL."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import CursorResult, Row, Select, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.accounts.oauth.grants import Grant
from server.accounts.oauth.rules import OAuthClient
from server.accounts.tables import oauth_clients, oauth_grants
from server.directory.tables import people
from server.storage import one_at_a_time

_CLIENTS, _GRANTS = oauth_clients.c, oauth_grants.c


class SqlClients:
    """`accounts.oauth.clients.ClientStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, client: OAuthClient, now_ms: int, most: int) -> None:
        row = {**asdict(client), "redirect_uris": json.dumps(client.redirect_uris), "created_at": now_ms}
        unused = select(_CLIENTS.client_id).where(_CLIENTS.used_at.is_(None))
        oldest = unused.order_by(_CLIENTS.created_at.desc(), _CLIENTS.client_id).offset(most)
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(oauth_clients).values(**row))
                too_many = (await connection.scalars(oldest)).all()
                await connection.execute(delete(oauth_clients).where(_CLIENTS.client_id.in_(too_many)))
        except IntegrityError:
            again = update(oauth_clients).where(_CLIENTS.client_id == client.client_id)
            async with self._engine.begin() as connection:
                await connection.execute(again.values(created_at=now_ms))

    async def get(self, client_id: str) -> OAuthClient | None:
        query = select(oauth_clients).where(_CLIENTS.client_id == client_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _client(row) if row else None

    async def used(self, client_id: str, now_ms: int) -> None:
        change = update(oauth_clients).where(_CLIENTS.client_id == client_id).values(used_at=now_ms)
        async with self._engine.begin() as connection:
            await connection.execute(change)

    async def purge(self, unused_before: int, used_before: int) -> None:
        granted = select(_GRANTS.client_id)
        old = or_(
            _CLIENTS.used_at.is_(None) & (_CLIENTS.created_at < unused_before), _CLIENTS.used_at < used_before
        )
        async with self._engine.begin() as connection:
            await connection.execute(delete(oauth_clients).where(old, _CLIENTS.client_id.not_in(granted)))


class SqlGrants:
    """`accounts.oauth.grants.GrantStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, grant: Grant) -> None:
        same = (_GRANTS.user_id == grant.user_id) & (_GRANTS.device_id == grant.device_id)
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, grant.person_id)
            await connection.execute(delete(oauth_grants).where(same))
            await connection.execute(insert(oauth_grants).values(**asdict(grant)))

    async def get(self, grant_id: str) -> Grant | None:
        return await self._one(select(oauth_grants).where(_GRANTS.id == grant_id))

    async def of_device(self, user_id: str, device_id: str) -> Grant | None:
        of_it = (_GRANTS.user_id == user_id) & (_GRANTS.device_id == device_id)
        return await self._one(select(oauth_grants).where(of_it))

    async def living(self, person_id: str) -> Sequence[Grant]:
        return await self._all(
            select(oauth_grants)
            .where(_GRANTS.person_id == person_id, _GRANTS.ended.is_(False))
            .order_by(_GRANTS.created_at.desc(), _GRANTS.id)
        )

    async def rotate(self, seen: Grant, refresh_hash: str, previous_hash: str) -> bool:
        same = (
            (_GRANTS.id == seen.id)
            & (_GRANTS.refresh_hash == seen.refresh_hash)
            & (_GRANTS.previous_hash == seen.previous_hash)
            & _GRANTS.ended.is_(False)
        )
        change = update(oauth_grants).where(same)
        async with self._engine.begin() as connection:
            result = await connection.execute(
                change.values(refresh_hash=refresh_hash, previous_hash=previous_hash)
            )
        return cast("CursorResult[Any]", result).rowcount == 1

    async def end(self, person_id: str, grant_id: str | None) -> Sequence[Grant]:
        which = (_GRANTS.person_id == person_id) & _GRANTS.ended.is_(False)
        if grant_id is not None:
            which &= _GRANTS.id == grant_id
        change = update(oauth_grants).where(which).values(ended=True).returning(oauth_grants)
        async with self._engine.begin() as connection:
            return [_grant(row) for row in (await connection.execute(change)).all()]

    async def ended(self, limit: int) -> Sequence[Grant]:
        return await self._all(select(oauth_grants).where(_GRANTS.ended.is_(True)).limit(limit))

    async def forget(self, grant_id: str) -> None:
        gone = (_GRANTS.id == grant_id) & _GRANTS.ended.is_(True)
        async with self._engine.begin() as connection:
            await connection.execute(delete(oauth_grants).where(gone))

    async def _one(self, query: Select[Any]) -> Grant | None:
        found = await self._all(query)
        return found[0] if found else None

    async def _all(self, query: Select[Any]) -> Sequence[Grant]:
        async with self._engine.connect() as connection:
            return [_grant(row) for row in (await connection.execute(query)).all()]


def _client(row: Row[Any]) -> OAuthClient:
    redirects = tuple(json.loads(row.redirect_uris))
    return OAuthClient(row.client_id, row.name, row.uri, row.application_type, redirects)


def _grant(row: Row[Any]) -> Grant:
    return Grant(**row._mapping)
