"""How many refusals one address may cost us; pure."""

from collections import OrderedDict

__all__ = ["RefusalBudget"]


class RefusalBudget:
    """A token bucket a source, for answers to those who have proved nothing.

    The source of a datagram may be forged: what we answer hits whoever is named there. Beyond
    `rate` answers a second (after `burst`) a source gets silence. A source is an address, or whatever
    else the caller tells apart: a registered phone has a bucket of its own, so that who floods behind
    the same address does not silence it. Over TCP nobody can forge: no budget is asked there.
    `capacity` bounds the sources remembered; the one that asked longest ago is forgotten first.
    """

    def __init__(self, rate: float = 500.0, burst: float = 1_000.0, capacity: int = 10_000) -> None:
        self._rate = rate
        self._burst = burst
        self._capacity = capacity
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, as of when

    def allow(self, source: str, now: float) -> bool:
        """Whether one more may be sent; it is counted then. `now` in seconds."""
        tokens, since = self._buckets.get(source, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        allowed = tokens >= 1
        self._buckets[source] = (tokens - 1 if allowed else tokens, now)
        self._buckets.move_to_end(source)
        if len(self._buckets) > self._capacity:
            self._buckets.popitem(last=False)
        return allowed
