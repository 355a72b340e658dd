"""Frames between two clocks."""

from __future__ import annotations

from bridges.sip.meeting.cushion import MOST, PREFERRED, WATCHED, Cushion


def filled(*frames: int) -> Cushion[int]:
    cushion = Cushion[int]()
    for frame in frames:
        cushion.push(frame)
    return cushion


def test_a_little_is_held_back_before_the_first_and_after_a_gap() -> None:
    cushion = filled(1)
    assert cushion.pop() is None
    cushion.push(2)
    assert [cushion.pop() for _ in range(3)] == [1, 2, None]
    cushion.push(3)
    assert cushion.pop() is None
    cushion.push(4)
    assert cushion.pop() == 3
    assert (cushion.gaps, cushion.cut) == (1, 0)


def test_what_is_too_much_pushes_out_the_oldest() -> None:
    cushion = filled(*range(MOST + 4))
    assert cushion.pop() == 4
    assert cushion.cut == 4


def test_a_delay_that_is_never_needed_is_given_up_frame_by_frame() -> None:
    cushion = filled(*range(1, 6))
    behind = []
    for frame in range(6, 6 + 6 * WATCHED):
        cushion.push(frame)
        heard = cushion.pop()
        assert heard is not None
        behind.append(frame - heard)
    assert (behind[0], behind[-1]) == (5, PREFERRED - 1)
    assert cushion.cut == 5 - (PREFERRED - 1)
    assert not cushion.gaps


def test_a_stall_is_bridged_by_what_is_held() -> None:
    cushion = filled(*range(4))
    assert [cushion.pop() for _ in range(3)] == [0, 1, 2]
    for frame in range(4, 7):  # what was late comes at once
        cushion.push(frame)
    assert [cushion.pop() for _ in range(4)] == [3, 4, 5, 6]
    assert not cushion.gaps
