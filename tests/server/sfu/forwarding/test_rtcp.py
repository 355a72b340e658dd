"""RTCP, read and written."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.forwarding import rtcp
from server.sfu.forwarding.packet import BadPacket


def test_a_sender_report_is_read_back() -> None:
    report = rtcp.SenderReport(7, 5 << 32, 90_000, 10, 1000)
    assert rtcp.parse(rtcp.sender_report(report, "PA_x")) == [report]


def test_receiver_report_and_estimate_in_one_datagram() -> None:
    block = rtcp.ReportBlock(7, 25, 3, 70_000, 12, 1, 2)
    data = rtcp.receiver_report([block]) + rtcp.remb(6_000_000, [7])
    found = rtcp.parse(data)
    assert found[0] == block
    assert isinstance(found[1], rtcp.Remb)
    assert abs(found[1].bitrate - 6_000_000) < 100


@pytest.mark.parametrize("lost", [(5,), (5, 6, 21), (5, 22, 23), (65_535, 0, 1)])
def test_lost_packets_are_named(lost: tuple[int, ...]) -> None:
    assert rtcp.parse(rtcp.nack(9, lost)) == [rtcp.Nack(9, lost)]


def test_a_picture_is_asked_for() -> None:
    assert rtcp.parse(rtcp.pli(9)) == [rtcp.KeyframeRequest(9)]


@given(
    st.binary(max_size=80)
    | st.tuples(st.integers(128, 159), st.integers(200, 206), st.binary(max_size=40)).map(
        lambda made: bytes(made[:2]) + (len(made[2]) // 4).to_bytes(2, "big") + made[2]
    )
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadPacket):
        rtcp.parse(data)
