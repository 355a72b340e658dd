"""Transport-wide feedback: which packets of a connection arrived when.

draft-holmer-rmcat-transport-wide-cc-extensions-01, Section 3.1. Pure.
"""

import struct
from collections.abc import Iterator, Sequence

#: Times are in steps of 250 us after a reference in steps of 64 ms. Seconds.
TICK, REFERENCE = 0.00025, 0.064
#: Packets of one feedback: more than a sender has on the way.
MAX_STATUSES = 2048
_LOST, _SMALL, _LARGE = 0, 1, 2
_RUN = 8191


def read(body: bytes) -> tuple[int, tuple[float | None, ...]]:
    """First number, and when each packet from there on arrived; None for not at all.

    `body` begins after the two SSRCs. Raises struct.error or IndexError on any that breaks the rules.
    """
    base, count, reference = struct.unpack_from("!HHi", body)
    if count > MAX_STATUSES:
        raise IndexError("too many packets")
    # 24 bits signed, then the number of the feedback.
    at = 8
    statuses: list[int] = []
    while len(statuses) < count:
        statuses += _chunk(struct.unpack_from("!H", body, at)[0])
        at += 2
    return base, tuple(_times(statuses[:count], body, at, (reference >> 8) * REFERENCE))


def _chunk(word: int) -> list[int]:
    if not word & 0x8000:
        return [word >> 13 & 3] * min(word & _RUN, MAX_STATUSES)
    if word & 0x4000:
        return [word >> 2 * place & 3 for place in range(6, -1, -1)]
    return [word >> place & 1 for place in range(13, -1, -1)]


def _times(statuses: Sequence[int], body: bytes, at: int, clock: float) -> Iterator[float | None]:
    for status in statuses:
        if status == _SMALL:
            clock += body[at] * TICK
            at += 1
        elif status == _LARGE:
            clock += struct.unpack_from("!h", body, at)[0] * TICK
            at += 2
        yield clock if status in (_SMALL, _LARGE) else None


class Arrivals:
    """What arrived on a connection, to be told its sender.

    Attributes:
        waiting: packets that were not yet told.
    """

    def __init__(self) -> None:
        self._times: dict[int, float] = {}
        self._next: int | None = None
        self._highest = -1
        self._count = 0

    @property
    def waiting(self) -> int:
        return len(self._times)

    def note(self, number: int, now: float) -> None:
        """A packet with this transport-wide number is here."""
        if self._highest < 0:
            self._highest = number
        # The rounds of a 16-bit number are counted (RFC 1982).
        full = self._highest + ((number - self._highest + 0x8000 & 0xFFFF) - 0x8000)
        if len(self._times) < MAX_STATUSES and full >= 0:
            self._highest = max(self._highest, full)
            self._times.setdefault(full, now)

    def take(self) -> bytes | None:
        """The body of a feedback (after the SSRCs) on all that waits; None when nothing does."""
        if not self._times:
            return None
        first = min(self._times)
        # Losses before the first are told, unless they were told already.
        if self._next is not None and first - MAX_STATUSES // 2 < self._next < first:
            first = self._next
        last = min(max(self._times), first + MAX_STATUSES // 2 - 1)
        body = self._body(first, [self._times.pop(number, None) for number in range(first, last + 1)])
        self._next = last + 1
        return body

    def _body(self, first: int, times: list[float | None]) -> bytes:
        known = next((time for time in times if time is not None), 0.0)
        reference = int(known / REFERENCE)
        statuses, deltas = _encode(times, reference)
        self._count = self._count + 1 & 0xFF
        head = struct.pack("!HHI", first & 0xFFFF, len(times), (reference & 0xFFFFFF) << 8 | self._count)
        body = head + b"".join(_chunks(statuses)) + deltas
        return body + bytes(-len(body) % 4)


def _encode(times: Sequence[float | None], reference: int) -> tuple[list[int], bytes]:
    ticks = round(reference * REFERENCE / TICK)
    statuses, deltas = [], bytearray()
    for time in times:
        delta = 0 if time is None else round(time / TICK) - ticks
        if time is None or not -32_768 <= delta <= 32_767:
            statuses.append(_LOST)
            continue
        ticks += delta
        small = 0 <= delta <= 255
        statuses.append(_SMALL if small else _LARGE)
        deltas += struct.pack("!B" if small else "!h", delta)
    return statuses, bytes(deltas)


def _chunks(statuses: Sequence[int]) -> Iterator[bytes]:
    at = 0
    while at < len(statuses):
        run = _run(statuses, at)
        if run >= 7:
            yield struct.pack("!H", statuses[at] << 13 | run)
            at += run
            continue
        word = 0xC000
        for place, status in enumerate(statuses[at : at + 7]):
            word |= status << 2 * (6 - place)
        yield struct.pack("!H", word)
        at += 7


def _run(statuses: Sequence[int], at: int) -> int:
    end = at
    while end < len(statuses) and statuses[end] == statuses[at] and end - at < _RUN:
        end += 1
    return end - at
