"""Contacts and favourites in SQL."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.directory.tables import people
from server.phonebooks import rules
from server.phonebooks.favourites import Favourite
from server.phonebooks.rules import Details, Email, Number
from server.phonebooks.service import Contact
from server.phonebooks.tables import contact_numbers, contacts, favourites
from server.storage import one_at_a_time

#: Rows of one statement; SQLite takes 32,766 parameters.
_BATCH = 2000


class _Labelled(msgspec.Struct, array_like=True):
    numbers: tuple[Number, ...]
    emails: tuple[Email, ...]


class SqlContacts:
    """`phonebooks.service.ContactStore`.

    Searching reads every row of the phonebooks that are visible: measured on 10,000 contacts that takes a few
    milliseconds (tests/benchmarks), and unlike an index of words it finds digits in the middle of a number,
    behaves the same on every database, and is never out of date.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # Pages are joined with those of the directory by comparing keys here: the database must do the same.
        self._bytewise = "C" if engine.dialect.name == "postgresql" else "BINARY"

    async def add(self, many: Sequence[Contact]) -> None:
        async with self._engine.begin() as connection:
            for some in _batches(many):
                await connection.execute(insert(contacts), [{"id": c.id, **_values(c)} for c in some])
                await _insert_numbers(connection, some)

    async def replace(self, contact: Contact) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                update(contacts).where(contacts.c.id == contact.id).values(_values(contact))
            )
            await connection.execute(
                delete(contact_numbers).where(contact_numbers.c.contact_id == contact.id)
            )
            await _insert_numbers(connection, [contact])

    async def remove(self, contact_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(contact_numbers).where(contact_numbers.c.contact_id == contact_id)
            )
            await connection.execute(delete(contacts).where(contacts.c.id == contact_id))
            await connection.execute(delete(favourites).where(favourites.c.target == contact_id))

    async def get(self, contact_id: str) -> Contact | None:
        found = await self._read(contacts.c.id == contact_id)
        return found[0] if found else None

    async def count(self, owner: str) -> int:
        query = select(func.count()).select_from(contacts).where(contacts.c.owner == owner)
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query) or 0)

    async def all_of(self, owner: str) -> list[Contact]:
        return await self._read(contacts.c.owner == owner)

    async def fingerprints(self, owner: str) -> set[str]:
        query = select(contacts.c.fingerprint).where(contacts.c.owner == owner)
        async with self._engine.connect() as connection:
            return set((await connection.scalars(query)).all())

    async def page(
        self, owners: Sequence[str], after: tuple[str, str] | None, limit: int
    ) -> list[tuple[str, Contact]]:
        key = contacts.c.sort_key.collate(self._bytewise)
        query = select(contacts).where(contacts.c.owner.in_(owners)).order_by(key, contacts.c.id).limit(limit)
        if after is not None:
            query = query.where(tuple_(key, contacts.c.id) > after)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [(row.sort_key, _contact(row)) for row in rows]

    async def search(
        self, owners: Sequence[str], words: Sequence[str], digits: Sequence[str], limit: int
    ) -> list[Contact]:
        named = and_(*(contacts.c.search_text.contains(" " + word, autoescape=True) for word in words))
        dialled = [contacts.c.search_digits.contains(wanted, autoescape=True) for wanted in digits]
        matching = and_(contacts.c.owner.in_(owners), or_(named, *dialled))
        # The inner query needs nothing but the index; the outer one reads the few rows that it found.
        found = (
            select(contacts.c.id).where(matching).order_by(contacts.c.sort_key, contacts.c.id).limit(limit)
        )
        return await self._read(contacts.c.id.in_(found))

    async def by_number(self, number: str, owners: Sequence[str]) -> list[Contact]:
        holders = select(contact_numbers.c.contact_id).where(contact_numbers.c.number == number)
        return await self._read(and_(contacts.c.id.in_(holders), contacts.c.owner.in_(owners)))

    async def names_of(self, numbers: Sequence[str], owners: Sequence[str]) -> dict[str, str]:
        c = contacts.c
        joined = contact_numbers.join(contacts, c.id == contact_numbers.c.contact_id)
        query = select(contact_numbers.c.number, c.owner, c.name).select_from(joined)
        query = query.where(contact_numbers.c.number.in_(numbers), c.owner.in_(owners))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(c.sort_key.desc(), c.id.desc()))).all()
        # The last one stays: of the first owner, and of theirs the first by name.
        rows = sorted(rows, key=lambda row: -list(owners).index(row.owner))
        return {row.number: row.name for row in rows}

    async def forget_owner(self, owner: str) -> None:
        theirs = select(contacts.c.id).where(contacts.c.owner == owner)
        async with self._engine.begin() as connection:
            await connection.execute(delete(contact_numbers).where(contact_numbers.c.contact_id.in_(theirs)))
            await connection.execute(delete(contacts).where(contacts.c.owner == owner))
            marks = or_(favourites.c.person_id == owner, favourites.c.target == owner)
            await connection.execute(delete(favourites).where(marks))

    async def _read(self, condition: ColumnElement[bool], limit: int | None = None) -> list[Contact]:
        query = select(contacts).where(condition).order_by(contacts.c.sort_key, contacts.c.id).limit(limit)
        async with self._engine.connect() as connection:
            return [_contact(row) for row in (await connection.execute(query)).all()]


class SqlFavourites:
    """`phonebooks.favourites.FavouriteStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, person_id: str, favourite: Favourite, now_ms: int) -> None:
        async with self._engine.begin() as connection:
            await one_at_a_time(connection, people.c.id, person_id)
            await connection.execute(_mark(person_id, favourite.target))
            await connection.execute(
                insert(favourites).values(
                    person_id=person_id, target=favourite.target, kind=favourite.kind, added_at=now_ms
                )
            )

    async def remove(self, person_id: str, target: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(_mark(person_id, target))

    async def of(self, person_id: str) -> list[Favourite]:
        query = select(favourites).where(favourites.c.person_id == person_id)
        async with self._engine.connect() as connection:
            return [Favourite(row.kind, row.target) for row in (await connection.execute(query)).all()]


def _mark(person_id: str, target: str) -> Any:
    return delete(favourites).where(favourites.c.person_id == person_id, favourites.c.target == target)


def _values(contact: Contact) -> dict[str, Any]:
    """All columns but the id."""
    details = contact.details
    return {
        "owner": contact.owner,
        "name": details.name,
        "organisation": details.organisation,
        "labelled": msgspec.json.encode(_Labelled(details.numbers, details.emails)).decode(),
        "notes": details.notes,
        "sort_key": rules.sort_key(details),
        "search_text": rules.found_by(details),
        "search_digits": rules.digits_of(details),
        "fingerprint": rules.fingerprint(details),
        "updated_at": contact.updated_at,
    }


def _contact(row: Row[Any]) -> Contact:
    labelled = msgspec.json.decode(row.labelled, type=_Labelled)
    details = Details(row.name, row.organisation, labelled.numbers, labelled.emails, row.notes)
    return Contact(row.id, row.owner, details, row.updated_at)


async def _insert_numbers(connection: AsyncConnection, some: Iterable[Contact]) -> None:
    rows = [
        {"contact_id": contact.id, "number": number.number, "position": position}
        for contact in some
        for position, number in enumerate(contact.details.numbers)
    ]
    if rows:
        await connection.execute(insert(contact_numbers), rows)


def _batches(many: Sequence[Contact]) -> Iterable[Sequence[Contact]]:
    for start in range(0, len(many), _BATCH):
        yield many[start : start + _BATCH]
