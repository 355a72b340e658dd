"""Bare words to the SFU: signalling and the server API, as no well-behaved client would say them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
from livekit.protocol import rtc as signal

from server.sfu.signal.token import mint
from tests.support.patience import PATIENCE
from tests.support.sfu import KEY, SECRET, SfuProcess


class Wire:
    """A client that speaks bare signalling."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **message: Any) -> None:
        await self.socket.send_bytes(signal.SignalRequest(**message).SerializeToString())

    async def next(self, kind: str, timeout: float = PATIENCE) -> Any:
        """The next message of this kind; others are passed over. Raises TimeoutError, ConnectionError."""
        async with asyncio.timeout(timeout):
            while True:
                message = await self.socket.receive()
                if message.type is not aiohttp.WSMsgType.BINARY:
                    raise ConnectionError(f"the WebSocket ended: {message.type}")
                found = signal.SignalResponse.FromString(message.data)
                if found.WhichOneof("message") == kind:
                    return getattr(found, kind)


async def join(http: aiohttp.ClientSession, sfu: SfuProcess, jwt: str, more: str = "") -> Wire:
    return Wire(await http.ws_connect(f"{sfu.http}/rtc?access_token={jwt}{more}"))


async def twirp(http: aiohttp.ClientSession, sfu: SfuProcess, method: str, body: Any, **grants: Any) -> Any:
    claims = {"sub": "server", "exp": time.time() + 60, "video": grants}
    headers = {"Authorization": f"Bearer {mint(KEY, SECRET, claims)}"}
    url = f"{sfu.http}/twirp/livekit.RoomService/{method}"
    async with http.post(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def load(http: aiohttp.ClientSession, sfu: SfuProcess) -> dict[str, int]:
    """What the process carries at the moment."""
    async with http.get(f"{sfu.http}/health/ready") as answer:
        found: dict[str, int] = (await answer.json())["load"]
        return found


async def left_alone(
    http: aiohttp.ClientSession, sfu: SfuProcess, timeout: float = 2 * PATIENCE
) -> dict[str, int]:
    """Waits until nobody is there any more, and what ends connections has ended. Raises TimeoutError."""
    async with asyncio.timeout(timeout):
        while True:
            now = await load(http, sfu)
            if not any(
                now[name] for name in ("rooms", "participants", "connections", "addresses", "streams")
            ):
                return now
            await asyncio.sleep(0.1)
