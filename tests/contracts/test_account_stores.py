"""What every store of passwords, sessions and failures must do, whatever the database."""

import asyncio
from dataclasses import replace

import pytest

from server.accounts.rules import Failures
from server.accounts.service import Ending, Session
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
    elsewhere = Ending("elsewhere", 1_400, "Firefox on Linux")
    assert await store.ending("hash-1") is None
    assert await store.end("hash-1", elsewhere)
    assert not await store.end("hash-1", Ending("signed_out", 1_450))
    assert await store.get("hash-1", 1_500) is None
    assert await store.over(1_500, 10) == [SESSION]
    await store.forget("hash-1")
    assert await store.over(1_500, 10) == []
    await store.purge(1_400)
    assert await store.ending("hash-1") == elsewhere
    await store.purge(1_401)
    assert await store.ending("hash-1") is None


async def test_what_may_still_have_a_device_is_never_purged(anna: Database) -> None:
    store = SqlSessions(anna.engine)
    await store.add(SESSION)
    await store.end("hash-1", Ending("signed_out", 1_100))
    await store.purge(9_000)
    assert await store.over(9_000, 10) == [SESSION]


async def test_a_session_that_is_alone_ends_those_of_its_layout(anna: Database) -> None:
    store = SqlSessions(anna.engine)
    phone = replace(SESSION, token_hash="hash-2", device_id="UNISONO_2", layout="phone")
    second = replace(SESSION, token_hash="hash-3", device_id="UNISONO_3", created_at=1_100)
    assert await store.add_alone(SESSION, Ending("elsewhere", 1_000)) == []
    assert await store.add_alone(phone, Ending("elsewhere", 1_050)) == []
    assert await store.add_alone(second, Ending("elsewhere", 1_100, "Edge on Windows")) == [SESSION]
    assert await store.living(ANNA.id, 1_500) == [second, phone]
    assert await store.living(ANNA.id, 2_000) == []
    assert await store.ending("hash-1") == Ending("elsewhere", 1_100, "Edge on Windows")


async def test_of_sign_ins_at_once_one_session_is_left(anna: Database) -> None:
    store = SqlSessions(anna.engine)
    many = [replace(SESSION, token_hash=f"hash-{i}", device_id=f"UNISONO_{i}") for i in range(8)]
    await asyncio.gather(*(store.add_alone(session, Ending("elsewhere", 1_000)) for session in many))
    assert len(await store.living(ANNA.id, 1_500)) == 1


async def test_all_sessions_of_a_person_end_together(anna: Database) -> None:
    store = SqlSessions(anna.engine)
    phone = replace(SESSION, token_hash="hash-2", device_id="UNISONO_2", layout="phone")
    for session in (SESSION, phone):
        await store.add(session)
    password = Ending("password", 1_200)
    assert [s.device_id for s in await store.end_all(ANNA.id, password, keep="hash-2")] == ["UNISONO_1"]
    assert await store.get("hash-2", 1_500) == phone
    ended = await store.end_all(ANNA.id, Ending("removed", 1_300))
    assert sorted(s.device_id for s in ended) == ["UNISONO_1", "UNISONO_2"]
    assert await store.ending("hash-1") == password
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
