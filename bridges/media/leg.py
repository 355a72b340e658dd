"""One party of a call: its transport, its two streams, and the path of its packets to the other party."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from bridges.media import g711, g722
from bridges.media.call_state import Counters, LegState, PlainState, Playing, WebRtcState
from bridges.media.conversion import Conversion, KeysAsTones, fitting, key_tones
from bridges.media.dtmf import INTERVAL as DTMF_INTERVAL
from bridges.media.dtmf import check_key, event_payloads
from bridges.media.gateway import DtmfNotNegotiated, LegReport, Peer, Profile
from bridges.media.inband import InBandKeys
from bridges.media.mixing import Mixing
from bridges.media.plain import Handler
from bridges.media.recording import Recording
from bridges.media.rtcp import INTERVAL as RTCP_INTERVAL
from bridges.media.rtcp import RtcpSession
from bridges.media.stream import IncomingStream, OutgoingStream
from bridges.sdp.audio import Address, RemoteAudio, Security
from bridges.sdp.codecs import AUDIO, G722, SOUND, TELEPHONE_EVENT, TRANSCODED, Codec, Key, Route
from bridges.sdp.crypto import Crypto
from bridges.sdp.direction import Direction

# Until sound was seen, one packet of so many is looked at.
_LISTEN_EVERY = 8
#: Bytes of an Opus packet that holds silence, at most.
_SILENT_OPUS = 20

#: The other leg's payload type, and how the payload becomes the other's: by a table of bytes, by what
#: converts it and sends it itself, or not at all.
_Way = tuple[int, bytes | Conversion | KeysAsTones | None]


class Transport(Protocol):
    """What a leg needs of `PlainTransport` and `WebRtcTransport`; see there."""

    dropped: int
    reports: int
    keyed: int
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
    def crypto(self, *, offering: bool) -> tuple[Crypto, ...]: ...
    def configure(self, remote: RemoteAudio, peer: Peer | None = None, *, offered: bool) -> None: ...
    def meet(self, peer: Peer) -> None: ...
    def offer_rtcp_mux(self, wanted: bool | None) -> None: ...
    def send_rtp(self, packet: bytes) -> bool: ...
    def send_rtcp(self, packet: bytes) -> bool: ...
    @property
    def filenos(self) -> tuple[int, ...]: ...
    def state(self) -> PlainState | WebRtcState: ...
    def watch(self, on_change: Callable[[], None]) -> None: ...
    def resume_streams(self, ssrc: int, index: int, reports: int, since: float) -> None: ...
    async def close(self) -> None: ...


class Leg:
    """The media of one leg.

    Attributes:
        name, profile, transport: as created.
        number: names it among all legs of the process, and of those that go on for it.
        direction: what was agreed, from the leg's point of view; INACTIVE before an answer.
        understood: codecs that may be sent to the leg, with its payload types, audio first.
        received: payload types that it may send.
        dropped: RTP that found no way on.
        audio_seen: it has sent sound.
        blocked, keys_blocked: nothing that it sends, or no key of it, is passed on.
        recording: what takes what it says; None: nothing.
        music, playing: what we play to it in place of the other party; None: nothing. After `resume` the one
            is there a moment before the other.
        ptime: packet length that it asks for, in milliseconds; None: it does not say.
        joined_at: when it was last joined or changed, in monotonic seconds; None before.
        vouched_at: when its signalling last answered for it while it was silent, in monotonic seconds.
    """

    def __init__(self, name: str, profile: Profile, transport: Transport) -> None:
        self.number = secrets.randbits(62)
        self.name = name
        self.profile = profile
        self.transport = transport
        self.direction = Direction.INACTIVE
        self.understood: dict[Key, int] = {}
        self.received: dict[int, Key] = {}
        self.dropped = 0
        self.audio_seen = False
        self.ptime: int | None = None
        self.blocked = self.keys_blocked = False
        self.recording: Recording | None = None
        self.music: asyncio.Task[None] | None = None
        self.playing: Playing | None = None
        self.joined_at: float | None = None
        self.vouched_at = 0.0
        self.stream_name = f"unisono-{secrets.token_hex(4)}"
        self.outgoing = OutgoingStream(secrets.randbits(32), secrets.randbits(15), secrets.randbits(31))
        self.incoming = IncomingStream()
        self.rtcp = RtcpSession(self.outgoing, self.incoming, self.stream_name)
        # By payload type: the other leg's payload type, and a translation table, what converts, or None.
        self._routes: list[_Way | None] = [None] * 128
        self._pressing: set[asyncio.Task[None]] = set()
        self._send: Callable[[bytes, int, bytes, float], None] | None = None
        #: Who else hears what it sends, and the same table for each of them.
        self._copies: tuple[tuple[Leg, list[_Way | None]], ...] = ()
        #: Who alone hears what it sends, beside whoever they talk with; None: nobody.
        self._spoken_to: Leg | None = None
        #: What it is sent while somebody speaks to it beside the other party, and what makes that.
        self._mixing: Mixing | None = None
        self._mixes: asyncio.Task[None] | None = None
        #: Whether keys are looked for in its sound, where it knows no telephone events; and what looks.
        self.detects_tones = False
        self._tones: InBandKeys | None = None
        self._other = self
        self._playing = asyncio.Lock()
        self._next_rtcp = 0.0
        # How often the sequence number rolled over under the present keys, and when that was counted.
        self._rollovers, self._counted, self._keyed = 0, 0, 0
        transport.on_rtp = self._receive_rtp
        transport.on_rtcp = self._receive_rtcp

    def state(self) -> LegState:
        """For `resume`."""
        transport = self.transport.state()
        return LegState(
            number=self.number,
            name=self.name,
            profile=self.profile,
            ssrc=self.outgoing.ssrc,
            stream_name=self.stream_name,
            direction=self.direction,
            understood=dict(self.understood),
            received=dict(self.received),
            ptime=self.ptime,
            joined_at=self.joined_at,
            vouched_at=self.vouched_at,
            blocked=self.blocked,
            keys_blocked=self.keys_blocked,
            playing=self.playing,
            detects_tones=self.detects_tones,
            plain=transport if isinstance(transport, PlainState) else None,
            webrtc=transport if isinstance(transport, WebRtcState) else None,
        )

    def counters(self) -> Counters:
        """How far the streams are; to be asked several times in 2^16 packets, or rollovers are missed."""
        outgoing, incoming, transport = self.outgoing, self.incoming, self.transport
        sequence = outgoing.sequence
        if transport.keyed != self._keyed:
            self._keyed, self._rollovers = transport.keyed, 0
        elif sequence < self._counted:
            self._rollovers += 1
        self._counted = sequence
        return Counters(
            number=self.number,
            index=(self._rollovers << 16) + sequence,
            timestamp=outgoing.timestamp,
            sent_at=outgoing.at,
            packets_out=outgoing.packets,
            octets_out=outgoing.octets,
            bytes_out=outgoing.bytes,
            packets_in=incoming.packets,
            bytes_in=incoming.bytes,
            lost=incoming.lost,
            dropped=self.dropped + transport.dropped,
            audio_seen=self.audio_seen,
            reports=transport.reports,
            alive_at=transport.alive_at,
            heard_at=incoming.at,
        )

    def resume(self, state: LegState, counters: Counters, ahead: int) -> None:
        """Takes what a leg of another process had agreed on. Its numbers go on `ahead` packets further."""
        self.number = state.number
        self.stream_name, self.ptime = state.stream_name, state.ptime
        self.understood, self.received = dict(state.understood), dict(state.received)
        self.direction, self.joined_at, self.vouched_at = state.direction, state.joined_at, state.vouched_at
        self.blocked, self.keys_blocked = state.blocked, state.keys_blocked
        self.detects_tones, self.playing = state.detects_tones, state.playing
        self.audio_seen, self.dropped = counters.audio_seen, counters.dropped
        self.outgoing.resume(state.ssrc, counters, ahead)
        index = counters.index + ahead
        self._rollovers, self._counted = index >> 16, index & 0xFFFF
        self.incoming.resume(counters)
        self.rtcp = RtcpSession(self.outgoing, self.incoming, self.stream_name)
        if self.codec:
            self.outgoing.clock_rate = self.incoming.clock_rate = self.codec[1]

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
        ordered = sorted(codecs, key=lambda codec: codec.key not in SOUND)
        self.understood = {codec.key: codec.payload_type for codec in ordered}
        self.received = dict(received)
        self.direction = direction
        self.joined_at = now
        if self.codec:
            self.outgoing.clock_rate = self.incoming.clock_rate = self.codec[1]

    def forward_to(self, other: "Leg", routes: Mapping[int, Route]) -> None:
        """Packets that arrive from now on go to `other`, as `routes` says, if the directions allow it."""
        table: list[_Way | None] = [None] * 128
        if self.direction.sends and other.direction.receives and not self.blocked:
            for number, route in routes.items():
                table[number] = self._way(other, route)
            if TELEPHONE_EVENT.key not in other.understood:
                for number, key in self.received.items():
                    if key == TELEPHONE_EVENT.key:
                        table[number] = (number, KeysAsTones(other.press))
        if self.keys_blocked:
            for number, key in self.received.items():
                if key == TELEPHONE_EVENT.key:
                    table[number] = None
        self._routes = table
        self._send = other.play
        heard = self.detects_tones and not self.keys_blocked and any(table)
        if not heard or TELEPHONE_EVENT.key in self.received.values():
            self._tones = None
        elif self._tones is None:
            self._tones = InBandKeys(self._pressed)
        self._other = other

    def copy_to(self, others: "Mapping[Leg, Mapping[int, Route]]") -> None:
        """What arrives from now on goes to these as well, beside whoever it talks with."""
        copies: list[tuple[Leg, list[_Way | None]]] = []
        for other, ways in others.items():
            table: list[_Way | None] = [None] * 128
            if self.direction.sends and other.direction.receives and not self.blocked:
                for number, route in ways.items():
                    table[number] = self._way(other, route)
            copies.append((other, table))
        self._copies = tuple(copies)

    def speak_to(self, other: "Leg | None") -> None:
        """What arrives from now on `other` hears, mixed with whoever it talks with."""
        self._spoken_to = other

    def _speak(self, packet: bytes, other: "Leg", now: float) -> None:
        key = self.received.get(packet[1] & 0x7F)
        payload = packet[12:] if packet[0] == 0x80 else _payload(packet)
        if payload and key in SOUND:
            self.incoming.count(packet, now)
            other.hear_beside(str(self.number), key, payload)

    def hear_beside(self, who: str, key: Key, payload: bytes) -> None:
        """Somebody says something to it that nobody else hears."""
        codec = self.codec
        if codec is None or not self.direction.receives:
            return
        if self._mixing is None or self._mixing.codec != codec:
            self.end_mixing()
            ptime = fitting(self.ptime, codec)
            ticks = codec[1] * ptime // 1000

            def send(made: bytes, fresh: bool, now: float) -> None:
                number = self.understood.get(codec)
                if number is not None and self.direction.receives:
                    self._send_coded(number, made, ticks, now, fresh)

            self._mixing = mixing = Mixing(codec, ptime, send)
            self._mixes = asyncio.create_task(mixing.run())
            self._mixes.add_done_callback(lambda _: self._mixed(mixing))
        self._mixing.hear(who, key, payload)

    def _mixed(self, mixing: Mixing) -> None:
        """Nobody speaks to it any more."""
        if self._mixing is mixing:
            self._mixing = self._mixes = None

    def end_mixing(self) -> None:
        """It hears the other party alone."""
        if self._mixes is not None:
            self._mixes.cancel()
        self._mixing = self._mixes = None

    def _mix(self, payload_type: int, payload: bytes) -> bool:
        """Whether a packet of the other party is sent with what somebody else says, and not by itself."""
        if self._mixing is None:
            return False
        key = next((one for one, number in self.understood.items() if number == payload_type), None)
        if key not in SOUND:
            return False
        if not self.music:
            self._mixing.hear("", key, payload)
        return True

    def _copy(self, packet: bytes, now: float) -> None:
        payload = packet[12:] if packet[0] == 0x80 else _payload(packet)
        if not payload:
            return
        for other, table in self._copies:
            way = table[packet[1] & 0x7F]
            if way is None:
                continue
            number, how = way
            if how is None or isinstance(how, bytes):
                other.play(packet, number, payload if how is None else payload.translate(how), now)
            else:
                how.feed(packet, payload, now)

    def _pressed(self, key: str) -> None:
        """Its sound is kept back while the other side is told the key."""
        if TELEPHONE_EVENT.key in self._other.understood:
            self._other.press(key)

    def _way(self, other: "Leg", route: Route) -> "_Way":
        translation = g711.TRANSLATION.get((route.source, route.target))
        same = route.source == route.target
        ptime = fitting(other.ptime, route.target)
        cut = same and route.source in AUDIO and ptime != (self.ptime or 20)
        if translation is None and (cut or not same):
            make = Conversion(route.source, route.target, route.payload_type, ptime, other.play_coded)
            return route.payload_type, make
        return route.payload_type, translation

    def stop_forwarding(self) -> None:
        self._routes = [None] * 128
        self._send = None
        self.joined_at = None

    @property
    def codec(self) -> Key | None:
        """The audio codec that the leg is sent."""
        return next((key for key in self.understood if key in SOUND), None)

    def _receive_rtp(self, packet: bytes, now: float) -> None:
        """The path of every packet: no objects, no parsing beyond what its first bytes demand."""
        if self._copies and len(packet) >= 12:
            self._copy(packet, now)
        if self._spoken_to is not None and len(packet) >= 12:
            self._speak(packet, self._spoken_to, now)
            return
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
        if self.recording is not None:
            self._record(packet[1] & 0x7F, payload, now)
        if self._tones is not None:
            self._tones.feed(self.received.get(packet[1] & 0x7F), payload)
        how = route[1]
        if how is None:
            send(packet, route[0], payload, now)
        elif isinstance(how, bytes):
            send(packet, route[0], payload.translate(how), now)
        else:
            how.feed(packet, payload, now)

    def _record(self, payload_type: int, payload: bytes, now: float) -> None:
        key = self.received.get(payload_type)
        if key is not None and self.recording is not None:
            self.recording.hear(self.name, key, payload, now)

    def _listen(self, payload_type: int, payload: bytes) -> None:
        key = self.received.get(payload_type)
        if key == G722.key:
            self.audio_seen = g722.is_sound(payload)
        elif key in g711.DECODE:
            self.audio_seen = g711.is_sound(payload, key)
        elif key in TRANSCODED:
            self.audio_seen = len(payload) > _SILENT_OPUS

    def play(self, packet: bytes, payload_type: int, payload: bytes, now: float) -> None:
        """Sends another leg's packet to this one, as part of this leg's one stream."""
        if self._mix(payload_type, payload):
            return
        # A key press takes the place of the sound (RFC 4733, Section 2.5.1.1).
        if self._playing.locked() or self.music:
            return
        self.transport.send_rtp(self.outgoing.rewrite(packet, payload_type, payload, now))

    def play_coded(self, payload_type: int, payload: bytes, ticks: int, now: float, fresh: bool) -> None:
        """Sends what was made of another leg's packets."""
        if not self._mix(payload_type, payload):
            self._send_coded(payload_type, payload, ticks, now, fresh)

    def _send_coded(self, payload_type: int, payload: bytes, ticks: int, now: float, fresh: bool) -> None:
        if not self._playing.locked() and not self.music:
            self.transport.send_rtp(self.outgoing.append(payload_type, payload, ticks, now, fresh))

    def play_own(self, codec: Key, payload: bytes, ticks: int, *, fresh: bool) -> None:
        """Sends sound of ours; a key press takes its place as well."""
        number = self.understood.get(codec)
        if number is not None and not self._playing.locked():
            packet = self.outgoing.append(number, payload, ticks, time.monotonic(), fresh)
            self.transport.send_rtp(packet)

    def check_key(self, digit: str) -> None:
        """Raises:
        DtmfNotNegotiated: the leg is not joined yet.
        ValueError: it is not a key.
        """
        check_key(digit)
        if not self.understood:
            raise DtmfNotNegotiated(f"leg {self.name} takes nothing yet")

    def press(self, digit: str, duration_ms: int = 160) -> None:
        """As `play_key`; nobody waits for its end."""
        task = asyncio.create_task(self.play_key(digit, duration_ms))
        self._pressing.add(task)
        task.add_done_callback(self._pressing.discard)

    async def play_key(self, digit: str, duration_ms: int) -> None:
        """One key press, in turn; see `MediaGateway.send_dtmf`."""
        self.check_key(digit)
        if TELEPHONE_EVENT.key in self.understood:
            await self._play_event(digit, duration_ms)
        else:
            await self._play_tones(digit, min(max(duration_ms, 40), 8000))

    async def _play_tones(self, digit: str, duration_ms: int) -> None:
        """As sound, for who takes no events."""
        codec = self.codec
        if codec is None:
            return
        ptime = fitting(self.ptime, codec)
        async with self._playing:
            for index, payload in enumerate(key_tones(digit, codec, duration_ms, ptime)):
                now, ticks = time.monotonic(), codec[1] * ptime // 1000
                number = self.understood[codec]
                self.transport.send_rtp(self.outgoing.append(number, payload, ticks, now, index == 0))
                await asyncio.sleep(ptime / 1000)

    async def _play_event(self, digit: str, duration_ms: int) -> None:
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
        return self.profile is not Profile.WEBRTC and silent > after

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
            jitter=incoming.jitter / incoming.clock_rate,
            round_trip=self.rtcp.round_trip,
            far_loss=self.rtcp.far_loss,
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
