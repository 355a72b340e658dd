"""Data channels of different speed: who writes waits for who reads, but not for ever. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Bytes that may wait for one reader before its writers are held back, and at which they go on.
HIGH, LOW = 1_000_000, 250_000
#: What a writer may have said beyond its rate: its window may be under way when it is held back.
MAX_DEBT = 4_000_000
#: A reader that is slow for so long is let go: it would hold up all others. Seconds.
PATIENCE = 10.0


@dataclass(frozen=True)
class Changes:
    """Participants, by sid, who are to be held back, may go on, or have to be let go."""

    hold: frozenset[str]
    release: frozenset[str]
    gone: frozenset[str]


class Backlog:
    """Args: rate: bytes a second that one participant may write."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._slow: dict[str, float] = {}
        self._writers: dict[str, set[str]] = {}
        self._debts: dict[str, tuple[float, float]] = {}
        self._held: frozenset[str] = frozenset()

    def wrote(self, writer: str, size: int, readers: Iterable[str], now: float) -> None:
        """A reliable packet of `writer` waits to be sent to `readers`."""
        debt, since = self._debts.get(writer, (0.0, now))
        left = max(0.0, debt - (now - since) * self._rate)
        self._debts[writer] = (left + size, now)
        self._writers.setdefault(writer, set()).update(readers)

    def look(self, waiting: Mapping[str, int], now: float) -> Changes:
        """What follows; to be called often.

        Args:
            waiting: bytes that wait for each participant who is still here.
        """
        self._forget(waiting)
        for sid, size in waiting.items():
            if size > HIGH:
                self._slow.setdefault(sid, now)
            elif size < LOW:
                self._slow.pop(sid, None)
        debts = {sid: debt - (now - since) * self._rate for sid, (debt, since) in self._debts.items()}
        hasty = {sid for sid, debt in debts.items() if debt > (LOW if sid in self._held else HIGH)}
        held = hasty | {sid for sid, readers in self._writers.items() if readers & self._slow.keys()}
        gone = {sid for sid, since in self._slow.items() if now - since > PATIENCE}
        gone |= {sid for sid, debt in debts.items() if debt > MAX_DEBT}
        for sid in [sid for sid, debt in debts.items() if debt <= 0 and sid not in held]:
            del self._debts[sid]
            self._writers.pop(sid, None)
        before, self._held = self._held, frozenset(held)
        return Changes(self._held - before, before - self._held, frozenset(gone))

    def _forget(self, here: Mapping[str, int]) -> None:
        """Those who left hold nobody up, and are held by nobody."""
        for table in (self._slow, self._writers, self._debts):
            for sid in [sid for sid in table if sid not in here]:
                del table[sid]
        self._held = self._held & here.keys()
