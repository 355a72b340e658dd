"""The engine and the migrations."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from server.storage import one_trip, version

MIGRATIONS = Path(__file__).parent / "migrations"
_LIBPQ = re.compile(r"^postgres(ql)?://")


class DatabaseAway(Exception):
    """The database cannot be reached or lets us not in; the message says why, and holds no password."""


def database_url(configured: str, default: Path) -> str:
    """The configured URL (PostgreSQL's own form is understood, too), or SQLite in the file `default`."""
    return _LIBPQ.sub("postgresql+asyncpg://", configured) or f"sqlite+aiosqlite:///{default}"


class Database:
    """One engine for a process: `async with database.engine.begin() as connection:` is one transaction."""

    def __init__(self, url: str) -> None:
        sqlite = url.startswith("sqlite")
        self._connections = one_trip.Connections()
        driver = {"async_creator_fn": self._connections.connect} if sqlite else {}
        self.engine: AsyncEngine = create_async_engine(url, pool_pre_ping=not sqlite, connect_args=driver)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _tune_sqlite)
        if self.engine.dialect.name == "postgresql":
            event.listen(self.engine.sync_engine, "before_cursor_execute", _without_nul, retval=True)
        self.version = version.DataVersion(self.engine)

    async def upgrade(self) -> None:
        """Bring the tables to what this version knows (all Alembic migrations not yet run).

        Raises `DatabaseAway`.
        """
        try:
            await self.ping()
        except (OSError, DBAPIError) as error:
            raise DatabaseAway(_why(error)) from error
        async with self.engine.connect() as connection:
            await connection.run_sync(_upgrade)
            await connection.commit()

    async def ping(self) -> None:
        """Raise what the driver raises when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        self.version.close()
        await self.engine.dispose()
        await self._connections.close()


def _why(error: Exception) -> str:
    """The driver's words alone."""
    words = str(error.orig if isinstance(error, DBAPIError) else error)
    return f"the database is not there: {words.rpartition('>: ')[2]}"


def _upgrade(connection: Connection) -> None:
    if _revision(connection) != newest_revision():
        # Alembic takes 20 MB, and every start but the first after an update goes without it.
        from server.storage.upgrade import upgrade  # noqa: PLC0415

        upgrade(connection)
    version.install(connection)


def _revision(connection: Connection) -> str | None:
    """The migration that the database has come to; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def newest_revision() -> str:
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _tune_sqlite(connection: Any, _record: object) -> None:
    """WAL lets readers go on while one writes.

    FULL, because the bridge forgets a call record once we acknowledge it: with WAL, NORMAL would lose the
    last commits when the power fails.
    """
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _without_nul(
    _connection: Connection, _cursor: object, statement: str, parameters: Any, _context: object, many: bool
) -> tuple[str, Any]:
    """PostgreSQL has no text with U+0000 in it, and refuses to look for one: U+FFFD stands in its place."""
    # Many rows that give something back are one statement with one row of all their values.
    rows = many and all(isinstance(row, list | tuple) for row in parameters)
    return statement, [_tidied(row) for row in parameters] if rows else _tidied(parameters)


def _tidied(row: Sequence[object]) -> tuple[object, ...]:
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row)
