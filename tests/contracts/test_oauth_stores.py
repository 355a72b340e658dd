"""What every store of OAuth clients and grants must do."""

import asyncio
from dataclasses import replace

import pytest

from server.accounts.oauth.grants import Grant
from server.accounts.oauth.rules import OAuthClient
from server.accounts.oauth.store import SqlClients, SqlGrants
from server.directory.store import SqlPeople
from server.storage.database import Database
from tests.contracts.test_people_store import ANNA

CLIENT = OAuthClient(
    "c1", "Element X", "https://element.io/", "native", ("io.element:/", "http://127.0.0.1/")
)
GRANT = Grant(
    "g1", ANNA.id, "@anna:localhost", "DEVICEDEVICE", "c1", "Element X", "scope", "192.0.2.1", 1_000, "hash-1"
)
MANY = 1000


@pytest.fixture
async def anna(database: Database) -> Database:
    """A database in which Anna exists."""
    await SqlPeople(database.engine, "localhost").add(ANNA)
    return database


async def test_a_client_is_kept_once_however_often_it_registers(anna: Database) -> None:
    store = SqlClients(anna.engine)
    await asyncio.gather(*(store.add(CLIENT, 1_000 + i, MANY) for i in range(4)))
    assert await store.get("c1") == CLIENT
    assert await store.get("c2") is None


async def test_the_oldest_client_that_nobody_used_makes_room(anna: Database) -> None:
    store = SqlClients(anna.engine)
    await store.add(CLIENT, 1_000, 2)
    await store.used("c1", 1_100)
    for number in (2, 3, 4):
        await store.add(replace(CLIENT, client_id=f"c{number}"), 1_000 + number, 2)
    kept = [number for number in (1, 2, 3, 4) if await store.get(f"c{number}")]
    assert kept == [1, 3, 4]


async def test_clients_are_forgotten_when_nobody_needs_them(anna: Database) -> None:
    clients, grants = SqlClients(anna.engine), SqlGrants(anna.engine)
    for number in (1, 2, 3, 4):
        await clients.add(replace(CLIENT, client_id=f"c{number}"), 1_000 + number, MANY)
    await clients.used("c3", 5_000)
    await clients.used("c4", 4_999)
    await grants.put(GRANT)
    await clients.purge(1_003, 5_000)
    # The first has a grant, the second was never used, the fourth not for long.
    assert [number for number in (1, 2, 3, 4) if await clients.get(f"c{number}")] == [1, 3]
    await grants.end(ANNA.id, None)
    await grants.forget("g1")
    await clients.purge(1_001, 0)
    assert await clients.get("c1") is not None
    await clients.purge(1_002, 0)
    assert await clients.get("c1") is None


async def test_grants_are_found_listed_and_replaced_by_device(anna: Database) -> None:
    store = SqlGrants(anna.engine)
    other = replace(GRANT, id="g2", device_id="OTHEROTHER", created_at=1_100)
    for grant in (GRANT, other):
        await store.put(grant)
    assert await store.get("g1") == GRANT
    assert await store.of_device("@anna:localhost", "OTHEROTHER") == other
    assert await store.of_device("@bruno:localhost", "OTHEROTHER") is None
    assert list(await store.living(ANNA.id)) == [other, GRANT]
    again = replace(GRANT, id="g3", created_at=1_200)
    await store.put(again)
    assert await store.get("g1") is None
    assert list(await store.living(ANNA.id)) == [again, other]


async def test_a_device_that_is_granted_at_once_is_granted_once(anna: Database) -> None:
    store = SqlGrants(anna.engine)
    await asyncio.gather(*(store.put(replace(GRANT, id=f"g{i}")) for i in range(4)))
    assert len(await store.living(ANNA.id)) == 1


async def test_tokens_change_only_from_what_was_seen(anna: Database) -> None:
    store = SqlGrants(anna.engine)
    await store.put(GRANT)
    done = await asyncio.gather(*(store.rotate(GRANT, f"fresh-{i}", "hash-1") for i in range(4)))
    assert sorted(done) == [False, False, False, True]
    now = await store.get("g1")
    assert now is not None and now.previous_hash == "hash-1" and now.refresh_hash.startswith("fresh-")
    await store.end(ANNA.id, "g1")
    assert not await store.rotate(now, "later", "fresh")


async def test_an_ended_grant_waits_until_its_device_is_gone(anna: Database) -> None:
    store = SqlGrants(anna.engine)
    other = replace(GRANT, id="g2", device_id="OTHEROTHER")
    for grant in (GRANT, other):
        await store.put(grant)
    await store.forget("g1")
    assert await store.get("g1") == GRANT
    assert list(await store.end("somebody else", "g1")) == []
    ended = replace(GRANT, ended=True)
    assert list(await store.end(ANNA.id, "g1")) == [ended]
    assert list(await store.end(ANNA.id, "g1")) == []
    assert list(await store.living(ANNA.id)) == [other]
    assert list(await store.ended(10)) == [ended]
    assert await store.of_device("@anna:localhost", "DEVICEDEVICE") == ended
    await store.forget("g1")
    assert list(await store.ended(10)) == []
    assert [grant.id for grant in await store.end(ANNA.id, None)] == ["g2"]
