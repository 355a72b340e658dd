"""Reports of one leg."""

from struct import pack

import pytest
from aiortc.rtp import (
    RtcpPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
)
from hypothesis import given
from hypothesis import strategies as st

from bridges.media.rtcp import RtcpSession
from bridges.media.stream import IncomingStream, OutgoingStream

WALL = 1_800_000_000.0
OURS, THEIRS = 0xAAAA, 0xBBBB


def voice(sequence: int, ssrc: int = THEIRS) -> bytes:
    return pack("!BBHII", 0x80, 0, sequence, sequence * 160, ssrc) + b"\x55" * 160


class Ends:
    def __init__(self) -> None:
        self.outgoing, self.incoming = OutgoingStream(OURS, 0, 1000), IncomingStream()
        self.rtcp = RtcpSession(self.outgoing, self.incoming, "unisono")

    def report(self, now: float) -> list[object]:
        raw = self.rtcp.report(now, WALL + now)
        assert raw is not None
        return list(RtcpPacket.parse(raw))


def test_without_media_there_is_nothing_to_report() -> None:
    assert Ends().rtcp.report(1.0, WALL) is None


def test_a_listener_reports_what_it_received() -> None:
    ends = Ends()
    for sequence in (1, 2, 4):
        ends.incoming.count(voice(sequence), sequence * 0.02)
    first, name = ends.report(1.0)
    assert isinstance(first, RtcpRrPacket)
    assert isinstance(name, RtcpSdesPacket)
    assert name.chunks[0].items == [(1, b"unisono")]
    block = first.reports[0]
    assert (block.ssrc, block.packets_lost, block.highest_sequence) == (THEIRS, 1, 4)
    assert block.fraction_lost == 64  # one of four, in 256ths


def test_the_fraction_lost_is_of_the_last_interval_only() -> None:
    ends = Ends()
    for sequence in (1, 2, 4):
        ends.incoming.count(voice(sequence), sequence * 0.02)
    ends.report(1.0)
    ends.incoming.count(voice(5), 1.2)
    second = ends.report(6.0)[0]
    assert isinstance(second, RtcpRrPacket)
    assert (second.reports[0].fraction_lost, second.reports[0].packets_lost) == (0, 1)


def test_a_sender_says_what_its_clock_shows_now() -> None:
    ends = Ends()
    ends.outgoing.rewrite(voice(9), 0, b"\x55" * 160, 10.0)
    first = ends.report(10.5)[0]
    assert isinstance(first, RtcpSrPacket)
    info = first.sender_info
    assert (info.packet_count, info.octet_count) == (1, 160)
    assert info.rtp_timestamp == 1000 + 4000
    assert (info.ntp_timestamp >> 32) - 2_208_988_800 == int(WALL + 10.5)


def test_the_peer_can_compute_its_round_trip() -> None:
    ends = Ends()
    ends.incoming.count(voice(1), 1.0)
    theirs = RtcpSrPacket(THEIRS, RtcpSenderInfo(0x1111_2222_3333_4444, 0, 1, 160))
    assert ends.rtcp.receive(bytes(theirs), 2.0, WALL)
    block = ends.report(3.5)[0]
    assert isinstance(block, RtcpRrPacket)
    assert block.reports[0].lsr == 0x2222_3333
    assert block.reports[0].dlsr == int(1.5 * 65536)


def test_our_round_trip_is_read_from_the_peers_report() -> None:
    ends = Ends()
    sent = int((WALL + 2_208_988_800) * 65536) & 0xFFFFFFFF
    report = RtcpReceiverInfo(OURS, 0, 0, 0, 0, lsr=sent, dlsr=2 * 65536)
    assert ends.rtcp.receive(bytes(RtcpRrPacket(THEIRS, [report])), 1.0, WALL + 2.25)
    assert ends.rtcp.round_trip == pytest.approx(0.25, abs=0.001)


def test_what_the_peer_misses_of_ours_is_read_from_its_report() -> None:
    ends = Ends()
    for lost, share in ((64, 0.25), (0, 0.0)):
        own = RtcpReceiverInfo(OURS, lost, 0, 0, 0, lsr=0, dlsr=0)
        other = RtcpReceiverInfo(0xCCCC, 255, 0, 0, 0, lsr=0, dlsr=0)
        assert ends.rtcp.receive(bytes(RtcpRrPacket(THEIRS, [own, other])), 1.0, WALL)
        assert ends.rtcp.far_loss == share
    assert ends.rtcp.round_trip is None


@given(st.binary(max_size=120))
def test_garbage_is_refused_without_an_exception(data: bytes) -> None:
    Ends().rtcp.receive(b"\x80" + data, 1.0, WALL)


@given(st.integers(192, 207), st.integers(0, 31), st.binary(max_size=80))
def test_packets_that_lie_about_their_parts_raise_nothing(kind: int, count: int, body: bytes) -> None:
    body = body[: len(body) // 4 * 4]
    Ends().rtcp.receive(pack("!BBH", 0x80 | count, kind, len(body) // 4) + body, 1.0, WALL)
