"""The colleagues of the demo organisation, put in when nobody is there yet."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from logs import log
from server import background
from server.config import DemoPerson
from server.directory.ports import Everyone
from server.directory.service import Added, NewPerson, Person
from server.homeserver.errors import HomeserverUnreachable

_log = log.get(__name__)
#: Between two tries to reach a homeserver that is still starting. Seconds.
_PAUSE = 0.5


class Enrolment(Protocol):
    async def enrol(self, new: NewPerson, password: str) -> Added: ...


class MatrixUsers(Protocol):
    async def ensure_user(self, localpart: str, display_name: str) -> str: ...


class Seed:
    """`start` adds the people and lets the homeserver know them as soon as it answers."""

    def __init__(
        self, people: Sequence[DemoPerson], directory: Everyone, accounts: Enrolment, homeserver: MatrixUsers
    ) -> None:
        self._people = people
        self._directory = directory
        self._accounts = accounts
        self._homeserver = homeserver
        self._introducing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Only into an empty organisation: whom somebody removed must not come back."""
        if not await self._directory.everyone():
            for person in self._people:
                await self._accounts.enrol(_new(person), person.password)
            _log.info("demo_people_added", count=len(self._people))
        self._introducing = asyncio.create_task(self._introduce())

    async def stop(self) -> None:
        await background.end(self._introducing)

    async def _introduce(self) -> None:
        """So that colleagues can be written to and called before they first sign in."""
        unknown = await self._directory.everyone()
        while unknown:
            unknown = [person for person in unknown if not await self._known(person)]
            if unknown:
                await asyncio.sleep(_PAUSE)

    async def _known(self, person: Person) -> bool:
        try:
            await self._homeserver.ensure_user(person.user_id[1:].partition(":")[0], person.name)
        except HomeserverUnreachable:
            return False
        return True


def _new(person: DemoPerson) -> NewPerson:
    return NewPerson(
        email=person.email,
        name=person.name,
        role=person.role,
        extensions=[(person.extension, person.sip_password)],
        numbers=[person.number],
    )
