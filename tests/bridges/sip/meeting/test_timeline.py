"""What is heard of a meeting stands in its file where it was said."""

from bridges.sip.meeting.timeline import Timeline

QUIET = b"\xff"


def frame(code: int) -> bytes:
    return bytes([code]) * 160


def mono(timeline: Timeline, now: float) -> bytes:
    both = timeline.take(now)
    assert both[::2] == both[1::2]
    return both[::2]


def hear(timeline: Timeline, code: int, since: float, until: float) -> None:
    for step in range(round((until - since) / 0.02)):
        timeline.hear(frame(code), since + 0.02 * (step + 1))


def test_what_is_heard_is_in_both_channels() -> None:
    timeline = Timeline(10.0)
    hear(timeline, 1, 10.0, 10.1)
    assert mono(timeline, 10.1) == b"\x01" * 800
    assert mono(timeline, 10.1) == b""


def test_while_nothing_comes_there_is_silence() -> None:
    timeline = Timeline(10.0)
    assert mono(timeline, 10.2) == b""
    assert mono(timeline, 11.0) == QUIET * 8000
    timeline.hear(frame(1), 12.5)
    assert mono(timeline, 12.5) == QUIET * (12_000 - 160) + frame(1)


def test_what_comes_too_early_is_left_out() -> None:
    timeline = Timeline(10.0)
    for _ in range(100):
        timeline.hear(frame(1), 10.0)
    assert len(mono(timeline, 10.0)) == 1600


def test_a_pause_leaves_out_what_is_heard_and_its_time() -> None:
    timeline = Timeline(10.0)
    hear(timeline, 1, 10.0, 10.1)
    timeline.pause(10.1)
    hear(timeline, 2, 10.1, 15.1)
    assert mono(timeline, 15.1) == b"\x01" * 800
    timeline.go_on(15.1)
    hear(timeline, 3, 15.1, 15.2)
    assert mono(timeline, 15.2) == b"\x03" * 800


def test_a_second_pause_is_the_first() -> None:
    timeline = Timeline(10.0)
    timeline.pause(10.0)
    timeline.pause(11.0)
    timeline.go_on(12.0)
    timeline.go_on(13.0)
    hear(timeline, 1, 12.0, 12.1)
    assert mono(timeline, 12.1) == b"\x01" * 800


def test_the_next_process_puts_silence_where_none_was() -> None:
    timeline = Timeline(100.0 - 5.0, written=4 * 8000)
    assert mono(timeline, 100.0) == QUIET * 8000
