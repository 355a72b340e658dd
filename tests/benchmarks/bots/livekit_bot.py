"""A bot in a room that is spoken to in LiveKit's protocol, its two-connection form."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from livekit.protocol import models
from livekit.protocol import rtc as signal

from tests.benchmarks.bots import description
from tests.benchmarks.bots.bot import Bot
from tests.support.patience import PATIENCE


class LiveKitBot(Bot):
    """``await bot.enter(http, url, token)``; ``url`` as in ``http://127.0.0.1:7880``."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__(host)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._publishing: asyncio.Task[None] | None = None
        self._published = 0
        self._playing = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def enter(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        """Joins and plays; returns once the server has taken its media."""
        query = f"access_token={token}&auto_subscribe=1&protocol=15&sdk=js&version=2.5.0"
        self._socket = await http.ws_connect(f"{url}/rtc?{query}", max_msg_size=0)
        self._reading = asyncio.create_task(self._read(self._socket))
        for cid, kind, source in (
            ("sound", models.AUDIO, models.MICROPHONE),
            ("picture", models.VIDEO, models.CAMERA),
        ):
            layers = [models.VideoLayer(quality=models.HIGH, width=640, height=360, bitrate=500_000)]
            await self._send(
                add_track=signal.AddTrackRequest(
                    cid=cid, type=kind, source=source, width=640 if kind else 0, height=360 if kind else 0,
                    layers=layers if kind else [],
                )
            )  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            await self._playing.wait()

    async def leave(self) -> None:
        if self._socket is not None and not self._socket.closed:
            await self._send(leave=signal.LeaveRequest())
        for task in (self._reading, self._publishing):
            if task:
                task.cancel()
        if self._socket is not None:
            await self._socket.close()
        await self.close()

    async def _send(self, **message: Any) -> None:
        assert self._socket
        await self._socket.send_bytes(signal.SignalRequest(**message).SerializeToString())

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                found = signal.SignalResponse.FromString(message.data)
                await self._take(found.WhichOneof("message") or "", found)

    async def _take(self, kind: str, message: signal.SignalResponse) -> None:
        match kind:
            case "track_published":
                self._published += 1
                if self._published == 2:
                    await self._send(offer=signal.SessionDescription(type="offer", sdp=self.offer(), id=1))
            case "answer":
                self._publishing = asyncio.create_task(self._publish(message.answer.sdp))
            case "offer":
                await self._answer(message.offer)
            case "trickle":
                line = self.sending if message.trickle.target == signal.PUBLISHER else self.receiving
                told = json.loads(message.trickle.candidateInit)
                if place := description.candidate(told.get("candidate", "")):
                    line.candidate(*place)

    async def _publish(self, answer: str) -> None:
        await self.publish(answer)
        self._playing.set()

    async def _answer(self, offer: signal.SessionDescription) -> None:
        answer = signal.SessionDescription(type="answer", sdp=self.answer(offer.sdp), id=offer.id)
        await self._send(answer=answer)
        self.listen(offer.sdp)
