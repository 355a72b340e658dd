"""Frames over a stream, however the stream cuts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webrtc.framing import MAX_FRAME, BadFrame, Deframer, frame


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 50))
def test_datagrams_come_out_whole_however_the_stream_is_cut(datagrams: list[bytes], size: int) -> None:
    stream = b"".join(map(frame, datagrams))
    deframer = Deframer()
    found = []
    for at in range(0, len(stream), size):
        found += deframer.feed(stream[at : at + size])
    assert found == datagrams


def test_a_frame_too_large_is_refused_before_it_is_there() -> None:
    with pytest.raises(BadFrame):
        Deframer().feed((MAX_FRAME + 1).to_bytes(2, "big"))


def test_the_largest_frame_passes() -> None:
    assert Deframer().feed(frame(bytes(MAX_FRAME))) == [bytes(MAX_FRAME)]
