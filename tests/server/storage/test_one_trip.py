"""SQLite's driver with one way to its thread for each statement."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from server.storage import Database
from server.storage.one_trip import Connection, Connections
from tests.support.patience import PATIENCE

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
    connection = await Connections().connect(str(tmp_path / "file.db"))
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


@dataclass
class GivenUp:
    """A statement that was cancelled, and then the closing of its connection was, too."""

    thread: Thread
    goes_on: Event
    #: What still closes the connection.
    closing: asyncio.Task[object]


async def _queued(connection: Connection, number: int) -> None:
    while connection._tx.qsize() < number:  # noqa: ASYNC110 (the queue of a thread tells nobody)
        await asyncio.sleep(0)


@pytest.fixture
async def given_up(database: Database) -> AsyncIterator[GivenUp]:
    """The thread is held at what came before the statement."""
    loop, others, goes_on = asyncio.get_running_loop(), asyncio.all_tasks(), Event()
    held, driver = asyncio.Event(), None

    def hold() -> None:
        loop.call_soon_threadsafe(held.set)
        goes_on.wait()

    async def ask() -> None:
        nonlocal driver
        async with database.engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, Connection)
            driver._tx.put_nowait((None, hold))
            await held.wait()
            await connection.execute(ALL)

    asking = asyncio.create_task(ask())
    await held.wait()
    assert isinstance(driver, Connection)
    await _queued(driver, 1)
    asking.cancel()
    await _queued(driver, 2)
    (closing,) = asyncio.all_tasks() - others - {asking}
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    yield GivenUp(driver.thread, goes_on, closing)
    goes_on.set()


async def test_what_closes_a_connection_given_up_ends_when_it_is_cancelled(given_up: GivenUp) -> None:
    """As a loop does at its end: it cancels once, and waits for ever."""
    given_up.closing.cancel()
    given_up.goes_on.set()
    assert not (await asyncio.wait({given_up.closing}, timeout=PATIENCE))[1]


async def test_what_closes_a_connection_given_up_ends_by_itself(given_up: GivenUp) -> None:
    given_up.goes_on.set()
    assert not (await asyncio.wait({given_up.closing}, timeout=PATIENCE))[1]


async def test_a_database_is_closed_when_no_thread_of_it_works(database: Database, given_up: GivenUp) -> None:
    """What a thread has to say would find the loop closed."""
    closed = asyncio.create_task(database.close())
    asyncio.get_running_loop().call_soon(given_up.goes_on.set)
    await closed
    assert not given_up.thread.is_alive()


async def test_what_asks_a_closed_database_is_refused(database: Database) -> None:
    async with database.engine.connect() as connection:
        await database.close()
        with pytest.raises(OperationalError, match="closed"):
            await connection.execute(ALL)
