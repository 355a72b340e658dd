"""A Matrix client that calls and is called, many times at once: matrix-nio, without media of its own."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from typing import Any

import nio

from tests.bridges.sdp.fixtures import load
from tests.support.matrix_client import Refused
from tests.support.patience import PATIENCE

_PARTY = "SOAK"


class Broken(Exception):
    """A call did not go as it should; the message says how."""


class CallingClient:
    """It syncs, and hands what it hears of a call to whoever waits for that call."""

    def __init__(self, base_url: str, user_id: str, device_id: str, token: str) -> None:
        self.user_id = user_id
        self._client = nio.AsyncClient(base_url, user_id, device_id=device_id)
        self._client.restore_login(user_id, device_id, token)
        self._heard: defaultdict[str, asyncio.Queue[dict[str, Any]]] = defaultdict(asyncio.Queue)
        self._invitations: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._over: set[str] = set()
        self._syncing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        first = await self._client.sync(timeout=0, set_presence="online")
        if not isinstance(first, nio.SyncResponse):
            raise Refused(str(first))
        self._syncing = asyncio.create_task(self._sync())

    async def stop(self) -> None:
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        await self._client.close()

    async def _sync(self) -> None:
        while True:
            response = await self._client.sync(timeout=20_000, set_presence="online")
            if not isinstance(response, nio.SyncResponse):
                await asyncio.sleep(0.5)  # a homeserver that is away comes back
                continue
            for room_id in response.rooms.invite:
                await self._client.join(room_id)
            for room_id, room in response.rooms.join.items():
                for event in room.timeline.events:
                    self._take(room_id, event.source)

    def _take(self, room_id: str, event: dict[str, Any]) -> None:
        if not event["type"].startswith("m.call.") or event["sender"] == self.user_id:
            return
        if event["type"] == "m.call.invite":
            self._invitations.put_nowait({**event, "room_id": room_id})
        elif (call_id := event["content"].get("call_id")) not in self._over:
            self._heard[call_id].put_nowait(event)

    async def _send(self, room_id: str, kind: str, call_id: str, **more: Any) -> None:
        content = {"call_id": call_id, "party_id": _PARTY, "version": "1", **more}
        answer = await self._client.room_send(room_id, kind, content, ignore_unverified_devices=True)
        if not isinstance(answer, nio.RoomSendResponse):
            raise Broken(f"{kind}: {answer}")

    async def call(self, room_id: str) -> str:
        """Call whoever is in the room; the call's id, once it stands."""
        call_id = secrets.token_hex(8)
        offer = {"type": "offer", "sdp": load("chromium_audio_offer")}
        await self._send(room_id, "m.call.invite", call_id, lifetime=60_000, offer=offer)
        answer = await self.wait(call_id, "m.call.answer")
        chosen = answer["content"]["party_id"]
        await self._send(room_id, "m.call.select_answer", call_id, selected_party_id=chosen)
        return call_id

    async def invited(self, within: float) -> tuple[str, str]:
        """Room and id of the next call that rings.

        :raises Broken: when none comes.
        """
        try:
            invite = await asyncio.wait_for(self._invitations.get(), within)
        except TimeoutError:
            raise Broken("no invitation came") from None
        return invite["room_id"], str(invite["content"]["call_id"])

    async def answer(self, room_id: str, call_id: str) -> None:
        answer = {"type": "answer", "sdp": load("chromium_audio_answer")}
        await self._send(room_id, "m.call.answer", call_id, answer=answer)
        await self.wait(call_id, "m.call.select_answer")

    async def decline(self, room_id: str, call_id: str) -> None:
        await self._send(room_id, "m.call.reject", call_id)
        self._forget(call_id)

    async def hang_up(self, room_id: str, call_id: str) -> None:
        await self._send(room_id, "m.call.hangup", call_id, reason="user_hangup")
        self._forget(call_id)

    async def wait_left(self, call_id: str) -> None:
        """Wait until the other end hangs up."""
        await self.wait(call_id, "m.call.hangup")
        self._forget(call_id)

    def _forget(self, call_id: str) -> None:
        self._heard.pop(call_id, None)
        self._over.add(call_id)

    async def wait(self, call_id: str, kind: str) -> dict[str, Any]:
        """The next event of this type in a call.

        :raises Broken: when the call ends instead, or nothing comes.
        """
        while True:
            try:
                event = await asyncio.wait_for(self._heard[call_id].get(), PATIENCE)
            except TimeoutError:
                raise Broken(f"no {kind} came") from None
            if event["type"] == kind:
                return event
            if event["type"] in {"m.call.hangup", "m.call.reject"}:
                raise Broken(f"{event['type']} instead of {kind}: {event['content'].get('reason')}")
