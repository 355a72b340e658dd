"""What metrics count, whatever the database."""

from server.directory.store import SqlPeople
from server.metrics.store import SqlCounts
from server.storage.database import Database
from tests.contracts.test_people_store import ANNA


async def test_everything_is_counted(database: Database) -> None:
    await SqlPeople(database.engine, "localhost").add(ANNA)
    counts = await SqlCounts(database.engine).now()
    assert counts.pop("people") == 1
    assert set(counts.values()) == {0}
