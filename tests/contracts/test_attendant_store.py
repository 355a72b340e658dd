"""Attendants: each database keeps them, and no number is had twice."""

import pytest
from msgspec.structs import replace

from server.attendants.rules import TooManyAttendants
from server.attendants.store import SqlAttendants
from server.directory import rules
from server.directory.store import SqlPeople
from server.groups.store import SqlGroups
from server.storage import Database
from tests.contracts.test_group_store import SALES
from tests.contracts.test_people_store import ANNA
from tests.server.attendants.test_rules import FRONT

WITH_NUMBERS = replace(FRONT, numbers=("+390612345300", "+390612345301"), hours="h")


async def test_they_are_kept_as_they_are(database: Database) -> None:
    store = SqlAttendants(database.engine)
    await store.add(WITH_NUMBERS, 5)
    assert await store.attendants() == (WITH_NUMBERS,)
    changed = replace(FRONT, extension="301", name="Desk", language="en")
    assert await store.replace(changed)
    assert await store.attendants() == (changed,)
    assert not await store.replace(replace(changed, id="b"))
    assert await store.remove("a")
    assert not await store.remove("a")
    assert await store.attendants() == ()


async def test_a_number_is_a_persons_a_groups_or_an_attendants(database: Database) -> None:
    await SqlPeople(database.engine, "localhost").add(ANNA)
    await SqlGroups(database.engine, "localhost").add(SALES, [ANNA.id], 5)
    store = SqlAttendants(database.engine)
    await store.add(FRONT, 1)
    with pytest.raises(rules.ExtensionTaken):
        await store.replace(replace(FRONT, extension=SALES.extension))
    with pytest.raises(rules.NumberTaken):
        await store.replace(replace(FRONT, numbers=SALES.numbers))
    with pytest.raises(rules.ExtensionTaken):
        await SqlGroups(database.engine, "localhost").replace(replace(SALES, extension="300"), [ANNA.id])
    with pytest.raises(TooManyAttendants):
        await store.add(replace(FRONT, id="b", extension="399"), 1)
    assert await store.attendants() == (FRONT,)
