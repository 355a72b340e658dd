"""A plain RTP end (RFC 3550) for calls whose signalling is done by sipp: sends a tone, records what comes.

PCMU only (payload type 0), 20 ms a packet.
"""

from __future__ import annotations

import asyncio
import math
import struct
from typing import Any

from bridges.carrier.g711 import from_ulaw, to_ulaw
from tests.support.recording import Sound, wait_tone

_FRAME = 160  # samples of 20 ms


def tone_ulaw(hz: int, amplitude: int = 8000) -> bytes:
    """One second of a sine as mu-law bytes; whole hertz, so that it repeats without a click."""
    return to_ulaw(round(amplitude * math.sin(2 * math.pi * hz * n / 8000)) for n in range(8000))


class RtpPeer(asyncio.DatagramProtocol):
    """One RTP port. It answers to where packets come from, as telephones behind NAT make every peer do.

    :ivar payload_types: how many packets of each payload type came (101: RFC 4733 digits).
    """

    def __init__(self, tone_hz: int = 440, ssrc: int = 0x5EED) -> None:
        self._tone = tone_ulaw(tone_hz)
        self._ssrc = ssrc
        self._remote: tuple[str, int] | None = None
        self._samples: list[int] = []
        self._sender: asyncio.Task[None] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self.payload_types: dict[int, int] = {}
        self.port = 0

    async def start(self, port: int = 0) -> RtpPeer:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", port))
        self.port = self._transport.get_extra_info("sockname")[1]
        self._sender = asyncio.create_task(self._send())
        return self

    def stop(self) -> None:
        if self._sender is not None:
            self._sender.cancel()
        if self._transport is not None:
            self._transport.close()

    async def __aenter__(self) -> RtpPeer:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    def send_to(self, host: str, port: int) -> None:
        """Speak first, to this address."""
        self._remote = (host, port)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if len(data) < 12 or data[0] >> 6 != 2 or 64 <= data[1] & 0x7F <= 95:
            return  # not RTP: an RTCP packet on the same port, or noise
        kind = data[1] & 0x7F
        self.payload_types[kind] = self.payload_types.get(kind, 0) + 1
        self._remote = addr
        if kind == 0:
            self._samples += from_ulaw(data[12 + 4 * (data[0] & 0x0F) :])

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        started, sequence = loop.time(), 0
        while True:
            if self._remote is not None and self._transport is not None:
                header = struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, sequence * _FRAME, self._ssrc)
                start = sequence * _FRAME % len(self._tone)
                self._transport.sendto(header + self._tone[start : start + _FRAME], self._remote)
            sequence += 1
            await asyncio.sleep(started + sequence * 0.02 - loop.time())

    def heard(self) -> Sound:
        """What came so far."""
        return Sound(8000, self._samples)

    async def wait_hears(self, hz: float, timeout: float = 10.0) -> None:
        """Wait until the last half second that came is a tone of ``hz``."""
        await wait_tone(self.heard, hz, timeout, f"RTP port {self.port}")
