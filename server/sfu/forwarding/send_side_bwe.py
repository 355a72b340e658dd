"""One subscriber's line: what was sent over it, what it carries, and trying whether it carries more. Pure."""

from server.sfu.forwarding import rtcp
from server.sfu.forwarding.bucket import Bucket
from server.sfu.forwarding.delay_loss_estimator import START, DelayLossEstimator
from server.sfu.forwarding.probing import Attempt, Prober
from server.sfu.forwarding.send_history import SendHistory

#: What an unknown line is taken to carry of better pictures, as libwebrtc begins; the lowest of everybody are
#: sent nevertheless. bit/s.
FIRST = 300_000.0
#: A line that has told nothing for so long never will. Seconds.
UNHEARD = 1.0
#: The part of a line that repeated packets may take; half a second of it at once.
_REPAIRS = 0.5


class SendSideBwe:
    """Attributes:
    send_history: of all packets.
    estimator: what is known of it.
    needed: bit/s, if all that is wanted were sent.
    untriable: nothing can be sent only to try it, as the receiver knows no retransmissions.
    """

    def __init__(self) -> None:
        self.send_history = SendHistory()
        self.estimator = DelayLossEstimator()
        self.needed = 0.0
        self.untriable = False
        self._prober = Prober()
        self._attempt = Attempt()
        self._feedback = False
        self._repairs = Bucket(START, START)
        self._ticked: tuple[float, int] | None = None
        self._began: float | None = None
        self._trusted = self._tried_from = FIRST

    def told(self, said: rtcp.TransportFeedback | rtcp.Remb, now: float) -> None:
        if isinstance(said, rtcp.Remb):
            self.estimator.told(said.bitrate, now)
            return
        self._feedback = True
        arrivals = self.send_history.on_feedback(said.base, said.times)
        self.estimator.take(arrivals, now, probing=self._prober.disturbs(now))
        self._prober.take(arrivals)

    def limit(self, now: float) -> float | None:
        """bit/s that may be sent; None while the line has told nothing of itself."""
        estimate = self.estimator.bitrate
        if estimate is None or self._feedback:
            return estimate
        return self._attempt.limit(estimate, self.needed, self.estimator.lowered_at, now)

    def proven(self, now: float) -> float | None:
        """bit/s that it is known to carry; None when the limit is all there is to say.

        A line is not known before it was full, or tried. Better pictures wait for it: the first ones of all
        at once would fill a narrow line, and sound would be lost with them.
        """
        estimate = self.estimator.bitrate
        age = 0.0 if self._began is None else now - self._began
        if estimate is None:
            return self._trusted if age < UNHEARD else None
        if not self._feedback or self.untriable or self.estimator.known or self._trusted >= estimate:
            return None
        return self._trusted

    def may_repeat(self, size: int, now: float) -> bool:
        """Whether a packet may be sent again: repairs must not fill a line that loses as it is too full."""
        limit = self.estimator.bitrate
        if limit is None:
            return True
        self._repairs.resize(limit * _REPAIRS / 8, limit * _REPAIRS / 16)
        return self._repairs.take(size, now)

    def tick(self, now: float) -> int:
        """Bytes to send now only to try the line."""
        former, self._ticked = self._ticked, (now, self.send_history.octets)
        if self._began is None and self.send_history.octets:
            self._began = now
        estimate = self.estimator.bitrate
        if former is None or estimate is None or not self._feedback:
            return 0
        self._conclude(estimate, now)
        base = self._base(now)
        if self._prober.begin(base, self.needed, self.estimator.lowered_at, now):
            self._tried_from = base
        padding = self._prober.padding(self.send_history.octets - former[1], now - former[0], now)
        self.send_history.cluster = self._prober.cluster
        return padding

    def _base(self, now: float) -> float:
        """bit/s beyond which the line is to be tried."""
        return self.proven(now) or self.estimator.bitrate or self._trusted

    def _conclude(self, estimate: float, now: float) -> None:
        """What a probe that is over says."""
        unknown = self.proven(now) is not None
        if unknown and not self._prober.disturbs(now):
            self._trusted = max(self._trusted, self.estimator.acknowledged)
        self._prober.failed = 0.0
        found = self._prober.result(self._tried_from if unknown else estimate, now)
        if found is not None:
            self._trusted = max(self._trusted, found)
            self.estimator.probed(found)
        if unknown and self._prober.failed:
            self.estimator.found(max(self._trusted, self._prober.failed))
