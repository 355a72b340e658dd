"""One SQLite file on the thread of aiosqlite. What belongs together goes there and back once.

Nobody waits for a disk that hangs: after `PATIENCE` that is an error like a full one.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from logs import log

_log = log.get(__name__)

T = TypeVar("T")

#: Seconds for one transaction; and for reading what an earlier process left, which may be much.
PATIENCE, READING = 1.5, 30.0


class DiskHangs(sqlite3.OperationalError):
    """What was asked for was not done in time, or not tried, as something before it still is not done. What
    was begun is done once the disk goes on."""


class _Connection(aiosqlite.Connection):
    """Does a whole function on the thread, by the private `_execute` that aiosqlite's own methods use.

    Those do one step of a statement each, and the way to the thread and back costs more than the step.
    """

    def __init__(self, path: Path, script: str) -> None:
        super().__init__(lambda: _open(path, script), iter_chunk_size=1)
        self._thread.daemon = True

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        done: T = await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]
        return done


def _open(path: Path, script: str) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(script)
    return connection


class Database:
    """Open it with `open`, close it with `close`."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        #: What was given up, and still goes on.
        self._stuck: asyncio.Task[Any] | None = None

    @classmethod
    async def open(cls, path: Path, script: str) -> "Database":
        """Open or create the file, and run `script`. Raises `OSError` or `sqlite3.Error`."""
        connection = _Connection(path, script)
        await connection
        return cls(connection)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, done on the thread in one transaction: committed, or rolled back where it
        raises. Raises what `work` raises, and `sqlite3.Error`."""

        def whole(connection: sqlite3.Connection) -> T:
            with connection:
                return work(connection)

        return await self._within(PATIENCE, whole)

    async def rows(
        self, query: str, parameters: tuple[object, ...] = (), *, within: float = PATIENCE
    ) -> list[Any]:
        """The rows of a query, read `within` so many seconds. Raises `sqlite3.Error`."""
        return await self._within(within, lambda connection: connection.execute(query, parameters).fetchall())

    async def _within(self, seconds: float, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._stuck is not None:
            raise DiskHangs("the disk still hangs")
        task = asyncio.ensure_future(self._connection.do(work))
        try:
            await asyncio.wait({task}, timeout=seconds)
        finally:
            if not task.done():
                task.add_done_callback(self._done_late)
        if task.done():
            return task.result()
        self._stuck = self._stuck or task
        raise DiskHangs(f"nothing was done in {seconds} seconds")

    def _done_late(self, task: asyncio.Task[Any]) -> None:
        if self._stuck is task:
            self._stuck = None
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("late_work_failed", why=str(error))

    async def close(self) -> None:
        """After everything that was asked for; a disk that hangs keeps nobody."""
        # `aiosqlite`'s own `close` waits for the thread even when it is cancelled.
        closing = self._connection.stop()
        if self._stuck is None and closing is not None:
            await asyncio.wait({closing}, timeout=PATIENCE)
            if closing.done():
                closing.result()
