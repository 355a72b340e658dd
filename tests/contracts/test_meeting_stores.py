"""What every store of meetings, links, visitors and calls must do."""

import asyncio
from dataclasses import replace

import pytest

from server.meetings.breakout_service import Stored
from server.meetings.breakout_store import SqlBreakouts
from server.meetings.breakouts import Arrangement, Breakout
from server.meetings.call_store import SqlCalls
from server.meetings.links import Link
from server.meetings.meeting import Invitee, Meeting
from server.meetings.outside_mail_store import SqlMailCounts
from server.meetings.rules import Holder
from server.meetings.service import PinTaken, RoomTaken
from server.meetings.store import SqlMeetings
from server.meetings.visitor import State, Visitor
from server.meetings.visitor_store import SqlMeetingLinks, SqlVisitors
from server.storage.database import Database

ANNA, BRUNO = "@anna:here", "@bruno:here"
BUDGET = Meeting("m1", "!r1", "sfu1", "Budget", ANNA, "it", False, 1_000)
OTHER = Meeting("m2", "!r2", "sfu2", "Other", ANNA, "en", True, 2_000, 5_000, 30)
GINO = Visitor("v1", "m1", "guest", State.WAITING, "Gino", "@_guest_v1:here", 1_000, link_id="l1")
LINK = Link("l1", "m1", True, ANNA, 1_000, 9_000)


@pytest.fixture
async def meetings(database: Database) -> SqlMeetings:
    """Two meetings."""
    store = SqlMeetings(database.engine)
    await store.add(BUDGET, "tag1", "sealed1")
    await store.add(OTHER, "tag2", "sealed2")
    return store


async def test_a_meeting_is_found_by_whatever_names_it(meetings: SqlMeetings) -> None:
    assert await meetings.get("m2") == OTHER
    assert await meetings.of_room("!r1") == BUDGET
    assert await meetings.of_call("sfu2") == OTHER
    assert await meetings.by_pin("tag1") == BUDGET
    assert await meetings.sealed_pin("m1") == "sealed1"
    assert await meetings.get("m3") is None


async def test_rooms_and_pins_are_of_one_meeting(meetings: SqlMeetings) -> None:
    with pytest.raises(RoomTaken):
        await meetings.add(replace(BUDGET, id="m3", sfu_room="sfu3"), "tag3", "sealed")
    with pytest.raises(PinTaken):
        await meetings.add(replace(BUDGET, id="m3", room_id="!r3", sfu_room="sfu3"), "tag1", "sealed")


async def test_many_rooms_are_asked_for_at_once_and_cancelled_ones_are_not_there(
    meetings: SqlMeetings,
) -> None:
    rooms = {"!r1", "!r2", *(f"!x{n}" for n in range(1200))}
    assert {one.id for one in await meetings.in_rooms(rooms)} == {"m1", "m2"}
    await meetings.put(replace(OTHER, cancelled_at=6_000, sequence=2))
    assert [one.id for one in await meetings.in_rooms(rooms)] == ["m1"]
    assert await meetings.get("m2") == replace(OTHER, cancelled_at=6_000, sequence=2)
    assert await meetings.in_rooms([]) == []


async def test_invitees_and_their_link_are_replaced(meetings: SqlMeetings) -> None:
    first, second = Invitee("a@x", "Anna", ANNA), Invitee("g@x", "")
    await meetings.put_invitees("m1", [first, second])
    assert await meetings.invitees("m1") == [first, second]
    await asyncio.gather(*(meetings.put_invitees("m1", [second]) for _ in range(4)))
    assert await meetings.invitees("m1") == [second]
    await meetings.put_invitees("m1", [])
    assert await meetings.invitees("m1") == []
    assert await meetings.invitation_link("m1") is None
    await meetings.put_invitation_link("m1", "sealed")
    assert await meetings.invitation_link("m1") == "sealed"


async def test_links_work_until_they_are_withdrawn(meetings: SqlMeetings, database: Database) -> None:
    store = SqlMeetingLinks(database.engine)
    await store.add(LINK, "hash1")
    await store.add(replace(LINK, id="l2", created_at=2_000, lobby=False), "hash2")
    assert await store.by_token("hash1") == LINK
    assert await store.by_token("hash3") is None
    assert [link.id for link in await store.of_meeting("m1", 8_000)] == ["l2", "l1"]
    assert await store.of_meeting("m1", 9_000) == []
    await store.postpone("l1", 10_000)
    assert [link.id for link in await store.of_meeting("m1", 9_000)] == ["l1"]
    assert not await store.revoke("m2", "l1", 3_000)
    assert await store.revoke("m1", "l1", 3_000)
    assert not await store.revoke("m1", "l1", 4_000)
    revoked = await store.get("l1")
    assert revoked is not None
    assert revoked.revoked_at == 3_000
    assert await store.revoke("m1", None, 5_000)
    assert await store.of_meeting("m1", 5_000) == []


async def test_only_one_decides_about_a_visitor(meetings: SqlMeetings, database: Database) -> None:
    store = SqlVisitors(database.engine)
    await store.add(GINO, "cookie")
    assert (
        await store.get("v1") == await store.by_cookie("cookie") == await store.by_user(GINO.user_id) == GINO
    )
    moved = await asyncio.gather(
        *(store.move(GINO, state, 2_000) for state in (State.ADMITTED, State.REFUSED, State.ADMITTED))
    )
    (winner,) = [one for one in moved if one is not None]
    assert await store.get("v1") == winner
    assert winner.since == 2_000
    assert await store.move(GINO, State.WAITING, 3_000) is None


async def test_what_is_put_leaves_the_state_alone(meetings: SqlMeetings, database: Database) -> None:
    store = SqlVisitors(database.engine)
    await store.add(GINO)
    admitted = await store.move(GINO, State.ADMITTED, 2_000)
    assert admitted is not None
    changed = replace(
        GINO,
        vouched_by=ANNA,
        unencrypted=True,
        account_open=True,
        sync_from="s1",
        delay_id="d1",
        not_reached="busy",
    )
    await store.put(changed)
    assert await store.get("v1") == replace(changed, state=State.ADMITTED, since=2_000)
    await store.put_media_key("v1", "sealed")
    assert await store.media_key("v1") == "sealed"


async def test_visitors_are_counted_shown_for_a_while_and_forgotten(
    meetings: SqlMeetings, database: Database
) -> None:
    store = SqlVisitors(database.engine)
    await store.add(replace(GINO, account_open=True))
    await store.add(replace(GINO, id="v2", user_id="@_guest_v2:here", since=2_000))
    await store.add(replace(GINO, id="v3", meeting_id="m2", user_id="@_guest_v3:here"))
    assert await store.count("m1") == 2
    assert {one.id for one in await store.active()} == {"v1", "v2", "v3"}
    left = await store.move(GINO, State.LEFT, 3_000)
    assert left is not None
    assert [one.id for one in await store.of_meeting("m1")] == ["v2"]
    assert [one.id for one in await store.recent("m1", 3_000)] == ["v2", "v1"]
    assert [one.id for one in await store.recent("m1", 3_001)] == ["v2"]
    assert [one.id for one in await store.leftovers()] == ["v1"]
    await store.forget_before(9_000)
    assert await store.get("v1") is not None
    await store.put(replace(left, account_open=False))
    assert await store.leftovers() == []
    await store.forget_before(9_000)
    assert await store.get("v1") is None
    assert await store.get("v2") is not None


async def test_breakouts_are_replaced_as_a_whole(meetings: SqlMeetings, database: Database) -> None:
    store = SqlBreakouts(database.engine)
    first, second = Breakout("b1", "sfu-b1", "One", (ANNA, BRUNO)), Breakout("b2", "sfu-b2", "Two", ())
    await store.put("m1", Arrangement((first, second), 9_000), 1_000)
    await store.put("m2", Arrangement((Breakout("b3", "sfu-b3", "Else", (ANNA,)),)), 1_000)
    assert await store.of_meeting("m1") == Arrangement((first, second), 9_000)
    moved = Arrangement((replace(second, people=(ANNA,)), replace(first, name="Uno", people=(BRUNO,))))
    await store.put("m1", moved, 2_000)
    assert await store.of_meeting("m1") == moved
    await store.put("m1", Arrangement((replace(second, people=()),)), 3_000)
    assert sorted(await store.all(), key=lambda one: one.sfu_room) == [
        Stored("sfu-b1", "m1", "sfu1", False),
        Stored("sfu-b2", "m1", "sfu1", True),
        Stored("sfu-b3", "m2", "sfu2", True),
    ]


async def test_closed_breakouts_are_forgotten_some_day(meetings: SqlMeetings, database: Database) -> None:
    store = SqlBreakouts(database.engine)
    one = Arrangement((Breakout("b1", "sfu-b1", "One", (ANNA,)),))
    await store.put("m1", one, 1_000)
    assert await store.forget_closed(9_000) == []
    await store.put("m1", Arrangement(), 2_000)
    assert await store.of_meeting("m1") == Arrangement()
    assert await store.forget_closed(2_000) == []
    assert await store.forget_closed(2_001) == ["sfu-b1"]
    assert await store.all() == []


async def test_removals_last_as_long_as_the_call(database: Database) -> None:
    store = SqlCalls(database.engine, lambda: 1_000)
    for _ in range(2):
        await store.bar("sfu1", ANNA)
    assert await store.barred("sfu1", ANNA)
    assert not await store.barred("sfu2", ANNA)
    assert await store.rooms_with_removals() == ["sfu1"]
    await store.forget_removals("sfu1")
    assert not await store.barred("sfu1", ANNA)


async def test_whose_a_hash_is_may_be_said_many_times_at_once(database: Database) -> None:
    store = SqlCalls(database.engine, lambda: 1_000)
    await asyncio.gather(*(store.remember_identity("sfu1", "hash", Holder(ANNA, "D")) for _ in range(5)))
    assert await store.holder_of("sfu1", "hash") == Holder(ANNA, "D")
    assert await store.holder_of("sfu2", "hash") is None
    await store.forget_old_identities(0)
    assert await store.holder_of("sfu1", "hash") == Holder(ANNA, "D")
    await store.forget_old_identities(-1)
    assert await store.holder_of("sfu1", "hash") is None


async def test_mails_are_counted_by_person_and_day_all_or_none(database: Database) -> None:
    store = SqlMailCounts(database.engine)
    taken = await asyncio.gather(*(store.take(ANNA, 7, 30, 100) for _ in range(5)))
    assert sorted(taken) == [False, False, True, True, True]
    assert not await store.take(ANNA, 7, 11, 100)
    assert await store.take(ANNA, 7, 10, 100)
    assert not await store.take(ANNA, 7, 1, 100)
    assert await store.take(BRUNO, 7, 100, 100)
    assert not await store.take(BRUNO, 8, 101, 100)
    assert await store.take(ANNA, 8, 100, 100)
