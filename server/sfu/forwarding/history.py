"""Packets kept for repetition, bounded by number, bytes and time."""

from collections.abc import Iterator
from dataclasses import dataclass

#: About two seconds of 720p; of packets that a network carries, less than 800 kB.
SIZE = 512
#: What is older comes too late for any jitter buffer. Seconds.
KEPT = 2.0
#: How often one packet may be repeated, and how soon again. Seconds.
REPEATS = 4
REPEAT_AFTER = 0.02


@dataclass(slots=True)
class Sent:
    """One packet as it went out; `kind` is the header's second byte."""

    sequence: int
    kind: int
    timestamp: int
    payload: bytes
    sent_at: float
    repeats: int = 0
    repeated_at: float = -1.0


class History:
    """Attributes: last: the newest packet, None when there is none."""

    def __init__(self) -> None:
        self.last: Sent | None = None
        self._ring: list[Sent | None] = [None] * SIZE

    def keep(self, sent: Sent) -> None:
        self._ring[sent.sequence % SIZE] = self.last = sent

    def clear(self) -> None:
        self.last = None
        self._ring = [None] * SIZE

    def again(self, sequences: tuple[int, ...], now: float) -> Iterator[Sent]:
        """Those of `sequences` that are here, not too old and not repeated too often or a moment ago."""
        for number in sequences[:SIZE]:
            sent = self._ring[number % SIZE]
            if sent is None or sent.sequence != number or sent.repeats >= REPEATS:
                continue
            if now - sent.sent_at > KEPT or (sent.repeats and now - sent.repeated_at < REPEAT_AFTER):
                continue
            sent.repeats, sent.repeated_at = sent.repeats + 1, now
            yield sent
