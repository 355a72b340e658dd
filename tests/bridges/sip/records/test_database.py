"""SQLite on a thread of its own."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridges.sip.records import database as database_module
from bridges.sip.records.database import Database, DiskHangs
from tests.bridges.sip.records.disks import closed, hanging

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


async def test_nobody_waits_for_a_disk_that_hangs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PATIENCE", 0.02)
    async with hanging(database):
        with pytest.raises(DiskHangs, match="nothing was done"):
            await database.run(lambda connection: connection.execute(PUT, ("begun",)))
        with pytest.raises(DiskHangs, match="still"):
            await database.run(lambda connection: connection.execute(PUT, ("not begun",)))
        with pytest.raises(DiskHangs, match="still"):
            await database.rows("SELECT word FROM words", within=10)
    while True:
        try:
            assert await database.rows("SELECT word FROM words", within=10) == [("begun",)]
        except DiskHangs:
            await asyncio.sleep(0)
        else:
            return


async def test_a_disk_that_hangs_keeps_no_process_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PATIENCE", 0.02)
    opened = await Database.open(tmp_path / "file.db", SCRIPT)
    async with hanging(opened):
        before = asyncio.all_tasks()
        await opened.close()
        # What is left when a process ends is cancelled, and waited for.
        left = asyncio.all_tasks() - before
        for task in left:
            task.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(*left, return_exceptions=True)
    await closed(opened)


async def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        await Database.open(tmp_path / "file", SCRIPT)
    with pytest.raises(OSError, match="file"):
        await Database.open(tmp_path / "file" / "below", SCRIPT)
