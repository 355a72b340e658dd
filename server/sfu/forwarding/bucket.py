"""Token buckets: what one participant may send, and how often somebody may come."""

from collections import OrderedDict
from collections.abc import Hashable


class Bucket:
    """Args: rate, units a second; burst, units that may come at once. `resize` changes both."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at: float | None = None

    def resize(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._level = min(self._level, burst)

    def has(self, amount: float, now: float) -> bool:
        """Whether `amount` would be allowed now."""
        if self._at is not None:
            self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        return amount <= self._level

    def take(self, amount: float, now: float) -> bool:
        """Whether `amount` is allowed now; what is refused costs nothing."""
        if not self.has(amount, now):
            return False
        self._level -= amount
        return True


class Buckets:
    """One for each key; of more than `most`, the one that was not asked for longest is forgotten.

    Args: rate, burst: as of one bucket.
    """

    def __init__(self, rate: float, burst: float, most: int = 4096) -> None:
        self._rate, self._burst, self._most = rate, burst, most
        self._by_key: OrderedDict[Hashable, Bucket] = OrderedDict()

    def take(self, key: Hashable, now: float) -> bool:
        """Whether one more is allowed for `key` now."""
        bucket = self._by_key.setdefault(key, Bucket(self._rate, self._burst))
        self._by_key.move_to_end(key)
        if len(self._by_key) > self._most:
            self._by_key.popitem(last=False)
        return bucket.take(1, now)
