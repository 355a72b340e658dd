"""Rooms of meetings against a real Synapse: who may call, guests that come and go, delayed leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from server.homeserver.client import HomeserverClient
from server.homeserver.errors import MatrixRefusal
from server.homeserver.room_state import CALL_MEMBER_EVENTS
from server.homeserver.rooms import MatrixRooms
from tests.support.stack import Stack, homeserver_client

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
GUEST = "@_guest_0a1b:localhost"
MEMBERSHIP = {"application": "m.call", "call_id": "", "device_id": "GUEST"}


@pytest.fixture
def stack(bare_stack: Stack) -> Stack:
    return bare_stack


@pytest.fixture
async def homeserver(stack: Stack) -> AsyncIterator[HomeserverClient]:
    async with homeserver_client(stack) as ready:
        await ready.ensure_user("anna", "Anna Rossi")
        await ready.ensure_user("bruno", "Bruno Bianchi")
        yield ready


async def call_members(homeserver: HomeserverClient, room: str, user: str) -> dict[str, Any]:
    """Who says that they are in the room's call, by state key."""
    answer = await homeserver.rooms_of_meetings._ask(
        "GET", f"/_matrix/client/v3/rooms/{quote(room)}/state", as_user=user
    )
    return {e["state_key"]: e["content"] for e in answer["list"] if e["type"] == CALL_MEMBER_EVENTS[0]}


async def enter(rooms: MatrixRooms, room: str, user: str, delay: int = 60_000) -> str:
    return await rooms.enter_call(room, user, "GUEST", MEMBERSHIP, delay)


async def test_a_meetings_room_has_its_people_and_everybody_may_call(homeserver: HomeserverClient) -> None:
    rooms = homeserver.rooms_of_meetings
    room = await rooms.create(ANNA, "Budget", [BRUNO], encrypted=True)
    state = await rooms.state(room, BRUNO)
    assert state is not None
    assert (state.name, state.encrypted) == ("Budget", True)
    assert dict(state.members) == {ANNA: "Anna Rossi", BRUNO: "Bruno Bianchi"}
    assert state.is_moderator(ANNA) and not state.is_moderator(BRUNO)
    assert room in await rooms.joined(BRUNO)
    await enter(rooms, room, BRUNO)
    assert list(await call_members(homeserver, room, ANNA)) == [f"_{BRUNO}_GUEST_m.call"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"preset": "private_chat", "power_level_content_override": {"invite": 0}}, id="ours"),
        pytest.param({"preset": "trusted_private_chat", "is_direct": True}, id="direct"),
        pytest.param({"preset": "public_chat", "room_version": "10"}, id="older version"),
        pytest.param({"preset": "private_chat", "power_level_content_override": {"events": {}}}, id="closed"),
        pytest.param(
            {"room_version": "10", "power_level_content_override": {"users": {ANNA: 100}, "events": {}}},
            id="closed, older version",
        ),
    ],
)
async def test_rooms_of_other_clients_can_be_opened_for_calls(
    homeserver: HomeserverClient, body: dict[str, Any]
) -> None:
    rooms = homeserver.rooms_of_meetings
    made = await rooms._ask(
        "POST", "/_matrix/client/v3/createRoom", {**body, "invite": [BRUNO]}, as_user=ANNA
    )
    room = made["room_id"]
    await rooms.join(room, BRUNO)
    closed = body.get("power_level_content_override", {}).get("events") == {}
    if closed:
        with pytest.raises(MatrixRefusal):
            await enter(rooms, room, BRUNO)
    # Bruno asks, and it is done by the hand of whoever may.
    assert await rooms.allow_calls(room, BRUNO)
    await enter(rooms, room, BRUNO)


async def test_nothing_is_opened_where_the_room_says_who_may_call(homeserver: HomeserverClient) -> None:
    rooms = homeserver.rooms_of_meetings
    events = {CALL_MEMBER_EVENTS[0]: 50}
    body = {"invite": [BRUNO], "power_level_content_override": {"events": events}}
    room = (await rooms._ask("POST", "/_matrix/client/v3/createRoom", body, as_user=ANNA))["room_id"]
    await rooms.join(room, BRUNO)
    assert not await rooms.allow_calls(room, BRUNO)
    with pytest.raises(MatrixRefusal):
        await enter(rooms, room, BRUNO)


async def test_nothing_is_opened_where_nobody_may(homeserver: HomeserverClient) -> None:
    rooms = homeserver.rooms_of_meetings
    body = {"invite": [BRUNO], "room_version": "10", "power_level_content_override": {"events": {}}}
    room = (await rooms._ask("POST", "/_matrix/client/v3/createRoom", body, as_user=ANNA))["room_id"]
    await rooms.join(room, BRUNO)
    await rooms.leave(room, ANNA)
    assert not await rooms.allow_calls(room, BRUNO)
    assert await rooms.state(room, ANNA) is None


async def test_a_guest_comes_hears_what_is_said_from_then_on_and_is_gone(
    homeserver: HomeserverClient,
) -> None:
    rooms = homeserver.rooms_of_meetings
    room = await rooms.create(ANNA, "Budget", [], encrypted=False)
    other = await rooms.create(ANNA, "Secrets", [], encrypted=False)
    await rooms.say(room, ANNA, "before", "t0")
    await homeserver.ensure_user("_guest_0a1b", "Gino (guest)")
    await rooms.bring(room, GUEST, ANNA)
    start = (await rooms.news(room, GUEST, None)).next_batch
    assert await rooms.state(other, GUEST) is None
    await rooms.say(other, ANNA, "secret", "t1")
    said = await rooms.say(room, ANNA, "welcome", "t2")
    news = await rooms.news(room, GUEST, start)
    assert [(e["event_id"], e["content"]["body"]) for e in news.events] == [(said, "welcome")]
    # The same again from the start: a page that was loaded anew.
    assert len((await rooms.news(room, GUEST, start)).events) == 1
    delay = await enter(rooms, room, GUEST)
    assert await rooms.stay_in_call(GUEST, delay)
    assert (await call_members(homeserver, room, ANNA))[f"_{GUEST}_GUEST_m.call"] == MEMBERSHIP
    await rooms.leave_call(room, GUEST, "GUEST", delay)
    assert (await call_members(homeserver, room, ANNA))[f"_{GUEST}_GUEST_m.call"] == {}
    assert not await rooms.stay_in_call(GUEST, delay)
    for _ in range(2):
        await rooms.leave(room, GUEST)
        await rooms.deactivate(GUEST)
    with pytest.raises(MatrixRefusal):
        await homeserver.login(GUEST, "LATER", "x")
    state = await rooms.state(room, ANNA)
    assert state is not None
    assert set(state.members) == {ANNA}


async def test_a_telephone_comes_and_goes_like_a_guest(homeserver: HomeserverClient) -> None:
    rooms, phone = homeserver.rooms_of_meetings, "@_tel_meeting_77:localhost"
    room = await rooms.create(ANNA, "Budget", [], encrypted=False)
    await homeserver.ensure_visitor(phone, "+39 06 ••• 5432")
    await rooms.bring(room, phone, ANNA)
    delay = await rooms.enter_call(room, phone, "77", MEMBERSHIP, 60_000)
    await rooms.leave_call(room, phone, "77", delay)
    await rooms.leave(room, phone)
    await rooms.deactivate(phone)
    state = await rooms.state(room, ANNA)
    assert state is not None
    assert set(state.members) == {ANNA}


async def test_the_homeserver_ends_a_call_by_itself(homeserver: HomeserverClient) -> None:
    rooms = homeserver.rooms_of_meetings
    room = await rooms.create(ANNA, "Budget", [], encrypted=False)
    start = await rooms._ask("GET", "/_matrix/client/v3/sync?timeout=0", as_user=ANNA)
    await enter(rooms, room, ANNA, delay=500)
    since, left = start["next_batch"], False
    while not left:
        path = f"/_matrix/client/v3/sync?timeout=10000&since={since}"
        answer = await rooms._ask("GET", path, as_user=ANNA)
        since = answer["next_batch"]
        events = answer.get("rooms", {}).get("join", {}).get(room, {}).get("timeline", {}).get("events", [])
        left = any(e["type"] == CALL_MEMBER_EVENTS[0] and not e["content"] for e in events)
