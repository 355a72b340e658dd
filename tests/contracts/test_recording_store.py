"""What every store of recordings must do, whatever the database."""

import pytest
from msgspec.structs import replace

from server.recordings.rules import Mark, Recording, Rule, Settings, TooManyRules
from server.recordings.store import SqlRecordings
from server.storage.database import Database
from wire.route import Party

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"


def recording(number: int, started_at: int = 10, people: tuple[str, str | None] = (ANNA, None)) -> Recording:
    return Recording(
        id=f"{number:032x}",
        call_id=f"c{number}",
        caller=Party(people[0], "Anna", "201"),
        callee=Party(people[1], "", "+39"),
        why="demand",
        by=ANNA,
        started_at=started_at,
        ended_at=started_at + 5,
        duration_ms=1500,
        size=2**40,
        pauses=(Mark(1, 2),),
        whole=False,
    )


async def test_recordings_come_back_the_newest_first_to_who_is_in_them(database: Database) -> None:
    store = SqlRecordings(database.engine)
    one, two, three = recording(1, 10), recording(2, 20, (ANNA, BRUNO)), recording(3, 30, (BRUNO, None))
    for each in (one, two, three):
        assert await store.add(each)
    assert not await store.add(two)
    assert await store.page(ANNA, None, 10) == [two, one]
    assert await store.page(BRUNO, None, 1) == [three]
    assert await store.page(BRUNO, 30, 10) == [two]
    assert await store.page(None, None, 10) == [three, two, one]
    assert await store.one(two.id) == two
    assert await store.one("f" * 32) is None
    assert await store.of_calls(["c1", "c3", "c9"]) == [one, three]
    assert await store.of_calls([]) == []


async def test_everybody_of_a_call_of_several_finds_its_recording(database: Database) -> None:
    store = SqlRecordings(database.engine)
    others = (Party(BRUNO, "Bruno", "202"), Party(None, "", "+39069"))
    of_several = replace(recording(1), others=others)
    await store.add(of_several)
    assert await store.page(BRUNO, None, 10) == [of_several]
    assert await store.one(of_several.id) == of_several


async def test_what_began_in_the_same_millisecond_is_on_one_page(database: Database) -> None:
    store = SqlRecordings(database.engine)
    all_ = [recording(1, 20), recording(2, 10), recording(3, 10), recording(4, 10), recording(5, 5)]
    for each in all_:
        await store.add(each)
    first = await store.page(ANNA, None, 2)
    assert first == all_[:4]
    assert await store.page(ANNA, first[-1].started_at, 2) == all_[4:]


async def test_what_is_removed_or_too_old_is_gone(database: Database) -> None:
    store = SqlRecordings(database.engine)
    for number in (1, 2):
        await store.add(recording(number, number))
    assert await store.ended_before(7) == [recording(1).id]
    assert await store.remove(recording(1).id)
    assert not await store.remove(recording(1).id)
    assert await store.known([recording(1).id, recording(2).id]) == {recording(2).id}
    assert await store.page(ANNA, None, 10) == [recording(2, 2)]


async def test_rules_are_there_once_and_not_too_many(database: Database) -> None:
    store = SqlRecordings(database.engine)
    person, group = Rule("person", ANNA), Rule("group", "g")
    assert await store.add_rule(person, 2)
    assert not await store.add_rule(person, 2)
    assert await store.add_rule(group, 2)
    with pytest.raises(TooManyRules):
        await store.add_rule(Rule("trunk", "main"), 2)
    assert await store.rules() == [group, person]
    assert await store.remove_rule(group)
    assert not await store.remove_rule(group)
    assert await store.rules() == [person]


async def test_settings_are_those_that_were_chosen_last(database: Database) -> None:
    store = SqlRecordings(database.engine)
    assert await store.settings() == Settings()
    for days in (1, 0):
        await store.set(Settings(on_demand="everybody", people_hear=True, days=days))
        assert await store.settings() == Settings(on_demand="everybody", people_hear=True, days=days)
