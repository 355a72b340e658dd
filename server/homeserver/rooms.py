"""Rooms of meetings in the homeserver, and the guests and telephones in them."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from server.homeserver import room_state
from server.homeserver.errors import MatrixRefusal
from server.homeserver.room_state import CALL_MEMBER_EVENTS, RoomState

_V3 = "/_matrix/client/v3"
#: Milliseconds that a question for news may wait: shorter than the patience of the client that asks.
SYNC_WAIT = 15_000
_SYNC_LIMIT = 100
_NOTHING: dict[str, Any] = {"types": [], "limit": 0}

#: `HomeserverClient`'s way to ask as somebody; an answer that is a list is the `list` of a dict.
Ask = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class News:
    """Events of one room since the last time, and the token to ask with next."""

    events: Sequence[dict[str, Any]]
    next_batch: str


class MatrixRooms:
    """Every method raises `HomeserverUnreachable` or `MatrixRefusal`."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    # Rooms

    async def create(self, organiser: str, name: str, people: Sequence[str], *, encrypted: bool) -> str:
        """A private room that `people` have joined and whose calls everybody may enter; its id."""
        body: dict[str, Any] = {
            "preset": "private_chat",
            "name": name,
            "invite": list(people),
            "initial_state": [_ENCRYPTION] if encrypted else [],
        }
        room_id = str((await self._ask("POST", f"{_V3}/createRoom", body, as_user=organiser))["room_id"])
        for person in people:
            await self.join(room_id, person)
        await self.allow_calls(room_id, organiser)
        return room_id

    async def state(self, room_id: str, as_user: str) -> RoomState | None:
        """None for a room that `as_user` is not in."""
        try:
            answer = await self._ask("GET", f"{_room(room_id)}/state", as_user=as_user)
        except MatrixRefusal as refusal:
            if refusal.status not in {400, 403, 404}:
                raise
            return None
        state = room_state.read(answer.get("list", []))
        # Who has left may still read what was.
        return state if as_user in state.members else None

    async def members(self, room_id: str, as_user: str) -> frozenset[str]:
        """Who has joined, which costs less than `state`; nobody for a room that `as_user` is not in."""
        try:
            answer = await self._ask("GET", f"{_room(room_id)}/joined_members", as_user=as_user)
        except MatrixRefusal as refusal:
            if refusal.status not in {400, 403, 404}:
                raise
            return frozenset()
        return frozenset(answer["joined"])

    async def joined(self, user_id: str) -> set[str]:
        return set((await self._ask("GET", f"{_V3}/joined_rooms", as_user=user_id))["joined_rooms"])

    async def event(self, room_id: str, event_id: str, as_user: str) -> dict[str, Any] | None:
        """None where there is none, or `as_user` may not read it."""
        try:
            return await self._ask(
                "GET", f"{_room(room_id)}/event/{quote(event_id, safe='')}", as_user=as_user
            )
        except MatrixRefusal as refusal:
            if refusal.status not in {400, 403, 404}:
                raise
            return None

    async def history(
        self, room_id: str, as_user: str, start: str | None, limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Events from the newest back, and where it goes on; None: nowhere, or not for `as_user`."""
        path = f"{_room(room_id)}/messages?dir=b&limit={limit}"
        path += f"&from={quote(start, safe='')}" if start else ""
        try:
            answer = await self._ask("GET", path, as_user=as_user)
        except MatrixRefusal as refusal:
            if refusal.status not in {400, 403, 404}:
                raise
            return [], None
        events = answer["chunk"]
        return events, answer.get("end") if events else None

    async def allow_calls(self, room_id: str, as_user: str) -> bool:
        """Let all members say that they are in a call, by the hand of one who may.

        False where nobody may, and where the room has said itself who may call.
        """
        state = await self.state(room_id, as_user)
        if state is None or state.everybody_may_call():
            return state is not None
        if state.restricts_calls():
            return False
        mighty = state.mightiest(state.needed("m.room.power_levels"))
        if mighty is None:
            return False
        await self.put_state(room_id, "m.room.power_levels", "", state.levels_with_calls(), mighty)
        return True

    async def rename(self, room_id: str, name: str, as_user: str) -> None:
        await self.put_state(room_id, "m.room.name", "", {"name": name}, as_user)

    async def put_state(
        self, room_id: str, kind: str, key: str, content: dict[str, Any], as_user: str
    ) -> None:
        await self._ask("PUT", _state_path(room_id, kind, key), content, as_user=as_user)

    # Guests and telephones

    async def bring(self, room_id: str, user_id: str, by: str) -> None:
        """Invite and join, by a member who may invite."""
        try:
            await self._ask("POST", f"{_room(room_id)}/invite", {"user_id": user_id}, as_user=by)
        except MatrixRefusal:
            if user_id not in getattr(await self.state(room_id, by), "members", ()):
                raise
        await self.join(room_id, user_id)

    async def join(self, room_id: str, user_id: str) -> None:
        await self._ask("POST", f"{_room(room_id)}/join", {}, as_user=user_id)

    async def leave(self, room_id: str, user_id: str) -> None:
        """Fine for whoever is not there."""
        try:
            await self._ask("POST", f"{_room(room_id)}/leave", {}, as_user=user_id)
        except MatrixRefusal as refusal:
            if refusal.status not in {403, 404}:
                raise

    async def deactivate(self, user_id: str) -> None:
        """The account is gone for good: nobody signs in with it, no directory lists it."""
        try:
            await self._ask("POST", f"{_V3}/account/deactivate", {"erase": False}, as_user=user_id)
        except MatrixRefusal as refusal:
            # It never was, or is gone already.
            if refusal.status not in {401, 403, 404}:
                raise

    # Taking part in calls (MSC3401), with a leave that the homeserver sends by itself (MSC4140)

    async def enter_call(
        self, room_id: str, user_id: str, device_id: str, content: dict[str, Any], delay: int
    ) -> str:
        """Say that the device is in the call; the id of the delayed leave, due in `delay` milliseconds."""
        key = _call_key(user_id, device_id)
        path = _state_path(room_id, CALL_MEMBER_EVENTS[0], key)
        await self._ask("PUT", path, content, as_user=user_id)
        answer = await self._ask("PUT", f"{path}?org.matrix.msc4140.delay={delay}", {}, as_user=user_id)
        return str(answer["delay_id"])

    async def stay_in_call(self, user_id: str, delay_id: str) -> bool:
        """Put the delayed leave off by its whole delay again; False when it was sent already."""
        return await self._delayed(user_id, delay_id, "restart")

    async def leave_call(self, room_id: str, user_id: str, device_id: str, delay_id: str | None) -> None:
        if delay_id is not None and await self._delayed(user_id, delay_id, "send"):
            return
        key = _call_key(user_id, device_id)
        try:
            await self.put_state(room_id, CALL_MEMBER_EVENTS[0], key, {}, user_id)
        except MatrixRefusal as refusal:
            if refusal.status not in {403, 404}:
                raise

    async def _delayed(self, user_id: str, delay_id: str, action: str) -> bool:
        path = f"/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{quote(delay_id, safe='')}"
        try:
            await self._ask("POST", path, {"action": action}, as_user=user_id)
        except MatrixRefusal as refusal:
            if refusal.status != 404:
                raise
            return False
        return True

    # The chat

    async def say(self, room_id: str, user_id: str, body: str, transaction: str) -> str:
        """Send a text; its event id."""
        path = f"{_room(room_id)}/send/m.room.message/{quote(transaction, safe='')}"
        content = {"msgtype": "m.text", "body": body}
        return str((await self._ask("PUT", path, content, as_user=user_id))["event_id"])

    async def news(self, room_id: str, user_id: str, since: str | None, wait: int = SYNC_WAIT) -> News:
        """Messages of this room alone since `since`; none, and the token of now, without it."""
        timeline = {"types": ["m.room.message"], "limit": _SYNC_LIMIT} if since else _NOTHING
        room = {"rooms": [room_id], "timeline": timeline, "state": _NOTHING, "ephemeral": _NOTHING}
        quiet = {"room": {**room, "account_data": _NOTHING}, "presence": _NOTHING, "account_data": _NOTHING}
        path = f"{_V3}/sync?filter={quote(json.dumps(quiet))}&set_presence=offline"
        path += f"&since={quote(since)}&timeout={wait}" if since else "&timeout=0"
        answer = await self._ask("GET", path, as_user=user_id)
        found = answer.get("rooms", {}).get("join", {}).get(room_id, {})
        return News(found.get("timeline", {}).get("events", []) if since else [], answer["next_batch"])


_ENCRYPTION = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


def _room(room_id: str) -> str:
    return f"{_V3}/rooms/{quote(room_id, safe='')}"


def _state_path(room_id: str, kind: str, key: str) -> str:
    return f"{_room(room_id)}/state/{kind}/{quote(key, safe='')}"


def _call_key(user_id: str, device_id: str) -> str:
    """One membership a device; the underscore keeps keys that only start like a user id allowed (MSC3757)."""
    return f"_{user_id}_{device_id}_m.call"
