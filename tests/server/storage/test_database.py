import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from server.storage import Database, DatabaseAway, database_url
from server.storage.database import MIGRATIONS, newest_revision
from server.storage.upgrade import alembic_config


def test_sqlite_in_the_data_directory_unless_configured() -> None:
    assert database_url("", Path("/data/unisono.db")) == "sqlite+aiosqlite:////data/unisono.db"
    for given in ("postgresql+asyncpg://h/d", "postgresql://h/d", "postgres://h/d"):
        assert database_url(given, Path("/x")) == "postgresql+asyncpg://h/d"


async def test_a_database_that_is_not_there_is_said_without_its_password() -> None:
    database = Database("postgresql+asyncpg://unisono:secret@127.0.0.1:9/unisono")
    with pytest.raises(DatabaseAway, match=r"^the database is not there: .+") as said:
        await database.upgrade()
    await database.close()
    assert "secret" not in str(said.value)


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


def test_each_migration_has_a_number_of_its_own_and_follows_the_one_before() -> None:
    """Two that were written side by side would keep the server from starting."""
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    found = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    assert sorted(name[:4] for name in names) == sorted(found)
    assert newest_revision() == max(found)


def test_a_database_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    """It takes 20 MB of the web process."""
    program = (
        "import asyncio, sys\n"
        "from server.storage import Database\n"
        f"database = Database('sqlite+aiosqlite:///{tmp_path}/unisono.db')\n"
        "asyncio.run(database.upgrade())\n"
        "print('alembic' in sys.modules)\n"
    )
    said = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert said == ["True\n", "False\n"]
