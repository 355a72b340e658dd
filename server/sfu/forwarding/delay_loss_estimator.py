"""How much a subscriber's line carries: from delays and losses (draft-ietf-rmcat-gcc-02), or as it says."""

from collections.abc import Sequence

from server.sfu.forwarding.rate import Rate
from server.sfu.forwarding.send_history import Arrival
from server.sfu.forwarding.standing_queue import StandingQueue
from server.sfu.forwarding.trendline_estimator import TrendlineEstimator, Usage

#: What is thought of a line at first: most carry a picture of each of a few people. bit/s.
START = 3_000_000.0
#: Its bounds; the lower one is about what sound alone takes, which is never held back.
_MIN_BITRATE, _MAX_BITRATE = 100_000.0, 50_000_000.0
#: After overuse, this part of what came through; upwards by so much a second (Section 5.5).
_BETA, _ETA = 0.85, 1.08
#: Near the rate at which it was full, the line is approached slowly.
_NEAR_CONVERGENCE_ETA, _NEAR_CONVERGENCE = 1.02, (0.7, 1.2)
#: Section 6: more lost than this lowers the rate, less raises it.
_HEAVY, _LIGHT = 0.10, 0.02
#: Below the first share of the estimate sent, and over the second received: application-limited, the estimate
#: stays.
_SENT_SHARE, _RECEIVED_SHARE = 0.7, 0.85
#: Over which rates are measured; while a queue empties, the short one shows what the line carries. Seconds.
_WINDOW, _MOMENT = 0.5, 0.2
#: Between two steps down, so that the first can show. Seconds.
_PAUSE = 0.3
#: Losses are judged over so many packets and so long. Seconds.
_SAMPLE, _PERIOD = 20, 0.5


class DelayLossEstimator:
    """How much may be sent over one connection.

    Attributes:
        bitrate: bit/s that the line carries; None before anything is known of it.
        lowered_at: when it was lowered the last time, seconds.
        usage: of the line, as the delays have it.
        lost: share of the packets of the last half second.
        known: whether the line ever showed how much it carries.
    """

    def __init__(self) -> None:
        self.bitrate: float | None = None
        self.lowered_at = -1e9
        self.usage = Usage.NORMAL
        self.lost = 0.0
        self.known = False
        self._trend = TrendlineEstimator()
        self._queue = StandingQueue()
        self._sent, self._received, self._moment = Rate(_WINDOW), Rate(_WINDOW), Rate(_MOMENT)
        self._updated: float | None = None
        self._full_at = 0.0
        self._over_since = 0.0
        self._counted = (0, 0)
        self._counted_at = 0.0
        self._listens = False

    @property
    def acknowledged(self) -> float:
        """bit/s that came through in the last half second, as the receiver saw it."""
        return self._received.value

    @property
    def _full(self) -> float:
        """bit/s of a line that is too full."""
        return max(self._received.value, self._moment.value)

    def take(self, arrivals: Sequence[Arrival], now: float, *, probing: bool = False) -> None:
        """What feedback says of packets, in the order of sending.

        `probing`: the line is being tried; that it is too full then says nothing of the rate before.
        """
        if not arrivals:
            return
        self._listens = True
        for one in arrivals:
            self._note(one)
        self.usage = self._trend.usage
        if self.bitrate is None:
            self.bitrate = START
        if probing:
            self._trend.restart()
        elif arrivals[-1].sent_at > self.lowered_at:
            self._by_delay(self.bitrate, now)
            self._by_loss(arrivals, now)
        self._updated = now

    def _note(self, one: Arrival) -> None:
        self._sent.take(one.sent_at, one.size)
        if one.received_at is not None:
            self._trend.take(one.sent_at * 1000, one.received_at * 1000)
            self._received.take(one.received_at, one.size)
            self._moment.take(one.received_at, one.size)
            self._queue.take(one.received_at - one.sent_at)

    def _by_delay(self, rate: float, now: float) -> None:
        through = self.acknowledged
        if self.usage is not Usage.OVERUSE:
            self._over_since = now
        elif now - self.lowered_at > _PAUSE and through:
            self._back_off(rate, through, now)
        if self.usage is Usage.NORMAL:
            elapsed = min(now - self._updated, 1.0) if self._updated is not None else 0.0
            # What was never filled is not known to carry more.
            raised = min(rate * self._pace(rate) ** elapsed, 1.5 * through + 10_000)
            self.bitrate = min(_MAX_BITRATE, max(rate, raised, through))

    def _back_off(self, rate: float, through: float, now: float) -> None:
        sent = self._sent.value
        if sent > _SENT_SHARE * rate or through < _RECEIVED_SHARE * sent:
            self._full_at = self._full
            self._lower(_BETA * self._full, now)
        elif now - self._over_since > _PAUSE:
            # Less than that was sent, and for longer than a keyframe takes: others use the line, too.
            self._lower(_BETA * rate, now)

    def _pace(self, rate: float) -> float:
        low, high = _NEAR_CONVERGENCE
        return _NEAR_CONVERGENCE_ETA if low * self._full_at < rate < high * self._full_at else _ETA

    def _by_loss(self, arrivals: Sequence[Arrival], now: float) -> None:
        lost = self._counted[0] + sum(one.received_at is None for one in arrivals)
        count = self._counted[1] + len(arrivals)
        self._counted = lost, count
        if count < _SAMPLE or now - self._counted_at < _PERIOD:
            return
        self.lost, self._counted, self._counted_at = lost / count, (0, 0), now
        if self.lost > _HEAVY and self.bitrate is not None:
            # What came through is what the line carries: it is not counted twice.
            self._lower(max(self.bitrate * (1 - self.lost / 2), _BETA * self._full), now)
        if self._queue.stands(losing=self.lost > _LIGHT):
            self._lower(_BETA * self._full, now)

    def _lower(self, rate: float, now: float) -> None:
        """`lowered_at` moves even where nothing is left to lower: the line is full."""
        self.bitrate = max(_MIN_BITRATE, min(rate, self.bitrate or rate))
        self.lowered_at = now
        self.known = True
        self._counted = (0, 0)

    def found(self, rate: float) -> None:
        """The line was tried for the first time, and carries no more than this."""
        self.bitrate = max(_MIN_BITRATE, rate)
        self._full_at = rate
        self.known = True

    def probed(self, rate: float) -> None:
        """A probe came through at this rate."""
        if self.bitrate is not None:
            self.bitrate = min(_MAX_BITRATE, max(self.bitrate, rate))

    def told(self, bitrate: float, now: float) -> None:
        """The receiver's own estimate (REMB), for those that give no feedback on each packet."""
        if self._listens:
            return
        if self.bitrate is not None and bitrate < self.bitrate * 0.97:
            self.lowered_at = now
        self.bitrate = max(_MIN_BITRATE, min(_MAX_BITRATE, bitrate))
