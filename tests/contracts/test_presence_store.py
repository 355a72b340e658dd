"""What people say of themselves: each database keeps it."""

import pytest
from msgspec.structs import replace

from server.directory.store import SqlPeople
from server.forwarding.store import SqlServices
from server.presence.choices import Choice
from server.presence.store import SqlChoices
from server.storage import Database
from tests.contracts.test_people_store import ANNA


@pytest.fixture
async def store(database: Database) -> SqlChoices:
    await SqlPeople(database.engine, "localhost").add(ANNA)
    return SqlChoices(database.engine)


async def test_who_said_nothing_is_available(store: SqlChoices) -> None:
    assert await store.of(ANNA.id) == await store.of("nobody") == Choice()


async def test_what_was_said_last_is_kept(store: SqlChoices) -> None:
    for choice in (Choice("away", "lunch", 2**43), Choice("offline", "until Friday"), Choice("busy")):
        await store.put(ANNA.id, choice)
        assert await store.of(ANNA.id) == choice


async def test_who_wants_to_look_offline_is_known(store: SqlChoices) -> None:
    assert await store.hidden() == frozenset()
    await store.put(ANNA.id, Choice("offline"))
    assert await store.hidden() == {ANNA.id}


async def test_words_are_over_at_their_moment(store: SqlChoices) -> None:
    await store.put(ANNA.id, Choice("away", "lunch", 1000))
    assert (await store.due(999), await store.due(1000)) == ([], [ANNA.id])
    await store.put(ANNA.id, Choice("away"))
    assert await store.due(10**12) == []


async def test_who_is_removed_is_forgotten(store: SqlChoices) -> None:
    await store.put(ANNA.id, Choice("offline", "gone", 1))
    await store.forget(ANNA.id)
    assert await store.of(ANNA.id) == Choice()


@pytest.mark.parametrize(
    ("silent", "loud"),
    [({"do_not_disturb": True}, {"do_not_disturb": False}), ({"quiet": True}, {"quiet": False})],
)
async def test_who_may_be_silent_is_known(
    database: Database, store: SqlChoices, silent: dict[str, bool], loud: dict[str, bool]
) -> None:
    services = SqlServices(database.engine)
    assert await services.may_be_silent() == frozenset()
    await services.change(ANNA.id, lambda before: replace(before, **silent))
    assert await services.may_be_silent() == {ANNA.id}
    await services.change(ANNA.id, lambda before: replace(before, **loud))
    assert await services.may_be_silent() == frozenset()
