"""What people set for calls that reach them: each database keeps it, and changes at once lose nothing."""

import asyncio
from functools import partial

import pytest
from msgspec.structs import replace

from server.directory.store import SqlPeople
from server.forwarding.rules import (
    NOTHING_SET,
    Mobile,
    Rule,
    Services,
    ToColleague,
    ToNobody,
    ToNumber,
    ToVoicemail,
)
from server.forwarding.store import SqlServices
from server.hours.rules import Opening, Schedule
from server.storage import Database
from tests.contracts.test_people_store import ANNA

NIGHT = Opening(4, "22:00", "06:00")
ALL = Services(
    always=Rule(False, ToColleague("@bruno:localhost")),
    busy=Rule(True, ToNumber("+393331234567")),
    no_answer=Rule(True, ToColleague("@carla:localhost"), 12),
    unreachable=Rule(True, ToVoicemail()),
    do_not_disturb=True,
    desk_phone=False,
    outside_hours=Rule(True, ToNobody()),
    do_not_disturb_until=1_900_000_000_000,
    hours=(Opening(0, "09:00", "18:00"), Opening(4, "22:00", "02:00")),
    quiet=True,
    quiet_times=(Opening(2, "12:00", "13:00"),),
    mobiles=(
        Mobile("+393331234567", delay=10),
        Mobile("+390698765432", False, hours=Schedule(timezone="Europe/Rome", week=(NIGHT,))),
    ),
)


@pytest.fixture
async def store(database: Database) -> SqlServices:
    await SqlPeople(database.engine, "localhost").add(ANNA)
    return SqlServices(database.engine)


async def test_who_set_nothing_has_nothing_set(store: SqlServices) -> None:
    assert await store.services_of(ANNA.id) == await store.services_of("nobody") == NOTHING_SET


async def test_all_that_is_set_is_kept(store: SqlServices) -> None:
    assert await store.change(ANNA.id, lambda _: ALL) == ALL
    assert await store.services_of(ANNA.id) == ALL
    rung = replace(ALL, clients=False)
    assert await store.change(ANNA.id, lambda before: replace(before, clients=False)) == rung
    assert await store.services_of(ANNA.id) == rung
    assert await store.who_has_set() == [ANNA.id]


async def test_of_changes_at_once_each_is_kept(store: SqlServices) -> None:
    to = Rule(True, ToNumber("+393331234567"))
    await asyncio.gather(
        *(
            store.change(ANNA.id, partial(replace, **{situation: to}))
            for situation in ("always", "busy", "no_answer", "unreachable")
        ),
        store.change(ANNA.id, lambda before: replace(before, do_not_disturb=True)),
    )
    assert await store.services_of(ANNA.id) == Services(
        to, NOTHING_SET.outside_hours, to, to, to, do_not_disturb=True
    )


async def test_what_cannot_be_changed_stays(store: SqlServices) -> None:
    await store.change(ANNA.id, lambda _: ALL)

    def refuses(_before: Services) -> Services:
        raise ValueError

    with pytest.raises(ValueError):
        await store.change(ANNA.id, refuses)
    assert await store.services_of(ANNA.id) == ALL


async def test_who_leaves_is_forgotten(store: SqlServices) -> None:
    await store.change(ANNA.id, lambda _: ALL)
    await store.forget(ANNA.id)
    assert await store.services_of(ANNA.id) == NOTHING_SET
