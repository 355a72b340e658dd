"""Changes of what belongs to one row, or to one word, one after the other."""

from typing import Any

from sqlalchemy import Column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def one_at_a_time(connection: AsyncConnection, key: Column[Any], value: str) -> None:
    """Wait for whoever changes what belongs to the row of this primary key; others wait until we commit.

    To be asked for before anything is written. SQLite has one writer anyway. The key itself is not locked:
    rows that refer to it share it (PostgreSQL, Section 13.3.2).
    """
    if connection.dialect.name != "sqlite":
        await connection.execute(select(key).where(key == value).with_for_update(key_share=True))


async def one_word_at_a_time(connection: AsyncConnection, word: str) -> None:
    """Wait for whoever has asked so for this word, until they commit; no row need exist for it. For what is
    to be unique over several tables. SQLite has one writer anyway, once something is written.
    """
    if connection.dialect.name != "sqlite":
        await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(word, 0))))
