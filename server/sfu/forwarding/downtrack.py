"""A track on its way to one subscriber: one unbroken stream, whatever layer it is taken from."""

from collections.abc import Callable

from server.sfu.forwarding import red, vp8
from server.sfu.forwarding.history import History, Sent
from server.sfu.forwarding.packet import Packet, newer
from server.sfu.forwarding.rtcp import SenderReport
from server.sfu.forwarding.rtp_header import HeaderWriter, SendParameters
from server.sfu.forwarding.send_history import SendHistory
from server.sfu.forwarding.stream import Stream, offset_between

#: For so many packets after a change of layer, late ones from before it are looked for.
_WATCHFUL = 4096
#: Padding of one probe packet, the most that RFC 3550 allows. Bytes.
_PADDING = 255


class DownTrack:
    """Rewrites SSRC, sequence number, timestamp and VP8's running numbers.

    Args:
        mime: such as "video/VP8".
        ssrc, repair_ssrc, sequence: of the outgoing streams; chosen by chance by the caller.
        send_history: of the connection that it goes out on.

    Attributes:
        pending_layer: the layer to change to at its next keyframe, None to send nothing.
        current: the layer that is sent.
        max_quality: the highest quality the subscriber asks for.
        allocated_quality: the highest quality its line carries; None: paused, as not even the lowest fits.
        enabled: False while the subscriber does not look.
        strip_red: the line is narrow: redundant audio is sent without its redundancy.
        admitted: False while too many others are shown (last-N).
    """

    def __init__(
        self, mime: str, ssrc: int, repair_ssrc: int, sequence: int, send_history: SendHistory
    ) -> None:
        self.mime = mime
        self.ssrc = ssrc
        self.repair_ssrc = repair_ssrc
        self.pending_layer: Stream | None = None
        self.current: Stream | None = None
        self.max_quality = 2
        self.allocated_quality: int | None = 2
        self.enabled = True
        self.admitted = True
        self.strip_red = False
        self.packets = 0
        self.octets = 0
        self.terms: SendParameters | None = None
        self.video = mime.lower().startswith("video/")
        self._send_history = send_history
        self._header = HeaderWriter(SendParameters("", 0))
        self._numbers = vp8.Renumbering() if mime.lower() == "video/vp8" else None
        self._sequence = sequence & 0xFFFF
        self._repair_sequence = sequence & 0xFFFF
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._last_timestamp = 0
        self._last_at = 0.0
        self._last_stream: Stream | None = None
        self._begun = 0
        self._since = 0
        self._history = History() if self.video else None

    @property
    def bound(self) -> bool:
        """Whether the subscriber has agreed to a media section for it."""
        return self.terms is not None

    def bind(self, terms: SendParameters) -> None:
        self.terms = terms
        self._header = HeaderWriter(terms)

    def unbind(self) -> None:
        self.terms = None
        self.want(None)

    def want(self, stream: Stream | None) -> None:
        self.pending_layer = stream
        if stream is None and self.current is not None:
            self.current = None
            if self._history:
                self._history.clear()

    @property
    def target_quality(self) -> int | None:
        """The quality that is to be sent; None: nothing."""
        if not self.enabled or not self.admitted or self.allocated_quality is None:
            return None
        return min(self.max_quality, self.allocated_quality)

    @property
    def waiting(self) -> bool:
        """Whether a keyframe is needed."""
        return (
            self.video
            and self.bound
            and self.pending_layer is not None
            and self.pending_layer is not self.current
        )

    def forward(self, stream: Stream, packet: Packet, now: float) -> bytes | None:
        """The packet to send for one that came on `stream`, or None; to be inspected before."""
        if stream is not self.current:
            if stream is not self.pending_layer or self.terms is None or (self.video and not packet.keyframe):
                return None
            self._switch(stream, packet, now)
        elif self._since < _WATCHFUL and newer(self._begun, packet.sequence):
            return None  # from before the keyframe
        if packet.redundant and packet.payload:  # padding is no sound, but leaves no hole
            return self._forward_redundant(packet, now)
        payload = packet.payload
        if self._numbers and packet.descriptor:
            payload = self._numbers.apply(payload, packet.descriptor)
        return self._emit(packet, payload, self.terms.payload_type if self.terms else 0, now)

    def _forward_redundant(self, packet: Packet, now: float) -> bytes | None:
        terms = self.terms
        if terms is None:
            return None
        if terms.red is None or self.strip_red:
            kind, payload = terms.payload_type, red.primary(packet.payload)
        else:
            kind, payload = terms.red, red.relabel(packet.payload, terms.payload_type)
        return self._emit(packet, payload, kind, now) if payload is not None else None

    def _switch(self, stream: Stream, packet: Packet, now: float) -> None:
        self.current = stream
        if self._history:
            self._history.clear()  # nobody needs what came before a keyframe
        self._begun, self._since = packet.sequence, 0
        self._sequence_offset = self._sequence + 1 - packet.sequence & 0xFFFF
        if self._last_stream is not None and self._last_stream is not stream:
            self._timestamp_offset = self._line_up(self._last_stream, stream, packet.timestamp, now)
        self._last_stream = stream
        if self._numbers and packet.descriptor:
            self._numbers.switch(packet.descriptor)

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

    def _emit(self, packet: Packet, payload: bytes, kind: int, now: float) -> bytes:
        sequence = packet.sequence + self._sequence_offset & 0xFFFF
        timestamp = packet.timestamp + self._timestamp_offset & 0xFFFFFFFF
        if packet.marker:
            kind |= 128
        if newer(sequence, self._sequence):
            self._sequence, self._last_timestamp, self._last_at = sequence, timestamp, now
        self._since += 1
        self.packets += 1
        self.octets += len(payload)
        if self._history is not None:
            self._history.keep(Sent(sequence, kind, timestamp, payload, now))
        return self._write(kind, sequence, timestamp, self.ssrc, payload, now)

    def _write(
        self, kind: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, now: float
    ) -> bytes:
        header = self._header
        number = self._send_history.next_sequence(header.size + len(payload), now) if header.numbered else 0
        return header.write(kind, sequence, timestamp, ssrc, number) + payload

    def repeat(
        self, sequences: tuple[int, ...], now: float, allowed: Callable[[int], bool] = lambda _size: True
    ) -> list[bytes]:
        """Packets to send again (RFC 4585, Section 6.2.1), while their bytes are `allowed`.

        Those that are gone are left out.
        """
        if self._history is None:
            return []
        found = self._history.again(sequences, now)
        return [self._again(sent, now) for sent in found if allowed(len(sent.payload))]

    def _again(self, sent: Sent, now: float) -> bytes:
        rtx = self.terms.rtx if self.terms else None
        if rtx is None:
            return self._write(sent.kind, sent.sequence, sent.timestamp, self.ssrc, sent.payload, now)
        payload = sent.sequence.to_bytes(2, "big") + sent.payload
        kind = sent.kind & 0x80 | rtx
        number = self._next_repair()
        return self._write(kind, number, sent.timestamp, self.repair_ssrc, payload, now)

    def _next_repair(self) -> int:
        self._repair_sequence = self._repair_sequence + 1 & 0xFFFF
        return self._repair_sequence

    def probe(self, now: float) -> bytes | None:
        """A packet that only tries the line: the last one again, or padding; None without retransmissions."""
        terms, header = self.terms, self._header
        if terms is None or terms.rtx is None or not header.numbered:
            return None
        last = self._history.last if self._history else None
        if last is not None:
            return self._again(last, now)
        number = self._send_history.next_sequence(header.size + _PADDING, now)
        return header.padding(
            terms.rtx, self._next_repair(), self._last_timestamp, self.repair_ssrc, number, _PADDING
        )

    def report(self, stream: Stream, report: SenderReport) -> SenderReport | None:
        """The publisher's report in this stream's terms (lips stay in step); None for another layer."""
        if stream is not self.current or not self.packets:
            return None
        timestamp = report.timestamp + self._timestamp_offset & 0xFFFFFFFF
        return SenderReport(
            self.ssrc, report.ntp, timestamp, self.packets & 0xFFFFFFFF, self.octets & 0xFFFFFFFF
        )
