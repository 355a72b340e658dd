"""Whom people have blocked: each database keeps it."""

import asyncio

import pytest

from server.blocking.rules import Blocked
from server.blocking.store import SqlBlocked
from server.directory.store import SqlPeople
from server.storage import Database
from tests.contracts.test_people_store import ANNA


@pytest.fixture
async def store(database: Database) -> SqlBlocked:
    await SqlPeople(database.engine, "localhost").add(ANNA)
    return SqlBlocked(database.engine)


async def test_the_latest_comes_first_and_the_first_time_stays(store: SqlBlocked) -> None:
    assert await store.add(ANNA.id, Blocked("+391", 1), 5)
    assert await store.add(ANNA.id, Blocked("", 2), 5)
    assert await store.add(ANNA.id, Blocked("+391", 3), 5)
    assert await store.blocked_by(ANNA.id) == (Blocked("", 2), Blocked("+391", 1))
    assert await store.blocked_by("somebody else") == ()


async def test_no_more_than_are_allowed_also_of_several_at_once(store: SqlBlocked) -> None:
    added = await asyncio.gather(*(store.add(ANNA.id, Blocked(f"+39{n}", n), 3) for n in range(6)))
    assert sum(added) == 3
    assert len(await store.blocked_by(ANNA.id)) == 3


async def test_a_number_is_unblocked_and_who_leaves_is_forgotten(store: SqlBlocked) -> None:
    for number in ("+391", "+392"):
        await store.add(ANNA.id, Blocked(number, 1), 5)
    await store.remove(ANNA.id, "+391")
    await store.remove(ANNA.id, "+399")
    assert await store.blocked_by(ANNA.id) == (Blocked("+392", 1),)
    await store.forget(ANNA.id)
    assert await store.blocked_by(ANNA.id) == ()
