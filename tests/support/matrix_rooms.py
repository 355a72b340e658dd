"""Rooms in memory, in the place of `server.homeserver.rooms.MatrixRooms`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.homeserver.errors import MatrixRefusal
from server.homeserver.room_state import CALL_MEMBER_EVENTS, RoomState
from server.homeserver.rooms import MatrixRooms, News


@dataclass
class Room:
    """`in_call` by user id; `said` are events of messages."""

    name: str
    encrypted: bool
    members: dict[str, str]
    levels: dict[str, Any]
    creators: set[str] = field(default_factory=set)
    in_call: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: list[dict[str, Any]] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)


class FakeRooms(MatrixRooms):
    """`answer` raises while the homeserver is away; `names` gives display names."""

    def __init__(self, answer: Callable[[], None], names: dict[str, str]) -> None:
        super().__init__(self._nobody)
        self._answer = answer
        self._names = names
        self.rooms: dict[str, Room] = {}
        self.gone: set[str] = set()
        self.delays: dict[str, int] = {}

    async def _nobody(self, *_: object, **__: object) -> dict[str, Any]:
        raise AssertionError("there is no homeserver behind this")

    def add(self, name: str, *members: str, encrypted: bool = False, **levels: int) -> str:
        """A room of these user ids, with power `levels` by localpart; its id."""
        room_id = f"!meeting{len(self.rooms)}:localhost"
        users = {f"@{localpart}:localhost": level for localpart, level in levels.items()}
        events = dict.fromkeys(CALL_MEMBER_EVENTS, 0)
        found = {user: self._names.get(user, user) for user in members}
        self.rooms[room_id] = Room(name, encrypted, found, {"users": users, "events": events})
        return room_id

    def _room(self, room_id: str, user_id: str) -> Room:
        self._answer()
        room = self.rooms.get(room_id)
        if room is None or user_id not in room.members:
            raise MatrixRefusal(403, "M_FORBIDDEN", "not in the room")
        return room

    async def create(self, organiser: str, name: str, people: Sequence[str], *, encrypted: bool) -> str:
        self._answer()
        room_id = self.add(name, organiser, *people, encrypted=encrypted)
        self.rooms[room_id].creators = {organiser}
        return room_id

    async def state(self, room_id: str, as_user: str) -> RoomState | None:
        self._answer()
        room = self.rooms.get(room_id)
        if room is None or as_user not in room.members:
            return None
        return RoomState(room.name, room.encrypted, dict(room.members), room.levels, frozenset(room.creators))

    async def members(self, room_id: str, as_user: str) -> frozenset[str]:
        self._answer()
        members = frozenset(self.rooms[room_id].members if room_id in self.rooms else ())
        return members if as_user in members else frozenset()

    async def joined(self, user_id: str) -> set[str]:
        self._answer()
        return {room_id for room_id, room in self.rooms.items() if user_id in room.members}

    async def put_state(
        self, room_id: str, kind: str, key: str, content: dict[str, Any], as_user: str
    ) -> None:
        room = self._room(room_id, as_user)
        if kind == "m.room.name":
            room.name = content["name"]
        elif kind == "m.room.power_levels":
            room.levels = content

    async def bring(self, room_id: str, user_id: str, by: str) -> None:
        self._room(room_id, by)
        await self.join(room_id, user_id)

    async def join(self, room_id: str, user_id: str) -> None:
        self._answer()
        self.rooms[room_id].members[user_id] = self._names.get(user_id, user_id)

    async def leave(self, room_id: str, user_id: str) -> None:
        self._answer()
        self.rooms[room_id].members.pop(user_id, None)

    async def deactivate(self, user_id: str) -> None:
        self._answer()
        self.gone.add(user_id)

    async def enter_call(
        self, room_id: str, user_id: str, device_id: str, content: dict[str, Any], delay: int
    ) -> str:
        self._room(room_id, user_id).in_call[user_id] = content
        delay_id = f"delay{len(self.delays)}"
        self.delays[delay_id] = 0
        return delay_id

    async def stay_in_call(self, user_id: str, delay_id: str) -> bool:
        self._answer()
        if delay_id not in self.delays:
            return False
        self.delays[delay_id] += 1
        return True

    async def leave_call(self, room_id: str, user_id: str, device_id: str, delay_id: str | None) -> None:
        self._answer()
        self.delays.pop(delay_id or "", None)
        self.rooms[room_id].in_call.pop(user_id, None)

    async def say(self, room_id: str, user_id: str, body: str, transaction: str) -> str:
        return self.write(room_id, user_id, {"msgtype": "m.text", "body": body})

    def write(self, room_id: str, user_id: str, content: dict[str, Any]) -> str:
        """Any message, as other clients send them; its event id."""
        room = self._room(room_id, user_id)
        event_id = f"$event{len(room.said)}"
        room.said.append(
            {
                "type": "m.room.message",
                "event_id": event_id,
                "sender": user_id,
                "content": content,
                "origin_server_ts": 1000 + len(room.said),
            }
        )
        room.told.set()
        room.told = asyncio.Event()
        return event_id

    async def news(self, room_id: str, user_id: str, since: str | None, wait: int = 15_000) -> News:
        room = self._room(room_id, user_id)
        if since is None:
            return News([], str(len(room.said)))
        if len(room.said) == int(since):
            await room.told.wait()
        return News(self._room(room_id, user_id).said[int(since) :], str(len(room.said)))
