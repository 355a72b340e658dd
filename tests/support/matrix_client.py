"""Somebody else's Matrix client for the tests: ``matrix-nio``, beside the browser of the same person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import nio

from tests.support.events import Event, EventLog
from tests.support.patience import PATIENCE


class Refused(Exception):
    """The server said no; the message is its answer."""


class MatrixClient:
    """A syncing client; everything that it is told is an event of :attr:`events`.

    Room events have their Matrix type (``m.room.message``, ``m.call.invite``, …) and ``room_id``, ``sender``,
    ``content``; presence is ``m.presence`` with ``user_id`` and ``presence``.
    """

    def __init__(self, base_url: str, user_id: str, device_id: str, token: str) -> None:
        self.user_id = user_id
        self.events = EventLog(f"matrix client of {user_id}")
        self.client = nio.AsyncClient(base_url, user_id, device_id=device_id)
        self.client.restore_login(user_id, device_id, token)
        self._syncing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Sync from now on; what happened before is not told."""
        first = await self.client.sync(timeout=0, full_state=False, set_presence="online")
        if not isinstance(first, nio.SyncResponse):
            raise Refused(str(first))
        await self._join_invited(first)
        self._syncing = asyncio.create_task(self._sync())

    async def stop(self) -> None:
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        await self.client.close()

    async def send_text(self, room_id: str, text: str) -> str:
        """Send a message; its event id."""
        return await self.send(room_id, "m.room.message", {"msgtype": "m.text", "body": text})

    async def send(self, room_id: str, kind: str, content: dict[str, object]) -> str:
        """Send any event; its id.

        :raises Refused: when the homeserver refuses it.
        """
        answer = await self.client.room_send(room_id, kind, content, ignore_unverified_devices=True)
        if not isinstance(answer, nio.RoomSendResponse):
            raise Refused(f"{kind}: {answer}")
        return str(answer.event_id)

    async def wait_message(self, body: str, timeout: float = PATIENCE) -> Event:
        """Wait for a message of this text."""
        return await self.events.wait(
            "m.room.message", timeout=timeout, where=lambda event: event["content"].get("body") == body
        )

    async def wait_presence(self, user_id: str, presence: str, timeout: float = PATIENCE) -> Event:
        """Wait until a person's presence is ``online``, ``busy``, ``unavailable`` or ``offline``."""
        return await self.events.wait(
            "m.presence",
            timeout=timeout,
            where=lambda event: event["user_id"] == user_id and event["presence"] == presence,
        )

    async def _sync(self) -> None:
        while True:
            response = await self.client.sync(timeout=20_000, set_presence="online")
            if isinstance(response, nio.SyncResponse):
                await self._join_invited(response)
                await self._tell(response)
            else:
                await self.events.add({"type": "sync_error", "error": str(response)})
                await asyncio.sleep(0.5)  # a homeserver that is away comes back

    async def _join_invited(self, response: nio.SyncResponse) -> None:
        for room_id in response.rooms.invite:
            await self.client.join(room_id)

    async def _tell(self, response: nio.SyncResponse) -> None:
        for presence in response.presence_events:
            await self.events.add(
                {
                    "type": "m.presence",
                    "user_id": presence.user_id,
                    "presence": presence.presence.removeprefix("org.matrix.msc3026."),
                    "status_msg": presence.status_msg,
                }
            )
        for room_id, room in response.rooms.join.items():
            for event in room.timeline.events:
                await self.events.add({**event.source, "room_id": room_id})


@asynccontextmanager
async def signed_in(
    base_url: str, email: str, password: str, layout: str = "phone"
) -> AsyncIterator[MatrixClient]:
    """A client signed in as the web client does it, but not of ours: ``layout`` names the session it takes.

    :raises Refused: when the server says no.
    """
    body = {"email": email, "password": password, "layout": layout}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{base_url}/api/v1/session", json=body, headers={"X-Unisono": "1"}) as answer,
    ):
        if answer.status != 200:
            raise Refused(f"{answer.status} {await answer.text()}")
        matrix = (await answer.json())["matrix"]
    client = MatrixClient(base_url, matrix["user_id"], matrix["device_id"], matrix["access_token"])
    try:
        await client.start()
        yield client
    finally:
        await client.stop()
