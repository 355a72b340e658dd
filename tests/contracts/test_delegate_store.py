"""Who answers for whom: each database keeps it."""

import pytest
from msgspec.structs import replace

from server.delegates.rules import Delegate, Principal
from server.delegates.store import SqlDelegates
from server.directory.store import SqlPeople
from server.storage import Database
from tests.contracts.test_people_store import ANNA, record

BRUNO = record("Bruno Bianchi", extensions=("202",))
BRUNOS = f"@{BRUNO.localpart}:localhost"


@pytest.fixture
async def store(database: Database) -> SqlDelegates:
    people = SqlPeople(database.engine, "localhost")
    await people.add(ANNA)
    await people.add(BRUNO)
    return SqlDelegates(database.engine, "localhost")


async def test_they_are_kept_in_their_order_and_replaced_as_a_whole(store: SqlDelegates) -> None:
    one = Delegate(BRUNOS, "with", 15, answers=False, calls=True, sees=False)
    await store.put(ANNA.id, [(BRUNO.id, one)])
    assert await store.delegates_of(ANNA.id) == (one,)
    assert await store.principals_of(BRUNO.id) == (
        Principal(f"@{ANNA.localpart}:localhost", answers=False, calls=True, sees=False),
    )
    await store.put(ANNA.id, [(BRUNO.id, replace(one, rings="never"))])
    assert await store.delegates_of(ANNA.id) == (replace(one, rings="never"),)
    await store.put(ANNA.id, [])
    assert (await store.delegates_of(ANNA.id), await store.principals_of(BRUNO.id)) == ((), ())


async def test_who_leaves_is_forgotten_on_both_sides(store: SqlDelegates) -> None:
    await store.put(ANNA.id, [(BRUNO.id, Delegate(BRUNOS))])
    await store.forget(BRUNO.id)
    assert await store.delegates_of(ANNA.id) == ()
    await store.put(BRUNO.id, [(ANNA.id, Delegate("@x"))])
    await store.forget(BRUNO.id)
    assert await store.principals_of(ANNA.id) == ()


async def test_who_steps_down_is_named_no_more(store: SqlDelegates) -> None:
    await store.put(ANNA.id, [(BRUNO.id, Delegate(BRUNOS))])
    assert not await store.remove(BRUNO.id, ANNA.id)
    assert await store.remove(ANNA.id, BRUNO.id)
    assert not await store.remove(ANNA.id, BRUNO.id)
    assert await store.delegates_of(ANNA.id) == ()
