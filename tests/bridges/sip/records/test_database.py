"""SQLite on a thread of its own."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridges.sip.records.database import Database

SCRIPT = "CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY);"
PUT = "INSERT INTO words VALUES (?)"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "folder" / "file.db", SCRIPT)
    yield opened
    await opened.close()


def both(connection: sqlite3.Connection) -> int:
    connection.execute(PUT, ("one",))
    return connection.execute(PUT, ("two",)).rowcount


async def test_work_is_done_as_a_whole_and_says_what_came_of_it(database: Database, tmp_path: Path) -> None:
    assert await database.run(both) == 1
    with sqlite3.connect(tmp_path / "folder" / "file.db") as another:
        assert another.execute("SELECT word FROM words ORDER BY word").fetchall() == [("one",), ("two",)]


async def test_of_work_that_fails_nothing_is_left(database: Database) -> None:
    await database.run(lambda connection: connection.execute(PUT, ("two",)))
    with pytest.raises(sqlite3.IntegrityError):
        await database.run(both)
    assert await database.rows("SELECT word FROM words") == [("two",)]
    assert await database.rows("SELECT word FROM words WHERE word = ?", ("one",)) == []


async def test_work_is_done_in_order_whoever_still_waits(database: Database) -> None:
    left = asyncio.create_task(database.run(lambda connection: connection.execute(PUT, ("one",))))
    await asyncio.sleep(0)
    left.cancel()
    assert await database.rows("SELECT word FROM words") == [("one",)]


async def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        await Database.open(tmp_path / "file", SCRIPT)
    with pytest.raises(OSError, match="file"):
        await Database.open(tmp_path / "file" / "below", SCRIPT)
