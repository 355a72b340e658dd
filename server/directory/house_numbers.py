"""Extensions and outside numbers of what is no person: ring groups, attendants. Each is had once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.directory import rules
from server.directory.tables import extensions, group_numbers, numbers
from server.storage.locking import one_word_at_a_time


async def reached(connection: AsyncConnection) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """The extension and the outside numbers of each, by its id."""
    found: defaultdict[str, tuple[str, tuple[str, ...]]] = defaultdict(lambda: ("", ()))
    for row in await connection.execute(select(group_numbers).order_by(group_numbers.c.position)):
        extension, outside = found[row.group_id]
        found[row.group_id] = (extension, (*outside, row.number)) if row.outside else (row.number, outside)
    return found


async def take(connection: AsyncConnection, owner: str, extension: str, outside: Sequence[str]) -> None:
    """Give these to an owner that has none. Raises `ExtensionTaken`, `NumberTaken`."""
    await _take(connection, owner, extension, 0, outside=False)
    for position, number in enumerate(outside, 1):
        await _take(connection, owner, number, position, outside=True)


async def give_back(connection: AsyncConnection, owner: str) -> None:
    await connection.execute(delete(group_numbers).where(group_numbers.c.group_id == owner))


async def _take(
    connection: AsyncConnection, owner: str, number: str, position: int, *, outside: bool
) -> None:
    """Written first: then no person is given it meanwhile."""
    taken = rules.NumberTaken if outside else rules.ExtensionTaken
    row = {"number": number, "group_id": owner, "position": position, "outside": outside}
    try:
        await connection.execute(insert(group_numbers).values(**row))
    except IntegrityError as error:
        raise taken(number) from error
    await one_word_at_a_time(connection, number)
    owned = numbers.c.e164 == number if outside else extensions.c.number == number
    if await connection.scalar(select(exists().where(owned))):
        raise taken(number)
