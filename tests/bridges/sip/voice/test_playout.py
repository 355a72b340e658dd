"""The jitter buffer, with scripted arrivals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sip.voice.playout import FRAME, LEAST, MOST, TOO_MUCH, AdaptiveJitterBuffer


def packet(number: int, size: int = FRAME) -> tuple[int, bytes]:
    """The packet of that place in the stream; every one of 100 sounds different."""
    return (number * size) & 0xFFFFFFFF, bytes([number % 100 + 1]) * size


def played(buffer: AdaptiveJitterBuffer, ticks: int) -> list[int | None]:
    """The first byte of each of the next frames."""
    return [frame[0] if (frame := buffer.pop()) else None for _ in range(ticks)]


def test_nothing_is_played_before_a_little_is_there() -> None:
    buffer = AdaptiveJitterBuffer()
    assert buffer.pop() is None
    buffer.push(*packet(0))
    assert buffer.pop() is None
    buffer.push(*packet(1))
    assert played(buffer, 3) == [1, 2, None]


def test_packets_that_overtook_each_other_come_out_in_order() -> None:
    buffer = AdaptiveJitterBuffer()
    for number in (0, 2, 1, 3, 3):
        buffer.push(*packet(number))
    assert played(buffer, 5) == [1, 2, 3, 4, None]


@pytest.mark.parametrize("size", [80, 160, 240, 480])
def test_packets_of_any_length_become_frames(size: int) -> None:
    buffer, count = AdaptiveJitterBuffer(), max(2, 640 // size)
    for number in range(count):
        buffer.push(number * size, b"x" * size)
    assert sum(len(frame) for _ in range(20) if (frame := buffer.pop())) == count * size // FRAME * FRAME


def test_a_lost_packet_is_covered_by_the_one_before() -> None:
    buffer = AdaptiveJitterBuffer()
    for number in (0, 1, 3, 4):
        buffer.push(*packet(number))
    assert played(buffer, 5) == [1, 2, 2, 4, 5]


def test_the_delay_grows_when_it_ran_dry_and_shrinks_when_all_is_calm() -> None:
    buffer = AdaptiveJitterBuffer()
    for number in range(2):
        buffer.push(*packet(number))
    assert played(buffer, 3) == [1, 2, None]
    for number in range(2, 4):
        buffer.push(*packet(number))
    assert buffer.pop() is None
    for number in range(4, 4000):
        buffer.push(*packet(number))
        buffer.pop()
    assert buffer.delay <= LEAST
    assert buffer.underruns == 1


@pytest.mark.parametrize("parts_per_million", [-300, 300])
def test_a_clock_that_runs_differently_is_followed(parts_per_million: int) -> None:
    buffer, sent = AdaptiveJitterBuffer(), 0
    depths: list[int] = []
    for tick in range(30_000):
        while sent * (1 - parts_per_million / 1e6) <= tick:
            buffer.push(*packet(sent))
            sent += 1
        buffer.pop()
        depths.append(buffer.delay)
    assert max(depths) < MOST + FRAME
    # A slower telephone leaves a gap of 20 ms now and then: that is its clock's.
    assert buffer.underruns <= 15


def test_jitter_of_half_a_frame_more_costs_nothing_after_a_while() -> None:
    buffer, queue = AdaptiveJitterBuffer(), list[tuple[float, int]]()
    for number in range(3000):
        queue.append((number + number * 7919 % 1000 / 667, number))
    queue.sort()
    empty = 0
    for tick in range(3000):
        while queue and queue[0][0] <= tick:
            buffer.push(*packet(queue.pop(0)[1]))
        empty += buffer.pop() is None and tick > 500
    assert empty <= 5


def test_a_pause_in_the_stream_adds_no_delay() -> None:
    buffer = AdaptiveJitterBuffer()
    for number in range(4):
        buffer.push(*packet(number))
    played(buffer, 6)
    for number in range(60, 66):  # the timestamps went on meanwhile
        buffer.push(*packet(number))
    assert played(buffer, 3) == [61, 62, 63]


def test_a_burst_is_cut_at_once() -> None:
    buffer = AdaptiveJitterBuffer()
    for number in range(100):
        buffer.push(*packet(number))
    assert buffer.delay <= TOO_MUCH
    assert buffer.trimmed


def test_another_stream_takes_over() -> None:
    buffer = AdaptiveJitterBuffer()
    for number in range(3):
        buffer.push(*packet(number))
    played(buffer, 1)
    for number in range(3):
        buffer.push(2_000_000_000 + number * FRAME, b"z" * FRAME)
    assert buffer.pop() == b"z" * FRAME


def test_timestamps_go_round() -> None:
    buffer, first = AdaptiveJitterBuffer(), 0x100000000 - FRAME
    buffer.push(first, b"a" * FRAME)
    buffer.push(0, b"b" * FRAME)
    buffer.push(FRAME, b"c" * FRAME)
    assert [buffer.pop(), buffer.pop(), buffer.pop()] == [b"a" * FRAME, b"b" * FRAME, b"c" * FRAME]


@given(st.lists(st.tuples(st.integers(0, 0xFFFFFFFF), st.integers(0, 1200)) | st.none(), max_size=60))
def test_no_stream_grows_it_or_breaks_it(events: list[tuple[int, int] | None]) -> None:
    buffer = AdaptiveJitterBuffer()
    for event in events:
        if event is None:
            frame = buffer.pop()
            assert frame is None or len(frame) == FRAME
        else:
            buffer.push(event[0], b"x" * event[1])
        assert buffer.delay <= TOO_MUCH
