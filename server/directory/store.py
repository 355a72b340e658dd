"""People in SQL."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.directory import rules
from server.directory.service import ExtensionRecord, LocalpartTaken, Person, PersonRecord, SipAccount
from server.directory.tables import extensions, group_numbers, numbers, people
from server.storage.locking import one_word_at_a_time

#: Fewer than what SQLite takes as variables of one statement.
_CHUNK = 500


class SqlPeople:
    """`directory.service.PeopleStore` over any database of SQLAlchemy."""

    def __init__(self, engine: AsyncEngine, domain: str) -> None:
        self._engine = engine
        self._domain = domain
        # Pages are joined with those of the phonebooks by comparing keys: databases must compare alike.
        self._bytewise = "C" if engine.dialect.name == "postgresql" else "BINARY"

    async def add(self, record: PersonRecord) -> Person:
        try:
            async with self._engine.begin() as connection:
                await self._insert(connection, record)
        except IntegrityError as error:
            # The driver's words name the constraint differently on each database: ask for the reason.
            async with self._engine.connect() as connection:
                raise await self._refusal(connection, record) from error
        return Person(
            record.id,
            self._user_id(record.localpart),
            record.name,
            record.email,
            record.role,
            tuple(e.number for e in record.extensions),
            record.numbers,
        )

    async def _insert(self, connection: AsyncConnection, record: PersonRecord) -> None:
        await connection.execute(
            insert(people).values(
                id=record.id,
                localpart=record.localpart,
                name=record.name,
                email=record.email,
                email_key=record.email_key,
                search_text=record.search_text,
                role=record.role,
                created_at=record.created_at,
            )
        )
        for position, extension in enumerate(record.extensions):
            await connection.execute(
                insert(extensions).values(
                    number=extension.number,
                    person_id=record.id,
                    position=position,
                    ha1_md5=extension.ha1_md5,
                    ha1_sha256=extension.ha1_sha256,
                )
            )
            await _free_of_groups(connection, extension.number, rules.ExtensionTaken)
        for position, e164 in enumerate(record.numbers):
            await connection.execute(
                insert(numbers).values(e164=e164, person_id=record.id, position=position)
            )
            await _free_of_groups(connection, e164, rules.NumberTaken)

    async def _refusal(self, connection: AsyncConnection, record: PersonRecord) -> Exception:
        async def taken(condition: ColumnElement[bool]) -> bool:
            return bool(await connection.scalar(select(exists().where(condition))))

        if await taken(people.c.email_key == record.email_key):
            return rules.EmailTaken(record.email)
        for extension in record.extensions:
            if await taken(extensions.c.number == extension.number):
                return rules.ExtensionTaken(extension.number)
        for e164 in record.numbers:
            if await taken(numbers.c.e164 == e164):
                return rules.NumberTaken(e164)
        return LocalpartTaken(record.localpart)

    async def remove(self, person_id: str, now_ms: int) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(extensions).where(extensions.c.person_id == person_id))
            await connection.execute(delete(numbers).where(numbers.c.person_id == person_id))
            await connection.execute(
                update(people)
                .where(people.c.id == person_id)
                .values(
                    email=None, email_key=None, search_text="", department="", photo=None, removed_at=now_ms
                )
            )

    async def change(self, person_id: str, values: Mapping[str, object]) -> None:
        query = update(people).where(people.c.id == person_id, people.c.removed_at.is_(None)).values(**values)
        try:
            async with self._engine.begin() as connection:
                await connection.execute(query)
        except IntegrityError as error:
            raise rules.EmailTaken(str(values.get("email", ""))) from error

    async def administrators(self) -> int:
        query = select(func.count()).select_from(people).where(people.c.role == "administrator", *_ACTIVE)
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query) or 0)

    async def put_extension(self, person_id: str, extension: ExtensionRecord) -> None:
        digests = {"ha1_md5": extension.ha1_md5, "ha1_sha256": extension.ha1_sha256}
        same = (extensions.c.number == extension.number) & (extensions.c.person_id == person_id)
        try:
            async with self._engine.begin() as connection:
                change = update(extensions).where(same).values(**digests)
                if cast("CursorResult[Any]", await connection.execute(change)).rowcount:
                    return
                place = await _last(connection, extensions, person_id)
                row = {"number": extension.number, "person_id": person_id, "position": place, **digests}
                await connection.execute(insert(extensions).values(**row))
                await _free_of_groups(connection, extension.number, rules.ExtensionTaken)
        except IntegrityError as error:
            raise rules.ExtensionTaken(extension.number) from error

    async def remove_extension(self, number: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(extensions).where(extensions.c.number == number))

    async def add_number(self, person_id: str, e164: str) -> None:
        try:
            async with self._engine.begin() as connection:
                place = await _last(connection, numbers, person_id)
                await connection.execute(
                    insert(numbers).values(e164=e164, person_id=person_id, position=place)
                )
                await _free_of_groups(connection, e164, rules.NumberTaken)
        except IntegrityError as error:
            raise rules.NumberTaken(e164) from error

    async def remove_number(self, e164: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(numbers).where(numbers.c.e164 == e164))

    async def everyone(self, *, disabled: bool = False) -> list[Person]:
        return await self._people(_living(disabled))

    async def page(self, after: tuple[str, str] | None, limit: int) -> list[tuple[str, Person]]:
        key = people.c.search_text.collate(self._bytewise)
        query = select(people).where(*_ACTIVE).order_by(key, people.c.id).limit(limit)
        if after is not None:
            query = query.where(tuple_(key, people.c.id) > after)
        return await self._keyed(query)

    async def by_id(self, person_id: str, *, disabled: bool = False) -> Person | None:
        return await self._one(people.c.id == person_id, disabled)

    async def by_localpart(self, localpart: str) -> Person | None:
        return await self._one(people.c.localpart == localpart)

    async def living(self, localparts: Sequence[str]) -> frozenset[str]:
        found = list[str]()
        async with self._engine.connect() as connection:
            for at in range(0, len(localparts), _CHUNK):
                chosen = people.c.localpart.in_(localparts[at : at + _CHUNK])
                found += await connection.scalars(select(people.c.localpart).where(*_ACTIVE, chosen))
        return frozenset(found)

    async def by_email(self, email_key: str, *, disabled: bool = False) -> Person | None:
        return await self._one(people.c.email_key == email_key, disabled)

    async def by_extension(self, extension: str, *, disabled: bool = False) -> Person | None:
        return await self._one(_owns(extensions.c.number == extension, extensions.c.person_id), disabled)

    async def by_number(self, e164: str, *, disabled: bool = False) -> Person | None:
        return await self._one(_owns(numbers.c.e164 == e164, numbers.c.person_id), disabled)

    async def names_of(self, e164s: Sequence[str]) -> dict[str, str]:
        joined = numbers.join(people, people.c.id == numbers.c.person_id)
        query = select(numbers.c.e164, people.c.name).select_from(joined)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.where(numbers.c.e164.in_(e164s), *_ACTIVE))).all()
        return {row.e164: row.name for row in rows}

    async def sip_account(self, extension: str) -> SipAccount | None:
        person = await self.by_extension(extension)
        if person is None:
            return None
        async with self._engine.connect() as connection:
            row = (
                await connection.execute(select(extensions).where(extensions.c.number == extension))
            ).one_or_none()
        return SipAccount(extension, person, row.ha1_md5, row.ha1_sha256) if row else None

    async def search(self, words: Sequence[str], digits: Sequence[str], limit: int) -> list[Person]:
        named = and_(*(people.c.search_text.contains(" " + word, autoescape=True) for word in words))
        dialled = [
            condition
            for wanted in digits
            for condition in (
                _owns(extensions.c.number.startswith(wanted, autoescape=True), extensions.c.person_id),
                _owns(numbers.c.e164.contains(wanted, autoescape=True), numbers.c.person_id),
            )
        ]
        return await self._people(_living().where(or_(named, *dialled)).limit(limit))

    async def former(self) -> list[tuple[str, str]]:
        gone = or_(people.c.removed_at.is_not(None), people.c.disabled_at.is_not(None))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(people.c.localpart, people.c.name).where(gone))).all()
        return [(self._user_id(row.localpart), row.name) for row in rows]

    async def _one(self, condition: ColumnElement[bool], disabled: bool = False) -> Person | None:
        found = await self._people(_living(disabled).where(condition))
        return found[0] if found else None

    async def _people(self, chosen: Select[Any]) -> list[Person]:
        return [person for _, person in await self._keyed(chosen)]

    async def _keyed(self, chosen: Select[Any]) -> list[tuple[str, Person]]:
        """People with their sort keys: three queries whatever their number."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(chosen)).all()
            ids = [row.id for row in rows]
            theirs = await _owned(connection, extensions.c.number, extensions, ids)
            reached = await _owned(connection, numbers.c.e164, numbers, ids)
        return [
            (
                row.search_text,
                Person(
                    row.id,
                    self._user_id(row.localpart),
                    row.name,
                    row.email,
                    row.role,
                    tuple(theirs[row.id]),
                    tuple(reached[row.id]),
                    row.department,
                    row.photo,
                    row.disabled_at is not None,
                    row.calls_outside,
                ),
            )
            for row in rows
        ]

    def _user_id(self, localpart: str) -> str:
        return f"@{localpart}:{self._domain}"


_ACTIVE = (people.c.removed_at.is_(None), people.c.disabled_at.is_(None))


def _living(disabled: bool = False) -> Select[Any]:
    # The search text begins with the name without case and accents: what people expect a list to follow.
    chosen = _ACTIVE[:1] if disabled else _ACTIVE
    return select(people).where(*chosen).order_by(people.c.search_text, people.c.id)


async def _last(connection: AsyncConnection, table: Table, person_id: str) -> int:
    """The place after a person's last extension or number."""
    query = select(func.coalesce(func.max(table.c.position), -1)).where(table.c.person_id == person_id)
    return int(await connection.scalar(query) or 0) + 1


async def _free_of_groups(
    connection: AsyncConnection, number: str, taken: type[rules.DirectoryError]
) -> None:
    """After the number was written, so that nobody else writes it meanwhile. Raises `taken`."""
    await one_word_at_a_time(connection, number)
    if await connection.scalar(select(exists().where(group_numbers.c.number == number))):
        raise taken(number)


def _owns(condition: ColumnElement[bool], person_id: Any) -> ColumnElement[bool]:
    return people.c.id.in_(select(person_id).where(condition))


async def _owned(
    connection: AsyncConnection, column: Any, table: Any, ids: list[str]
) -> dict[str, list[str]]:
    """The values of `column` by person, in the order they were given."""
    found: dict[str, list[str]] = defaultdict(list)
    query = select(table.c.person_id, column).order_by(table.c.position)
    # Few people are asked for by id; with many, reading the whole table beats a list of ids that
    # SQLite limits to 32,766 parameters.
    if len(ids) <= 100:
        query = query.where(table.c.person_id.in_(ids))
    for person_id, value in (await connection.execute(query)).all():
        found[person_id].append(value)
    return found
