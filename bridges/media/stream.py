"""RTP streams by their numbers: one made continuous for a receiver, one counted as it arrives. Pure.

No packet becomes an object here: at fifty packets a second, leg and direction the parsing of a whole
header with all that it may hold costs more than the encryption.
"""

from struct import Struct

from bridges.media.call_state import Counters

#: First byte, second byte, sequence number, timestamp, SSRC (RFC 3550, Section 5.1).
HEADER = Struct("!BBHII")

#: A step in the sequence numbers beyond this is a restart, not loss (RFC 3550, Appendix A.1).
MAX_DROPOUT = 3000
CLOCK_RATE = 8000


class OutgoingStream:
    """A stream of one SSRC, whatever feeds it.

    The sources behind it may change (a transfer, a fork that answers, a key press played in between):
    sequence numbers go on without a gap, timestamps by the time that passed.

    Attributes:
        ssrc: ours, announced in the SDP.
        clock_rate: of the timestamps, in Hz.
        packets, octets: sent so far; octets are payload only, as sender reports count them.
        bytes: sent so far, with headers.
        timestamp, at: of the newest packet, in RTP units and monotonic seconds.
    """

    __slots__ = (
        "_offset", "_sequence", "_source", "_source_sequence", "_timestamp_offset", "at", "bytes",
        "clock_rate", "octets", "packets", "ssrc", "timestamp",
    )  # fmt: skip

    def __init__(self, ssrc: int, sequence: int, timestamp: int) -> None:
        self.ssrc = ssrc
        self.clock_rate = CLOCK_RATE
        self.timestamp = timestamp
        self.at = 0.0
        self.packets = self.octets = self.bytes = 0
        self._sequence = sequence & 0xFFFF
        self._source: int | None = None
        self._source_sequence = self._offset = self._timestamp_offset = 0

    @property
    def sequence(self) -> int:
        """Of the newest packet, or before the first one of the stream."""
        return self._sequence

    def resume(self, ssrc: int, counters: Counters, ahead: int) -> None:
        """Goes on with another process' stream, `ahead` packets further than it is known to have come."""
        self.ssrc = ssrc
        self._sequence = (counters.index + ahead) & 0xFFFF
        self.timestamp, self.at = counters.timestamp, counters.sent_at
        self.packets, self.octets, self.bytes = counters.packets_out, counters.octets_out, counters.bytes_out
        self._source = None

    def rewrite(self, packet: bytes, payload_type: int, payload: bytes, now: float) -> bytes:
        """The packet as this stream's next.

        Args:
            packet: the source's packet; at least a whole fixed header.
            payload_type: the receiver's.
            payload: what to send; contributing sources, extensions and padding are left out.
            now: monotonic seconds.
        """
        _, marker, sequence, timestamp, source = HEADER.unpack_from(packet)
        step = (sequence - self._source_sequence) & 0xFFFF
        if source != self._source or MAX_DROPOUT < step < 0x10000 - MAX_DROPOUT:
            self._take_over(source, sequence, timestamp, now)
            marker |= 0x80  # the receiver may adapt its delay here (RFC 3551, Section 4.1)
            step = 0
        sequence_out = (sequence + self._offset) & 0xFFFF
        timestamp_out = (timestamp + self._timestamp_offset) & 0xFFFFFFFF
        if step < 0x8000:  # not one that was overtaken on its way
            self._source_sequence = sequence
            self._sequence = sequence_out
            self.timestamp = timestamp_out
            self.at = now
        self.packets += 1
        self.octets += len(payload)
        self.bytes += len(payload) + 12
        second = (marker & 0x80) | payload_type
        return HEADER.pack(0x80, second, sequence_out, timestamp_out, self.ssrc) + payload

    def _take_over(self, source: int, sequence: int, timestamp: int, now: float) -> None:
        self._source = source
        self._source_sequence = sequence
        self._offset = (self._sequence + 1 - sequence) & 0xFFFF
        self._timestamp_offset = (self.timestamp_at(now) - timestamp) & 0xFFFFFFFF

    def timestamp_at(self, now: float) -> int:
        """The timestamp that a packet would carry now; never that of the newest packet again."""
        if not self.packets:
            return self.timestamp
        elapsed = max(int((now - self.at) * self.clock_rate), self.clock_rate // 50)
        return (self.timestamp + elapsed) & 0xFFFFFFFF

    def append(self, payload_type: int, payload: bytes, ticks: int, now: float, fresh: bool) -> bytes:
        """A packet of sound that we coded ourselves, right behind the one before.

        Args:
            payload_type, payload: of the packet.
            ticks: how long one packet is.
            now: monotonic seconds.
            fresh: the sound does not follow on the packet before.
        """
        follows = self._source is None and self.packets and not fresh
        timestamp = (self.timestamp + ticks) & 0xFFFFFFFF if follows else self.timestamp_at(now)
        return self.insert(payload_type, payload, timestamp, now, marker=fresh)

    def insert(self, payload_type: int, payload: bytes, timestamp: int, now: float, *, marker: bool) -> bytes:
        """A packet of our own making (a key press); the source then takes over again where this ends."""
        self._source = None
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.timestamp = timestamp
        self.at = now
        self.packets += 1
        self.octets += len(payload)
        self.bytes += len(payload) + 12
        second = payload_type | (0x80 if marker else 0)
        return HEADER.pack(0x80, second, self._sequence, timestamp, self.ssrc) + payload


class IncomingStream:
    """Counts of what a leg sends (RFC 3550, Section 6.4.1 and Appendix A).

    Attributes:
        packets, bytes: accepted so far, of all sources.
        ssrc: of the present source, None before the first packet.
        clock_rate: of the timestamps, in Hz.
        highest: extended highest sequence number.
        jitter: in timestamp units.
        at: when the newest packet came, in monotonic seconds; None before the first.
    """

    __slots__ = (
        "_base",
        "_lost_before",
        "_received",
        "_transit",
        "at",
        "bytes",
        "clock_rate",
        "highest",
        "interval",
        "jitter",
        "packets",
        "ssrc",
    )  # fmt: skip

    def __init__(self) -> None:
        self.clock_rate = CLOCK_RATE
        self.packets = self.bytes = 0
        self.ssrc: int | None = None
        self.highest = 0
        self.jitter = 0.0
        self.at: float | None = None
        #: Expected and received packets at the last report, for the fraction lost.
        self.interval = (0, 0)
        self._base = self._received = self._lost_before = 0
        self._transit = 0.0

    def resume(self, counters: Counters) -> None:
        """Goes on counting; the next packet is of a source that is new here."""
        self.packets, self.bytes, self.at = counters.packets_in, counters.bytes_in, counters.heard_at
        self._lost_before = counters.lost

    def count(self, packet: bytes, now: float) -> None:
        """Counts one packet with at least a whole fixed header."""
        _, _, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
        self.packets += 1
        self.bytes += len(packet)
        self.at = now
        step = (sequence - self.highest) & 0xFFFF
        if ssrc != self.ssrc or MAX_DROPOUT < step < 0x10000 - MAX_DROPOUT:
            self._restart(ssrc, sequence, now * self.clock_rate - timestamp)
            return
        self._received += 1
        if 0 < step < 0x8000:
            self.highest += step
        # The difference of timestamps wraps at 32 bits; a jump that large is no jitter.
        transit = now * self.clock_rate - timestamp
        change = abs(transit - self._transit)
        self._transit = transit
        if change < 10 * self.clock_rate:
            self.jitter += (change - self.jitter) / 16

    def _restart(self, ssrc: int, sequence: int, transit: float) -> None:
        self._lost_before = self.lost
        self.ssrc = ssrc
        self._base = self.highest = sequence
        self._received = 1
        self._transit = transit
        self.interval = (0, 0)

    @property
    def expected(self) -> int:
        """Packets that the present source must have sent."""
        return self.highest - self._base + 1 if self.ssrc is not None else 0

    @property
    def received(self) -> int:
        """Packets of the present source."""
        return self._received

    @property
    def lost(self) -> int:
        """Packets missing, of all sources; duplicates can hide losses but not make it negative."""
        return self._lost_before + max(self.expected - self._received, 0)
