"""What a track brings, evened out."""

from __future__ import annotations

import numpy as np

from bridges.sip.meeting.hearing import MOST, PREFERRED, TrackBuffer
from bridges.sip.meeting.mixing import Samples


def sound(number: int) -> Samples:
    return np.full(160, number, dtype=np.int16)


def test_a_little_is_held_back_before_the_first() -> None:
    buffer = TrackBuffer()
    for number in range(1, PREFERRED):
        buffer.push(sound(number))
        assert buffer.pop() is None
    buffer.push(sound(PREFERRED))
    assert [int(heard[0]) for _ in range(2) if (heard := buffer.pop()) is not None] == [1, 2]
    assert buffer.pop() is None


def test_silence_is_nothing() -> None:
    buffer = TrackBuffer()
    for _ in range(3):
        buffer.push(sound(0))
    assert buffer.pop() is None


def test_what_is_too_much_pushes_out_the_oldest() -> None:
    buffer = TrackBuffer()
    for number in range(1, MOST + 5):
        buffer.push(sound(number))
    first = buffer.pop()
    assert first is not None
    assert int(first[0]) == 5


def test_a_delay_that_is_never_needed_is_given_up() -> None:
    buffer = TrackBuffer()
    for number in range(1, 6):
        buffer.push(sound(number))
    behind = []
    for number in range(6, 1006):
        buffer.push(sound(number))
        heard = buffer.pop()
        assert heard is not None
        behind.append(number - int(heard[0]))
    assert (behind[0], behind[-1]) == (5, PREFERRED - 1)
