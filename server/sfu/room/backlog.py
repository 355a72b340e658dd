"""Data channels of different speed: who writes waits for who reads, but not for ever. Pure.

Bytes are not all that counts: each packet, however small, is read, and packed and sent for each reader.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Bytes that may wait for one reader before its writers are held back, and at which they go on.
HIGH, LOW = 1_000_000, 250_000
#: What a writer may have said beyond its rate: its window may be under way when it is held back.
MAX_DEBT = 4_000_000
#: A reader that is slow for so long is let go: it would hold up all others. Seconds.
PATIENCE = 10.0
#: Packets a second of one writer; with many readers so many deliveries a second, but never fewer packets.
PACKETS, DELIVERIES, FEWEST = 50.0, 750.0, 10.0
#: How far ahead of its rate of packets a writer is held back, goes on, and is not listened to. Seconds.
AHEAD, CAUGHT_UP, MOST_AHEAD = 4.0, 1.0, 10.0
#: Who was not listened to is held back for the time that it takes to write as much, but no longer. Seconds.
LONGEST_HELD = 10.0


def packets(readers: int) -> float:
    """How many packets a second somebody may write to so many readers."""
    return min(PACKETS, max(FEWEST, DELIVERIES / max(readers, 1)))


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
        self._ahead: dict[str, float] = {}
        self._refused: dict[str, float] = {}
        self._held: frozenset[str] = frozenset()

    def may_write(self, writer: str, readers: int, now: float) -> bool:
        """Whether a reliable packet of `writer` is taken; it counts if so.

        Who stops when it is held back gets everything through.
        """
        until = max(now, self._ahead.get(writer, now)) + 1 / packets(readers)
        if until - now > MOST_AHEAD:
            return False
        self._ahead[writer] = until
        return True

    def could_write(self, writer: str, now: float) -> bool:
        """Whether a reliable packet might be taken: to be asked before it is read."""
        return max(now, self._ahead.get(writer, now)) + 1 / PACKETS - now <= MOST_AHEAD

    def refused(self, writer: str, now: float) -> None:
        """A packet of `writer` was not taken, on whatever channel."""
        until = max(now, self._refused.get(writer, now)) + 1 / PACKETS
        self._refused[writer] = min(until, now + LONGEST_HELD)

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
        hasty |= {
            sid for sid, until in self._ahead.items()
            if until - now > (CAUGHT_UP if sid in self._held else AHEAD)
        }  # fmt: skip
        for sid in [sid for sid, until in self._refused.items() if until <= now]:
            del self._refused[sid]
        hasty |= self._refused.keys()
        held = hasty | {sid for sid, readers in self._writers.items() if readers & self._slow.keys()}
        gone = {sid for sid, since in self._slow.items() if now - since > PATIENCE}
        gone |= {sid for sid, debt in debts.items() if debt > MAX_DEBT}
        for sid in [sid for sid, debt in debts.items() if debt <= 0 and sid not in held]:
            del self._debts[sid]
            self._writers.pop(sid, None)
        for sid in [sid for sid, until in self._ahead.items() if until <= now]:
            del self._ahead[sid]
        before, self._held = self._held, frozenset(held)
        return Changes(self._held - before, before - self._held, frozenset(gone))

    def _forget(self, here: Mapping[str, int]) -> None:
        """Those who left hold nobody up, and are held by nobody."""
        for table in (self._slow, self._writers, self._debts, self._ahead, self._refused):
            for sid in [sid for sid in table if sid not in here]:
                del table[sid]
        self._held = self._held & here.keys()
