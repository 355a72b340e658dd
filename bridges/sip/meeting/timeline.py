"""What is heard of a meeting, in the time in which it was said. Pure; `now` is monotonic seconds."""

from bridges.sip.voice.playout import FRAME, SILENCE

RATE = 8000
#: Samples by which what is heard may lag behind the clock before silence is put in its place, or run ahead of
#: it before it is left out.
_LAG = RATE // 5


class Timeline:
    """`began`: when the first sample was, or would have been; `written`: samples that are in the file."""

    def __init__(self, began: float, written: int = 0) -> None:
        self._began, self._end = began, written
        self._waiting: list[bytes] = []
        self._paused_at: float | None = None

    def go_on(self, now: float) -> None:
        """What is heard from now on is in it; the time of a pause is not."""
        if self._paused_at is not None:
            self._began += now - self._paused_at
            self._paused_at = None

    def hear(self, frame: bytes, now: float) -> None:
        """The next 20 ms."""
        if self._paused_at is not None:
            return
        due = self._due(now)
        self._catch_up(due - FRAME, _LAG)
        if self._end + FRAME - due <= _LAG:
            self._add(frame)

    def pause(self, now: float) -> None:
        """What is heard from now on is not in it."""
        if self._paused_at is None:
            self._catch_up(self._due(now), 0)
            self._paused_at = now

    def take(self, now: float) -> bytes:
        """What is to be written: a byte for each channel in turn."""
        if self._paused_at is None:
            self._catch_up(self._due(now), _LAG)
        content, self._waiting = b"".join(self._waiting), []
        both = bytearray(2 * len(content))
        both[::2] = both[1::2] = content
        return bytes(both)

    def _due(self, now: float) -> int:
        """How many samples there ought to be by now."""
        return int((now - self._began) * RATE)

    def _catch_up(self, due: int, lag: int) -> None:
        if due - self._end > lag:
            self._add(bytes([SILENCE]) * (due - self._end))

    def _add(self, sound: bytes) -> None:
        self._waiting.append(sound)
        self._end += len(sound)
