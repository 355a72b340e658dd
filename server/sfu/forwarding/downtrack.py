"""A track on its way to one subscriber: one unbroken stream, whatever layer it is taken from."""

from dataclasses import dataclass

from server.sfu.forwarding import vp8
from server.sfu.forwarding.keyframes import is_keyframe
from server.sfu.forwarding.packet import Packet, build, mid_extension, newer
from server.sfu.forwarding.rtcp import SenderReport
from server.sfu.forwarding.stream import Stream, offset_between

#: Packets kept for repetition: about two seconds of 720p.
HISTORY = 512
#: How often one packet may be repeated, and how soon again. Seconds.
REPEATS = 4
REPEAT_AFTER = 0.02


@dataclass(slots=True)
class _Sent:
    sequence: int
    data: bytes
    repeats: int = 0
    at: float = -1.0


class DownTrack:
    """Rewrites SSRC, sequence number, timestamp and VP8's running numbers.

    Args:
        mime: such as "video/VP8".
        ssrc, sequence: of the outgoing stream; chosen by chance by the caller.
        payload_type: towards the subscriber.

    Attributes:
        wanted: the layer to change to at its next keyframe, None to send nothing.
        current: the layer that is sent.
        ceiling: the highest quality the subscriber asks for.
        enabled: False while the subscriber does not look.
    """

    def __init__(self, mime: str, ssrc: int, sequence: int, payload_type: int) -> None:
        self.mime = mime
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.wanted: Stream | None = None
        self.current: Stream | None = None
        self.ceiling = 2
        self.enabled = True
        self.packets = 0
        self.octets = 0
        self._video = mime.lower().startswith("video/")
        self._vp8 = mime.lower() == "video/vp8"
        self._extension = b""
        self._numbers = vp8.Renumbering()
        self._sequence = sequence & 0xFFFF
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._last_timestamp = 0
        self._last_at = 0.0
        self._last_stream: Stream | None = None
        self._begun = 0
        self._since = 0
        self._history: list[_Sent | None] = [None] * HISTORY if self._video else []

    @property
    def bound(self) -> bool:
        """Whether the subscriber has agreed to a media section for it."""
        return bool(self._extension)

    def bind(self, mid: str) -> None:
        self._extension = mid_extension(mid)

    def unbind(self) -> None:
        self._extension = b""
        self.want(None)

    def want(self, stream: Stream | None) -> None:
        self.wanted = stream
        if stream is None:
            self.current = None

    @property
    def waiting(self) -> bool:
        """Whether a keyframe is needed."""
        return self._video and self.bound and self.wanted is not None and self.wanted is not self.current

    def forward(self, stream: Stream, packet: Packet, payload: bytes, now: float) -> bytes | None:
        """The packet to send for one that came on `stream`, or None."""
        if not self._extension or (stream is not self.current and stream is not self.wanted):
            return None
        descriptor = vp8.read(payload) if self._vp8 and payload else None
        if stream is not self.current:
            if self._video and not is_keyframe(self.mime, payload):
                return None
            self._switch(stream, packet, descriptor, now)
        elif self._since < HISTORY * 8 and newer(self._begun, packet.sequence):
            return None  # from before the keyframe
        if descriptor:
            payload = self._numbers.apply(payload, descriptor)
        return self._emit(packet, payload, now)

    def _switch(self, stream: Stream, packet: Packet, first: vp8.Descriptor | None, now: float) -> None:
        self.current = stream
        self._begun, self._since = packet.sequence, 0
        self._sequence_offset = self._sequence + 1 - packet.sequence & 0xFFFF
        if self._last_stream is not None and self._last_stream is not stream:
            self._timestamp_offset = self._line_up(self._last_stream, stream, packet.timestamp, now)
        self._last_stream = stream
        if first:
            self._numbers.switch(first)

    def _line_up(self, former: Stream, latter: Stream, timestamp: int, now: float) -> int:
        """Timestamps go on as the pictures were taken, or by the clock where that is unknown."""
        between = offset_between(former, latter)
        if between is not None:
            offset = self._timestamp_offset + between
            ahead = timestamp + offset - self._last_timestamp & 0xFFFFFFFF
            if 0 < ahead < latter.clock * 10:
                return offset & 0xFFFFFFFF
        elapsed = max(1, round((now - self._last_at) * latter.clock))
        return self._last_timestamp + elapsed - timestamp & 0xFFFFFFFF

    def _emit(self, packet: Packet, payload: bytes, now: float) -> bytes:
        sequence = packet.sequence + self._sequence_offset & 0xFFFF
        timestamp = packet.timestamp + self._timestamp_offset & 0xFFFFFFFF
        data = build(
            self.payload_type, sequence, timestamp, self.ssrc, self._extension, payload, marker=packet.marker
        )
        if newer(sequence, self._sequence):
            self._sequence, self._last_timestamp, self._last_at = sequence, timestamp, now
        self._since += 1
        self.packets += 1
        self.octets += len(payload)
        if self._history:
            self._history[sequence % HISTORY] = _Sent(sequence, data)
        return data

    def repeat(self, sequences: tuple[int, ...], now: float) -> list[bytes]:
        """Packets to send again (RFC 4585, Section 6.2.1); those that are gone are left out."""
        found = []
        for number in sequences[:HISTORY] if self._history else ():
            sent = self._history[number % HISTORY]
            if sent is None or sent.sequence != number or sent.repeats >= REPEATS:
                continue
            if now - sent.at >= REPEAT_AFTER or not sent.repeats:
                sent.repeats, sent.at = sent.repeats + 1, now
                found.append(sent.data)
        return found

    def report(self, stream: Stream, report: SenderReport) -> SenderReport | None:
        """The publisher's report in this stream's terms (lips stay in step); None for another layer."""
        if stream is not self.current or not self.packets:
            return None
        timestamp = report.timestamp + self._timestamp_offset & 0xFFFFFFFF
        return SenderReport(
            self.ssrc, report.ntp, timestamp, self.packets & 0xFFFFFFFF, self.octets & 0xFFFFFFFF
        )
