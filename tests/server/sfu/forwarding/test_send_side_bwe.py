"""A subscriber's line: rates, queues, and trying for more."""

import pytest

from server.sfu.forwarding.rate import Rate
from server.sfu.forwarding.rtcp import Remb, TransportFeedback
from server.sfu.forwarding.send_side_bwe import SendSideBwe
from server.sfu.forwarding.standing_queue import StandingQueue

TICK = 0.05


def test_a_rate_is_that_of_the_last_moments() -> None:
    rate = Rate(0.5)
    assert rate.value == 0.0
    for step in range(200):
        rate.take(step / 100, 1000 if step < 100 else 500)
    assert rate.value == pytest.approx(400_000, rel=0.02)


def test_a_clock_that_goes_round_begins_the_rate_anew() -> None:
    rate = Rate(0.5)
    for at in (1_073_741.0, 1_073_741.1, 0.0, 0.1, 0.2, 0.3):
        rate.take(at, 1000)
    assert rate.value == pytest.approx(80_000)


def test_many_packets_at_one_moment_are_not_kept_for_ever() -> None:
    rate = Rate(0.5)
    for _ in range(20_000):
        rate.take(1.0, 100)
    assert rate.value <= 5000 * 100 * 8 / 0.25


@pytest.mark.parametrize(
    ("delays", "losing", "stands"),
    [
        ([0.05, 0.3], True, True),
        ([0.05, 0.3], False, False),
        ([0.05, 0.1], True, False),
        ([0.3], True, False),
    ],
)
def test_a_queue_stands_when_all_packets_wait_and_some_are_lost(
    delays: list[float], *, losing: bool, stands: bool
) -> None:
    queue, found = StandingQueue(), False
    for delay in delays:
        queue.take(delay)
        found = queue.stands(losing=losing)
    assert found is stands


def test_a_delay_that_less_rate_does_not_shorten_is_the_way_itself() -> None:
    queue = StandingQueue()
    seen = []
    for delay in (0.05, 0.3, 0.3, 0.3, 0.3, 0.3):
        queue.take(delay)
        seen.append(queue.stands(losing=True))
    assert seen == [False, True, True, True, False, False]


class Receiver:
    """Tells when each packet came; the line carries whatever is sent."""

    def __init__(self) -> None:
        self.line = SendSideBwe()
        self.now = 10.0
        self.padding = 0
        self._told = 0

    def run(self, seconds: float, packets: int = 5) -> None:
        for _ in range(round(seconds / TICK)):
            for _ in range(packets):
                self.line.send_history.next_sequence(1000, self.now)
            octets = self.line.tick(self.now)
            self.padding += octets
            for _ in range(octets // 1000):
                self.line.send_history.next_sequence(1000, self.now)
            self.now += TICK
            self._feed_back()

    def _feed_back(self) -> None:
        count = self.line.send_history.octets // 1000 - self._told
        times = tuple(self.now + step / 100_000 for step in range(count))
        self.line.told(TransportFeedback(self._told & 0xFFFF, times), self.now)
        self._told += count


def test_a_line_is_tried_only_while_more_is_needed() -> None:
    receiver = Receiver()
    receiver.line.needed = 2_000_000
    receiver.run(3)
    receiver.padding = 0
    receiver.run(5)
    assert receiver.padding == 0
    receiver.line.needed = 6_000_000
    receiver.run(5)
    assert receiver.padding > 0
    assert receiver.line.limit(receiver.now) == pytest.approx(6_000_000, rel=0.4)


def test_nothing_is_known_of_a_silent_line_and_nothing_is_held_back() -> None:
    line = SendSideBwe()
    line.needed = 1e6
    assert line.limit(1.0) is None
    assert line.tick(1.0) == line.tick(1.1) == 0
    assert line.may_repeat(10**9, 1.0)


def test_a_line_that_tells_a_sum_is_tried_now_and_then() -> None:
    line = SendSideBwe()
    line.needed = 1e6
    line.told(Remb(300_000), 1.0)
    assert line.limit(1.1) == 600_000
    line.told(Remb(200_000), 2.0)
    assert line.limit(2.1) == 200_000
