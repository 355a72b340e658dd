"""How often others hear of what somebody changes: what comes faster is told as it stands then. Pure."""

from collections.abc import Container

from server.sfu.forwarding.bucket import Buckets

#: A second, and at once.
NEWS, NEWS_AT_ONCE = 5.0, 20.0


class News:
    """Of one room; `now` is of one clock that goes on, in seconds, and stands still between two `due`."""

    def __init__(self) -> None:
        self._now = 0.0
        self._told = Buckets(NEWS, NEWS_AT_ONCE)
        self._late: set[str] = set()

    def tell(self, sid: str, *, at_once: bool = False) -> bool:
        """Whether a change is told now; if not, it waits. `at_once`: it cannot wait."""
        if at_once or self._told.take(sid, self._now):
            self._late.discard(sid)
            return True
        self._late.add(sid)
        return False

    def due(self, here: Container[str], now: float) -> list[str]:
        """Those who are here and of whom news is told now; to be called often."""
        self._now = now
        self._late = {sid for sid in self._late if sid in here}
        return [sid for sid in sorted(self._late) if self.tell(sid)]
