"""Programs of others ring by the events of a room, whatever the house does with the call: they are told to
be silent by the rule that Matrix has for calls."""

import asyncio
from typing import Protocol

from logs import log
from server import background
from server.directory.ports import PersonById
from server.forwarding.rules import Services
from server.forwarding.service import ServiceReader
from server.homeserver.errors import HomeserverError, MatrixRefusal

_log = log.get(__name__)
#: Seconds between two attempts while the homeserver is away, at first and at most.
_FIRST, _LONGEST = 1.0, 60.0


class Ringers(Protocol):
    """What is used of `HomeserverClient`."""

    async def let_ring(self, user_id: str, *, on: bool) -> None:
        """Whether calls ring at the clients of a person. Raises HomeserverError."""


class WhoHasSet(Protocol):
    async def who_has_set(self) -> list[str]:
        """The ids of the people who have ever set something."""


def rings(services: Services) -> bool:
    """Whether a call that another client places rings at this person's."""
    return services.clients and not services.do_not_disturb and services.always.applies is None


class Bells:
    """Started and stopped with the web process; `changed` has it look at what somebody has set."""

    def __init__(
        self, everybody: WhoHasSet, services: ServiceReader, people: PersonById, ringers: Ringers
    ) -> None:
        self._everybody, self._services = everybody, services
        self._people, self._ringers = people, ringers
        self._wanted: dict[str, None] = {}
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def changed(self, person_id: str) -> None:
        """This person has set something."""
        self._wanted[person_id] = None
        self._told.set()

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
                await self._told.wait()

    async def _tell(self, person_id: str) -> None:
        person = await self._people.by_id(person_id)
        if person is None:
            return
        on = rings(await self._services.services_of(person_id))
        try:
            await self._ringers.let_ring(person.user_id, on=on)
        except MatrixRefusal as refusal:
            if refusal.status == 429 or refusal.status >= 500:
                raise
            _log.warning("client_rule_refused", user_id=person.user_id, why=str(refusal))
