"""The far end of a plain RTP leg for the tests: sends a tone in G.711, keeps what it hears."""

from __future__ import annotations

import asyncio
import secrets
import struct
from types import TracebackType
from typing import Any

from bridges.sip.media.dtmf import event_payloads
from bridges.sip.sdp.codecs import PCMU, Codec, Key
from tests.support.audio import decode_g711, encode_g711, tone
from tests.support.pacing import Pace
from tests.support.patience import PATIENCE
from tests.support.ports import free_block

_HEADER = struct.Struct("!BBHII")


class RtpPhone(asyncio.DatagramProtocol):
    """``async with RtpPhone(tone_hz=440) as phone:`` binds it; :meth:`talk_to` starts the tone.

    :param codecs: what its descriptions list; the first is what it sends.
    :param events: payload type of ``telephone-event``, None to leave it out.
    """

    def __init__(
        self, *, tone_hz: float = 440, codecs: tuple[Codec, ...] = (PCMU,), events: int | None = 101
    ) -> None:
        self.tone_hz = tone_hz
        self.codecs = codecs
        self.events = events
        self.port = 0
        #: Every RTP packet received, oldest first.
        self.packets: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.ssrc = secrets.randbits(32)
        self.sequence = secrets.randbits(16)
        self.timestamp = secrets.randbits(32)
        self._wire: asyncio.DatagramTransport | None = None
        self._rtcp_wire: asyncio.DatagramTransport | None = None
        self._talking: asyncio.Task[None] | None = None
        self._arrived = asyncio.Event()

    async def __aenter__(self) -> RtpPhone:
        loop = asyncio.get_running_loop()
        self.port = free_block(2)
        address = ("127.0.0.1", self.port)
        self._wire, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=address)
        self._rtcp_wire, _ = await loop.create_datagram_endpoint(
            lambda: _Rtcp(self.rtcp), local_addr=("127.0.0.1", self.port + 1)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._talking:
            self._talking.cancel()
        for wire in (self._wire, self._rtcp_wire):
            if wire:
                wire.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.packets.append(data)
        self._arrived.set()

    def sdp(self, direction: str = "sendrecv", *, host: str = "127.0.0.1", port: int | None = None) -> str:
        """Its description, an offer or an answer."""
        numbers = [codec.payload_type for codec in self.codecs]
        lines = [f"a=rtpmap:{c.payload_type} {c.name}/{c.clock_rate}" for c in self.codecs]
        if self.events is not None:
            numbers.append(self.events)
            lines += [f"a=rtpmap:{self.events} telephone-event/8000", f"a=fmtp:{self.events} 0-16"]
        words = " ".join(map(str, numbers))
        head = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", f"c=IN IP4 {host}", "t=0 0"]
        media = f"m=audio {self.port if port is None else port} RTP/AVP {words}"
        return "\r\n".join([*head, media, *lines, f"a={direction}", ""])

    def talk_to(self, sdp: str) -> None:
        """Sends its tone to the address of a description, 20 ms a packet, until the end."""
        if self._talking:
            self._talking.cancel()
        self._talking = asyncio.create_task(self._talk(target_of(sdp)))

    async def _talk(self, target: tuple[str, int]) -> None:
        codec = self.codecs[0]
        sound = encode_g711(tone(self.tone_hz, 1.0), codec.key)
        pace = Pace()
        while True:
            for start in range(0, len(sound), 160):
                await pace.next()
                self.send(target, codec.payload_type, sound[start : start + 160])

    def send(self, target: tuple[str, int], payload_type: int, payload: bytes) -> None:
        """One packet of its stream."""
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + 160) & 0xFFFFFFFF
        header = _HEADER.pack(0x80, payload_type, self.sequence, self.timestamp, self.ssrc)
        assert self._wire is not None
        self._wire.sendto(header + payload, target)

    async def press(self, target: tuple[str, int], keys: str) -> None:
        """Press keys, one after the other: RFC 4733 events, each with one timestamp for all its packets."""
        assert self._wire is not None and self.events is not None
        for key in keys:
            self.timestamp = (self.timestamp + 1600) & 0xFFFFFFFF
            pressed = self.timestamp
            for payload in event_payloads(key, 60):
                self.sequence = (self.sequence + 1) & 0xFFFF
                header = _HEADER.pack(0x80, self.events, self.sequence, pressed, self.ssrc)
                self._wire.sendto(header + payload, target)
            await asyncio.sleep(0.02)

    def heard(self, law: Key | None = None) -> list[int]:
        """What arrived as audio, in order of arrival: 16-bit samples, 8000 a second."""
        key = law or self.codecs[0].key
        numbers = {codec.payload_type for codec in self.codecs if codec.key == key}
        payloads = [packet[12:] for packet in self.packets if packet[1] & 0x7F in numbers]
        return decode_g711(b"".join(payloads), key)

    def keys(self) -> list[int]:
        """The telephone events (RFC 4733) that ended, once each."""
        found: dict[int, int] = {}
        for packet in self.packets:
            _, second, _, timestamp, _ = _HEADER.unpack_from(packet)
            if second & 0x7F == self.events and packet[13] & 0x80:
                found[timestamp] = packet[12]
        return list(found.values())

    async def wait_packets(self, count: int, timeout: float = PATIENCE) -> None:
        """Waits until ``count`` more packets have arrived.

        :raises TimeoutError: they did not.
        """
        goal = len(self.packets) + count
        async with asyncio.timeout(timeout):
            while len(self.packets) < goal:
                self._arrived.clear()
                await self._arrived.wait()


class _Rtcp(asyncio.DatagramProtocol):
    def __init__(self, packets: list[bytes]) -> None:
        self._packets = packets

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._packets.append(data)


def target_of(sdp: str) -> tuple[str, int]:
    """Where a plain description wants its audio."""
    lines = sdp.split("\r\n")
    host = next(line for line in lines if line.startswith("c=")).split()[-1]
    port = next(line for line in lines if line.startswith("m=audio")).split()[1]
    return host, int(port)
