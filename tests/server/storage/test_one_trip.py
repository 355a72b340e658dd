"""SQLite's driver with one way to its thread for each statement."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.storage import Database
from server.storage.one_trip import Connection, connect

PUT = text("INSERT INTO words VALUES (:word)")
ALL = text("SELECT word FROM words ORDER BY word")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/unisono.db")
    async with made.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE words (word TEXT PRIMARY KEY)"))
    yield made
    await made.close()


async def words(database: Database) -> list[str]:
    async with database.engine.connect() as connection:
        return list((await connection.scalars(ALL)).all())


async def test_what_is_committed_is_read_by_others(database: Database) -> None:
    async with database.engine.begin() as connection:
        assert (await connection.execute(PUT, {"word": "one"})).rowcount == 1
        await connection.execute(PUT, [{"word": "two"}, {"word": "three"}])
        assert await words(database) == []
    assert await words(database) == ["one", "three", "two"]


async def test_what_fails_leaves_nothing_and_the_connection_usable(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.engine.begin() as connection:
            await connection.execute(PUT, {"word": "one"})
            await connection.execute(PUT, {"word": "one"})
    assert await words(database) == []
    async with database.engine.begin() as connection:
        await connection.execute(PUT, {"word": "one"})
    assert await words(database) == ["one"]


async def test_a_statement_that_nobody_waits_for_any_more_is_rolled_back(tmp_path: Path) -> None:
    """It may begin its transaction after whoever asked for it has gone."""
    connection = await connect(str(tmp_path / "file.db"))
    assert isinstance(connection, Connection)
    await connection.cursor().execute("CREATE TABLE words (word TEXT PRIMARY KEY)")
    goes_on = Event()
    asyncio.get_running_loop().call_soon(lambda: connection._tx.put_nowait((None, goes_on.wait)))
    await asyncio.sleep(0)
    task = asyncio.create_task(connection.cursor().execute("INSERT INTO words VALUES ('one')"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not connection.in_transaction
    goes_on.set()
    await connection.rollback()
    assert not connection.in_transaction
    cursor = await connection.cursor().execute("SELECT word FROM words")
    assert await cursor.fetchall() == []
    await connection.close()
