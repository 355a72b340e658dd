"""The rate of packets over the last moments."""

from collections import deque

#: A clock that jumps further went round, or makes its times up. Seconds.
_JUMP = 10.0
_MOST = 4096


class Rate:
    """Args: window: seconds. `value` is in bit/s."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._packets: deque[tuple[float, int]] = deque()
        self._octets = 0

    def take(self, at: float, size: int) -> None:
        if self._packets and abs(at - self._packets[-1][0]) > _JUMP:
            self._packets.clear()
            self._octets = 0
        self._packets.append((at, size))
        self._octets += size
        while self._packets[0][0] < at - self._window or len(self._packets) > _MOST:
            self._octets -= self._packets.popleft()[1]

    @property
    def value(self) -> float:
        if len(self._packets) < 2:
            return 0.0
        elapsed = self._packets[-1][0] - self._packets[0][0]
        return (self._octets - self._packets[0][1]) * 8 / max(elapsed, self._window / 2)
