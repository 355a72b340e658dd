"""Who is in a room, remembered until the homeserver says that it changed."""

from collections import OrderedDict
from typing import Protocol


class Members(Protocol):
    """The part of `Homeserver` that knows."""

    async def joined_members(self, room_id: str, as_user: str) -> frozenset[str]: ...


class RoomMembers:
    """A bounded cache of joined members."""

    def __init__(self, homeserver: Members, capacity: int = 10_000) -> None:
        self._homeserver, self._capacity = homeserver, capacity
        self._rooms: OrderedDict[str, frozenset[str]] = OrderedDict()

    async def other(self, room_id: str, sender: str) -> str | None:
        """The one other member of a room of two; None in any other room.

        Raises MatrixUnavailable, MatrixRefused.
        """
        members = self._rooms.get(room_id)
        if members is None or sender not in members:
            members = await self._homeserver.joined_members(room_id, sender)
            self._rooms[room_id] = members
            if len(self._rooms) > self._capacity:
                self._rooms.popitem(last=False)
        self._rooms.move_to_end(room_id)
        if len(members) != 2 or sender not in members:
            return None
        return next(member for member in members if member != sender)

    def changed(self, room_id: str) -> None:
        """Somebody came or went."""
        self._rooms.pop(room_id, None)
