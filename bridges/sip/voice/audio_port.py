"""The end of a call's audio where a machine speaks: one UDP port that speaks mu-law with the media gateway.

The gateway stands between this port and the telephone, translates the other law of G.711 for it, and turns
keys that came by signalling into events: here is only PCMU and RFC 4733.
"""

import asyncio
import ipaddress
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from bridges.media.gateway import NoCommonCodec
from bridges.media.latch import Latch
from bridges.media.stream import HEADER
from bridges.sdp.audio import Address, Layout, read_plain
from bridges.sdp.codecs import PCMU, TELEPHONE_EVENT, Codec
from bridges.sdp.description import parse
from bridges.sdp.direction import Direction
from bridges.sdp.writing import PLAIN_LAYOUT, LocalAudio, write
from bridges.sip.voice.dtmf_keys import KeyPresses
from bridges.sip.voice.playout import FRAME, AdaptiveJitterBuffer

#: Header and a second of G.711.
_MAX_PACKET = 12 + 8000
_OURS = (PCMU, TELEPHONE_EVENT)
#: Seconds of a frame; frames that a snapshot may be older than its age says.
_FRAME_SECONDS, _SPARE = 0.02, 50


class AudioPort(asyncio.DatagramProtocol):
    """Made by `open`. `playout` holds what the telephone says.

    Attributes:
        on_key: called with each key pressed.
        held: the telephone does not listen (hold): what it sends is not meant for us.
        received: packets of sound that came; heard_at: when the last one did, in monotonic seconds.
    """

    def __init__(self) -> None:
        self.playout = AdaptiveJitterBuffer()
        self.on_key: Callable[[str], None] = _ignore
        self.held = False
        self.received = 0
        self.heard_at: float | None = None
        self._presses = KeyPresses()
        self._latch = Latch()
        self._events: int | None = None
        self._layout: Layout = PLAIN_LAYOUT
        self._codecs: tuple[Codec, ...] = _OURS
        self._session, self._version = secrets.randbits(62), 0
        self._ssrc, self._sequence = secrets.randbits(32), secrets.randbits(15)
        self._timestamp, self._marker = secrets.randbits(31), 0x80
        self._silent = True
        self._wire: asyncio.DatagramTransport | None = None
        self._address: Address = ("", 0)

    @classmethod
    async def open(cls, host: str, number: int = 0) -> "AudioPort":
        """Any free port of `host`, where the gateway is as well, or that `number`. Raises OSError."""
        if ipaddress.ip_address(host).is_unspecified:
            host = "::1" if ":" in host else "127.0.0.1"
        loop = asyncio.get_running_loop()
        wire, port = await loop.create_datagram_endpoint(cls, local_addr=(host, number))
        port._address = (host, wire.get_extra_info("sockname")[1])
        return port

    @property
    def number(self) -> int:
        """The number of the port."""
        return self._address[1]

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `restore`."""
        return {
            "address": list(self._address),
            "session": [self._session, self._version],
            "stream": [self._ssrc, self._sequence, self._timestamp],
        }

    @classmethod
    def restore(cls, kept: Mapping[str, Any], given: str, age: float) -> "AudioPort":
        """What `snapshot` was taken of, `age` seconds ago; `given` is the last description given to it.
        `reopen` follows.

        Raises KeyError, TypeError, ValueError, MalformedSdp, NoCommonCodec for what is none.
        """
        port = cls()
        host, number = kept["address"]
        port._address = str(host), int(number)
        port._session, port._version = map(int, kept["session"])
        ssrc, sequence, timestamp = map(int, kept["stream"])
        # The same stream goes on: no number of it is used twice.
        ahead = round(age / _FRAME_SECONDS) + _SPARE
        port._ssrc, port._sequence = ssrc, (sequence + ahead) & 0xFFFF
        port._timestamp = (timestamp + ahead * FRAME) & 0xFFFFFFFF
        if given:
            port._read(given)
        return port

    async def reopen(self) -> None:
        """Be heard and hear again where it was. Raises OSError."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=self._address)

    def close(self) -> None:
        """Nothing is heard or sent any more."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    # --- descriptions ---

    def offer(self) -> str:
        """Ours to the telephone that is called."""
        return self._describe(_OURS, Direction.SENDRECV)

    def answer(self, sdp: str) -> str:
        """Takes an offer, the first or a later one; our answer. Raises MalformedSdp, NoCommonCodec."""
        direction = self._read(sdp)
        return self._describe(self._codecs, direction.reverse)

    def accept(self, sdp: str) -> None:
        """Takes the answer to our offer. Raises MalformedSdp, NoCommonCodec."""
        self._read(sdp)

    def _read(self, sdp: str) -> Direction:
        remote = read_plain(parse(sdp))
        codecs = remote.codecs if remote is not None else ()
        if remote is None or PCMU.key not in {codec.key for codec in codecs}:
            raise NoCommonCodec("a meeting speaks G.711 mu-law")
        self._layout = remote.layout
        self._codecs = tuple(codec for codec in codecs if codec.key in {one.key for one in _OURS})
        self._events = next((c.payload_type for c in codecs if c.key == TELEPHONE_EVENT.key), None)
        # The gateway is on this machine, whatever address it tells to telephones in the world.
        self._latch.expect(remote.target and (self._address[0], remote.target[1]))
        self.held = not remote.direction.receives
        self._silent = self.held or remote.target is None
        return remote.direction

    def _describe(self, codecs: tuple[Codec, ...], direction: Direction) -> str:
        self._version += 1
        local = LocalAudio(
            session=(self._session, self._version),
            address=self._address,
            rtcp_port=self._address[1],
            codecs=codecs,
            direction=direction,
            ptime=20,
            ssrc=self._ssrc,
            name="unisono-meeting",
        )
        return write(local, self._layout)

    # --- packets ---

    def send(self, frame: bytes) -> None:
        """20 ms of mu-law for the telephone; while it holds, only the time goes on."""
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        destination = self._latch.destination
        if self._silent or self._wire is None or destination is None:
            self._marker = 0x80
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = HEADER.pack(0x80, self._marker, self._sequence, self._timestamp, self._ssrc)
        self._marker = 0
        self._wire.sendto(head + frame, destination)

    def connection_made(self, transport: Any) -> None:
        self._wire = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if not 12 < len(data) <= _MAX_PACKET or data[0] & 0xC0 != 0x80:
            return
        if 192 <= data[1] <= 223:
            # RTCP (RFC 5761, Section 4) comes from another port of the gateway than the one that hears us.
            return
        if not self._latch.accepts((addr[0], addr[1])):
            return
        # The gateway writes plain headers: without sources, extension or padding.
        kind, timestamp = data[1] & 0x7F, int.from_bytes(data[4:8], "big")
        if kind == PCMU.payload_type:
            self.received += 1
            self.heard_at = time.monotonic()
            self.playout.push(timestamp, data[12:])
        elif kind == self._events and (key := self._presses.take(timestamp, data[12:])):
            self.on_key(key)

    def error_received(self, exc: Exception) -> None:
        """The other port is closed (ICMP): a call ends by signalling."""


def _ignore(_key: str) -> None:
    """Before somebody listens."""
