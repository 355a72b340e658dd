"""Who is in a room, remembered until the homeserver says that it changed; and whom a call there is for."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

#: Localparts of users behind whom nobody sits: telephones, guests of meetings, and the house's own services.
NOBODY = ("@_tel_", "@_guest_", "@unisono-")


class Members(Protocol):
    """The part of `Homeserver` that knows."""

    async def joined_members(self, room_id: str, as_user: str) -> frozenset[str]: ...

    async def invited_members(self, room_id: str, as_user: str) -> frozenset[str]: ...

    async def join(self, room_id: str, as_user: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Room:
    joined: frozenset[str]
    #: Asked for only where it matters.
    invited: frozenset[str] = frozenset()


class RoomMembers:
    """A bounded cache. Every method but `changed` raises MatrixUnavailable, MatrixRefused."""

    def __init__(self, homeserver: Members, capacity: int = 10_000) -> None:
        self._homeserver, self._capacity = homeserver, capacity
        self._rooms: OrderedDict[str, _Room] = OrderedDict()

    async def callee(self, room_id: str, sender: str, invitee: str | None) -> str | None:
        """Whom an invitation of `sender` calls: whoever it names, else the one other person of the room.

        Who was invited into the room and has not joined yet can be called; ghosts and services are called
        where they are alone with the caller. None for a call of a group, or of somebody elsewhere
        (Matrix spec v1.16, "Voice over IP", `invitee`).
        """
        room = await self._room(room_id, sender)
        others = room.joined - {sender}
        if invitee in others or (invitee is None and others):
            return invitee or _only(others)
        if invitee == sender:
            return None
        invited = await self._invited(room_id, room, sender)
        return _only(invited) if invitee is None else invitee if invitee in invited else None

    async def let_in(self, room_id: str, user_id: str) -> None:
        """Have a callee join who was only invited: nobody answers in a room that they are not in."""
        room = self._rooms.get(room_id)
        if room is not None and user_id not in room.joined:
            await self._homeserver.join(room_id, user_id)
            self.changed(room_id)

    def changed(self, room_id: str) -> None:
        """Somebody came or went."""
        self._rooms.pop(room_id, None)

    async def _room(self, room_id: str, sender: str) -> _Room:
        room = self._rooms.get(room_id)
        if room is None or sender not in room.joined:
            room = self._keep(room_id, _Room(await self._homeserver.joined_members(room_id, sender)))
        self._rooms.move_to_end(room_id)
        return room

    async def _invited(self, room_id: str, room: _Room, sender: str) -> frozenset[str]:
        if not room.invited:
            invited = await self._homeserver.invited_members(room_id, sender)
            room = self._keep(room_id, _Room(room.joined, invited))
        return room.invited

    def _keep(self, room_id: str, room: _Room) -> _Room:
        self._rooms[room_id] = room
        if len(self._rooms) > self._capacity:
            self._rooms.popitem(last=False)
        return room


def _only(others: Iterable[str]) -> str | None:
    """The one person; where there is none, the one ghost."""
    everybody = list(others)
    people = [user for user in everybody if not user.startswith(NOBODY)]
    found = people or everybody
    return found[0] if len(found) == 1 else None
