"""A guest who takes all that they can get: one way of it for each place where the media server listens.

Each goes on until `stop` is set, at the rate that does not end it, and comes back when it is put out.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import itertools
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from livekit import rtc
from livekit.protocol import models
from livekit.protocol import rtc as signal
from livekit.rtc.participant import PublishDataError

from tests.support.sfu import connected

#: Messages a second: a client of 50 or more is ended.
RATE = 45
_HEAD = (
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:" + "q" * 24 + "\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\na=setup:actpass\r\n"
)
Messages = list[signal.SignalRequest]


@dataclass
class Guest:
    """`url` (http) of the media server; `tokens` gives one for an identity."""

    http: aiohttp.ClientSession
    url: str
    tokens: Callable[[str], str]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    #: What was sent, and how often the guest was turned away or put out.
    sent: int = 0
    ended: int = 0

    async def join(self, query: str, path: str = "/rtc") -> aiohttp.ClientWebSocketResponse | None:
        """None when the guest is not let in; then a moment has passed."""
        address = f"{self.url}{path}?access_token={self.tokens('greedy')}{query}"
        try:
            return await self.http.ws_connect(address, max_msg_size=0)
        except aiohttp.WSServerHandshakeError:
            self.ended += 1
            await asyncio.sleep(0.2)
            return None

    async def speak(self, turn: Callable[[int], Messages]) -> None:
        """Says what `turn` has for each turn, and reads nothing of the answers but to make room."""
        while not self.stop.is_set():
            socket = await self.join("")
            if socket is None:
                continue
            reading = asyncio.create_task(_drain(socket))
            with contextlib.suppress(ConnectionError):
                await self._speak(socket, turn)
            self.ended += not self.stop.is_set()
            reading.cancel()
            await _leave(socket)

    async def _speak(self, socket: aiohttp.ClientWebSocketResponse, turn: Callable[[int], Messages]) -> None:
        for number in itertools.count():
            for message in turn(number):
                if self.stop.is_set() or socket.closed:
                    return
                await socket.send_bytes(message.SerializeToString())
                self.sent += 1
                await asyncio.sleep(1 / RATE)


async def _leave(socket: aiohttp.ClientWebSocketResponse) -> None:
    with contextlib.suppress(ConnectionError):
        await socket.send_bytes(_request(leave=signal.LeaveRequest()).SerializeToString())
    await socket.close()


async def _drain(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


def _request(**message: Any) -> signal.SignalRequest:
    return signal.SignalRequest(**message)


def _offer(sections: list[str], number: int) -> signal.SignalRequest:
    return _request(
        offer=signal.SessionDescription(type="offer", sdp=_HEAD + "".join(sections), id=number % 1000)
    )


def _sound(mid: int, direction: str, more: str = "") -> str:
    return (
        f"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{mid}\r\na={direction}\r\na=msid:- c{mid}\r\n"
        f"a=rtpmap:111 opus/48000/2\r\n{more}"
    )


async def joins(guest: Guest) -> None:
    """With a quarter of a million tracks each time, in 1.3 kB."""
    asked = signal.JoinRequest(add_track_requests=[signal.AddTrackRequest()] * 262_000)
    wrapped = signal.WrappedJoinRequest(
        compression=signal.WrappedJoinRequest.GZIP, join_request=gzip.compress(asked.SerializeToString())
    )
    packed = base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()
    while not guest.stop.is_set():
        socket = await guest.join(f"&join_request={packed}", "/rtc/v1")
        if socket is not None:
            guest.sent += 1
            await _leave(socket)


async def says(guest: Guest) -> None:
    """As much of itself as it may, and as often."""

    def turn(number: int) -> Messages:
        said = {f"k{number % 8}": chr(97 + number % 26) * 400}
        return [
            _request(update_metadata=signal.UpdateParticipantMetadata(metadata="m" * 500, attributes=said)),
            _request(update_metadata=signal.UpdateParticipantMetadata(metadata="m" * 400_000)),
            _request(subscription=signal.UpdateSubscription(track_sids=["TR_1"] * 2000, subscribe=True)),
            _request(subscription=signal.UpdateSubscription(track_sids=["TR_1"] * 60_000)),
            _request(
                subscription_permission=signal.SubscriptionPermission(
                    all_participants=number % 2 == 0,
                    track_permissions=[signal.TrackPermission(participant_identity="anna")] * 1000,
                )
            ),
        ]

    await guest.speak(turn)


async def tracks(guest: Guest) -> None:
    """Twelve with the longest names, which come, go, and are muted."""

    def turn(number: int) -> Messages:
        adding = [
            _request(
                add_track=signal.AddTrackRequest(
                    cid=f"c{mid}", name="n" * 500, stream="s" * length, type=models.AUDIO
                )
            )
            for mid in range(12)
            for length in (250, 400_000)
        ]
        on, off = ([_sound(mid, way) for mid in range(12)] for way in ("sendonly", "inactive"))
        return [*adding[: 24 if number % 8 == 0 else 0], _offer(on, number), _offer(off, number)]

    await guest.speak(turn)


async def describes(guest: Guest) -> None:
    """The longest descriptions that are read, and longer ones."""
    lines = "a=rtpmap:96 VP8/90000\r\na=ssrc-group:FID 1 2\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
    wide = [_sound(mid, "recvonly", lines * 15) for mid in range(256)]
    long = [_sound(0, "sendonly", lines * 5000)]
    listed = [_sound(0, "sendonly").replace("SAVPF 111", "SAVPF" + " 96" * 100_000)]

    def turn(number: int) -> Messages:
        return [_offer(sections, number) for sections in (wide, long, listed)]

    await guest.speak(turn)


async def changes(guest: Guest) -> None:
    """One word of itself at a time, as fast as messages may come."""

    def turn(number: int) -> Messages:
        said = signal.UpdateParticipantMetadata(attributes={"hand": str(number)}, request_id=number)
        return [_request(update_metadata=said)]

    await guest.speak(turn)


async def asks(guest: Guest) -> None:
    """Whether it may come in, with a megabyte of nothing each time, and never comes."""
    asked = signal.JoinRequest(metadata="m" * 500_000)
    wrapped = signal.WrappedJoinRequest(
        compression=signal.WrappedJoinRequest.GZIP, join_request=gzip.compress(asked.SerializeToString())
    )
    packed = base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()
    address = f"{guest.url}/rtc/v1/validate?access_token={guest.tokens('greedy')}&join_request={packed}"
    while not guest.stop.is_set():
        async with guest.http.get(address) as answer:
            guest.sent += 1
            guest.ended += answer.status != 200


async def datagrams(guest: Guest) -> None:
    """Connectivity checks, handshakes and media of nobody, at the media port."""
    host, port = guest.url.removeprefix("http://").split(":")
    checks = [
        bytes.fromhex("000100582112a442") + bytes(12) + bytes.fromhex("0006004f") + b"u" * 79 + b"\0",
        bytes([22, 254, 253]) + bytes(1200),
        bytes([128, 111]) + bytes(1000),
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        while not guest.stop.is_set():
            for one in checks * 30:
                # Media has the number after that of the signalling (`tests/support/sfu.py`).
                wire.sendto(one, (host, int(port) + 1))
                guest.sent += 1
            await asyncio.sleep(0.01)


async def data(guest: Guest) -> None:
    """Packets of one byte, as fast as the SDK takes them."""
    ws = "ws" + guest.url.removeprefix("http")
    while not guest.stop.is_set():
        async with connected(ws, guest.tokens("greedy")) as one:
            with contextlib.suppress(PublishDataError):
                while not guest.stop.is_set() and one.room.isconnected():
                    await one.room.local_participant.publish_data(b"x", reliable=guest.sent % 2 == 0)
                    guest.sent += 1
        guest.ended += not guest.stop.is_set()


Greed = Callable[[Guest], Awaitable[None]]
WAYS: dict[str, Greed] = {
    "join": joins, "ask": asks, "signal": says, "change": changes, "tracks": tracks, "SDP": describes,
    "data": data, "datagrams": datagrams,
}  # fmt: skip


@contextlib.asynccontextmanager
async def greedy(guest: Guest, way: Greed) -> Any:
    """The guest is greedy until the end of the block."""
    task = asyncio.ensure_future(way(guest))
    try:
        yield guest
    finally:
        guest.stop.set()
        with contextlib.suppress(rtc.ConnectError):
            await task
