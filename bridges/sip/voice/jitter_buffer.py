"""Frames between two clocks of one machine: a few are held back, so that neither has to be punctual. Pure."""

from collections import deque
from typing import Generic, TypeVar

Frame = TypeVar("Frame")

#: Frames held back before the first is given, and at the most.
PREFERRED, MOST = 2, 8
#: Frames after which one too many that was never needed is left out: ten seconds.
WATCHED = 500


class JitterBuffer(Generic[Frame]):
    """`push` as frames come, `pop` at every tick (20 ms).

    Attributes:
        gaps: times it ran dry; cut: frames left out.
    """

    def __init__(self) -> None:
        self.gaps = self.cut = 0
        self._held: deque[Frame] = deque()
        self._giving = False
        self._shallowest, self._popped = MOST, 0

    def push(self, frame: Frame) -> None:
        """Take the next frame; beyond the most the oldest are left out."""
        self._held.append(frame)
        if len(self._held) > MOST:
            self._leave_out()

    def pop(self) -> Frame | None:
        """The next frame; None while too few are there."""
        if not self._held and self._giving:
            self.gaps += 1
            self._giving = False
            self._shallowest, self._popped = MOST, 0
        if not self._giving and len(self._held) < PREFERRED:
            return None
        self._giving = True
        frame = self._held.popleft()
        self._watch()
        return frame

    def _watch(self) -> None:
        self._shallowest = min(self._shallowest, len(self._held))
        self._popped += 1
        if self._popped >= WATCHED:
            if self._shallowest >= PREFERRED:
                self._leave_out()
            self._shallowest, self._popped = MOST, 0

    def _leave_out(self) -> None:
        self._held.popleft()
        self.cut += 1
