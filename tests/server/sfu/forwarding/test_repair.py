"""What repairs and doubles packets: RTX, RED, headers with a transport-wide number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.forwarding import red, rtx
from server.sfu.forwarding.packet import build, parse
from server.sfu.forwarding.remb_controller import RembController
from server.sfu.forwarding.rtp_header import HeaderWriter, SendParameters
from tests.server.sfu.forwarding import recorded


def test_a_retransmission_becomes_the_packet_that_it_repeats() -> None:
    repeated = parse(build(97, 9, 777, 2, b"", b"\x01\x02body", marker=True))
    original = rtx.unwrap(repeated, 1, 96)
    assert original is not None
    found = (original.ssrc, original.payload_type, original.sequence, original.timestamp, original.payload)
    assert found == (1, 96, 0x102, 777, b"body")
    assert original.marker


@pytest.mark.parametrize("payload", [b"", b"\x01", b"\x01\x02"])
def test_padding_repeats_nothing(payload: bytes) -> None:
    assert rtx.unwrap(parse(build(97, 9, 777, 2, b"", payload, marker=False)), 1, 96) is None


@pytest.mark.parametrize(
    ("payload", "newest"),
    [
        (b"\x6fnew", b"new"),
        (b"\xef\x0f\x00\x02\x6foonew", b"new"),
        (b"\xef\x0f\x00\x02\xef\x07\x80\x01\x6foopnew", b"new"),
        (b"\x6f", b""),
        (b"", None),
        (b"\xef\x0f\x00", None),
        (b"\xef\x0f\x00\x09\x6foo", None),
        (b"\xef\x0f\x00\x02", None),
        (b"\x80\0\0\0" * 20 + b"\x6fnew", None),
    ],
)
def test_the_newest_encoding_of_redundant_sound(payload: bytes, newest: bytes | None) -> None:
    assert red.primary(payload) == newest


def test_redundant_sound_as_it_was_recorded() -> None:
    first, later = recorded.packet(recorded.RED_FIRST), recorded.packet(recorded.RED)
    assert (first.payload_type, first.extensions[3]) == (63, b"\0\1")
    assert red.primary(first.payload) == first.payload[1:]
    whole = later.payload + bytes(101)
    assert red.primary(whole) == whole[5 + 101 :]
    assert red.relabel(whole, 111) is whole


@given(st.binary(max_size=60), st.integers(0, 127))
def test_any_redundant_payload_is_taken_apart_or_dropped(payload: bytes, number: int) -> None:
    newest, relabelled = red.primary(payload), red.relabel(payload, number)
    assert (newest is None) is (relabelled is None)
    if newest is not None and relabelled is not None:
        assert len(relabelled) == len(payload)
        assert payload.endswith(newest)
        assert red.primary(relabelled) == newest


@given(
    st.text("0123456789ab", min_size=1, max_size=16), st.integers(0, 20), st.integers(0, 20),
    st.integers(0, 65_535),
)  # fmt: skip
def test_headers_are_read_back(mid: str, mid_id: int, transport_id: int, number: int) -> None:
    header = HeaderWriter(SendParameters(mid, 96, mid_id, transport_id if transport_id != mid_id else 0))
    found = parse(header.write(96 | 128, 5, 6, 7, number) + b"payload")
    assert (found.payload_type, found.marker, found.sequence, found.timestamp, found.ssrc) == (
        96,
        True,
        5,
        6,
        7,
    )
    assert found.payload == b"payload"
    expected = {mid_id: mid.encode()} if 0 < mid_id < 15 else {}
    if header.numbered:
        expected[transport_id] = number.to_bytes(2, "big")
    assert found.extensions == expected
    padded = parse(header.padding(97, 5, 6, 7, number, 200))
    assert (padded.payload, padded.size) == (b"", header.size + 200)


def test_who_loses_much_is_told_to_send_less_and_later_more() -> None:
    remb_controller = RembController(8_000_000)
    remb_controller.observe(0, 0.0, 0.0)
    remb_controller.observe(125_000, 0.2, 1.0)
    assert remb_controller.bitrate == 900_000
    remb_controller.observe(250_000, 0.05, 2.0)
    assert remb_controller.bitrate == 900_000
    for second in range(3, 40):
        remb_controller.observe(125_000 * second, 0.0, float(second))
    assert remb_controller.bitrate == 8_000_000
