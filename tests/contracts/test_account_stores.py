"""What every store of passwords, sessions and failures must do, whatever the database."""

from dataclasses import replace

import pytest

from server.accounts.rules import Failures
from server.accounts.service import Session
from server.accounts.store import SqlFailures, SqlPasswords, SqlSessions
from server.directory.store import SqlPeople
from server.storage.database import Database
from tests.contracts.test_people_store import ANNA

SESSION = Session("hash-1", ANNA.id, "@anna:localhost", "desktop", "UNISONO_1", 1_000, 2_000)


@pytest.fixture
async def anna(database: Database) -> Database:
    """A database in which Anna exists."""
    await SqlPeople(database.engine, "localhost").add(ANNA)
    return database


async def test_a_password_is_kept_replaced_and_forgotten(anna: Database) -> None:
    store = SqlPasswords(anna.engine)
    assert await store.get(ANNA.id) is None
    await store.put(ANNA.id, "first", 1)
    await store.put(ANNA.id, "second", 2)
    assert await store.get(ANNA.id) == "second"
    await store.delete(ANNA.id)
    assert await store.get(ANNA.id) is None


async def test_a_session_lives_until_it_expires(anna: Database) -> None:
    store = SqlSessions(anna.engine)
    await store.add(SESSION)
    assert await store.get("hash-1", 1_999) == SESSION
    assert await store.get("hash-1", 2_000) is None
    assert await store.get("hash-2", 1_500) is None
    assert await store.over(1_999, 10) == []
    assert await store.over(2_000, 10) == [SESSION]


async def test_an_ended_session_waits_to_be_forgotten(anna: Database) -> None:
    store = SqlSessions(anna.engine)
    await store.add(SESSION)
    await store.end("hash-1")
    assert await store.get("hash-1", 1_500) is None
    assert await store.over(1_500, 10) == [SESSION]
    await store.forget("hash-1")
    assert await store.over(1_500, 10) == []


async def test_all_sessions_of_a_person_end_together(anna: Database) -> None:
    store = SqlSessions(anna.engine)
    phone = replace(SESSION, token_hash="hash-2", device_id="UNISONO_2", layout="phone")
    for session in (SESSION, phone):
        await store.add(session)
    assert sorted(s.device_id for s in await store.end_all(ANNA.id)) == ["UNISONO_1", "UNISONO_2"]
    assert await store.get("hash-2", 1_500) is None
    assert len(await store.over(1_500, 1)) == 1


async def test_failures_change_only_from_what_was_seen(database: Database) -> None:
    store = SqlFailures(database.engine)
    first, second = Failures(1, 100.5), Failures(2, 101.0)
    assert await store.replace("x", None, first)
    assert not await store.replace("x", None, second)
    assert not await store.replace("x", second, Failures(3, 102.0))
    assert await store.get("x") == first
    assert await store.replace("x", first, second)
    assert await store.get("x") == second
    assert await store.replace("x", second, None)
    assert await store.get("x") is None
    assert await store.replace("x", None, None)


async def test_old_failures_are_forgotten(database: Database) -> None:
    store = SqlFailures(database.engine)
    await store.replace("old", None, Failures(1, 100.0))
    await store.replace("new", None, Failures(1, 200.0))
    await store.forget_before(150.0)
    assert await store.get("old") is None
    assert await store.get("new") == Failures(1, 200.0)
