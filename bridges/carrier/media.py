"""RTP of one call (RFC 3550, RFC 3551): sends a source's frames every 20 ms, listens, counts."""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections import deque
from collections.abc import Iterator
from typing import Any

from bridges.carrier.sound import ALAW_TO_ULAW, FRAME, ULAW_TO_ALAW, Ear, Echo, Source

_DIGITS = "0123456789*#ABCD"
#: The duration in the first packet of a press.
_FIRST = FRAME.to_bytes(2)


class NoFreePort(Exception):
    """The range of RTP ports is used up."""


class Packets:
    """The numbering of one RTP stream, from a random start (RFC 3550, Section 5.1)."""

    def __init__(self) -> None:
        self._sequence = secrets.randbits(16)
        self._timestamp = secrets.randbits(32)
        self._ssrc = secrets.randbits(32)
        self._first = True
        self._pressed = 0

    def pack(self, payload_type: int, payload: bytes) -> bytes:
        """The next packet; the first of the stream carries the marker bit (RFC 3551, Section 4.1)."""
        second = payload_type | (0x80 if self._first else 0)
        header = struct.pack("!BBHII", 0x80, second, self._sequence, self._timestamp, self._ssrc)
        self._first = False
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.skip()
        return header + payload

    def press(self, payload_type: int, payload: bytes, *, first: bool) -> bytes:
        """The next packet, of a key press: all of one carry its beginning (RFC 4733, Section 2.5.1.2)."""
        if first:
            self._pressed = self._timestamp
        second = payload_type | (0x80 if first else 0)
        header = struct.pack("!BBHII", 0x80, second, self._sequence, self._pressed, self._ssrc)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.skip()
        return header + payload

    def skip(self) -> None:
        """Twenty milliseconds pass without a packet."""
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF


def payload_of(packet: bytes) -> tuple[int, bytes] | None:
    """Payload type and payload of an RTP packet, ``None`` for anything else (RTCP, noise)."""
    if len(packet) < 12 or packet[0] >> 6 != 2 or 64 <= packet[1] & 0x7F <= 95:
        return None
    start = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        if len(packet) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    end = len(packet) - (packet[-1] if packet[0] & 0x20 else 0)
    return (packet[1] & 0x7F, packet[start:end]) if start <= end else None


def presses(digits: str) -> Iterator[bytes | None]:
    """What is sent every 20 ms to press keys, each 100 ms long; ``None`` is a pause of as long between two.

    :raises ValueError: for what is no key.
    """
    for digit in digits:
        event = _DIGITS.index(digit)
        for step in range(1, 6):
            yield struct.pack("!BBH", event, 10, step * FRAME)
        for _ in range(3):  # the end is told three times (RFC 4733, Section 2.5.1.4)
            yield struct.pack("!BBH", event, 0x8A, 5 * FRAME)
        yield from [None] * 5


class RtpStream(asyncio.DatagramProtocol):
    """One RTP port of the carrier.

    :ivar ear: judges what comes in.
    :ivar digits: RFC 4733 digits pressed so far.
    :ivar received: packets of audio accepted so far.
    :ivar last_heard: loop time of the latest accepted packet, or since when one is due.
    :ivar muted: the other end does not want to hear anything now (it holds the call).
    :ivar held: the other end sends nothing now.
    """

    def __init__(self) -> None:
        self.port = 0
        self.ear = Ear()
        self.digits = ""
        self.received = 0
        self.last_heard = asyncio.get_running_loop().time()
        self.muted = self.held = False
        self._packets = Packets()
        self._remote: tuple[str, int] | None = None
        self._payload_type = 0
        self._event_type: int | None = None
        self._event: bytes = b""
        self._pressing: deque[bytes | None] = deque()
        self._source: Source | None = None
        self._echo: Echo | None = None
        self._sending: asyncio.Task[None] | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self, host: str, ports: Iterator[int]) -> None:
        """Bind to the first of ``ports`` that is free.

        :raises NoFreePort: when none is.
        """
        loop = asyncio.get_running_loop()
        for port in ports:
            try:
                self._transport, _ = await loop.create_datagram_endpoint(
                    lambda: self, local_addr=(host, port)
                )
            except OSError:
                continue
            self.port = port
            return
        raise NoFreePort

    def connect(self, host: str, port: int, payload_type: int, event_type: int | None) -> None:
        """Send there, and hear only what comes from there; 0 is PCMU, 8 is PCMA."""
        self._remote = (host, port)
        self._payload_type = payload_type
        self._event_type = event_type
        self._expect()

    def play(self, source: Source | None, echo: Echo | None = None) -> None:
        """Send this source from now on (``None``: nothing); ``echo`` is told what comes in."""
        self._source, self._echo = source, echo
        self._expect()
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())

    def press(self, digits: str) -> None:
        """Press these keys, one after the other, in place of the sound.

        :raises ValueError: for what is no key, and when the other end takes none.
        """
        if self._event_type is None:
            raise ValueError("the other end takes no telephone events")
        self._pressing.extend(presses(digits))

    def _expect(self) -> None:
        """Silence counts from now: who rang long, or was on hold, has not gone."""
        self.last_heard = asyncio.get_running_loop().time()

    def close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
        if self._transport is not None:
            self._transport.close()

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self._send_frame()
            due += 0.02
            await asyncio.sleep(due - loop.time())

    def _send_frame(self) -> None:
        if self.muted or self._source is None or self._remote is None or self._transport is None:
            self._packets.skip()
            return
        pressed = self._pressing.popleft() if self._pressing else None
        if pressed is not None and self._event_type is not None:
            first = pressed[2:] == _FIRST
            self._transport.sendto(self._packets.press(self._event_type, pressed, first=first), self._remote)
            return
        frame = self._source.next_frame()
        payload = frame.translate(ULAW_TO_ALAW) if self._payload_type == 8 else frame
        self._transport.sendto(self._packets.pack(self._payload_type, payload), self._remote)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if addr[:2] != self._remote or (packet := payload_of(data)) is None:
            return
        kind, payload = packet
        if kind == self._event_type:
            self._hear_digit(data[4:8], payload)
        elif kind in {0, 8}:
            self._hear(payload.translate(ALAW_TO_ULAW) if kind == 8 else payload)

    def _hear(self, ulaw: bytes) -> None:
        self.received += 1
        self.last_heard = asyncio.get_running_loop().time()
        self.ear.hear(ulaw)
        if self._echo is not None:
            self._echo.hear(ulaw)

    def _hear_digit(self, timestamp: bytes, payload: bytes) -> None:
        """Count a digit once: all packets of one press share their timestamp (RFC 4733, Section 2.5.1)."""
        self.last_heard = asyncio.get_running_loop().time()
        if timestamp != self._event and len(payload) >= 4 and payload[0] < len(_DIGITS):
            self._event = timestamp
            self.digits += _DIGITS[payload[0]]

    def error_received(self, exc: Exception) -> None:
        """The other end's port is closed (ICMP): it may open yet, and a call ends by signalling."""
