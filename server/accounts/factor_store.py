"""Second factors, settings, tickets and photos in SQL."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.accounts.second_factor import Factor
from server.accounts.settings import PersonSettings
from server.accounts.tables import (
    account_settings,
    oidc_sessions,
    one_time_links,
    photos,
    recovery_codes,
    second_factors,
    tickets,
)
from server.accounts.ticket import Method, Ticket
from server.directory.tables import people
from server.notifications.service import Language
from server.storage import one_at_a_time


def _changed(result: object) -> bool:
    return cast("CursorResult[Any]", result).rowcount == 1


class SqlFactors:
    """`accounts.second_factor.FactorStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, person_id: str) -> Sequence[Factor]:
        query = select(second_factors).where(second_factors.c.person_id == person_id)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [Factor(row.person_id, row.method, row.secret, row.created_at, row.last_step) for row in rows]

    async def put(self, factor: Factor) -> None:
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, factor.person_id)
            await connection.execute(delete(second_factors).where(_factor(factor.person_id, factor.method)))
            await connection.execute(
                insert(second_factors).values(
                    person_id=factor.person_id,
                    method=factor.method,
                    secret=factor.secret,
                    created_at=factor.created_at,
                    last_step=factor.last_step,
                )
            )

    async def remove(self, person_id: str, method: Method) -> bool:
        async with self._engine.begin() as connection:
            return _changed(
                await connection.execute(delete(second_factors).where(_factor(person_id, method)))
            )

    async def use_step(self, person_id: str, step: int, newest: int) -> bool:
        last = second_factors.c.last_step
        newer = _factor(person_id, "totp") & ((last < step) | (last > newest))
        async with self._engine.begin() as connection:
            return _changed(
                await connection.execute(update(second_factors).where(newer).values(last_step=step))
            )

    async def put_recovery(self, person_id: str, tags: Sequence[str]) -> None:
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            await connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
            if tags:
                rows = [{"person_id": person_id, "tag": tag} for tag in tags]
                await connection.execute(insert(recovery_codes), rows)

    async def use_recovery(self, person_id: str, tag: str) -> bool:
        this = (recovery_codes.c.person_id == person_id) & (recovery_codes.c.tag == tag)
        async with self._engine.begin() as connection:
            return _changed(await connection.execute(delete(recovery_codes).where(this)))

    async def recovery_left(self, person_id: str) -> int:
        query = (
            select(func.count()).select_from(recovery_codes).where(recovery_codes.c.person_id == person_id)
        )
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query) or 0)


def _factor(person_id: str, method: Method) -> Any:
    return (second_factors.c.person_id == person_id) & (second_factors.c.method == method)


class SqlSettings:
    """`accounts.settings.SettingsStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, person_id: str) -> PersonSettings | None:
        query = select(account_settings).where(account_settings.c.person_id == person_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return PersonSettings(row.language, row.trust_epoch) if row else None

    async def put_language(self, person_id: str, language: Language) -> None:
        async with self._engine.begin() as connection:
            if not await self._update(connection, person_id, {"language": language}):
                await connection.execute(
                    insert(account_settings).values(person_id=person_id, language=language, trust_epoch=0)
                )

    async def distrust(self, person_id: str, language: Language) -> None:
        async with self._engine.begin() as connection:
            counted = {"trust_epoch": account_settings.c.trust_epoch + 1}
            if not await self._update(connection, person_id, counted):
                await connection.execute(
                    insert(account_settings).values(person_id=person_id, language=language, trust_epoch=1)
                )

    async def _update(self, connection: AsyncConnection, person_id: str, values: dict[str, Any]) -> bool:
        await one_at_a_time(connection, people.c.id, person_id)
        this = account_settings.c.person_id == person_id
        return _changed(await connection.execute(update(account_settings).where(this).values(**values)))


class SqlTickets:
    """`accounts.tickets.TicketStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, key_hash: str, ticket: Ticket) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(tickets).where(tickets.c.key_hash == key_hash))
            await connection.execute(
                insert(tickets).values(
                    key_hash=key_hash,
                    person_id=ticket.person_id,
                    expires_at=ticket.expires_at,
                    version=1,
                    state=msgspec.json.encode(ticket).decode(),
                )
            )

    async def get(self, key_hash: str, now_ms: int) -> tuple[Ticket, int] | None:
        query = select(tickets).where(tickets.c.key_hash == key_hash, tickets.c.expires_at > now_ms)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (msgspec.json.decode(row.state, type=Ticket), row.version) if row else None

    async def replace(self, key_hash: str, version: int, ticket: Ticket) -> bool:
        seen = (tickets.c.key_hash == key_hash) & (tickets.c.version == version)
        values = {"version": version + 1, "state": msgspec.json.encode(ticket).decode()}
        async with self._engine.begin() as connection:
            return _changed(await connection.execute(update(tickets).where(seen).values(**values)))

    async def take(self, key_hash: str, version: int | None) -> bool:
        seen = tickets.c.key_hash == key_hash
        if version is not None:
            seen &= tickets.c.version == version
        async with self._engine.begin() as connection:
            return _changed(await connection.execute(delete(tickets).where(seen)))

    async def purge(self, now_ms: int) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(tickets).where(tickets.c.expires_at <= now_ms))


class SqlPhotos:
    """`accounts.account.Photos`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, person_id: str) -> tuple[bytes, str] | None:
        query = select(photos).where(photos.c.person_id == person_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (row.content, row.tag) if row else None

    async def put(self, person_id: str, content: bytes, tag: str) -> None:
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            await connection.execute(delete(photos).where(photos.c.person_id == person_id))
            await connection.execute(insert(photos).values(person_id=person_id, content=content, tag=tag))

    async def remove(self, person_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(photos).where(photos.c.person_id == person_id))


class SqlPersonData:
    """`accounts.service.PersonData`: the rows that go with a person."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def forget(self, person_id: str) -> None:
        theirs = (account_settings, second_factors, recovery_codes, tickets, one_time_links, photos)
        async with self._engine.begin() as connection:
            for table in theirs:
                await connection.execute(delete(table).where(table.c.person_id == person_id))
            # The homeserver is still to be told of these.
            await connection.execute(
                update(oidc_sessions).where(oidc_sessions.c.person_id == person_id).values(ended=True)
            )
