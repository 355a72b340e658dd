"""Opening hours: each database keeps them."""

import pytest
from msgspec.structs import replace

from server.hours.rules import Hours, HoursTaken, TooManyHours
from server.hours.store import SqlHours
from server.storage import Database
from tests.server.hours.test_rules import NEVER, OFFICE

HOURS = Hours("1", "Office", OFFICE)


async def test_they_are_kept_as_they_are(database: Database) -> None:
    store = SqlHours(database.engine)
    await store.add(HOURS, 5)
    bar = Hours("2", "Bar", NEVER)
    await store.add(bar, 5)
    assert await store.hours() == (bar, HOURS)
    changed = replace(HOURS, name="House", schedule=NEVER)
    assert await store.replace(changed)
    assert await store.hours() == (bar, changed)
    assert not await store.replace(replace(HOURS, id="3"))
    assert await store.remove("1")
    assert not await store.remove("1")
    assert await store.hours() == (bar,)


async def test_a_name_is_had_once(database: Database) -> None:
    store = SqlHours(database.engine)
    await store.add(HOURS, 5)
    with pytest.raises(HoursTaken):
        await store.add(replace(HOURS, id="2"), 5)
    with pytest.raises(TooManyHours):
        await store.add(replace(HOURS, id="2", name="House"), 1)
    await store.add(replace(HOURS, id="2", name="House"), 2)
    with pytest.raises(HoursTaken):
        await store.replace(replace(HOURS, id="2"))
    assert [one.name for one in await store.hours()] == ["House", "Office"]
