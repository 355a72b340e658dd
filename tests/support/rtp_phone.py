"""The far end of a plain RTP leg for the tests: sends a tone in G.711, keeps what it hears."""

from __future__ import annotations

import asyncio
import secrets
import struct
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import numpy as np
from pylibsrtp import Error as SrtpError
from pylibsrtp import Policy, Session

from bridges.media.dtmf import event_payloads
from bridges.media.sound import RATES, Decoder, Encoder
from bridges.sdp.codecs import G711, PCMU, Codec, Key
from bridges.sdp.crypto import SUITES, Crypto
from bridges.sdp.crypto import read as read_crypto
from tests.support.audio import decode_g711, encode_g711, tone
from tests.support.pacing import Pace
from tests.support.patience import PATIENCE
from tests.support.ports import free_block

PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
}
_HEADER = struct.Struct("!BBHII")


class RtpPhone(asyncio.DatagramProtocol):
    """``async with RtpPhone(tone_hz=440) as phone:`` binds it; :meth:`talk_to` starts the tone.

    :param codecs: what its descriptions list; the first is what it sends.
    :param events: payload type of ``telephone-event``, None to leave it out.
    :param ptime: milliseconds of a packet that it sends, and asks for.
    :param suite: of SRTP with keys in the description (RFC 4568); None for plain RTP.
    """

    def __init__(
        self,
        *,
        tone_hz: float = 440,
        codecs: tuple[Codec, ...] = (PCMU,),
        events: int | None = 101,
        suite: str | None = None,
        ptime: int = 20,
    ) -> None:
        self.tone_hz = tone_hz
        self.codecs = codecs
        self.events = events
        self.ptime = ptime
        self.crypto = Crypto(1, suite, secrets.token_bytes(SUITES[suite])) if suite else None
        self._srtp: tuple[Any, Any] | None = None
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

    async def __aenter__(self) -> Self:
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
        if self._srtp:
            try:
                data = self._srtp[0].unprotect(data)
            except SrtpError:
                return
        self.packets.append(data)
        self._arrived.set()

    def sdp(self, direction: str = "sendrecv", *, host: str = "127.0.0.1", port: int | None = None) -> str:
        """Its description, an offer or an answer."""
        numbers = [codec.payload_type for codec in self.codecs]
        lines = [f"a=rtpmap:{c.payload_type} {c.name}/{c.clock_rate}/{c.channels}" for c in self.codecs]
        lines = [line.removesuffix("/1") for line in lines]
        if self.ptime != 20:
            lines.append(f"a=ptime:{self.ptime}")
        if self.events is not None:
            numbers.append(self.events)
            lines += [f"a=rtpmap:{self.events} telephone-event/8000", f"a=fmtp:{self.events} 0-16"]
        words = " ".join(map(str, numbers))
        head = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", f"c=IN IP4 {host}", "t=0 0"]
        protocol = "RTP/SAVP" if self.crypto else "RTP/AVP"
        if self.crypto:
            lines.append(f"a=crypto:{self.crypto}")
        media = f"m=audio {self.port if port is None else port} {protocol} {words}"
        return "\r\n".join([*head, media, *lines, f"a={direction}", ""])

    def talk_to(self, sdp: str) -> None:
        """Sends its tone to the address of a description, 20 ms a packet, until the end."""
        self.hush()
        if self.crypto:
            self._agree(self.crypto, sdp)
        self._talking = asyncio.create_task(self._talk(target_of(sdp)))

    def _agree(self, ours: Crypto, sdp: str) -> None:
        """Takes the line of the other side that has our suite; an answer of ours bears its tag."""
        lines = (line.removeprefix("a=crypto:") for line in sdp.split("\r\n") if line.startswith("a=crypto:"))
        theirs = next(each for each in read_crypto(lines) if each.suite == ours.suite)
        keys = ((theirs, Policy.SSRC_ANY_INBOUND), (ours, Policy.SSRC_ANY_OUTBOUND))
        incoming, outgoing = (
            Session(Policy(key=each.key, ssrc_type=way, srtp_profile=PROFILES[each.suite]))
            for each, way in keys
        )
        self._srtp = incoming, outgoing

    def answer_to(self, sdp: str) -> str:
        """Its description as an answer: with SRTP the line bears the tag of the one that is taken."""
        if self.crypto:
            lines = (line.removeprefix("a=crypto:") for line in sdp.split("\r\n"))
            tag = next(each.tag for each in read_crypto(lines) if each.suite == self.crypto.suite)
            self.crypto = replace(self.crypto, tag=tag)
        return self.sdp()

    def hush(self) -> None:
        """Stops the tone."""
        if self._talking:
            self._talking.cancel()

    async def _talk(self, target: tuple[str, int]) -> None:
        codec = self.codecs[0]
        packets = coded(codec.key, self.tone_hz, self.ptime)
        ticks = codec.clock_rate * self.ptime // 1000
        pace = Pace(self.ptime / 1000)
        while True:
            for payload in packets:
                await pace.next()
                self.send(target, codec.payload_type, payload, ticks)

    def send(self, target: tuple[str, int], payload_type: int, payload: bytes, ticks: int = 160) -> None:
        """One packet of its stream."""
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + ticks) & 0xFFFFFFFF
        header = _HEADER.pack(0x80, payload_type, self.sequence, self.timestamp, self.ssrc)
        assert self._wire is not None
        packet = header + payload
        self._wire.sendto(self._srtp[1].protect(packet) if self._srtp else packet, target)

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
        if key in G711:
            return decode_g711(b"".join(payloads), key)
        decoder = Decoder(key)
        step = decoder.rate // 8000
        return [int(sample) for each in payloads[-50:] for sample in decoder.decode(each)[::step]]

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


def coded(key: Key, hz: float, ptime: int) -> list[bytes]:
    """A second of a tone, or a little less: whole packets."""
    if key in G711:
        sound = encode_g711(tone(hz, 1.0), key)
        size = 8 * ptime
        return [sound[start : start + size] for start in range(0, len(sound) - size + 1, size)]
    times = np.arange(RATES[key]) / RATES[key]
    return Encoder(key, ptime).encode(np.asarray(10_000 * np.sin(2 * np.pi * hz * times), np.int16))


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
