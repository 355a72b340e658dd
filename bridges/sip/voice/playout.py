"""Evens out what comes from a telephone: a small jitter buffer, in G.711 bytes. Pure.

The timeline is in samples of 8000 a second, so that packets of any length fit. The delay grows with each
underrun, shrinks again in quiet times, and follows a clock that runs faster or slower than ours.
"""

FRAME = 160  # samples of 20 ms
SILENCE = 0xFF  # the quietest mu-law byte

#: Samples that are held back: at the least, at the most, and when everything beyond is cut at once.
LEAST, MOST, TOO_MUCH = 2 * FRAME, 6 * FRAME, 12 * FRAME
#: A step in the timestamps beyond this is another stream (two seconds).
RESTART = 16_000
#: Frames over which the depth is watched for drift, and after which calm shortens the delay.
WATCHED, CALM = 100, 1500


class AdaptiveJitterBuffer:
    """`push` as packets come, `pop` every 20 ms.

    Attributes:
        late, underruns, trimmed: packets that came too late, times it ran dry, samples cut.
    """

    def __init__(self) -> None:
        self.late = self.underruns = self.trimmed = 0
        self._held = bytearray()
        self._head = 0  # timestamp of the first sample held
        self._begun = self._playing = False
        self._target = LEAST
        self._shallowest = TOO_MUCH
        self._popped = self._calm = 0

    @property
    def delay(self) -> int:
        """Samples that wait to be played."""
        return len(self._held)

    def push(self, timestamp: int, payload: bytes) -> None:
        """Take a packet's sound. `timestamp`: RTP's, 32 bits."""
        offset = (timestamp - self._head + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        if not self._begun or abs(offset) > RESTART or not (self._held or self._playing):
            if self._begun and -RESTART < offset < 0:
                self.late += 1  # of before the pause
                return
            self._held.clear()
            self._head, offset, self._begun = timestamp, 0, True
        if offset < 0:
            self.late += 1
            payload, offset = payload[-offset:], 0
        if offset > len(self._held):
            self._conceal(offset - len(self._held))
        self._held[offset : offset + len(payload)] = payload
        if len(self._held) > TOO_MUCH:
            self._cut(len(self._held) - self._target)

    def pop(self) -> bytes | None:
        """The next 20 ms; None while nothing is to be played."""
        if not self._playing:
            if len(self._held) < self._target:
                return None
            self._playing = True
        if len(self._held) < FRAME:
            self._ran_dry()
            return None
        frame = bytes(self._held[:FRAME])
        self._cut(FRAME, count=False)
        self._follow()
        return frame

    def _conceal(self, missing: int) -> None:
        """A gap is filled with what was heard just before, for 20 ms, then with silence; it may yet come."""
        again = bytes(self._held[-min(missing, FRAME) :])
        self._held += again.ljust(missing, bytes([SILENCE]))

    def _ran_dry(self) -> None:
        self.underruns += 1
        self._head = (self._head + len(self._held)) & 0xFFFFFFFF
        self._held.clear()
        self._playing = False
        self._target = min(self._target + FRAME, MOST)
        self._shallowest, self._popped, self._calm = TOO_MUCH, 0, 0

    def _follow(self) -> None:
        """Cut a frame when more than needed was always there: a faster clock, or jitter that is over."""
        self._shallowest = min(self._shallowest, len(self._held))
        self._popped += 1
        self._calm += 1
        if self._calm >= CALM:
            self._calm, self._target = 0, max(LEAST, self._target - FRAME)
        if self._popped >= WATCHED:
            if self._shallowest > self._target:
                self._cut(FRAME)
            self._shallowest, self._popped = TOO_MUCH, 0

    def _cut(self, samples: int, *, count: bool = True) -> None:
        del self._held[:samples]
        self._head = (self._head + samples) & 0xFFFFFFFF
        self.trimmed += samples if count else 0
