"""The first seconds of a line of which nothing is known: sound, a small picture, and better ones in time."""

import pytest

from server.sfu.forwarding.rtcp import Remb, TransportFeedback
from server.sfu.forwarding.send_side_bwe import FIRST, UNHEARD, SendSideBwe
from tests.support.impaired_path import Conditions, Line

#: A camera's three layers as livekit-client sends them: bit/s, and bytes of a keyframe.
LAYERS = (100_000, 450_000, 1_700_000)
KEYFRAMES = (8_000, 25_000, 60_000)
SOUND = 40_000
STEP = 0.005


class Viewer:
    """Somebody who sees one camera over `line`, and tells every tenth of a second what came.

    Attributes:
        layer: that is sent, chosen anew every fifth of a second.
        reached: when each layer was sent first, seconds.
        lost_sound: packets.
    """

    def __init__(self, conditions: Conditions) -> None:
        self.bwe = SendSideBwe()
        self.layer = 0
        self.reached = {0: 0.0}
        self.lost_sound = 0
        self._line = Line(conditions, 1)
        self._arrivals: list[float | None] = []
        self._told = 0
        self._waiting = float(KEYFRAMES[0])

    def run(self, seconds: float) -> None:
        for step in range(round(seconds / STEP)):
            now = 10.0 + step * STEP
            if step % 4 == 0:
                self._send(100, now, sound=True)
            if step % 10 == 0:
                self._waiting += self.bwe.tick(now)
            if step % 20 == 0:
                self._tell(now)
            if step % 40 == 0:
                self._choose(now)
            self._waiting += LAYERS[self.layer] / 8 * STEP
            while self._waiting >= 1000:
                self._waiting -= 1000
                self._send(1000, now)

    def _send(self, size: int, now: float, *, sound: bool = False) -> None:
        self.bwe.send_history.next_sequence(size, now)
        arrival = self._line.carry(size, now)
        self._arrivals.append(arrival)
        self.lost_sound += sound and arrival is None

    def _tell(self, now: float) -> None:
        came = [index for index, at in enumerate(self._arrivals) if at is not None and at <= now]
        if came and came[-1] >= self._told:
            times = tuple(self._arrivals[self._told : came[-1] + 1])
            self.bwe.told(TransportFeedback(self._told & 0xFFFF, times), now)
            self._told = came[-1] + 1

    def _choose(self, now: float) -> None:
        limits = (self.bwe.limit(now), self.bwe.proven(now))
        budget = min(limit for limit in (*limits, 1e12) if limit is not None) * 0.95 - SOUND
        best = max((one for one in range(3) if LAYERS[one] * 1.1 <= budget), default=0)
        self.bwe.needed = SOUND + LAYERS[2] * 1.1
        if best != self.layer:
            self._waiting += KEYFRAMES[best]
            self.layer = best
            self.reached.setdefault(best, round(now - 10.0, 1))


def test_a_narrow_line_loses_no_sound_from_the_first_packet_on() -> None:
    viewer = Viewer(Conditions(delay=0.02, rate=300_000, queue=15_000))
    viewer.run(20)
    assert viewer.lost_sound == 0
    assert viewer.reached == {0: 0.0}


@pytest.mark.parametrize(
    ("rate", "best", "within"), [(1e6, 1, 1.5), (5e6, 2, 3.0), (1e9, 2, 3.0)], ids=["DSL", "fibre", "office"]
)
def test_a_better_line_has_better_pictures_soon(rate: float, best: int, within: float) -> None:
    viewer = Viewer(Conditions(delay=0.02, rate=rate, queue=50_000))
    viewer.run(10)
    assert viewer.layer == best
    assert viewer.reached[best] <= within
    assert viewer.lost_sound == 0


def test_a_line_that_tells_nothing_is_taken_for_good_after_a_while() -> None:
    line = SendSideBwe()
    assert line.proven(5.0) == FIRST
    line.tick(100.0)
    assert line.proven(100.0) == FIRST
    line.send_history.next_sequence(1000, 100.0)
    line.tick(100.1)
    assert line.proven(100.0 + UNHEARD) == FIRST
    assert line.proven(100.1 + UNHEARD) is None


def test_who_tells_a_sum_is_believed() -> None:
    line = SendSideBwe()
    line.told(Remb(500_000), 1.0)
    assert line.proven(1.0) is None


def test_what_cannot_be_tried_is_taken_for_good() -> None:
    line = SendSideBwe()
    line.needed = 2e6
    line.send_history.next_sequence(1000, 1.0)
    line.tick(1.0)
    line.told(TransportFeedback(0, (5.0,)), 1.1)
    assert line.proven(1.2) == FIRST
    assert line.tick(1.2) > 0
    line.untriable = True
    assert line.proven(1.2) is None
    before = line.limit(1.2)
    for step in range(40):
        line.send_history.next_sequence(1000, 1.2 + step * 0.05)
        line.tick(1.2 + step * 0.05)
        line.told(TransportFeedback(1 + step, (5.2 + step * 0.05,)), 1.25 + step * 0.05)
    assert line.limit(3.2) == before
