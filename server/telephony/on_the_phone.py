"""Whoever is on the phone or not to be disturbed is busy in Matrix too, and afterwards what they were before.

Level-triggered: `reconcile` compares who should be busy with whom we made busy, so that nothing it could
not do (the homeserver away, this process killed) is lost for longer than until the next time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
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
#: Seconds after which Matrix is told again that somebody is busy: Synapse forgets it within the hour where no
#: client of theirs synchronises, as of somebody who has a desk phone only.
SAID_AGAIN = 1200.0
#: The same of who is there by a desk phone only: Synapse believes it for half a minute.
ONLINE_AGAIN = 20.0
#: Seconds after which it is asked again whether they have signed in somewhere, and speak for themselves.
DEVICES_AGAIN = 300.0


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


class Shown(Protocol):
    """`server.presence.service.Presences`, seen from here: how everybody is by all that is known."""

    def tell(self, people: Iterable[Person]) -> None:
        """These may be otherwise."""

    def busy(self) -> Collection[str]:
        """Whom Matrix is to show busy, by user id."""

    def there_by_phone(self) -> Collection[str]:
        """Who is available by a desk phone alone, so that Matrix does not know."""

    def made_online(self, user_ids: Collection[str]) -> None:
        """These are online in Matrix by us alone."""

    def made_busy(self, saved: Mapping[str, SavedPresence]) -> None:
        """These are busy in Matrix by us alone."""

    def restored(self, user_id: str, before: SavedPresence) -> None:
        """In Matrix this person is again as they were before."""


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
        shown: Shown,
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
        self._shown = shown
        self._tell_near = tell_near
        #: Since when people are on the phone, or no more; those of whom nothing is known, for long.
        self._since: dict[str, float] = {}
        #: When Matrix was told last that these are busy, or are there.
        self._said: dict[str, float] = {}
        self._there: dict[str, float] = {}
        #: When it was asked last whether these have a client, and whether they have.
        self._clients: dict[str, tuple[float, bool]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def load(self) -> None:
        """Go on from the last snapshot: the bridge sends one only when something changes."""
        self._state.replace(await self._snapshots.load())
        self._shown.made_busy(await self._saved.all())

    async def update(self, snapshot: Snapshot) -> None:
        """Keep the bridge's newest snapshot and tell those who are looking."""
        await self._snapshots.save(snapshot)
        changes = self._state.replace(snapshot)
        self._since |= dict.fromkeys(changes.began | changes.ended, self._now())
        self._shown.tell(await self._touched(changes))
        for user_id in sorted(changes.live):
            self._audience.publish("live_calls", {"calls": snapshot.live.get(user_id, ())}, to=user_id)
        await self._tell_near(changes.ringing)

    async def _touched(self, changes: Changes) -> list[Person]:
        found: dict[str, Person] = {}
        users = changes.began | changes.ended | changes.live
        asked: list[Any] = [self._people.by_user_id(user) for user in sorted(users)]
        asked += [self._people.by_extension(extension) for extension in sorted(changes.extensions)]
        for question in asked:
            person = await question
            if person is not None:
                found[person.id] = person
        return list(found.values())

    async def choose(self, user_id: str, wanted: SavedPresence) -> None:
        """A person says how they are. While we say that they are busy, that counts from then on; the words
        count at once.

        Raises what the homeserver raises.
        """
        async with self._one_at_a_time:
            if user_id in await self._saved.all():
                await self._saved.save(user_id, wanted)
                await self._homeserver.set_presence(user_id, "busy", wanted.status or "")
            else:
                await self._tell_devices(user_id, SavedPresence(wanted.state, wanted.status or ""))

    async def reconcile(self) -> None:
        """Make presence follow how people are. What the homeserver refuses now is tried again next time."""
        async with self._one_at_a_time:
            saved = await self._saved.all()
            busy, early = set(self._shown.busy()), self._early()
            for user_id in sorted(busy - saved.keys() - early):
                await self._attempt(user_id, self._make_busy(user_id))
            for user_id in sorted(saved.keys() - busy - early):
                await self._attempt(user_id, self._restore(user_id, saved[user_id]))
            for user_id in sorted(saved.keys() & busy):
                if self._now() - self._said.setdefault(user_id, self._now()) >= SAID_AGAIN:
                    status = saved[user_id].status
                    await self._attempt(user_id, self._say(user_id, "busy", status, self._said))
            self._shown.made_busy(await self._saved.all())
            await self._follow_desk_phones()

    async def _follow_desk_phones(self) -> None:
        """Who has a desk phone and no client at all is online while it is registered."""
        there = set(self._shown.there_by_phone())
        self._clients = {user_id: known for user_id, known in self._clients.items() if user_id in there}
        for user_id in sorted(there):
            if self._now() - self._there.get(user_id, -ONLINE_AGAIN) >= ONLINE_AGAIN:
                await self._attempt(user_id, self._keep_online(user_id))
        for user_id in sorted(self._there.keys() - there):
            await self._attempt(user_id, self._leave_offline(user_id))

    async def _keep_online(self, user_id: str) -> None:
        asked_at, has_client = self._clients.get(user_id, (-DEVICES_AGAIN, False))
        if self._now() - asked_at >= DEVICES_AGAIN:
            has_client = bool(await self._homeserver.devices(user_id))
            self._clients[user_id] = self._now(), has_client
        if has_client:
            # Clients of theirs say themselves how they are, and would be contradicted.
            if user_id in self._there:
                await self._leave_offline(user_id)
            return
        await self._say(user_id, "online", None, self._there)
        self._shown.made_online(self._there.keys())

    async def _leave_offline(self, user_id: str) -> None:
        await self._homeserver.set_presence(user_id, "offline")
        del self._there[user_id]
        self._shown.made_online(self._there.keys())

    async def _say(
        self, user_id: str, state: PresenceState, status: str | None, when: dict[str, float]
    ) -> None:
        await self._homeserver.set_presence(user_id, state, status)
        when[user_id] = self._now()

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
        self._shown.made_busy(await self._saved.all())
        await self._say(user_id, "busy", before.status, self._said)

    async def _restore(self, user_id: str, before: SavedPresence) -> None:
        for _ in range(_TRIES):
            await self._tell_devices(user_id, before)
            # A device that synchronised while another was not told yet is busy once more, and all with it.
            if before.state == "busy" or (await self._homeserver.presence(user_id)).state != "busy":
                await self._saved.forget(user_id)
                self._shown.restored(user_id, before)
                self._said.pop(user_id, None)
                return
        _log.info("presence_still_busy", user_id=user_id)

    async def _tell_devices(self, user_id: str, presence: SavedPresence) -> None:
        # Synapse turns every device that synchronises during the call busy as well, and keeps it so:
        # each must be told. One that is gone meanwhile comes back with its next synchronisation.
        for device_id in [None, *await self._homeserver.devices(user_id)]:
            await self._homeserver.set_presence(user_id, presence.state, presence.status, device_id)
