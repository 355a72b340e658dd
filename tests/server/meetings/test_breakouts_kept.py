"""Breakouts over time: people on their way, or misplaced; restarts; the end of calls."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.meetings.breakouts import Wanted
from server.meetings.call_roster import Participant
from server.meetings.visitor import State
from tests.server.meetings.stepped import ANNA, BRUNO, House

ANNAS, BRUNOS = f"{ANNA}:D", f"{BRUNO}:D"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    found = House(tmp_path)
    await found.open()
    yield found
    await found.database.close()


async def divide(house: House, *people: list[str], minutes: int | None = None) -> list[str]:
    """The media server's names of the breakouts, one for each list; the same as before if there are some."""
    before = house.breakouts.of(house.meeting).breakouts
    ids: list[str | None] = [one.id for one in before] or [None] * len(people)
    wanted = [Wanted(f"Room {n}", those, ids[n]) for n, those in enumerate(people)]
    await house.breakouts.arrange(ANNA, "m1", wanted, minutes)
    return [one.sfu_room for one in house.breakouts.of(house.meeting).breakouts]


async def come(house: House, sfu_room: str, identity: str) -> None:
    await house.calls.joined(sfu_room, Participant(identity, "PA"))


async def go(house: House, sfu_room: str, identity: str) -> None:
    await house.calls.left(sfu_room, Participant(identity, "PA"))


def in_call(house: House) -> set[str]:
    return set(house.rooms.rooms[house.meeting.room_id].in_call)


async def test_a_visitor_who_changes_rooms_stays_in_the_call_for_matrix(house: House) -> None:
    visitor = await house.arrive()
    await come(house, house.call, visitor.identity)
    (room,) = await divide(house, [visitor.user_id])
    await go(house, house.call, visitor.identity)
    house.time += 9
    await house.calls.end_departures()
    assert in_call(house) == {visitor.user_id}
    await come(house, room, visitor.identity)
    house.time += 9
    await house.calls.end_departures()
    await house.visitors.stay()
    assert in_call(house) == {visitor.user_id}
    assert list(house.rooms.delays.values()) == [1]


async def test_a_visitor_who_never_arrives_has_left_the_call(house: House) -> None:
    visitor = await house.arrive()
    await come(house, house.call, visitor.identity)
    await divide(house, [visitor.user_id])
    await go(house, house.call, visitor.identity)
    house.time += 10
    await house.calls.end_departures()
    assert in_call(house) == set()
    assert await house.state() is State.ADMITTED


async def test_a_visitor_in_a_breakout_is_not_away_and_leaves_from_there(house: House) -> None:
    visitor = await house.arrive()
    (room,) = await divide(house, [visitor.user_id])
    await come(house, room, visitor.identity)
    house.time += 1000
    await house.visitors.tidy()
    assert await house.state() is State.ADMITTED
    await house.visitors.leave(visitor)
    assert house.media.removed.count(visitor.identity) == 2
    assert in_call(house) == set()


async def test_who_is_put_elsewhere_has_a_while_to_come(house: House) -> None:
    visitor = await house.arrive()
    one, two = await divide(house, [BRUNO, visitor.user_id], [])
    for identity in (BRUNOS, visitor.identity, ANNAS):
        await come(house, one, identity)
    await divide(house, [], [BRUNO, visitor.user_id])
    await house.enforcer.enforce()
    house.time += 14
    await house.enforcer.enforce()
    assert house.media.removed == []
    # One came by themselves.
    await go(house, one, BRUNOS)
    await come(house, two, BRUNOS)
    house.time += 1
    await house.enforcer.enforce()
    assert house.media.removed == [visitor.identity]


async def test_moderators_stay_until_a_breakout_closes(house: House) -> None:
    one, _ = await divide(house, [BRUNO], [ANNA])
    for identity in (ANNAS, BRUNOS):
        await come(house, one, identity)
    await house.breakouts.close(ANNA, "m1")
    await house.enforcer.enforce()
    house.time += 15
    await house.enforcer.enforce()
    assert sorted(house.media.removed) == [ANNAS, BRUNOS]


async def test_nobody_is_shown_out_while_it_is_not_known_who_moderates(house: House) -> None:
    one, _ = await divide(house, [BRUNO], [])
    await come(house, one, ANNAS)
    house.away = True
    for _ in range(2):
        await house.enforcer.enforce()
        house.time += 20
    assert house.media.removed == []


async def test_who_is_no_member_any_more_has_no_place_in_a_breakout_either(house: House) -> None:
    (room,) = await divide(house, [BRUNO])
    await come(house, room, BRUNOS)
    await house.rooms.leave(house.meeting.room_id, BRUNO)
    await house.calls.disconnect_strangers()
    assert house.media.removed == [BRUNOS]


async def test_everybody_may_come_back_to_the_main_room(house: House) -> None:
    await divide(house, [BRUNO])
    await come(house, house.call, BRUNOS)
    await house.enforcer.enforce()
    house.time += 20
    await house.enforcer.enforce()
    assert house.media.removed == []


async def test_a_restart_changes_nothing(house: House) -> None:
    (room,) = await divide(house, [BRUNO], minutes=5)
    before = house.breakouts.of(house.meeting)
    house.start()
    await house.breakouts.load()
    assert house.breakouts.of(house.meeting) == before
    house.media.there = {room: [BRUNOS]}
    await house.calls.heal()
    assert set(house.roster.in_call(house.call)) == {BRUNOS}
    assert (BRUNO, {"meeting_id": "m1", "room_id": house.meeting.room_id, "change": "live"}) in house.told
    house.time += 5 * 60 - 1
    await house.breakouts.close_due()
    assert house.breakouts.of(house.meeting) == before
    house.time += 1
    await house.breakouts.close_due()
    assert house.breakouts.of(house.meeting).breakouts == ()
    house.start()
    await house.breakouts.load()
    assert house.breakouts.of(house.meeting).breakouts == ()
    # Whose room it was is known for as long as somebody may still be there.
    assert house.roster.main(room) == house.call


async def test_all_members_are_told_of_every_change(house: House) -> None:
    change = {"meeting_id": "m1", "room_id": house.meeting.room_id, "change": "breakouts"}
    for act in (
        divide(house, [BRUNO]),
        house.breakouts.close(ANNA, "m1", 30),
        house.breakouts.close(ANNA, "m1"),
    ):
        house.told.clear()
        await act
        assert sorted(house.told, key=str) == [(ANNA, change), (BRUNO, change)]


async def test_breakouts_end_with_the_call(house: House) -> None:
    (room,) = await divide(house, [BRUNO])
    house.media.there = {room: [BRUNOS]}
    for _ in range(20):
        await house.calls.heal()
    assert house.breakouts.of(house.meeting).breakouts
    house.media.there = {}
    house.media.silent = {room}
    for _ in range(20):
        await house.calls.heal()
    house.media.silent = set()
    for _ in range(12):
        await house.calls.heal()
        assert house.breakouts.of(house.meeting).breakouts
    await house.calls.heal()
    assert not house.breakouts.of(house.meeting).breakouts


async def test_telephones_alone_are_called_back_to_the_main_room(house: House) -> None:
    (room,) = await divide(house, [BRUNO])
    house.media.there = {room: ["@_tel_meeting_v1:localhost:v1"]}
    for _ in range(13):
        await house.calls.heal()
    assert not house.breakouts.of(house.meeting).breakouts


async def test_the_call_goes_on_while_everybody_is_on_the_way(house: House) -> None:
    assert not house.breakouts.under_way(house.meeting)
    for change in (divide(house, [BRUNO]), house.breakouts.close(ANNA, "m1")):
        await change
        house.time += 29
        assert house.breakouts.under_way(house.meeting)
        house.time += 1
        assert not house.breakouts.under_way(house.meeting)


async def test_what_closed_long_ago_is_forgotten(house: House) -> None:
    old, _ = await divide(house, [BRUNO], [])
    await house.breakouts.close(ANNA, "m1")
    house.time += 60
    (new,) = await divide(house, [BRUNO])
    await house.breakouts.forget_closed(int(house.time * 1000))
    assert house.roster.rooms_of(house.call) == [house.call, new]
    assert house.roster.main(old) == old
