"""Messages cut from a stream, however the stream was cut."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sip.message import MalformedMessage, Ping, StreamFramer

ONE = b"OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\nContent-Length: 5\r\n\r\nhello"
TWO = b"OPTIONS sip:a@b SIP/2.0\r\nl :\r\n 0\r\n\r\n"


def drain(pieces: list[bytes]) -> list[bytes | Ping]:
    framer = StreamFramer()
    return [item for piece in pieces for item in framer.feed(piece)]


@given(st.lists(st.integers(0, len(ONE + TWO) * 2 + 8), max_size=12))
def test_the_same_messages_come_out_wherever_the_stream_is_cut(cuts: list[int]) -> None:
    stream = ONE + TWO + b"\r\n\r\n" + ONE + b"\r\n" + TWO
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    items = drain([stream[a:b] for a, b in itertools.pairwise(edges)])
    assert [item for item in items if isinstance(item, bytes)] == [ONE, TWO, ONE, TWO]
    assert sum(isinstance(item, Ping) for item in items) == 1


@pytest.mark.parametrize(
    "stream",
    [
        b"OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n",
        b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n",
        b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: ten\r\n\r\n",
        b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 999999\r\n\r\n",
        b"A" * 40_000,
    ],
)
def test_a_stream_that_cannot_be_followed_is_given_up(stream: bytes) -> None:
    with pytest.raises(MalformedMessage):
        list(StreamFramer().feed(stream))


def test_what_was_whole_before_a_stream_broke_comes_out() -> None:
    """Case 2: one message that cannot be cut off does not cost those before it."""
    items = StreamFramer().feed(ONE + b"OPTIONS sip:a@b SIP/2.0\r\n\r\n")
    assert next(items) == ONE
    with pytest.raises(MalformedMessage):
        next(items)


@given(st.lists(st.binary(max_size=50)))
def test_arbitrary_streams_raise_nothing_else(pieces: list[bytes]) -> None:
    with contextlib.suppress(MalformedMessage):
        drain(pieces)
