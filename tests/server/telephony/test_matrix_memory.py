"""Who can ring in Matrix, and in which room, is asked once and forgotten in time."""

import asyncio

import pytest

from server.homeserver.client import Presence, PresenceState
from server.homeserver.errors import HomeserverUnreachable, MatrixRefusal
from server.telephony import matrix_memory
from server.telephony.matrix_memory import RINGS, RINGS_NOT, MatrixMemory
from wire.route import MatrixChanges

ANNA, GHOST = "@anna:localhost", "@_tel_+390698765432:localhost"


class Homeserver:
    """Knows one person."""

    def __init__(self) -> None:
        self.state: PresenceState = "offline"
        self.pusher, self.gadgets = False, ["d"]
        self.asked = 0
        self.refusal: Exception | None = None
        self.waits: asyncio.Event | None = None

    async def presence(self, user_id: str) -> Presence:
        self.asked += 1
        found = self.state
        if self.waits:
            await self.waits.wait()
        if self.refusal:
            raise self.refusal
        return Presence(found, None, False)

    async def devices(self, user_id: str) -> list[str]:
        return self.gadgets

    async def is_woken_by_push(self, user_id: str) -> bool:
        return self.pusher


class Place:
    """Somebody's memory at a time."""

    def __init__(self) -> None:
        self.homeserver, self.now, self.made = Homeserver(), 1000.0, 0
        self.memory = MatrixMemory(self.homeserver, lambda: self.now)

    async def rings(self) -> bool:
        return await self.memory.can_ring(ANNA)

    async def room(self, name: str = "+39 06 9876 5432", first: str = GHOST) -> str:
        return await self.memory.direct_room(first, name, ANNA, self._make)

    async def _make(self) -> str:
        self.made += 1
        return f"!room{self.made}:localhost"


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.mark.parametrize(
    ("state", "pusher", "gadgets", "rings"),
    [
        ("online", False, ["d"], True),
        ("unavailable", False, ["d"], True),
        ("offline", False, ["d"], False),
        ("offline", True, ["d"], True),
        ("busy", False, ["d"], True),
        ("busy", False, [], False),
        ("online", False, [], False),
    ],
)
async def test_whose_clients_ring(
    place: Place, state: PresenceState, pusher: bool, gadgets: list[str], rings: bool
) -> None:
    place.homeserver.state, place.homeserver.pusher = state, pusher
    place.homeserver.gadgets = gadgets
    assert await place.rings() is rings


async def test_whoever_never_signed_in_is_known_not_to_ring(place: Place) -> None:
    place.homeserver.refusal = MatrixRefusal(404, "M_NOT_FOUND", "")
    assert [await place.rings(), await place.rings()] == [False, False]
    assert place.homeserver.asked == 1


async def test_a_homeserver_that_is_away_is_asked_again(place: Place) -> None:
    place.homeserver.refusal = HomeserverUnreachable("away")
    with pytest.raises(HomeserverUnreachable):
        await place.rings()
    place.homeserver.refusal, place.homeserver.state = None, "online"
    assert await place.rings()


@pytest.mark.parametrize(
    ("state", "pusher", "holds"), [("online", False, RINGS), ("offline", False, RINGS_NOT)]
)
async def test_an_answer_grows_old(place: Place, state: PresenceState, pusher: bool, holds: float) -> None:
    place.homeserver.state = state
    first = await place.rings()
    place.homeserver.state = "offline" if first else "online"
    place.now += holds - 0.001
    assert await place.rings() is first
    place.now += 0.001
    assert await place.rings() is not first


async def test_a_no_is_asked_for_again_where_nothing_else_rings(place: Place) -> None:
    """They may have signed in a moment ago; a yes is taken as it is."""
    assert not await place.rings()
    place.homeserver.state = "online"
    assert not await place.rings()
    assert await place.memory.can_ring(ANNA, alone=True)
    assert await place.rings()
    assert await place.memory.can_ring(ANNA, alone=True)
    assert place.homeserver.asked == 2


@pytest.mark.parametrize("changed", [MatrixChanges(users=(ANNA,)), MatrixChanges(everything=True)])
async def test_presence_that_changed_is_asked_for_at_once(place: Place, changed: MatrixChanges) -> None:
    assert not await place.rings()
    place.homeserver.state = "online"
    place.memory.forget(MatrixChanges(users=("@bruno:localhost",), rooms=("!x:localhost",)))
    assert not await place.rings()
    place.memory.forget(changed)
    assert await place.rings()


async def test_an_answer_that_was_on_its_way_is_not_kept(place: Place) -> None:
    place.homeserver.waits = asyncio.Event()
    slow = asyncio.create_task(place.rings())
    await asyncio.sleep(0)
    place.homeserver.state = "online"
    place.memory.forget(MatrixChanges(users=(ANNA,)))
    place.homeserver.waits.set()
    assert not await slow
    assert await place.rings()


async def test_a_room_is_found_once_for_each_pair_and_name(place: Place) -> None:
    assert await place.room() == await place.room() == "!room1:localhost"
    assert await place.room(name="ACME") == "!room2:localhost"
    assert await place.room(first="@bruno:localhost") == "!room3:localhost"
    assert place.made == 3


@pytest.mark.parametrize(
    "changed", [MatrixChanges(rooms=("!room1:localhost",)), MatrixChanges(everything=True)]
)
async def test_a_room_whose_members_changed_is_looked_at_again(place: Place, changed: MatrixChanges) -> None:
    await place.room()
    place.memory.forget(MatrixChanges(users=(ANNA,), rooms=("!other:localhost",)))
    assert await place.room() == "!room1:localhost"
    place.memory.forget(changed)
    assert await place.room() == "!room2:localhost"


async def test_strangers_do_not_fill_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_memory, "CAPACITY", 2)
    for name in ("a", "b", "c", "a"):
        await place.room(name)
    assert place.made == 4
