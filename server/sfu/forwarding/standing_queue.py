"""A queue that stands full: delays do not grow any more and few packets are lost, but all of them wait.

Neither the trend of delays nor the threshold of losses sees it (draft-ietf-rmcat-gcc-02 leaves it open).
"""

#: So much later than the quickest is a queue. Seconds.
_LONG = 0.1
#: What less rate should shorten it by, and how often that is tried.
_SHORTER, _TRIES = 0.01, 3


class StandingQueue:
    """Delays are between two clocks: only their differences count."""

    def __init__(self) -> None:
        self._quickest: float | None = None
        self._lowest: float | None = None
        self._blamed: float | None = None
        self._tries = 0

    def take(self, delay: float) -> None:
        """Of one packet, seconds."""
        if self._lowest is None or delay < self._lowest:
            self._lowest = delay

    def stands(self, *, losing: bool) -> bool:
        """Whether even the quickest packet since the last time had to wait, with some of them lost."""
        lowest, self._lowest = self._lowest, None
        if lowest is None:
            return False
        if self._quickest is None or lowest < self._quickest:
            self._quickest = lowest
        if not losing or lowest - self._quickest < _LONG:
            self._blamed, self._tries = None, 0
            return False
        return self._worth_lowering(lowest)

    def _worth_lowering(self, delay: float) -> bool:
        """Less rate must shorten a queue; what it does not shorten is a longer way."""
        if self._blamed is not None and delay > self._blamed - _SHORTER:
            self._tries += 1
            if self._tries >= _TRIES:
                self._quickest, self._blamed, self._tries = delay, None, 0
                return False
        self._blamed = delay
        return True
