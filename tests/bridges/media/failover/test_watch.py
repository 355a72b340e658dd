"""When a process that carries calls counts as hanging."""

from __future__ import annotations

from bridges.media.failover.watch import BEAT, BLIND, HANGS_AFTER, LOOK, Watch


def looks(watch: Watch, start: float, seconds: float) -> float | None:
    """When a stand-by that looks regularly finds it hanging, in seconds since `start`; None: it does not."""
    for step in range(1, int(seconds / LOOK) + 1):
        if watch.hangs(start + step * LOOK):
            return step * LOOK
    return None


def test_one_that_says_something_now_and_then_does_not_hang() -> None:
    watch, now = Watch(10.0), 10.0
    for _ in range(50):
        assert looks(watch, now, 2 * BEAT) is None
        now += 2 * BEAT
        watch.heard(now)


def test_silence_is_noticed_within_a_second() -> None:
    found = looks(Watch(10.0), 10.0, 2.0)
    assert found is not None and HANGS_AFTER < found < 1.0


def test_who_slept_itself_does_not_blame_the_other() -> None:
    watch = Watch(10.0)
    assert not watch.hangs(10.1)
    assert not watch.hangs(3610.0)  # the machine was suspended
    assert looks(watch, 3610.0, HANGS_AFTER) is None
    assert looks(watch, 3610.0 + HANGS_AFTER, 0.3) is not None


def test_a_look_that_is_a_little_late_still_counts() -> None:
    watch, now = Watch(0.0), 0.0
    while not watch.hangs(now):
        now += BLIND - 0.01
        assert now < HANGS_AFTER + 2 * BLIND
