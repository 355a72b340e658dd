"""RTP headers, read and written."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.forwarding.packet import BadPacket, build, newer, parse


def test_what_is_built_is_read_back() -> None:
    packet = parse(build(96, 65_537, 2**32 + 5, 77, b"\xbe\xde\0\1\x103\0\0", b"body", marker=True))
    assert (packet.payload_type, packet.sequence, packet.timestamp, packet.ssrc) == (96, 1, 5, 77)
    assert packet.marker
    assert packet.payload == b"body"
    assert packet.extensions == {1: b"3"}


def test_padding_is_no_payload() -> None:
    assert parse(bytes([0xA0]) + build(96, 1, 1, 1, b"", b"xy\0\0\3", marker=False)[1:]).payload == b"xy"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x80" * 11, bytes(12), b"\x8f" + bytes(20), b"\x90" + bytes(11), b"\xa0" + bytes(10) + b"\xff"],
)
def test_broken_packets_are_refused(data: bytes) -> None:
    with pytest.raises(BadPacket):
        parse(data)


@given(st.binary(max_size=60).map(lambda tail: b"\x90" + tail) | st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadPacket):
        assert len(parse(data).payload) <= len(data) - 12


@pytest.mark.parametrize(
    ("one", "other", "is_"), [(2, 1, True), (1, 2, False), (0, 65_535, True), (5, 5, False)]
)
def test_sequence_numbers_wrap(one: int, other: int, *, is_: bool) -> None:
    assert newer(one, other) is is_
