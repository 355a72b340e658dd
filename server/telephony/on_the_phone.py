"""Whoever is on the phone is busy in Matrix too, and afterwards what they were before.

Level-triggered: `reconcile` compares who should be busy with whom we made busy, so that nothing it could
not do (the homeserver away, this process killed) is lost for longer than until the next time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from logs import log
from server.directory.ports import PersonByExtension, PersonByUserId
from server.directory.service import Person
from server.events.hub import Audience
from server.homeserver.client import Presence, PresenceState
from server.homeserver.errors import HomeserverError
from server.telephony.state import Changes, PhoneState, Snapshot

_log = log.get(__name__)

#: How often a person's devices are told in a row that a call is over; then the next reconciliation goes on.
_TRIES = 3
#: Seconds that a person is on the phone, or no more, before Matrix is told: calls that are over at once are
#: not worth what it costs to tell everybody's clients twice.
SETTLED = 2.0


@dataclass(frozen=True, slots=True)
class SavedPresence:
    """What a person's presence was before their first call."""

    state: PresenceState
    status: str | None


class SavedPresences(Protocol):
    async def all(self) -> Mapping[str, SavedPresence]: ...

    async def save(self, user_id: str, presence: SavedPresence) -> None: ...

    async def forget(self, user_id: str) -> None: ...


class Snapshots(Protocol):
    async def load(self) -> Snapshot: ...

    async def save(self, snapshot: Snapshot) -> None: ...


class PresenceControl(Protocol):
    """What is used of `HomeserverClient`; every method raises `HomeserverError`."""

    async def presence(self, user_id: str) -> Presence: ...

    async def set_presence(
        self, user_id: str, state: PresenceState, status: str | None = None, device_id: str | None = None
    ) -> None: ...

    async def devices(self, user_id: str) -> list[str]: ...


class PersonOfPhone(PersonByUserId, PersonByExtension, Protocol):
    """Who is on the phone, and whose phone it is."""


async def _nobody(_callees: Collection[str]) -> None:
    """Nobody else is told of what rings."""


class OnThePhone:
    """Takes the bridge's snapshots and tells everybody what they change."""

    def __init__(
        self,
        state: PhoneState,
        snapshots: Snapshots,
        saved: SavedPresences,
        people: PersonOfPhone,
        homeserver: PresenceControl,
        audience: Audience,
        now: Callable[[], float],
        tell_near: Callable[[Collection[str]], Awaitable[None]] = _nobody,
    ) -> None:
        """`now` in seconds, monotonic. `tell_near` is given those for whom something else rings."""
        self._state = state
        self._snapshots = snapshots
        self._saved = saved
        self._people = people
        self._homeserver = homeserver
        self._audience = audience
        self._now = now
        self._tell_near = tell_near
        #: Since when people are on the phone, or no more; those of whom nothing is known, for long.
        self._since: dict[str, float] = {}
        self._one_at_a_time = asyncio.Lock()

    async def load(self) -> None:
        """Go on from the last snapshot: the bridge sends one only when something changes."""
        self._state.replace(await self._snapshots.load())

    async def update(self, snapshot: Snapshot) -> None:
        """Keep the bridge's newest snapshot and tell those who are looking."""
        await self._snapshots.save(snapshot)
        changes = self._state.replace(snapshot)
        self._since |= dict.fromkeys(changes.began | changes.ended, self._now())
        for person in await self._touched(changes):
            shown = {
                "user_id": person.user_id,
                "on_the_phone": self._state.on_the_phone(person.user_id),
                "desk_phone": self._state.desk_phone(person.extensions),
            }
            self._audience.publish("people", shown)
        for user_id in sorted(changes.live):
            self._audience.publish("live_calls", {"calls": snapshot.live.get(user_id, ())}, to=user_id)
        await self._tell_near(changes.ringing)

    async def _touched(self, changes: Changes) -> list[Person]:
        found: dict[str, Person] = {}
        asked: list[Any] = [self._people.by_user_id(user) for user in sorted(changes.began | changes.ended)]
        asked += [self._people.by_extension(extension) for extension in sorted(changes.extensions)]
        for question in asked:
            person = await question
            if person is not None:
                found[person.id] = person
        return list(found.values())

    async def choose(self, user_id: str, wanted: SavedPresence) -> None:
        """A person says how they are. During a call that counts from its end on; the words count at once.

        Raises what the homeserver raises.
        """
        async with self._one_at_a_time:
            if user_id in await self._saved.all():
                await self._saved.save(user_id, wanted)
                await self._homeserver.set_presence(user_id, "busy", wanted.status or "")
            else:
                await self._tell_devices(user_id, SavedPresence(wanted.state, wanted.status or ""))

    async def reconcile(self) -> None:
        """Make presence follow the calls. What the homeserver refuses now is tried again next time."""
        async with self._one_at_a_time:
            saved = await self._saved.all()
            busy = {user for user in self._state.snapshot.calls if self._state.on_the_phone(user)}
            early = self._early()
            for user_id in sorted(busy - saved.keys() - early):
                await self._attempt(user_id, self._make_busy(user_id))
            for user_id in sorted(saved.keys() - busy - early):
                await self._attempt(user_id, self._restore(user_id, saved[user_id]))

    def _early(self) -> set[str]:
        """Who began or ended a call just now."""
        self._since = {user: at for user, at in self._since.items() if self._now() < at + SETTLED}
        return set(self._since)

    async def _attempt(self, user_id: str, change: Any) -> None:
        try:
            await change
        except HomeserverError as error:
            _log.warning("presence_not_set", user_id=user_id, why=str(error))

    async def _make_busy(self, user_id: str) -> None:
        before = await self._homeserver.presence(user_id)
        # Saved first: a restart in between restores what nobody changed, which does no harm.
        await self._saved.save(user_id, SavedPresence(before.state, before.status))
        await self._homeserver.set_presence(user_id, "busy", before.status)

    async def _restore(self, user_id: str, before: SavedPresence) -> None:
        for _ in range(_TRIES):
            await self._tell_devices(user_id, before)
            # A device that synchronised while another was not told yet is busy once more, and all with it.
            if before.state == "busy" or (await self._homeserver.presence(user_id)).state != "busy":
                await self._saved.forget(user_id)
                return
        _log.info("presence_still_busy", user_id=user_id)

    async def _tell_devices(self, user_id: str, presence: SavedPresence) -> None:
        # Synapse turns every device that synchronises during the call busy as well, and keeps it so:
        # each must be told. One that is gone meanwhile comes back with its next synchronisation.
        for device_id in [None, *await self._homeserver.devices(user_id)]:
            await self._homeserver.set_presence(user_id, presence.state, presence.status, device_id)
