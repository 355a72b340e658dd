"""Messages between the bridge and the process in the meetings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sip.meeting import link
from bridges.sip.meeting.link import LinkError, OrderReader, ReportReader, encode

ORDERS: list[link.Order] = [
    link.Enter(1, "ws://sfu", "token", "room"),
    link.Enter(1, "ws://sfu", "token", "room", "secret"),
    link.SetMuted(1, True),
    link.SetHand(1, 1_700_000_000_000),
    link.Tick({1: b"x" * 160, 70_000: b"y" * 160}),
    link.Leave(1),
]
REPORTS: list[link.Report] = [
    link.Entered(1), link.Muted(1, False), link.Mixed({1: b"x" * 160}), link.Lost(1, "removed"),
]  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_messages_arrive_however_the_stream_is_cut(size: int) -> None:
    orders, reports = b"".join(map(encode, ORDERS)), b"".join(map(encode, REPORTS))
    ear, other = OrderReader(), ReportReader()
    found = [one for at in range(0, len(orders), size) for one in ear.orders(orders[at : at + size])]
    assert found == ORDERS
    told = [one for at in range(0, len(reports), size) for one in other.reports(reports[at : at + size])]
    assert told == REPORTS


@pytest.mark.parametrize("garbage", [b"\xff" * 8, b"\x00\x00\x00\x01\xc1", encode(link.Entered(1))])
def test_what_is_no_order_is_an_error(garbage: bytes) -> None:
    with pytest.raises(LinkError):
        OrderReader().orders(garbage)


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_an_error(data: bytes) -> None:
    try:
        ReportReader().reports(data)
    except LinkError:
        return


def test_a_token_is_not_shown() -> None:
    assert "token" not in repr(ORDERS[0])
