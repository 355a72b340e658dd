"""The databases that every store must behave the same on."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from server.storage.database import Database

POSTGRESQL = os.environ.get("UNISONO_TEST_POSTGRESQL", "")
ENGINES = ["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"]


@pytest.fixture(params=ENGINES)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with all migrations run; PostgreSQL joins when UNISONO_TEST_POSTGRESQL is its URL."""
    url = POSTGRESQL if request.param == "postgresql" else f"sqlite+aiosqlite:///{tmp_path / 'unisono.db'}"
    database = Database(url)
    if request.param == "postgresql":
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    await database.upgrade()
    yield database
    await database.close()
