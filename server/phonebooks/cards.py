"""What stands on somebody's card beside the details: where to chat, and the calls with them."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.homeserver.errors import HomeserverError
from server.phonebooks import rules
from server.phonebooks.service import Contact
from server.telephony.parties import ghost_of
from server.telephony.records import Page, Peer


class DirectRoomReader(Protocol):
    async def known_direct_room(self, me: str, other: str) -> str | None:
        """The direct room of two users, if there is one. Raises `HomeserverError`."""


class History(Protocol):
    async def calls_between(self, user_id: str, peer: Peer, before: int | None, limit: int) -> Page: ...


class Cards:
    def __init__(
        self, people: PersonByUserId, rooms: DirectRoomReader, history: History, domain: str
    ) -> None:
        self._people = people
        self._rooms = rooms
        self._history = history
        self._domain = domain

    async def colleague(self, user_id: str) -> Person:
        """Raises `UnknownPerson`."""
        person = await self._people.by_user_id(user_id)
        if person is None:
            raise rules.UnknownPerson
        return person

    async def room_with(self, me: Person, user_id: str) -> str | None:
        """The room to chat in; None when there is none yet, or the homeserver is away."""
        if user_id == me.user_id:
            return None
        try:
            return await self._rooms.known_direct_room(me.user_id, user_id)
        except HomeserverError:
            return None

    async def rooms_of(self, me: Person, contact: Contact) -> dict[str, str]:
        """The rooms in which calls with a contact were, by number."""
        numbers = [number.number for number in contact.details.numbers]
        ghosts = [ghost_of(number, self._domain).user_id for number in numbers]
        rooms: Sequence[str | None] = await asyncio.gather(*(self.room_with(me, ghost) for ghost in ghosts))
        return {number: room for number, room in zip(numbers, rooms, strict=True) if room}

    async def calls_with(self, me: Person, person: Person, before: int | None, limit: int) -> Page:
        return await self._history.calls_between(me.user_id, Peer(person.user_id), before, limit)

    async def calls_to(self, me: Person, contact: Contact, before: int | None, limit: int) -> Page:
        """With any of the contact's numbers."""
        numbers = tuple(number.number for number in contact.details.numbers)
        return await self._history.calls_between(me.user_id, Peer(numbers=numbers), before, limit)
