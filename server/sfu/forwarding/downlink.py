"""One subscriber's line: what was sent over it, what it carries, and trying whether it carries more. Pure."""

from server.sfu.forwarding import rtcp
from server.sfu.forwarding.bucket import Bucket
from server.sfu.forwarding.estimator import START, Estimator
from server.sfu.forwarding.ledger import Ledger
from server.sfu.forwarding.probing import Attempt, Prober

#: The part of a line that repeated packets may take; half a second of it at once.
_REPAIRS = 0.5


class Downlink:
    """Attributes: ledger: of all packets; estimator; needed: bit/s, if all that is wanted were sent."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.estimator = Estimator()
        self.needed = 0.0
        self._prober = Prober()
        self._attempt = Attempt()
        self._feedback = False
        self._repairs = Bucket(START, START)
        self._ticked: tuple[float, int] | None = None

    def told(self, said: rtcp.TransportFeedback | rtcp.Remb, now: float) -> None:
        if isinstance(said, rtcp.Remb):
            self.estimator.told(said.bitrate, now)
            return
        self._feedback = True
        arrivals = self.ledger.settle(said.base, said.times)
        self.estimator.take(arrivals, now, probing=self._prober.disturbs(now))
        self._prober.take(arrivals)

    def limit(self, now: float) -> float | None:
        """bit/s that may be sent; None while the line has told nothing of itself."""
        estimate = self.estimator.bitrate
        if estimate is None or self._feedback:
            return estimate
        return self._attempt.limit(estimate, self.needed, self.estimator.lowered_at, now)

    def may_repeat(self, size: int, now: float) -> bool:
        """Whether a packet may be sent again: repairs must not fill a line that loses as it is too full."""
        limit = self.estimator.bitrate
        if limit is None:
            return True
        self._repairs.resize(limit * _REPAIRS / 8, limit * _REPAIRS / 16)
        return self._repairs.take(size, now)

    def tick(self, now: float) -> int:
        """Bytes to send now only to try the line."""
        former, self._ticked = self._ticked, (now, self.ledger.octets)
        estimate = self.estimator.bitrate
        if former is None or estimate is None or not self._feedback:
            return 0
        found = self._prober.result(estimate, now)
        if found is not None:
            self.estimator.probed(found)
        self._prober.begin(estimate, self.needed, self.estimator.lowered_at, now)
        padding = self._prober.padding(self.ledger.octets - former[1], now - former[0], now)
        self.ledger.cluster = self._prober.cluster
        return padding
