"""RTCP of one leg: sender and receiver reports (RFC 3550, Section 6.4), made and read. Pure.

Each leg has its own RTCP session with the gateway, which is both its sender and its receiver. Reports are
not relayed: SSRC, sequence numbers and timestamps differ from leg to leg.
"""

import struct

from aiortc.rtp import (
    RtcpPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
)

from bridges.media.stream import IncomingStream, OutgoingStream

#: Seconds between reports (RFC 3550, Section 6.2).
INTERVAL = 5.0
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_TWO_32 = 1 << 32


class RtcpSession:
    """Reports about one leg's two streams.

    Args:
        outgoing, incoming: the streams to and from the leg.
        name: the canonical name (CNAME) of our stream.
    """

    def __init__(self, outgoing: OutgoingStream, incoming: IncomingStream, name: str) -> None:
        self._outgoing = outgoing
        self._incoming = incoming
        self._name = name.encode()
        self._last_report: tuple[int, float] | None = None
        self.round_trip: float | None = None  #: seconds, as the leg's own reports give it
        self.far_loss: float | None = None  #: share of our packets that the leg's last report misses

    def receive(self, packet: bytes, now: float, wall: float) -> bool:
        """Takes a compound packet; False when it cannot be read.

        Args:
            packet: decrypted.
            now: monotonic seconds.
            wall: seconds since 1970.
        """
        try:
            found = RtcpPacket.parse(packet)
        except (ValueError, IndexError, struct.error):
            return False
        for each in found:
            if isinstance(each, RtcpSrPacket):
                self._last_report = (each.sender_info.ntp_timestamp >> 16) & 0xFFFFFFFF, now
            if isinstance(each, RtcpSrPacket | RtcpRrPacket):
                self._read_reception(each.reports, wall)
        return True

    def _read_reception(self, reports: list[RtcpReceiverInfo], wall: float) -> None:
        """RFC 3550, Section 6.4.1: now - LSR - DLSR, in units of 1/65536 s."""
        for report in reports:
            if report.ssrc == self._outgoing.ssrc:
                self.far_loss = report.fraction_lost / 256
            if report.ssrc == self._outgoing.ssrc and report.lsr:
                units = ((_ntp(wall) >> 16) - report.lsr - report.dlsr) % _TWO_32
                if units < 60 << 16:
                    self.round_trip = units / 65536

    def report(self, now: float, wall: float) -> bytes | None:
        """The compound packet due now; None while there was no media either way."""
        source, sent = self._incoming.ssrc, self._outgoing.packets
        if source is None and not sent:
            return None
        blocks = [self._block(source, now)] if source is not None else []
        ours = self._outgoing.ssrc
        if sent:
            first = bytes(RtcpSrPacket(ssrc=ours, sender_info=self._sender_info(now, wall), reports=blocks))
        else:
            first = bytes(RtcpRrPacket(ssrc=ours, reports=blocks))
        return first + bytes(RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=ours, items=[(1, self._name)])]))

    def _sender_info(self, now: float, wall: float) -> RtcpSenderInfo:
        stream = self._outgoing
        elapsed = int((now - stream.at) * stream.clock_rate)
        return RtcpSenderInfo(
            ntp_timestamp=_ntp(wall),
            rtp_timestamp=(stream.timestamp + elapsed) % _TWO_32,
            packet_count=stream.packets % _TWO_32,
            octet_count=stream.octets % _TWO_32,
        )

    def _block(self, source: int, now: float) -> RtcpReceiverInfo:
        stream = self._incoming
        expected, received = stream.expected - stream.interval[0], stream.received - stream.interval[1]
        stream.interval = stream.expected, stream.received
        missing = max(expected - received, 0)
        lsr, arrived = self._last_report or (0, now)
        return RtcpReceiverInfo(
            ssrc=source,
            fraction_lost=min(missing * 256 // expected, 255) if expected > 0 else 0,
            packets_lost=min(stream.lost, 0x7FFFFF),
            highest_sequence=stream.highest % _TWO_32,
            jitter=int(stream.jitter) % _TWO_32,
            lsr=lsr,
            dlsr=min(int((now - arrived) * 65536), _TWO_32 - 1) if lsr else 0,
        )


def _ntp(wall: float) -> int:
    """NTP time in 64 bits (RFC 3550, Section 4)."""
    return int((wall + _NTP_EPOCH) * _TWO_32)
