"""Who waits to be called back: each database keeps it."""

import asyncio

import pytest
from msgspec.structs import replace

from server.call_backs.rules import asked
from server.call_backs.store import SqlCallBacks
from server.storage import Database

ONE = asked("1", "@a", "@b", "busy", 1_000)


@pytest.fixture
def store(database: Database) -> SqlCallBacks:
    return SqlCallBacks(database.engine)


async def test_it_is_kept_as_it_is_and_asked_for_once(store: SqlCallBacks) -> None:
    other = asked("2", "@c", "@b", "no_answer", 2_000)
    assert await store.ask(ONE, 5)
    assert await store.ask(other, 5)
    assert await store.all() == (ONE, other)
    assert await store.change(ONE, replace(ONE, active=True, tries=3))
    assert await store.one("1") == replace(ONE, active=True, tries=3)
    again = asked("3", "@a", "@b", "no_answer", 9_000)
    assert await store.ask(again, 5)
    assert await store.all() == (replace(ONE, why="no_answer", expires_at=again.expires_at), other)
    changed = replace(other, active=True, tries=2, not_before=7)
    assert await store.change(other, changed)
    assert not await store.change(replace(ONE, id="gone"), None)
    assert await store.one("gone") is None
    assert (await store.all())[1] == changed


async def test_its_call_is_begun_once(store: SqlCallBacks) -> None:
    await store.ask(ONE, 5)
    begun = await asyncio.gather(*(store.begin("1", f"call{n}", 5) for n in range(4)))
    assert sum(begun) == 1
    assert (await store.all())[0].called_at == 5
    assert not await store.begin("2", "call", 5)


async def test_nobody_waits_for_more_than_they_may_also_of_several_at_once(store: SqlCallBacks) -> None:
    wanted = [asked(str(n), "@a", f"@{n}", "busy", n) for n in range(6)]
    taken = await asyncio.gather(*(store.ask(one, 3) for one in wanted))
    assert (sum(taken), len(await store.all())) == (3, 3)
    assert await store.ask(asked("7", "@b", "@1", "busy", 7), 3)


async def test_it_is_the_askers_to_take_back(store: SqlCallBacks) -> None:
    await store.ask(ONE, 5)
    assert not await store.remove("1", "@b")
    assert await store.remove("1", "@a")
    assert not await store.remove("1")
    assert await store.all() == ()


async def test_what_is_not_as_it_was_read_is_not_written_over(store: SqlCallBacks) -> None:
    await store.ask(ONE, 5)
    again = replace(ONE, expires_at=ONE.expires_at + 5)
    assert await store.change(ONE, again)
    for after in (replace(ONE, active=True), None):
        assert not await store.change(ONE, after)
    assert await store.change(again, again)
    assert await store.all() == (again,)
    changes = await asyncio.gather(*(store.change(again, replace(again, tries=n)) for n in range(1, 5)))
    assert sum(changes) == 1
    (left,) = await store.all()
    assert await store.change(left, None)
    assert await store.all() == ()
