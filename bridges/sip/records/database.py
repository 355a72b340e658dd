"""One SQLite file on the thread of aiosqlite. What belongs together goes there and back once."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")


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

        return await self._connection.do(whole)

    async def rows(self, query: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """The rows of a query. Raises `sqlite3.Error`."""
        return await self._connection.do(lambda connection: connection.execute(query, parameters).fetchall())

    async def close(self) -> None:
        """After everything that was asked for."""
        await self._connection.close()
