"""What a route asks the homeserver, remembered until the bridge hears that it changed.

The homeserver tells the bridge of everybody's presence and of who comes into which room; the bridge tells it
with the next route. Pushers come and go unheard, mostly of clients that are online then: because of them an
answer grows old, too.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from server.homeserver.client import Presence
from server.homeserver.errors import MatrixRefusal
from wire.route import MatrixChanges

#: Seconds for which somebody is taken for one whose clients ring, and for one whose do not.
RINGS, RINGS_NOT = 60.0, 15.0
#: People, or rooms, that are kept; with one more they are forgotten.
CAPACITY = 20_000


class ReachReader(Protocol):
    """What is used of `HomeserverClient`; every method raises `HomeserverError`."""

    async def presence(self, user_id: str) -> Presence: ...

    async def devices(self, user_id: str) -> list[str]: ...

    async def is_woken_by_push(self, user_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Reach:
    rings: bool
    until: float


class MatrixMemory:
    """`now` in seconds, monotonic. Every method but `forget` raises what the homeserver raises."""

    def __init__(self, homeserver: ReachReader, now: Callable[[], float]) -> None:
        self._homeserver = homeserver
        self._now = now
        self._changes = 0
        self._reach: dict[str, _Reach] = {}
        self._rooms: dict[tuple[str, str, str], str] = {}

    def forget(self, changed: MatrixChanges) -> None:
        """What was being asked meanwhile is not kept either."""
        if changed == MatrixChanges():
            return
        self._changes += 1
        if changed.everything:
            self._reach, self._rooms = {}, {}
            return
        for user_id in changed.users:
            self._reach.pop(user_id, None)
        if changed.rooms:
            gone = set(changed.rooms)
            self._rooms = {pair: room for pair, room in self._rooms.items() if room not in gone}

    async def can_ring(self, user_id: str, *, alone: bool = False) -> bool:
        """Whether some Matrix client of the person would ring.

        Reachability is not presence: a client that sleeps and is woken by a push rings as well. `alone`:
        nothing else of theirs rings, so that a call is refused by a "no": one that is remembered is asked for
        anew, as they may have signed in a moment ago.
        """
        known = self._reach.get(user_id)
        if known is not None and self._now() < known.until and (known.rings or not alone):
            return known.rings
        changes = self._changes
        rings = await self._asked(user_id)
        if changes == self._changes:
            _bound(self._reach)
            self._reach[user_id] = _Reach(rings, self._now() + (RINGS if rings else RINGS_NOT))
        return rings

    async def _asked(self, user_id: str) -> bool:
        try:
            state = (await self._homeserver.presence(user_id)).state
            if state in {"busy", "online"}:
                # We say so of whoever is on the phone, or has a desk phone, with or without a client.
                return bool(await self._homeserver.devices(user_id))
            return state != "offline" or await self._homeserver.is_woken_by_push(user_id)
        except MatrixRefusal as refusal:
            if refusal.status not in {403, 404}:
                raise
            return False  # who never signed in is not known to it

    async def direct_room(
        self, first: str, name: str, second: str, make: Callable[[], Awaitable[str]]
    ) -> str:
        """The room of two; `make` finds or makes it, and the Matrix user `first` named `name` before."""
        pair = (first, name, second)
        if pair in self._rooms:
            return self._rooms[pair]
        changes = self._changes
        room = await make()
        if changes == self._changes:
            _bound(self._rooms)
            self._rooms[pair] = room
        return room


def _bound(kept: MutableMapping[Any, Any]) -> None:
    if len(kept) >= CAPACITY:
        kept.clear()
