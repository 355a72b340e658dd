"""What one track of the meeting brings, evened out: 20 ms at a time. Pure."""

from collections import deque

from bridges.sip.meeting.mixing import Samples

#: Frames held back before the first is heard, and at the most: the SDK's own jitter buffer stands before.
PREFERRED, MOST = 2, 6
#: Frames heard after which one too many that never was needed is left out.
_WATCHED = 100


class TrackBuffer:
    """`push` as the SDK delivers, `pop` at every tick."""

    def __init__(self) -> None:
        self._held: deque[Samples] = deque(maxlen=MOST)
        self._playing = False
        self._shallowest, self._popped = MOST, 0

    def push(self, samples: Samples) -> None:
        """Take 20 ms; beyond the most the oldest are forgotten."""
        self._held.append(samples)

    def pop(self) -> Samples | None:
        """The next 20 ms; None while there are none, or they are silence."""
        if not self._playing and len(self._held) < PREFERRED:
            return None
        self._playing = bool(self._held)
        if not self._held:
            return None
        samples = self._held.popleft()
        self._watch()
        return samples if samples.any() else None

    def _watch(self) -> None:
        self._shallowest = min(self._shallowest, len(self._held))
        self._popped += 1
        if self._popped >= _WATCHED:
            if self._shallowest >= PREFERRED:
                self._held.popleft()
            self._shallowest, self._popped = MOST, 0
