"""A token bucket: what one participant may send."""


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

    def take(self, amount: float, now: float) -> bool:
        """Whether `amount` is allowed now; what is refused costs nothing."""
        if self._at is not None:
            self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if amount > self._level:
            return False
        self._level -= amount
        return True
