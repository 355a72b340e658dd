"""Frames between two clocks."""

from __future__ import annotations

from bridges.sip.voice.jitter_buffer import MOST, PREFERRED, WATCHED, JitterBuffer


def filled(*frames: int) -> JitterBuffer[int]:
    buffer = JitterBuffer[int]()
    for frame in frames:
        buffer.push(frame)
    return buffer


def test_a_little_is_held_back_before_the_first_and_after_a_gap() -> None:
    buffer = filled(1)
    assert buffer.pop() is None
    buffer.push(2)
    assert [buffer.pop() for _ in range(3)] == [1, 2, None]
    buffer.push(3)
    assert buffer.pop() is None
    buffer.push(4)
    assert buffer.pop() == 3
    assert (buffer.gaps, buffer.cut) == (1, 0)


def test_what_is_too_much_pushes_out_the_oldest() -> None:
    buffer = filled(*range(MOST + 4))
    assert buffer.pop() == 4
    assert buffer.cut == 4


def test_a_delay_that_is_never_needed_is_given_up_frame_by_frame() -> None:
    buffer = filled(*range(1, 6))
    behind = []
    for frame in range(6, 6 + 6 * WATCHED):
        buffer.push(frame)
        heard = buffer.pop()
        assert heard is not None
        behind.append(frame - heard)
    assert (behind[0], behind[-1]) == (5, PREFERRED - 1)
    assert buffer.cut == 5 - (PREFERRED - 1)
    assert not buffer.gaps


def test_a_stall_is_bridged_by_what_is_held() -> None:
    buffer = filled(*range(4))
    assert [buffer.pop() for _ in range(3)] == [0, 1, 2]
    for frame in range(4, 7):  # what was late comes at once
        buffer.push(frame)
    assert [buffer.pop() for _ in range(4)] == [3, 4, 5, 6]
    assert not buffer.gaps
