"""Which of the homeserver's events are acted on, and how often."""

from collections.abc import Iterable
from typing import Any

import pytest

from bridges.sip.appservice.rooms import RoomMembers
from bridges.sip.appservice.transactions import MalformedTransaction, RoomEvent, Transactions


class Seen:
    """A store that remembers in memory."""

    def __init__(self) -> None:
        self.writes = 0
        self.events: set[str] = set()

    async def accept(self, event_ids: Iterable[str], now: float) -> set[str]:
        self.writes += 1
        fresh = set(event_ids) - self.events
        self.events |= fresh
        return fresh


class Receiver:
    """Collects what comes through."""

    def __init__(self) -> None:
        self.seen = Seen()
        self.events: list[RoomEvent] = []
        self.rooms: list[str] = []
        self.transactions = Transactions(self.seen, self.events.append, self.rooms.append)


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

    def __init__(self, *members: str) -> None:
        self.members = frozenset(members)
        self.asked = 0

    async def joined_members(self, room_id: str, as_user: str) -> frozenset[str]:
        self.asked += 1
        return self.members


async def test_the_other_member_is_asked_for_once_until_members_change() -> None:
    homeserver = Members("@a", "@b")
    rooms = RoomMembers(homeserver)
    assert await rooms.other("!r", "@a") == "@b"
    assert await rooms.other("!r", "@b") == "@a"
    assert homeserver.asked == 1
    rooms.changed("!r")
    homeserver.members = frozenset({"@a", "@b", "@c"})
    assert await rooms.other("!r", "@a") is None
    assert homeserver.asked == 2


async def test_a_member_that_the_memory_does_not_know_makes_it_ask_again() -> None:
    homeserver = Members("@a", "@b")
    rooms = RoomMembers(homeserver, capacity=1)
    await rooms.other("!r", "@a")
    homeserver.members = frozenset({"@a", "@c"})
    assert await rooms.other("!r", "@c") == "@a"
    await rooms.other("!s", "@a")
    await rooms.other("!r", "@a")
    assert homeserver.asked == 4
