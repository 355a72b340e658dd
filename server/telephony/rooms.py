"""The direct rooms of two people, or of somebody and who is outside."""

import asyncio
from typing import Protocol

from server.directory.ports import PersonByUserId
from server.telephony.parties import Outsiders
from server.telephony.refusals import UnknownPerson


class TelephonyHomeserver(Protocol):
    """What is used of `HomeserverClient`; every method raises `HomeserverError`."""

    async def ensure_user(self, localpart: str, display_name: str) -> str: ...

    async def ensure_ghost(self, number: str | None, display_name: str) -> str: ...

    async def direct_room(self, first: str, second: str) -> str: ...


class Rooms:
    def __init__(self, people: PersonByUserId, homeserver: TelephonyHomeserver, outsiders: Outsiders) -> None:
        self._people, self._homeserver, self._outsiders = people, homeserver, outsiders

    async def of(self, first: str, second: str) -> str:
        """The room of any two of people and ghosts, made when missing. Raises `UnknownPerson`, or what the
        homeserver raises."""
        await asyncio.gather(self._ensure(first), self._ensure(second))
        return await self._homeserver.direct_room(first, second)

    async def in_name_of(self, user_id: str, other: str) -> str:
        """The same, where `other` is known to be there."""
        await self._ensure(user_id)
        return await self._homeserver.direct_room(user_id, other)

    async def _ensure(self, user_id: str) -> None:
        if ghost := self._outsiders.ghost_from(user_id):
            await self._homeserver.ensure_ghost(ghost.number, ghost.name)
        else:
            await self._ensure_person(user_id)

    async def _ensure_person(self, user_id: str) -> None:
        # A colleague who only ever used a desk phone may have no Matrix user yet.
        person = await self._people.by_user_id(user_id)
        if person is None:
            raise UnknownPerson
        await self._homeserver.ensure_user(user_id[1:].partition(":")[0], person.name)
