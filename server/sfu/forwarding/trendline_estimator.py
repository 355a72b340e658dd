"""Whether the line is filling up, seen from how packets spread out on their way.

The delay-based half of Google's congestion control (draft-ietf-rmcat-gcc-02, Section 5), with a line fitted
through the delays in place of the Kalman filter, as libwebrtc has it by now. Milliseconds throughout.
"""

from collections import deque
from collections.abc import Sequence
from enum import Enum

#: Packets sent within this time are one group: they were sent at once. ms.
_BURST = 5.0
#: Groups through which the line is fitted.
_WINDOW = 20
_SMOOTHING = 0.9
_GAIN = 4.0
_MAX_GROUPS = 60
#: The threshold adapts, so that the streams of others do not starve ours (Section 5.4).
_START, _LOWEST, _HIGHEST = 12.5, 6.0, 600.0
_RISE, _FALL = 0.0087, 0.039
_OUTLIER = 15.0
#: Above the threshold for so long means overuse. ms.
_PATIENCE = 10.0


class Usage(Enum):
    """Of the line's capacity."""

    NORMAL = "normal"
    OVERUSE = "overuse"
    UNDERUSE = "underuse"


class TrendlineEstimator:
    """Attributes: usage: what the last groups say."""

    def __init__(self) -> None:
        self.usage = Usage.NORMAL
        self._group: tuple[float, float, float] | None = None
        self._former: tuple[float, float] | None = None
        self._delay = self._smoothed = 0.0
        self._points: deque[tuple[float, float]] = deque(maxlen=_WINDOW)
        self._groups = 0
        self._slope = 0.0
        self._over = 0.0
        self._overs = 0
        self._threshold = _START
        self._updated = 0.0

    def take(self, sent: float, received: float) -> None:
        """One packet that arrived, in the order of sending. ms, each by its own clock."""
        if self._group is None or sent - self._group[0] > _BURST:
            self._complete()
            self._group = sent, sent, received
        else:
            self._group = self._group[0], max(sent, self._group[1]), max(received, self._group[2])

    def _complete(self) -> None:
        if self._group is None:
            return
        _, sent, received = self._group
        if self._former is not None:
            between, arrived = sent - self._former[0], received - self._former[1]
            # A pause of seconds, or a clock that jumped, begins a new measurement.
            if between > 3000 or abs(arrived - between) > 3000:
                self.restart()
            else:
                self._update(arrived - between, between, received)
        self._former = sent, received

    def restart(self) -> None:
        """Forgets what was seen so far."""
        self._points.clear()
        self._delay = self._smoothed = self._slope = self._over = 0.0
        self._groups = self._overs = 0
        self.usage = Usage.NORMAL

    def _update(self, grown: float, between: float, received: float) -> None:
        self._groups += 1
        self._delay += grown
        self._smoothed = _SMOOTHING * self._smoothed + (1 - _SMOOTHING) * self._delay
        self._points.append((received, self._smoothed))
        slope = _slope(self._points) if len(self._points) == _WINDOW else self._slope
        self._judge(slope, between, received)

    def _judge(self, slope: float, between: float, received: float) -> None:
        trend = min(self._groups, _MAX_GROUPS) * slope * _GAIN
        if trend > self._threshold:
            self._over += between if self._overs else between / 2
            self._overs += 1
            if self._over > _PATIENCE and self._overs > 1 and slope >= self._slope:
                self._over, self._overs = 0.0, 0
                self.usage = Usage.OVERUSE
        else:
            self._over, self._overs = 0.0, 0
            self.usage = Usage.UNDERUSE if trend < -self._threshold else Usage.NORMAL
        self._slope = slope
        self._adapt(abs(trend), received)

    def _adapt(self, trend: float, received: float) -> None:
        elapsed = min(max(received - self._updated, 0.0), 100.0)
        self._updated = received
        if trend <= self._threshold + _OUTLIER:
            pace = _FALL if trend < self._threshold else _RISE
            self._threshold += pace * (trend - self._threshold) * elapsed
            self._threshold = min(_HIGHEST, max(_LOWEST, self._threshold))


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the line with the least squares."""
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    below = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / below if below else 0.0
