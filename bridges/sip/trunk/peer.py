"""Watching a peer with OPTIONS (RFC 3261, Section 11)."""

__all__ = ["PeerWatch"]

#: Unanswered probes in a row that make a peer count as down: one datagram may be lost.
PATIENCE = 2
#: How often a peer that is down is asked, seconds.
DOWN_INTERVAL = 5.0
#: What says that nobody is there: silence, or what could not be sent; 503 is a peer's "not now".
DEAD = frozenset({408, 503})


class PeerWatch:
    """Up or down. A peer is taken for up until it has failed to answer. Times in seconds."""

    def __init__(self, interval: float, now: float) -> None:
        self.up = True
        self.why: str | None = None
        self._interval = interval
        self._failures = 0
        self._next: float | None = now if interval else None

    def get_timer(self) -> float | None:
        """When to send the next OPTIONS; None while an answer is awaited."""
        return self._next

    def sent(self) -> None:
        """An OPTIONS is on its way."""
        self._next = None

    def answered(self, status: int, phrase: str, now: float) -> None:
        """Any answer at all means that somebody is there, but for 503."""
        if status in DEAD:
            self._failures += 1
            self.why = f"{status} {phrase}".strip()
            self.up = self.up and self._failures < PATIENCE
        else:
            self._failures, self.up, self.why = 0, True, None
        self._next = now + (
            self._interval if self.up and not self._failures else min(DOWN_INTERVAL, self._interval)
        )
