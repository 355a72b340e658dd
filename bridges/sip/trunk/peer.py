"""Watching a peer with OPTIONS (RFC 3261, Section 11).

Nothing demands OPTIONS of a peer before a call, and some never answer it: what is seen here is shown, and
keeps no call back.
"""

__all__ = ["PeerWatch"]

#: Unanswered probes in a row after which nothing is known of a peer: one datagram may be lost.
PATIENCE = 2
#: How often a peer that is not known to be up is asked, seconds.
DOWN_INTERVAL = 5.0
#: How often a peer is asked that has never answered, seconds: it may be one that never does.
SILENT_INTERVAL = 30.0


class PeerWatch:
    """`up`: True after an answer, False when it could not be reached or says 503, None while nobody knows:
    not asked, or silent. Times in seconds."""

    def __init__(self, interval: float, now: float) -> None:
        self.up: bool | None = None
        self.why: str | None = None if interval else "not asked"
        self._interval = interval
        self._failures = 0
        self._heard = False
        self._next: float | None = now if interval else None

    def get_timer(self) -> float | None:
        """When to send the next OPTIONS; None while an answer is awaited."""
        return self._next

    def sent(self) -> None:
        """An OPTIONS is on its way."""
        self._next = None

    def answered(self, status: int, phrase: str, now: float) -> None:
        """Any answer at all means that somebody is there, but for 503, which could not be sent either."""
        if status in {408, 503}:
            self._failures += 1
            if status == 503 or not self.up or self._failures >= PATIENCE:
                self.up = None if status == 408 else False
                self.why = "does not answer OPTIONS" if status == 408 else f"{status} {phrase}".strip()
        else:
            self._failures, self.up, self.why, self._heard = 0, True, None, True
        self._next = now + self._pause()

    def _pause(self) -> float:
        if self._failures == 0:
            return self._interval
        return min(DOWN_INTERVAL if self._heard or self.up is False else SILENT_INTERVAL, self._interval)
