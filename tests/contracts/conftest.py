"""The databases that every store must behave the same on: SQLite and PostgreSQL.

PostgreSQL is a server of the tests' own, or the database whose URL is in UNISONO_TEST_POSTGRESQL
(`postgresql+asyncpg://user@host/database`), which loses what it holds.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.storage import Database
from tests.support.postgresql import OneDatabase, own_server
from tests.support.web import migrated

GIVEN = os.environ.get("UNISONO_TEST_POSTGRESQL", "")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def postgresql(request: pytest.FixtureRequest) -> Iterator[OneDatabase | None]:
    """None where the test is for SQLite. Without PostgreSQL on this machine its tests fail, and say why."""
    if request.param == "sqlite":
        yield None
        return
    with contextlib.nullcontext(GIVEN) if GIVEN else own_server() as url:
        yield OneDatabase(url)


@pytest.fixture
async def empty_database(postgresql: OneDatabase | None, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without tables."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'unisono.db'}"
    database = await postgresql.empty() if postgresql else Database(url)
    yield database
    await database.close()


@pytest.fixture
async def database(postgresql: OneDatabase | None, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with all migrations run."""
    made = postgresql.migrated() if postgresql else migrated(tmp_path / "unisono.db")
    database = await made
    yield database
    await database.close()
