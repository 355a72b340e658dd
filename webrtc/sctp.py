"""Flow control of data channels, and bounds: the only file that touches private members of aiortc's SCTP.

An association announces how much it still takes (RFC 9260, Section 3.3.4, `a_rwnd`). aiortc always takes
more; whoever forwards to slower ones has to stop its senders, or loses what it promised to deliver.

It also believes what it is told: one acknowledgement of 1,200 bytes has it walk nineteen million numbers.
What the other side may make it keep and walk is bounded here (RFC 9260 leaves both to the receiver).
"""

import time
from collections.abc import Callable

from aiortc.rtcsctptransport import Chunk, DataChunk, ForwardTsnChunk, RTCSctpTransport, SackChunk

#: More than any window: what is announced becomes zero.
_MUCH = 1 << 30
#: Chunks that may wait for one that was lost: a window of 1 MB has some 900.
MAX_WAITING = 1024
#: Streams on which something may come: a data channel has one.
MAX_STREAMS = 64
#: Work a second that chunks may make, and at once; 1 is a chunk of which nothing else has to be walked.
WORK, WORK_AT_ONCE = 5000.0, 20_000.0
#: How many entries cost as much to walk as a chunk does by itself.
_WALKED = 32
_TSNS = 1 << 32
#: A gap is told in 16 bits.
_FURTHEST = 0xFFFF


def hold_back(association: RTCSctpTransport) -> None:
    """From the next acknowledgement on, the other side may send nothing more."""
    association._advertised_rwnd -= _MUCH


async def let_go_on(association: RTCSctpTransport) -> None:
    """Takes `hold_back` back, and says so at once: the other side would probe only now and then."""
    association._advertised_rwnd += _MUCH
    await association._send_sack()


class Bounded:
    """Stands before an association's chunks; what it drops is as if the network had lost it.

    Who keeps to the protocol sends it again; who does not has itself to thank.
    """

    def __init__(self, association: RTCSctpTransport, now: Callable[[], float] = time.monotonic) -> None:
        self._association = association
        self._receive = association._receive_chunk
        self._now = now
        self._level, self._at = WORK_AT_ONCE, now()
        association._receive_chunk = self._take  # type: ignore[method-assign]

    async def _take(self, chunk: Chunk) -> None:
        if self._admits(chunk):
            await self._receive(chunk)

    def _admits(self, chunk: Chunk) -> bool:
        one = self._association
        if isinstance(chunk, DataChunk):
            kept = sum(len(stream.reassembly) for stream in one._inbound_streams.values())
            return self._works(2 + max(kept, len(one._sack_misordered)) / _WALKED) and self._keeps(
                chunk, kept
            )
        if isinstance(chunk, SackChunk):
            chunk.gaps = _plausible(chunk, one)
            return self._works(1 + len(one._sent_queue) / (4 * _WALKED) if chunk.gaps else 1)
        if isinstance(chunk, ForwardTsnChunk):
            known = one._inbound_streams
            # One more for all of them together: there are never many.
            chunk.streams = [(number, last) for number, last in chunk.streams if number in known][
                :MAX_STREAMS
            ] or [pair for pair in chunk.streams[:1] if len(known) < MAX_STREAMS]
            return self._works(2 + len(one._sack_misordered) / _WALKED)
        return self._works(1)

    def _keeps(self, chunk: DataChunk, kept: int) -> bool:
        """Whether there is room for a chunk; for what comes in its turn there is more."""
        one = self._association
        if chunk.stream_id not in one._inbound_streams and len(one._inbound_streams) >= MAX_STREAMS:
            return False
        in_turn = one._last_received_tsn is None or chunk.tsn == (one._last_received_tsn + 1) % _TSNS
        waiting = max(kept, len(one._sack_misordered))
        return waiting < (2 * MAX_WAITING if in_turn else MAX_WAITING)

    def _works(self, amount: float) -> bool:
        """Whether so much work may be made now; it counts if so."""
        now = self._now()
        self._level = min(WORK_AT_ONCE, self._level + (now - self._at) * WORK)
        self._at = now
        if amount > self._level:
            return False
        self._level -= amount
        return True


def _plausible(chunk: SackChunk, association: RTCSctpTransport) -> list[tuple[int, int]]:
    """The gaps that tell of something we sent, in order (RFC 9260, Section 3.3.4)."""
    sent = association._sent_queue
    last = (sent[-1].tsn - chunk.cumulative_tsn) % _TSNS if sent else 0
    if last > _FURTHEST:
        return []
    found: list[tuple[int, int]] = []
    before = 0
    for start, end in chunk.gaps:
        if before < start <= end and start <= last:
            found.append((start, min(end, last)))
            before = end
    return found
