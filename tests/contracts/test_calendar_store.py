"""Calendars of people, and when those are busy: each database keeps them."""

import pytest
from msgspec.structs import replace

from server.calendars.refusals import CalendarTwice, TooManyCalendars
from server.calendars.rules import MOST, BusyTime
from server.calendars.service import Choice, Kept
from server.calendars.sources import Validators
from server.calendars.store import SqlCalendars
from server.directory.store import SqlPeople
from server.forwarding.store import SqlServices
from server.storage import Database
from tests.contracts.test_people_store import ANNA

ONE = Kept(
    "c1", ANNA.id, "ics", "example.org", "Work", "tag1", "sealed", Validators("e"), "none", 1, 2, 0, None, 10
)


@pytest.fixture
async def store(database: Database) -> SqlCalendars:
    await SqlPeople(database.engine, "localhost").add(ANNA)
    return SqlCalendars(database.engine)


async def test_one_is_kept_changed_and_removed_and_none_is_there_twice(store: SqlCalendars) -> None:
    await store.add(ONE)
    assert await store.of(ANNA.id) == [ONE]
    with pytest.raises(CalendarTwice):
        await store.add(replace(ONE, id="c2"))
    changed = replace(ONE, problem="calendar_not_found", failures=3, next_at=20, validators=Validators())
    assert await store.put(changed)
    assert await store.of(ANNA.id) == [changed]
    assert not await store.remove("somebody", ONE.id)
    assert await store.remove(ANNA.id, ONE.id)
    assert not await store.remove(ANNA.id, ONE.id)
    assert not await store.put(changed)


async def test_there_are_so_many_and_no_more(store: SqlCalendars) -> None:
    for number in range(MOST):
        await store.add(replace(ONE, id=f"{number}", address_tag=f"{number}", next_at=number))
    with pytest.raises(TooManyCalendars):
        await store.add(ONE)
    assert [one.id for one in await store.due(2, 2)] == ["0", "1"]
    assert [one.id for one in await store.due(2, 9)] == ["0", "1", "2"]
    assert await store.people() == [ANNA.id]


async def test_times_are_of_the_services_of_whoever_wants_nothing_to_ring(
    store: SqlCalendars, database: Database
) -> None:
    services, times = SqlServices(database.engine), (BusyTime(1, 2),)
    await store.put_choice(ANNA.id, Choice(True, False, times))
    assert (await services.services_of(ANNA.id)).appointments == ()
    assert await services.may_be_silent() == frozenset()
    await store.put_choice(ANNA.id, Choice(True, True, times))
    assert await store.choices() == {ANNA.id: Choice(True, True, times)}
    assert (await services.services_of(ANNA.id)).appointments == times
    assert await services.may_be_silent() == {ANNA.id}
    assert await services.who_has_set() == [ANNA.id]


async def test_of_whoever_is_removed_nothing_is_kept(store: SqlCalendars) -> None:
    await store.add(ONE)
    await store.put_choice(ANNA.id, Choice(True, True, (BusyTime(1, 2),)))
    await store.forget("somebody")
    assert (len(await store.of(ANNA.id)), len(await store.choices())) == (1, 1)
    await store.forget(ANNA.id)
    assert (await store.of(ANNA.id), await store.choices()) == ([], {})
