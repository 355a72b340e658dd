"""What is read from a room's state."""

from typing import Any

import pytest

from server.homeserver import room_state
from server.homeserver.room_state import CALL_MEMBER_EVENTS, RoomState

ANNA, BRUNO, CARLA = "@anna:here", "@bruno:here", "@carla:here"


def event(kind: str, content: Any, key: str = "", sender: str = ANNA) -> dict[str, Any]:
    return {"type": kind, "state_key": key, "sender": sender, "content": content}


def room(levels: Any, version: str = "12", **create: Any) -> RoomState:
    return room_state.read(
        [
            event("m.room.create", {"room_version": version, **create}),
            event("m.room.power_levels", levels),
            event("m.room.name", {"name": "Budget"}),
            *(event("m.room.member", {"membership": "join"}, user) for user in (ANNA, BRUNO)),
            event("m.room.member", {"membership": "leave"}, CARLA),
        ]
    )


def test_who_is_in_the_room_and_what_it_is_called() -> None:
    state = room({})
    assert (state.name, state.encrypted, set(state.members)) == ("Budget", False, {ANNA, BRUNO})
    encrypted = room_state.read([event("m.room.encryption", {"algorithm": "x"})])
    assert encrypted.encrypted


@pytest.mark.parametrize(
    ("version", "create", "levels", "moderators"),
    [
        ("12", {}, {}, {ANNA}),
        ("12", {"additional_creators": [BRUNO]}, {}, {ANNA, BRUNO}),
        ("10", {}, {}, set()),
        ("10", {}, {"users": {ANNA: 100, BRUNO: 50, CARLA: 100}}, {ANNA, BRUNO}),
        ("1", {}, {"users": {ANNA: "100"}, "users_default": "0"}, {ANNA}),
        ("11", {}, {"users": {ANNA: [], BRUNO: 49}}, set()),
    ],
)
def test_moderators(version: str, create: dict[str, Any], levels: Any, moderators: set[str]) -> None:
    state = room(levels, version, **create)
    assert {user for user in (ANNA, BRUNO, CARLA) if state.is_moderator(user)} == moderators


def test_the_mightiest_member_raises_who_may_call() -> None:
    state = room({"users": {BRUNO: 100}, "events": {"m.room.name": 50}}, "10")
    assert not state.everybody_may_call()
    assert state.mightiest(100) == BRUNO
    assert state.mightiest(101) is None
    levels = state.levels_with_calls()
    assert levels["events"] == {"m.room.name": 50, **dict.fromkeys(CALL_MEMBER_EVENTS, 0)}
    assert room(levels, "10").everybody_may_call()


@pytest.mark.parametrize(
    ("events", "restricted"),
    [
        ({}, False),
        ({"m.room.name": 50}, False),
        (dict.fromkeys(CALL_MEMBER_EVENTS, 0), False),
        ({CALL_MEMBER_EVENTS[0]: 0}, False),
        ({CALL_MEMBER_EVENTS[0]: 50}, True),
        ({CALL_MEMBER_EVENTS[0]: 0, CALL_MEMBER_EVENTS[1]: 1}, True),
    ],
)
def test_a_room_that_says_who_may_call_is_left_so(events: dict[str, int], restricted: bool) -> None:
    assert room({"users": {BRUNO: 100}, "events": events}, "10").restricts_calls() is restricted


@pytest.mark.parametrize(
    "content", [None, [], {"users": 7, "events": {"m.room.name": None}, "invite": {}}, "x"]
)
def test_malformed_power_levels_count_as_not_said(content: Any) -> None:
    state = room(content, "10")
    assert not state.is_moderator(BRUNO)
    assert state.needed("m.room.name") == 50
    assert state.needed_for("invite") == 0
