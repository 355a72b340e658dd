"""Programs of others ring by the events of a room, whatever the house does with the call: they are told to
be silent by the rule that Matrix has for calls."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from logs import log
from server import background
from server.directory.ports import PersonById
from server.directory.service import Person
from server.forwarding import moments
from server.forwarding.rules import Services
from server.forwarding.service import ServiceReader
from server.homeserver.errors import HomeserverError, MatrixRefusal

_log = log.get(__name__)
#: Seconds between two attempts while the homeserver is away, at first and at most.
_FIRST, _LONGEST = 1.0, 60.0
#: Seconds after which the clock is looked at again at the latest: it may have been set.
_GLANCE = 300.0


class Ringers(Protocol):
    """What is used of `HomeserverClient`."""

    async def let_ring(self, user_id: str, *, on: bool) -> None:
        """Whether calls ring at the clients of a person. Raises HomeserverError."""


class WhoHasSet(Protocol):
    async def who_has_set(self) -> list[str]:
        """The ids of the people who have ever set something."""


def rings(holding: Services) -> bool:
    """Whether a call that another client places rings at this person's, by what holds now."""
    return holding.clients and not moments.rests(holding) and holding.always.applies is None


class Bells:
    """Started and stopped with the web process; `changed` has it look at what somebody has set, and it looks
    by itself when something else holds for them. `now_ms` is the wall clock, `timezone` the
    organisation's."""

    def __init__(
        self,
        everybody: WhoHasSet,
        services: ServiceReader,
        people: PersonById,
        ringers: Ringers,
        timezone: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._everybody, self._services = everybody, services
        self._people, self._ringers = people, ringers
        self._timezone, self._now_ms = timezone, now_ms
        self._wanted: dict[str, None] = {}
        #: When something else holds for whom, and for whom it does now: they have set nothing.
        self._due: dict[str, int] = {}
        self._moved: set[str] = set()
        #: Told of each of those.
        self.on_moment: list[Callable[[Person], Awaitable[None]]] = []
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def changed(self, person_id: str) -> None:
        """This person has set something."""
        self._wanted[person_id] = None
        self._told.set()

    def moved(self, person_id: str) -> None:
        """Something else may hold for this person, who has set nothing: their pages are told, too."""
        self._moved.add(person_id)
        self.changed(person_id)

    async def start(self) -> None:
        # What was set as the process before ended may not have been told.
        for person_id in await self._everybody.who_has_set():
            self.changed(person_id)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await background.end(self._task)

    async def _run(self) -> None:
        pause = _FIRST
        while True:
            self._told.clear()
            try:
                while self._wanted:
                    person_id = next(iter(self._wanted))
                    del self._wanted[person_id]
                    await self._tell(person_id)
                    pause = _FIRST
            except Exception as error:
                # A homeserver that is away comes back, a locked database is free again.
                known = isinstance(error, HomeserverError | OSError)
                _log.warning("clients_not_told", why=str(error), exc_info=None if known else error)
                self._wanted[person_id] = None
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST)
            else:
                await self._wait()

    async def _wait(self) -> None:
        """Until somebody has set something, or something else holds for somebody."""
        first = min(self._due.values(), default=None)
        seconds = _GLANCE if first is None else max(first - self._now_ms(), 0) / 1000
        try:
            async with asyncio.timeout(min(seconds, _GLANCE)):
                await self._told.wait()
        except TimeoutError:
            now = self._now_ms()
            self._moved |= {person_id for person_id, at in self._due.items() if at <= now}
            self._wanted |= dict.fromkeys(self._moved)

    async def _tell(self, person_id: str) -> None:
        person = await self._people.by_id(person_id)
        self._due.pop(person_id, None)
        if person is None:
            self._moved.discard(person_id)
            return
        services, now = await self._services.services_of(person_id), self._now_ms()
        if (at := moments.next_change(services, now, self._timezone)) is not None:
            self._due[person_id] = at
        if person_id in self._moved:
            self._moved.discard(person_id)
            for tell in self.on_moment:
                await tell(person)
        on = rings(moments.in_force(services, now, self._timezone))
        try:
            await self._ringers.let_ring(person.user_id, on=on)
        except MatrixRefusal as refusal:
            if refusal.status == 429 or refusal.status >= 500:
                raise
            _log.warning("client_rule_refused", user_id=person.user_id, why=str(refusal))
