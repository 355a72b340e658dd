"""aiosqlite with one way to its thread and back for each statement.

Its own cursor goes there to be made, to execute, to fetch and to be closed; each way costs more than most
statements. What nobody has begun is neither committed nor rolled back there.
"""

import sqlite3
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import aiosqlite


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
    """`connect` makes it."""

    #: Whether a statement was given up by whoever waited for it, and may still begin a transaction.
    _left = False

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


def connect(database: str, **more: Any) -> aiosqlite.Connection:
    """As `aiosqlite.connect`; await it."""
    made = Connection(lambda: sqlite3.connect(database, **more), iter_chunk_size=64)
    made._thread.daemon = True
    return made
