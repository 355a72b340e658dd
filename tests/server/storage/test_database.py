from pathlib import Path

from sqlalchemy import text

from server.storage import Database, database_url


def test_sqlite_in_the_data_directory_unless_configured() -> None:
    assert database_url("", Path("/data/unisono.db")) == "sqlite+aiosqlite:////data/unisono.db"
    assert database_url("postgresql+asyncpg://h/d", Path("/x")) == "postgresql+asyncpg://h/d"


async def test_an_upgrade_makes_the_tables_and_does_nothing_twice(tmp_path: Path) -> None:
    database = Database(database_url("", tmp_path / "unisono.db"))
    await database.upgrade()
    await database.upgrade()
    await database.ping()
    async with database.engine.connect() as connection:
        pragmas = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    await database.close()
    assert pragmas == ["wal", 1, 5000]
