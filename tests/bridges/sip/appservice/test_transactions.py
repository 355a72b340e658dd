"""Which of the homeserver's events are acted on, and how often."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest

from bridges.sip.appservice.rooms import RoomMembers
from bridges.sip.appservice.transactions import MalformedTransaction, RoomEvent, Transactions


class Seen:
    """A store that remembers in memory."""

    def __init__(self) -> None:
        self.writes = 0
        self.events: set[str] = set()
        self.left: dict[str, Any] = {}

    async def accept(self, events: Mapping[str, object], now: float) -> set[str]:
        self.writes += 1
        fresh = set(events) - self.events
        self.events |= fresh
        return fresh

    async def unhandled(self) -> dict[str, Any]:
        return dict(self.left)

    def handled(self, event_id: str) -> None:
        del self.left[event_id]


class Receiver:
    """Collects what comes through."""

    def __init__(self) -> None:
        self.seen = Seen()
        self.events: list[RoomEvent] = []
        self.rooms: list[str] = []
        self.present: list[str] = []
        self.transactions = Transactions(
            self.seen, self.events.append, self.rooms.append, self.present.append
        )


def event(event_id: str, event_type: str = "m.call.hangup", **extra: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "room_id": "!r:localhost",
        "sender": "@a:localhost",
        "type": event_type,
        "content": {},
        "origin_server_ts": 5,
    } | extra


async def test_call_events_come_through_once_and_in_order() -> None:
    receiver = Receiver()
    body = {"events": [event("$2"), event("$1"), event("$2"), event("$3", "m.room.message")]}
    await receiver.transactions.take("t1", body)
    await receiver.transactions.take("t1", body)
    await receiver.transactions.take("t2", {"events": [event("$1"), event("$4")]})
    assert [seen.event_id for seen in receiver.events] == ["$2", "$1", "$4"]


async def test_transactions_without_call_events_are_not_written_down() -> None:
    receiver = Receiver()
    await receiver.transactions.take("t1", {"events": [event("$1", "m.room.message")], "ephemeral": []})
    await receiver.transactions.take("t2", {})
    assert receiver.seen.writes == 0


async def test_transactions_counted_anew_after_a_restart_of_the_homeserver_come_through() -> None:
    receiver = Receiver()
    await receiver.transactions.take("1", {"events": [event("$1")]})
    await receiver.transactions.take("1", {"events": [event("$2")]})
    assert [seen.event_id for seen in receiver.events] == ["$1", "$2"]


async def test_what_an_earlier_process_did_not_get_to_is_acted_on() -> None:
    receiver = Receiver()
    kept = RoomEvent("$2", "!r:localhost", "@a:localhost", "m.call.hangup", {}, 5)
    receiver.seen.left = {"$1": {"of": "another version"}, "$2": asdict(kept)}
    await receiver.transactions.resume()
    assert receiver.events == [kept]
    assert list(receiver.seen.left) == ["$2"], "its effects are not on the disk yet"


async def test_a_change_of_members_is_told() -> None:
    receiver = Receiver()
    await receiver.transactions.take(
        "t", {"events": [event("$1", "m.room.member", state_key="@b:localhost")]}
    )
    assert receiver.rooms == ["!r:localhost"]


@pytest.mark.parametrize(
    "wrong",
    [{"event_id": None}, {"sender": 5}, {"room_id": ""}, {"origin_server_ts": "now"}, {"state_key": ""}],
)
async def test_events_that_are_no_room_events_are_passed_over(wrong: dict[str, Any]) -> None:
    receiver = Receiver()
    await receiver.transactions.take("t", {"events": [event("$1") | wrong, "nonsense", event("$2")]})
    assert [seen.event_id for seen in receiver.events] == ["$2"]


@pytest.mark.parametrize("body", [None, [], "x", {"events": {}}])
async def test_what_is_no_transaction_is_refused(body: object) -> None:
    with pytest.raises(MalformedTransaction):
        await Receiver().transactions.take("t", body)


class Members:
    """A homeserver that counts how often it is asked."""

    def __init__(self, *members: str, invited: tuple[str, ...] = ()) -> None:
        self.members, self.invited = frozenset(members), frozenset(invited)
        self.asked = 0
        self.let_in: list[tuple[str, str]] = []

    async def joined_members(self, room_id: str, as_user: str) -> frozenset[str]:
        self.asked += 1
        return self.members

    async def invited_members(self, room_id: str, as_user: str) -> frozenset[str]:
        return self.invited

    async def join(self, room_id: str, as_user: str) -> None:
        self.let_in.append((room_id, as_user))


async def test_the_other_member_is_asked_for_once_until_members_change() -> None:
    homeserver = Members("@a", "@b")
    rooms = RoomMembers(homeserver)
    assert await rooms.callee("!r", "@a", None) == "@b"
    assert await rooms.callee("!r", "@b", None) == "@a"
    assert homeserver.asked == 1
    rooms.changed("!r")
    homeserver.members = frozenset({"@a", "@b", "@c"})
    assert await rooms.callee("!r", "@a", None) is None
    assert homeserver.asked == 2


async def test_a_member_that_the_memory_does_not_know_makes_it_ask_again() -> None:
    homeserver = Members("@a", "@b")
    rooms = RoomMembers(homeserver, capacity=1)
    await rooms.callee("!r", "@a", None)
    homeserver.members = frozenset({"@a", "@c"})
    assert await rooms.callee("!r", "@c", None) == "@a"
    await rooms.callee("!s", "@a", None)
    await rooms.callee("!r", "@a", None)
    assert homeserver.asked == 4


@pytest.mark.parametrize(
    ("joined", "invited", "invitee", "callee"),
    [
        (("@b", "@bot"), (), "@b", "@b"),
        (("@b", "@bot"), (), "@bot", "@bot"),
        (("@b", "@bot"), (), "@x", None),
        (("@b", "@bot"), (), "@a", None),
        (("@b", "@bot"), (), None, None),
        (("@b", "@_tel_+391:h"), (), None, "@b"),
        (("@b", "@_guest_1:h", "@unisono-telephone:h"), (), None, "@b"),
        (("@_tel_+391:h",), (), None, "@_tel_+391:h"),
        (("@_tel_+391:h", "@_tel_+392:h"), (), None, None),
        ((), ("@b",), None, "@b"),
        ((), ("@b",), "@b", "@b"),
        ((), ("@b", "@c"), None, None),
        ((), ("@b", "@c"), "@c", "@c"),
        ((), (), None, None),
        (("@b",), ("@c",), None, "@b"),
        (("@b",), ("@c",), "@c", "@c"),
    ],
)
async def test_case_19_whom_a_call_in_a_room_is_for(
    joined: tuple[str, ...], invited: tuple[str, ...], invitee: str | None, callee: str | None
) -> None:
    """Case 19: a room of three with the invitee named; bots; invited but not joined."""
    homeserver = Members("@a", *joined, invited=invited)
    rooms = RoomMembers(homeserver)
    assert await rooms.callee("!r", "@a", invitee) == callee
    if callee is not None:
        await rooms.let_in("!r", callee)
        assert homeserver.let_in == ([] if callee in joined else [("!r", callee)])


@pytest.mark.parametrize("key", ["ephemeral", "de.sorunome.msc2409.ephemeral"])
async def test_whose_presence_changed_is_told(key: str) -> None:
    receiver = Receiver()
    presence = {"type": "m.presence", "sender": "@a:localhost", "content": {"presence": "online"}}
    typing = {"type": "m.typing", "room_id": "!r:localhost", "content": {"user_ids": ["@b:localhost"]}}
    await receiver.transactions.take("t1", {key: [presence, typing, {"type": "m.presence"}, 5]})
    assert receiver.present == ["@a:localhost"]
    await receiver.transactions.take("t2", {key: "nothing"})


@pytest.mark.parametrize("kind", ["m.room.member", "m.room.encryption", "m.room.tombstone"])
async def test_a_room_that_is_not_as_it_was_is_told(kind: str) -> None:
    receiver = Receiver()
    await receiver.transactions.take("t1", {"events": [event("$1", kind, state_key="")]})
    assert receiver.rooms == ["!r:localhost"]
