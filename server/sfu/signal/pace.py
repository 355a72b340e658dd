"""How fast a participant's messages are read: each has a share of the process's time. Pure."""

from collections import OrderedDict
from collections.abc import Hashable

#: Of the processor's time, one participant's messages may take this share; so many seconds at once.
SHARE, AT_ONCE = 0.05, 0.25
#: Seconds that it takes to pass a message on to one participant: to pack it, and to write it.
TELLING = 0.0001


class Pace:
    """Who takes more is read later, and nobody else waits: the network holds back what it sends."""

    def __init__(self, share: float = SHARE, at_once: float = AT_ONCE) -> None:
        self._share = share
        self._at_once = at_once
        self._debt = 0.0
        self._at: float | None = None

    def spent(self, seconds: float, now: float) -> None:
        """A message took `seconds` of work; `now` is of a clock that goes on, in seconds."""
        self._settle(now)
        self._debt += seconds

    def wait(self, now: float) -> float:
        """Seconds until the next message is read."""
        self._settle(now)
        return max(0.0, self._debt - self._at_once) / self._share

    def _settle(self, now: float) -> None:
        if self._at is not None:
            self._debt = max(0.0, self._debt - (now - self._at) * self._share)
        self._at = now


class Paces:
    """One for each key, kept when a connection ends: who comes anew has no more time than before.

    Args: most: of more, the one that was not asked for longest is forgotten.
    """

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._by_key: OrderedDict[Hashable, Pace] = OrderedDict()

    def of(self, key: Hashable) -> Pace:
        found = self._by_key.setdefault(key, Pace())
        self._by_key.move_to_end(key)
        if len(self._by_key) > self._most:
            self._by_key.popitem(last=False)
        return found
