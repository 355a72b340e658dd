"""Putting presence together: what says how people are, and who is told."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from logs import log
from server import background
from server.bridge_control.client import BridgeControl
from server.composition.accounts import AccountFeatures
from server.composition.context import AppContext
from server.directory.ports import Everyone
from server.directory.service import Directory
from server.events.hub import Hub
from server.forwarding.moments import in_force
from server.forwarding.service import ServiceReader
from server.forwarding.store import SqlServices
from server.homeserver.client import Presence
from server.presence import http
from server.presence.choices import Choices
from server.presence.follower import Follower
from server.presence.service import Presences, Said
from server.presence.store import SqlChoices
from server.telephony.on_the_phone import OnThePhone
from server.telephony.watch import Watch
from wire.presence import PresenceState

_log = log.get(__name__)
#: Seconds for which changes are gathered before everybody is looked at.
GATHER = 0.05


class Known(Everyone, ServiceReader, Protocol):
    """Everybody, and what they have set."""


class PresenceAssembly:
    def __init__(
        self,
        context: AppContext,
        presences: Presences,
        people: Known,
        directory: Directory,
        hub: Hub,
        account: AccountFeatures,
        bridge: BridgeControl,
        timezone: str,
    ) -> None:
        """`timezone` is the organisation's."""
        self._timezone = timezone
        self.presences = presences
        self._context, self._people, self._directory = context, people, directory
        self._hub, self._bridge, self._now_ms = hub, bridge, account.clock
        engine = context.database.engine
        self._services, self._choices = SqlServices(engine), SqlChoices(engine)
        #: The ids of those who have an appointment now.
        self.appointments: Callable[[], frozenset[str]] = frozenset
        #: Called with the id of whoever has their appointments at other times than before.
        self.appointments_moved: Callable[[str], None] = lambda _person_id: self._changed.set()
        self._telling: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def serve(self, on_the_phone: OnThePhone, watch: Watch) -> None:
        """Registers its routes, and whatever begins and ends with the web process."""
        context = self._context
        self._watch, self._choosing = (
            watch,
            Choices(self._choices, self._directory, on_the_phone.choose, self._hub, self._now_ms),
        )
        context.app.blueprint(http.blueprint(self._choosing))
        secret = context.secrets.internal_secret
        context.app.blueprint(
            http.internal_blueprint(secret, lambda: PresenceState(self.presences.all_shown()))
        )
        follower = Follower(context.homeserver, self._said)
        context.on_start += [self._start, follower.start]
        context.on_stop += [follower.stop, self._stop]

    # What changes

    async def _said(self, found: Mapping[str, Presence], whole: bool) -> None:
        said = {user_id: Said(one.state, one.status or "") for user_id, one in found.items()}
        self.presences.clients_say(said, whole=whole)
        self._changed.set()

    async def in_meetings(self, user_ids: frozenset[str]) -> None:
        """These are in a meeting, and nobody else."""
        if user_ids != self.presences.in_meetings:
            self.presences.in_meetings = user_ids
            self._changed.set()

    def services_changed(self) -> None:
        """Somebody has set what becomes of their calls."""
        self._changed.set()

    # What follows

    async def look(self) -> None:
        """Read what is kept, compare everybody with what was told, and tell; a chore of the watch."""
        presences = self.presences
        presences.telephones(there=self._watch.ready)
        presences.silent = await self._silent()
        presences.appointments = self.appointments()
        hidden, here = await self._choices.hidden(), await self._people.everyone()
        presences.hidden = frozenset(person.user_id for person in here if person.id in hidden)
        await presences.look(self._people)
        await presences.tell_phones(self._bridge.presence_changed)
        await self._choosing.end_due()

    async def _silent(self) -> frozenset[str]:
        """The ids of those who are not to be disturbed now."""
        now, asked = self._now_ms(), await self._services.may_be_silent()
        found = {one: await self._people.services_of(one) for one in asked}
        return frozenset(
            one for one, set_ in found.items() if in_force(set_, now, self._timezone).do_not_disturb
        )

    async def _start(self) -> None:
        self._telling = asyncio.create_task(self._tell())

    async def _stop(self) -> None:
        await background.end(self._telling)

    async def _tell(self) -> None:
        """At once, not with the next look of the watch."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(GATHER)
            self._changed.clear()
            try:
                await self.look()
            except Exception as error:
                # A locked database is free again with the next look.
                _log.error("presence_not_told", exc_info=error)
