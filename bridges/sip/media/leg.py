"""One party of a call: its transport, its two streams, and the path of its packets to the other party."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from bridges.sip.media import g711, g722
from bridges.sip.media.dtmf import INTERVAL as DTMF_INTERVAL
from bridges.sip.media.dtmf import event_payloads
from bridges.sip.media.gateway import DtmfNotNegotiated, LegReport, Peer, Profile
from bridges.sip.media.plain import Handler
from bridges.sip.media.rtcp import INTERVAL as RTCP_INTERVAL
from bridges.sip.media.rtcp import RtcpSession
from bridges.sip.media.stream import CLOCK_RATE, IncomingStream, OutgoingStream
from bridges.sip.sdp.audio import Address, RemoteAudio, Security
from bridges.sip.sdp.codecs import AUDIO, G722, TELEPHONE_EVENT, Codec, Key, Route
from bridges.sip.sdp.direction import Direction

# Until sound was seen, one packet of so many is looked at.
_LISTEN_EVERY = 8


class Transport(Protocol):
    """What a leg needs of `PlainTransport` and `WebRtcTransport`; see there."""

    dropped: int
    on_rtp: Handler
    on_rtcp: Handler

    @property
    def address(self) -> Address: ...
    @property
    def rtcp_port(self) -> int: ...
    @property
    def connected(self) -> bool: ...
    @property
    def failed(self) -> bool: ...
    @property
    def alive_at(self) -> float | None: ...
    def security(self, *, offering: bool) -> Security | None: ...
    def configure(self, remote: RemoteAudio, peer: Peer | None = None, *, offered: bool) -> None: ...
    def meet(self, peer: Peer) -> None: ...
    def send_rtp(self, packet: bytes) -> bool: ...
    def send_rtcp(self, packet: bytes) -> bool: ...
    async def close(self) -> None: ...


class Leg:
    """The media of one leg.

    Attributes:
        name, profile, transport: as created.
        direction: what was agreed, from the leg's point of view; INACTIVE before an answer.
        understood: codecs that may be sent to the leg, with its payload types, audio first.
        received: payload types that it may send.
        dropped: RTP that found no way on.
        audio_seen: it has sent sound.
        joined_at: when it was last joined or changed, in monotonic seconds; None before.
        vouched_at: when its signalling last answered for it while it was silent, in monotonic seconds.
    """

    def __init__(self, name: str, profile: Profile, transport: Transport) -> None:
        self.name = name
        self.profile = profile
        self.transport = transport
        self.direction = Direction.INACTIVE
        self.understood: dict[Key, int] = {}
        self.received: dict[int, Key] = {}
        self.dropped = 0
        self.audio_seen = False
        self.joined_at: float | None = None
        self.vouched_at = 0.0
        self.stream_name = f"unisono-{secrets.token_hex(4)}"
        self.outgoing = OutgoingStream(secrets.randbits(32), secrets.randbits(15), secrets.randbits(31))
        self.incoming = IncomingStream()
        self.rtcp = RtcpSession(self.outgoing, self.incoming, self.stream_name)
        # By payload type: the other leg's payload type, a translation table or None.
        self._routes: list[tuple[int, bytes | None] | None] = [None] * 128
        self._send: Callable[[bytes, int, bytes, float], None] | None = None
        self._playing = asyncio.Lock()
        self._next_rtcp = 0.0
        transport.on_rtp = self._receive_rtp
        transport.on_rtcp = self._receive_rtcp

    def agree(
        self, codecs: tuple[Codec, ...], received: Mapping[int, Key], direction: Direction, now: float
    ) -> None:
        """Takes what this leg and the gateway agreed on.

        Args:
            codecs: what may be sent to it, with its payload types.
            received: what it may send.
            direction: from its point of view.
            now: monotonic seconds.
        """
        ordered = sorted(codecs, key=lambda codec: codec.key not in AUDIO)
        self.understood = {codec.key: codec.payload_type for codec in ordered}
        self.received = dict(received)
        self.direction = direction
        self.joined_at = now

    def forward_to(self, other: "Leg", routes: Mapping[int, Route]) -> None:
        """Packets that arrive from now on go to `other`, as `routes` says, if the directions allow it."""
        table: list[tuple[int, bytes | None] | None] = [None] * 128
        if self.direction.sends and other.direction.receives:
            for number, route in routes.items():
                translation = g711.TRANSLATION.get((route.source, route.target))
                table[number] = (route.payload_type, translation)
        self._routes = table
        self._send = other.play

    def stop_forwarding(self) -> None:
        self._routes = [None] * 128
        self._send = None
        self.joined_at = None

    @property
    def codec(self) -> Key | None:
        """The audio codec that the leg is sent."""
        return next((key for key in self.understood if key in AUDIO), None)

    def _receive_rtp(self, packet: bytes, now: float) -> None:
        """The path of every packet: no objects, no parsing beyond what its first bytes demand."""
        route = self._routes[packet[1] & 0x7F]
        send = self._send
        if route is None or send is None or len(packet) < 12:
            self.dropped += 1
            return
        payload = packet[12:] if packet[0] == 0x80 else _payload(packet)
        if not payload:
            self.dropped += 1
            return
        incoming = self.incoming
        incoming.count(packet, now)
        if not self.audio_seen and not incoming.packets % _LISTEN_EVERY:
            self._listen(packet[1] & 0x7F, payload)
        if route[1] is not None:
            payload = payload.translate(route[1])
        send(packet, route[0], payload, now)

    def _listen(self, payload_type: int, payload: bytes) -> None:
        key = self.received.get(payload_type)
        if key == G722.key:
            self.audio_seen = g722.is_sound(payload)
        elif key in g711.DECODE:
            self.audio_seen = g711.is_sound(payload, key)

    def play(self, packet: bytes, payload_type: int, payload: bytes, now: float) -> None:
        """Sends another leg's packet to this one, as part of this leg's one stream."""
        # A key press takes the place of the sound (RFC 4733, Section 2.5.1.1).
        if self._playing.locked():
            return
        self.transport.send_rtp(self.outgoing.rewrite(packet, payload_type, payload, now))

    async def play_key(self, digit: str, duration_ms: int) -> None:
        """One key press, in turn; see `MediaGateway.send_dtmf`."""
        payloads = list(event_payloads(digit, duration_ms))
        async with self._playing:
            timestamp = self.outgoing.timestamp_at(time.monotonic())
            for index, payload in enumerate(payloads):
                number = self.understood.get(TELEPHONE_EVENT.key)
                if number is None:
                    raise DtmfNotNegotiated(f"leg {self.name} takes no telephone events")
                now = time.monotonic()
                packet = self.outgoing.insert(number, payload, timestamp, now, marker=index == 0)
                self.transport.send_rtp(packet)
                await asyncio.sleep(DTMF_INTERVAL)

    def _receive_rtcp(self, packet: bytes, now: float) -> None:
        if not self.rtcp.receive(packet, now, time.time()):
            self.dropped += 1

    def send_report(self, now: float, wall: float) -> None:
        """RTCP, if it is due."""
        if self.joined_at is None or now < self._next_rtcp:
            return
        self._next_rtcp = now + RTCP_INTERVAL
        report = self.rtcp.report(now, wall)
        if report:
            self.transport.send_rtcp(report)

    def silent_for(self, now: float) -> float:
        """Seconds without RTP and RTCP (without consent, of a browser) of a joined leg; 0 for any other."""
        if self.joined_at is None:
            return 0.0
        return now - max(self.transport.alive_at or 0.0, self.joined_at)

    def unheard(self, now: float, after: float) -> bool:
        """Whether a telephone's signalling is to be asked for it: absence of media is not death.

        Who is muted, only listens or is on hold may send nothing for hours.
        """
        silent = min(self.silent_for(now), now - self.vouched_at)
        return self.profile is Profile.RTP and silent > after

    def gone(self, now: float, silence_limit: float, consent_timeout: float) -> bool:
        """Whether a joined leg has left for good. `silence_limit` 0: never for its silence."""
        if self.joined_at is None:
            return False
        if self.transport.failed:
            return True
        if self.profile is Profile.WEBRTC:
            return self.silent_for(now) > consent_timeout
        # On hold nothing has to come.
        return 0 < silence_limit < self.silent_for(now) and self.direction.sends

    def report(self) -> LegReport:
        incoming, outgoing = self.incoming, self.outgoing
        codec = self.codec
        return LegReport(
            profile=self.profile,
            connected=self.transport.connected,
            codec=codec[0] if codec else None,
            packets_in=incoming.packets,
            bytes_in=incoming.bytes,
            packets_out=outgoing.packets,
            bytes_out=outgoing.bytes,
            dropped=self.dropped + self.transport.dropped,
            last_packet_at=self.transport.alive_at,
            last_rtp_at=incoming.at,
            audio_seen=self.audio_seen,
            lost=incoming.lost,
            jitter=incoming.jitter / CLOCK_RATE,
        )


def _payload(packet: bytes) -> bytes | None:
    """The payload without contributing sources, header extension and padding; None when the header lies."""
    first = packet[0]
    start = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if len(packet) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    end = len(packet)
    if first & 0x20:
        end -= packet[-1] or end
    return packet[start:end] if start <= end else None
