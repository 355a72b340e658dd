"""What is thought of a line, over lines that are known: a sender, a line and feedback in stepped time."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sfu.forwarding.delay_loss_estimator import START, DelayLossEstimator
from server.sfu.forwarding.probing import ANSWER, DURATION, Attempt, Prober, measure
from server.sfu.forwarding.send_history import Arrival
from server.sfu.forwarding.trendline_estimator import TrendlineEstimator, Usage
from tests.support.impaired_path import Conditions, Line

SIZE = 1100
TICK = 0.05


class Sender:
    """Sends media at `rate`, or at what the estimate allows when that is less, and probes for `needed`."""

    def __init__(self, conditions: Conditions, rate: float, needed: float = 0.0) -> None:
        self.estimator = DelayLossEstimator()
        self.prober = Prober()
        self.line = Line(conditions, 5)
        self.rate = rate
        self.needed = needed
        self.now = 100.0
        self._credit = 0.0
        self._waiting: list[tuple[float, Arrival]] = []

    def run(self, seconds: float) -> float:
        """The estimate afterwards."""
        for _ in range(round(seconds / TICK)):
            self._tick()
            self.now += TICK
        return self.estimator.bitrate or 0.0

    def _tick(self) -> None:
        rate = min(self.rate, self.estimator.bitrate or self.rate)
        self._send(rate * TICK / 8)
        self._send(self.prober.padding(int(rate * TICK / 8), TICK, self.now))
        due = [arrival for at, arrival in self._waiting if at <= self.now]
        self._waiting = [(at, arrival) for at, arrival in self._waiting if at > self.now]
        self.estimator.take(due, self.now, probing=self.prober.disturbs(self.now))
        self.prober.take(due)
        known = self.estimator.bitrate or 0.0
        found = self.prober.result(known, self.now)
        if found is not None:
            self.estimator.probed(found)
        self.prober.begin(known, self.needed, self.estimator.lowered_at, self.now)

    def _send(self, octets: float) -> None:
        """Evenly over the tick, as pictures of many people are."""
        self._credit += octets
        count = int(self._credit // SIZE)
        self._credit -= count * SIZE
        for step in range(count):
            at = self.now + step * TICK / count
            out = self.line.carry(SIZE, at)
            heard = (out if out is not None else at) + self.line.conditions.delay + TICK
            received = out + 5000.0 if out is not None else None
            self._waiting.append((heard, Arrival(at, received, SIZE, self.prober.cluster)))


def test_a_wide_line_is_never_thought_narrow() -> None:
    sender = Sender(Conditions(delay=0.05, jitter=0.004), 1_500_000)
    assert sender.run(20) >= START


@pytest.mark.parametrize("rate", [200_000, 300_000, 1_000_000])
def test_a_narrow_line_is_found_and_kept_to(rate: float) -> None:
    sender = Sender(Conditions(delay=0.05, rate=rate, queue=int(rate / 8 * 0.4)), 2_500_000)
    sender.run(8)
    dropped = sender.line.dropped
    estimates = [sender.run(0.5) for _ in range(40)]
    assert all(0.5 * rate < estimate < 1.4 * rate for estimate in estimates)
    assert sender.line.dropped - dropped < 0.05 * sender.line.passed


def test_losses_of_a_bad_radio_do_not_lower_it() -> None:
    sender = Sender(Conditions(delay=0.2, loss=0.05), 1_500_000)
    assert sender.run(20) > 1_500_000


def test_a_longer_way_is_no_queue() -> None:
    sender = Sender(Conditions(delay=0.02, loss=0.05), 1_500_000)
    sender.run(5)
    sender.line.conditions = Conditions(delay=0.3, loss=0.05)
    assert sender.run(15) > 1_000_000


def test_a_line_that_is_dark_for_a_moment_is_soon_used_again() -> None:
    sender = Sender(Conditions(delay=0.1), 1_000_000, needed=1_500_000)
    sender.run(5)
    sender.line.conditions = Conditions(delay=0.1, loss=1.0)
    sender.run(0.5)
    sender.line.conditions = Conditions(delay=0.1)
    assert sender.run(2) > 500_000
    assert sender.run(6) > 1_000_000


def test_heavy_losses_lower_it() -> None:
    sender = Sender(Conditions(delay=0.05, loss=0.4), 1_500_000)
    assert sender.run(10) < 500_000


def test_a_line_that_widens_is_found_by_probing() -> None:
    sender = Sender(Conditions(delay=0.05, rate=300_000, queue=12_000), 2_500_000, needed=2_000_000)
    sender.run(10)
    sender.rate = 150_000
    assert sender.run(10) < 450_000
    sender.line.conditions = Conditions(delay=0.05)
    assert sender.run(14) > 2_000_000


def test_pauses_between_probes_grow_while_they_fail() -> None:
    prober, now, begun = Prober(), 0.0, []
    while now < 60:
        if prober.begin(300_000, 1e6, -1e9, now):
            begun.append(now)
        prober.padding(0, TICK, now)
        prober.result(300_000, now)
        now += TICK
    pauses = [round(latter - former - DURATION - ANSWER) for former, latter in itertools.pairwise(begun)]
    assert pauses[:4] == [2, 4, 8, 8]


def test_an_attempt_ends_when_the_receiver_complains_and_the_next_is_later() -> None:
    attempt = Attempt()
    assert attempt.limit(300_000, 200_000, -1e9, 0.0) == 300_000
    assert attempt.limit(300_000, 1e6, -1e9, 1.0) == 600_000
    assert attempt.limit(250_000, 1e6, 2.0, 2.0) == 250_000
    assert attempt.limit(250_000, 1e6, 2.0, 5.9) == 250_000
    assert attempt.limit(250_000, 1e6, 2.0, 6.1) == 500_000
    assert attempt.limit(400_000, 1e6, 2.0, 8.0) == 800_000
    assert attempt.limit(400_000, 1e6, 2.0, 10.2) == 400_000
    assert attempt.limit(400_000, 1e6, 2.0, 12.3) == 800_000


def test_nothing_is_probed_when_all_that_is_wanted_fits_or_the_line_was_just_full() -> None:
    assert not Prober().begin(3e6, 2e6, -1e9, 50.0)
    assert not Prober().begin(3e5, 2e6, 49.0, 50.0)
    assert Prober().begin(3e5, 2e6, 40.0, 50.0)


@pytest.mark.parametrize(
    ("arrivals", "rate"),
    [
        ([], 0.0),
        ([Arrival(step / 100, 7 + step / 100, 1000) for step in range(11)], 800_000),
        ([Arrival(step / 100, 7 + step / 50, 1000) for step in range(11)], 400_000),
        ([Arrival(step / 100, None, 1000) for step in range(11)], 0.0),
        ([Arrival(0.0, 7.0, 1000)] * 11, 0.0),
    ],
)
def test_the_rate_of_a_probe_is_that_of_the_slower_end(arrivals: list[Arrival], rate: float) -> None:
    assert measure(arrivals) == pytest.approx(rate)


def test_growing_delays_are_overuse_and_shrinking_ones_underuse() -> None:
    trend, seen = TrendlineEstimator(), []
    for step, late in enumerate([*range(0, 300, 5), *range(300, 0, -5)]):
        trend.take(step * 20.0, step * 20.0 + late)
        seen.append(trend.usage)
    assert Usage.OVERUSE in seen[:60]
    assert seen[-1] is Usage.UNDERUSE


def test_who_only_tells_an_estimate_is_believed_until_it_gives_feedback() -> None:
    estimator = DelayLossEstimator()
    estimator.told(400_000, 1.0)
    assert estimator.bitrate == 400_000
    estimator.told(200_000, 2.0)
    assert (estimator.bitrate, estimator.lowered_at) == (200_000, 2.0)
    estimator.take([Arrival(3.0, 9.0, 1000)], 3.0)
    estimator.told(10_000_000, 4.0)
    assert estimator.bitrate < 1_000_000


@given(
    st.lists(
        st.builds(
            Arrival,
            st.floats(0, 1e9),
            st.none() | st.floats(-1e9, 1e9),
            st.integers(0, 1500),
            st.integers(0, 2),
        ),
        max_size=60,
    )
)
def test_any_feedback_leaves_a_rate(arrivals: Sequence[Arrival]) -> None:
    estimator, prober = DelayLossEstimator(), Prober()
    for now in range(3):
        estimator.take(arrivals, float(now))
        prober.begin(1e5, 1e6, -1e9, float(now))
        prober.take(arrivals)
        assert estimator.bitrate is None or 100_000 <= estimator.bitrate <= 50_000_000
