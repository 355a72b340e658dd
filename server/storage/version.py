"""A number that grows with every change of the tables marked `VERSIONED`, whoever makes it.

The database raises it by triggers, in the transaction of the change: what was read after the number was,
holds as long as the number is the same, even where another process writes.
"""

import sqlite3

from sqlalchemy import Connection, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from server.storage.metadata import VERSIONED, metadata
from server.storage.tables import data_version

_SQLITE = """CREATE TRIGGER data_changed_{table}_{event} AFTER {event} ON {table} BEGIN
INSERT INTO data_version (id, version) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET version = version + 1; END"""
#: Once a transaction and at its end, so that no two wait for each other in a circle.
_POSTGRESQL = """CREATE OR REPLACE FUNCTION data_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO data_version (id, version, changed_in) VALUES (1, 1, txid_current())
ON CONFLICT (id) DO UPDATE SET version = data_version.version + 1, changed_in = excluded.changed_in
WHERE data_version.changed_in <> excluded.changed_in; RETURN NULL; END $$"""
_POSTGRESQL_TABLE = """CREATE CONSTRAINT TRIGGER data_changed AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION data_changed()"""


def versioned_tables() -> list[str]:
    return sorted(table.name for table in metadata.sorted_tables if table.info.get(VERSIONED))


def install(connection: Connection) -> None:
    """Make the triggers anew: a migration that copies a table of SQLite loses those that it had."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_POSTGRESQL))
    for table in versioned_tables():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"DROP TRIGGER IF EXISTS data_changed ON {table}"))
            connection.execute(text(_POSTGRESQL_TABLE.format(table=table)))
            continue
        for event in ("insert", "update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS data_changed_{table}_{event}"))
            connection.execute(text(_SQLITE.format(table=table, event=event)))


class DataVersion:
    """Reads the number: of SQLite on a connection of its own within the loop: microseconds."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._query = select(data_version.c.version)
        self._text = str(self._query)
        self._connection: sqlite3.Connection | None = None

    async def now(self) -> int:
        """Raises what the driver raises when the database does not answer."""
        if self._file is None:
            async with self._engine.connect() as connection:
                return int(await connection.scalar(self._query) or 0)
        if self._connection is None:
            self._connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        row = self._connection.execute(self._text).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
