"""What is mended from time to time: lost webhooks, visitors who vanished, accounts that were left behind."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from server.events.hub import Event
from server.meetings import rules
from server.meetings.access import Access
from server.meetings.call_roster import Participant
from server.meetings.change_notifier import ChangeNotifier
from server.meetings.chat import Chat
from server.meetings.refusals import MediaUnavailable, TooMuch
from server.meetings.rules import Holder
from server.meetings.visitor import State
from tests.server.meetings.stepped import ANNA, BRUNO, GRACE, House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    found = House(tmp_path)
    await found.open()
    yield found
    await found.database.close()


@pytest.mark.parametrize("state", [State.WAITING, State.ADMITTED])
async def test_who_is_away_for_too_long_has_left(house: House, state: State) -> None:
    await house.arrive(state)
    house.time += GRACE
    await house.visitors.tidy()
    assert await house.state() is state
    house.time += 1
    await house.visitors.tidy()
    assert await house.state() is State.LEFT
    assert set(house.members()) == {ANNA, BRUNO}


async def test_a_page_or_a_connection_keeps_a_visitor(house: House) -> None:
    visitor = await house.arrive()
    house.time += GRACE
    with house.visitors.there("v1"):
        house.time += 10 * GRACE
        await house.visitors.tidy()
    house.time += GRACE
    await house.visitors.tidy()
    assert await house.state() is State.ADMITTED
    await house.calls.joined(house.call, Participant(visitor.identity, "PA"))
    house.time += 10 * GRACE
    await house.visitors.tidy()
    assert await house.state() is State.ADMITTED
    await house.calls.left(house.call, Participant(visitor.identity, "PA"))
    house.time += GRACE + 1
    await house.visitors.tidy()
    assert await house.state() is State.LEFT


async def test_after_a_restart_everybody_gets_their_time(house: House) -> None:
    visitor = await house.arrive()
    house.media.there = {house.call: [visitor.identity, f"{ANNA}:D"]}
    house.time += 10 * GRACE
    house.start()
    await house.visitors.tidy()
    await house.calls.heal()
    assert await house.state() is State.ADMITTED
    assert house.roster.started(house.call)
    house.time += 10 * GRACE
    await house.visitors.tidy()
    assert await house.state() is State.ADMITTED


async def test_an_account_is_removed_however_long_the_homeserver_is_away(house: House) -> None:
    visitor = await house.arrive()
    house.away = True
    await house.visitors.leave(visitor)
    assert await house.state() is State.LEFT
    assert visitor.user_id in house.members()
    house.start()
    await house.visitors.tidy()
    assert visitor.user_id in house.members()
    house.away = False
    await house.visitors.tidy()
    assert set(house.members()) == {ANNA, BRUNO}
    assert house.rooms.gone == {visitor.user_id}
    assert await house.visits.leftovers() == []


async def test_lost_webhooks_are_made_up_for(house: House) -> None:
    visitor = await house.arrive()
    house.media.there = {house.call: [visitor.identity]}
    await house.calls.heal()
    in_call = house.rooms.rooms[house.meeting.room_id].in_call
    assert set(in_call) == {visitor.user_id}
    assert (BRUNO, {"meeting_id": "m1", "room_id": house.meeting.room_id, "change": "live"}) in house.told
    house.media.there = {}
    await house.calls.heal()
    assert set(in_call) == set()
    told = len(house.told)
    await house.calls.heal()
    assert len(house.told) == told


async def test_what_one_process_hosts_is_healed_while_another_is_away(house: House) -> None:
    other = rules.room_name("!other")
    house.media.there = {house.call: [f"{ANNA}:D"], other: [f"{BRUNO}:D"]}
    await house.calls.heal()
    house.media.silent = {other}
    house.media.there = {house.call: [f"{ANNA}:D", f"{ANNA}:E"]}
    await house.calls.heal()
    assert (len(house.roster.of(house.call)), len(house.roster.of(other))) == (2, 1)
    house.media.silent = set()
    await house.calls.heal()
    assert len(house.roster.of(other)) == 0


async def test_removals_outlast_a_process_that_is_away(house: House) -> None:
    await house.kept.bar(house.call, BRUNO)
    house.media.silent = {house.call}
    for _ in range(9):
        await house.calls.heal()
    assert await house.kept.barred(house.call, BRUNO)


async def test_a_media_server_that_is_away_ends_nothing(house: House) -> None:
    house.media.there = {house.call: [f"{ANNA}:D"]}
    await house.calls.heal()
    house.media.away = True
    with pytest.raises(MediaUnavailable):
        await house.calls.heal()
    assert len(house.roster.of(house.call)) == 1


async def test_the_leave_that_the_homeserver_would_send_is_put_off(house: House) -> None:
    visitor = await house.arrive()
    await house.visitors.stay()
    assert house.rooms.delays == {}
    await house.calls.joined(house.call, Participant(visitor.identity, "PA"))
    await house.visitors.stay()
    await house.visitors.stay()
    assert list(house.rooms.delays.values()) == [2]
    # It was sent all the same, say while this process was down: they come back.
    house.rooms.delays.clear()
    house.rooms.rooms[house.meeting.room_id].in_call.clear()
    await house.visitors.stay()
    assert list(house.rooms.delays.values()) == [0]
    assert set(house.rooms.rooms[house.meeting.room_id].in_call) == {visitor.user_id}


async def test_a_homeserver_that_was_away_learns_later_who_is_in_the_call(house: House) -> None:
    visitor = await house.arrive()
    house.away = True
    await house.calls.joined(house.call, Participant(visitor.identity, "PA"))
    await house.visitors.stay()
    house.away = False
    await house.visitors.stay()
    assert set(house.rooms.rooms[house.meeting.room_id].in_call) == {visitor.user_id}


async def test_who_is_no_member_any_more_has_no_place_in_the_call(house: House) -> None:
    for identity in (f"{ANNA}:D", f"{BRUNO}:D", "h4shed"):
        await house.calls.joined(house.call, Participant(identity, "PA"))
    await house.kept.remember_identity(house.call, "h4shed", Holder(BRUNO, "D"))
    await house.calls.disconnect_strangers()
    assert house.media.removed == []
    await house.rooms.leave(house.meeting.room_id, BRUNO)
    house.away = True
    await house.calls.disconnect_strangers()
    assert house.media.removed == []
    house.away = False
    await house.calls.disconnect_strangers()
    assert sorted(house.media.removed) == [f"{BRUNO}:D", "h4shed"]


async def test_who_was_disabled_or_removed_by_a_command_is_out(house: House) -> None:
    for identity in (f"{ANNA}:D", f"{BRUNO}:D", "h4shed"):
        await house.calls.joined(house.call, Participant(identity, "PA"))
    await house.kept.remember_identity(house.call, "h4shed", Holder(BRUNO, "D"))
    await house.calls.disconnect_disabled()
    assert house.media.removed == []
    house.gone = {BRUNO}
    house.media.away = True
    await house.calls.disconnect_disabled()
    house.media.away = False
    await house.calls.disconnect_disabled()
    assert sorted(house.media.removed) == [f"{BRUNO}:D", "h4shed"]
    house.media.removed.clear()
    await house.calls.joined(house.call, Participant(f"{BRUNO}:E", "PA"))
    assert house.media.removed == [f"{BRUNO}:E"]


async def test_a_device_whose_session_has_ended_is_out_and_no_other(house: House) -> None:
    await house.kept.remember_identity(house.call, "h4shed", Holder(BRUNO, "D"))
    for identity in (f"{ANNA}:D", f"{BRUNO}:D", f"{BRUNO}:E", "h4shed"):
        await house.calls.joined(house.call, Participant(identity, "PA"))
    await house.calls.disconnect_disabled()
    assert house.media.removed == []
    house.over = {(BRUNO, "D")}
    await house.calls.disconnect_disabled()
    assert sorted(house.media.removed) == [f"{BRUNO}:D", "h4shed"]
    house.media.removed.clear()
    await house.calls.joined(house.call, Participant(f"{BRUNO}:D", "PA2"))
    assert house.media.removed == [f"{BRUNO}:D"]
    await house.calls.keep_devices(BRUNO, ["D"])
    assert house.media.removed == [f"{BRUNO}:D", f"{BRUNO}:E"]


async def test_after_a_restart_those_in_the_call_know_who_is_in_the_room(house: House) -> None:
    await house.rooms.leave(house.meeting.room_id, ANNA)
    house.media.there = {house.call: [f"{ANNA}:D", f"{BRUNO}:D"]}
    await house.calls.heal()
    assert {to for to, _ in house.told} == {BRUNO}
    await house.calls.disconnect_strangers()
    assert house.media.removed == [f"{ANNA}:D"]


async def test_removals_end_with_the_call_that_ended_unnoticed(house: House) -> None:
    await house.kept.bar(house.call, BRUNO)
    await house.kept.bar(house.call, BRUNO)
    house.media.there = {house.call: [f"{ANNA}:D"]}
    await house.calls.heal()
    assert await house.kept.barred(house.call, BRUNO)
    house.media.there = {}
    house.start()
    for _ in range(3):
        await house.calls.heal()
        assert await house.kept.barred(house.call, BRUNO)
    await house.calls.heal()
    assert not await house.kept.barred(house.call, BRUNO)


async def test_old_identities_are_forgotten(house: House) -> None:
    await house.kept.remember_identity(house.call, "h4shed", Holder(BRUNO))
    house.time += 10
    await house.kept.remember_identity(house.call, "h4shed", Holder(BRUNO))
    await house.kept.forget_old_identities(5000)
    assert await house.kept.holder_of(house.call, "h4shed") == Holder(BRUNO)
    house.time += 10
    await house.kept.forget_old_identities(5000)
    assert await house.kept.holder_of(house.call, "h4shed") is None


async def test_there_is_somebody_to_ask_as_when_the_organiser_has_left(house: House) -> None:
    await house.arrive(State.WAITING)
    await house.rooms.leave(house.meeting.room_id, ANNA)
    house.rooms.rooms[house.meeting.room_id].levels["users"] = {BRUNO: 100}
    await house.arrive(State.ADMITTED, "v2", BRUNO)
    assert house.names["@_guest_v2:localhost"] == "Gino (guest)"
    assert "@_guest_v2:localhost" in house.members()


async def test_a_page_that_is_opened_anew_gives_a_guest_no_more_to_say(house: House) -> None:
    visitor = await house.arrive()
    access = Access(house.store, house.rooms, house)
    chat = Chat(
        house.rooms, house.visits, house.visitors, access, ChangeNotifier(), house.breakouts, lambda: "t",
        lambda: house.time,
    )  # fmt: skip
    for _ in range(rules.SAID_MOST):
        await chat.say(visitor, house.meeting, "hello")
    async with aclosing(chat.follow(visitor, house.meeting)) as page:
        assert await anext(page) == Event("state", {"state": State.ADMITTED})
    with pytest.raises(TooMuch):
        await chat.say(visitor, house.meeting, "hello")
    house.time += rules.SAID_WITHIN
    await chat.say(visitor, house.meeting, "hello")


async def test_visits_of_long_ago_are_forgotten(house: House) -> None:
    for visitor_id in ("v1", "v2"):
        await house.arrive(State.WAITING, visitor_id)
    visitor = await house.visits.get("v1")
    assert visitor is not None
    await house.visitors.leave(visitor)
    await house.visits.forget_before(int(house.time * 1000))
    assert await house.visits.get("v1") is not None
    await house.visits.forget_before(int(house.time * 1000) + 1)
    assert await house.visits.get("v1") is None
    assert await house.visits.get("v2") is not None
