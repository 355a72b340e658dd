"""aiosqlite with one way to its thread and back for each statement.

Its own cursor goes there to be made, to execute, to fetch and to be closed; each way costs more than most
statements. What nobody has begun is neither committed nor rolled back there.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

import aiosqlite

from server.workers import Workers

#: For what is on the threads when all of them are to end: longer than SQLite waits for a lock. Seconds.
_FAREWELL = 10.0


class Cursor:
    """What SQLAlchemy's adapter asks of a cursor."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: object, _error: object, _trace: TracebackType | None) -> None:
        """Nothing of it is on the thread."""

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        return await self._do(lambda cursor: cursor.execute(statement, parameters))

    async def executemany(self, statement: str, parameters: Sequence[Any]) -> Self:
        return await self._do(lambda cursor: cursor.executemany(statement, parameters))

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    async def _do(self, work: Callable[[sqlite3.Cursor], object]) -> Self:
        self.description, self.rowcount, self.lastrowid, self._rows = await self._connection.trip(work)
        return self


class Connection(aiosqlite.Connection):
    """`Connections` makes it."""

    #: Whether a statement was given up by whoever waited for it, and may still begin a transaction.
    _left = False

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        # A process does not wait for it.
        self.thread.daemon = True

    @property
    def thread(self) -> Thread:
        return self._thread

    def stop(self) -> asyncio.Future[Any] | None:
        """Once. The thread ends there: what was queued behind it would be waited for in vain.

        SQLAlchemy closes a connection whose statement was cancelled, stops it when that is cancelled, too,
        and then `close` stops it once more.
        """
        return super().stop() if self._running else None

    async def close(self) -> None:
        if self._running:
            await super().close()

    def cursor(self) -> Any:
        return Cursor(self)

    async def trip(self, work: Callable[[sqlite3.Cursor], object]) -> tuple[Any, int, int | None, list[Any]]:
        """Description, row count, last row id and rows of what `work` executes."""

        def whole() -> tuple[Any, int, int | None, list[Any]]:
            cursor = self._conn.cursor()
            try:
                work(cursor)
                rows = cursor.fetchall() if cursor.description else []
                return cursor.description, cursor.rowcount, cursor.lastrowid, rows
            finally:
                cursor.close()

        self._left = True
        try:
            found: tuple[Any, int, int | None, list[Any]] = await self._execute(whole)  # type: ignore[no-untyped-call]
        except sqlite3.Error:
            self._left = False
            raise
        self._left = False
        return found

    async def commit(self) -> None:
        if self._left or self.in_transaction:
            await super().commit()
            self._left = False

    async def rollback(self) -> None:
        if self._left or self.in_transaction:
            await super().rollback()
            self._left = False


class Connections:
    """Those of one engine."""

    def __init__(self) -> None:
        self._made: WeakSet[Connection] = WeakSet()

    def connect(self, database: str, **more: Any) -> Connection:
        """As `aiosqlite.connect`; await it."""
        made = Connection(lambda: sqlite3.connect(database, **more))
        self._made.add(made)
        return made

    async def close(self) -> None:
        """Return when nothing is on a thread of theirs, which would answer a loop that may be closed by then.

        The pool closes what lies in it. What it gave up, because a statement was cancelled, is still at work.
        """
        threads = []
        for connection in self._made:
            connection.stop()
            if connection.thread.is_alive():
                threads.append(connection.thread)
        if threads:
            await Workers("sqlite-close").run(_join, threads)


def _join(threads: Sequence[Thread]) -> None:
    end = monotonic() + _FAREWELL
    for thread in threads:
        thread.join(max(0.0, end - monotonic()))
