"""What is to happen later, apart from transactions: a heap of timers for the one of the endpoint."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count

__all__ = ["Timer", "TimerQueue"]

#: Void entries are swept out once there are more of them than this, and than live ones.
VOID_ENTRIES = 1_000


class Timer:
    """One callback; `cancel` makes it void."""

    __slots__ = ("_queue", "callback")

    def __init__(self, queue: "TimerQueue", callback: Callable[[], None]) -> None:
        self._queue = queue
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        if self.callback is not None:
            self.callback = None
            self._queue.one_is_void()

    def fire(self) -> None:
        """Call back, unless cancelled."""
        callback, self.callback = self.callback, None
        if callback is not None:
            callback()


class TimerQueue:
    """Callbacks by time, in seconds on the caller's clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._void = 0

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, when: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(self, callback)
        heappush(self._heap, (when, next(self._order), timer))
        return timer

    def get_timer(self) -> float | None:
        """When `due` will have something."""
        while self._heap and self._heap[0][2].callback is None:
            heappop(self._heap)
            self._void -= 1
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> list[Timer]:
        """Take out those whose time has come, in order; `fire` them one by one."""
        found = []
        while self._heap and self._heap[0][0] <= now:
            timer = heappop(self._heap)[2]
            if timer.callback is None:
                self._void -= 1
            else:
                found.append(timer)
        return found

    def one_is_void(self) -> None:
        """Long timers are made for every call and mostly cancelled: they must not pile up."""
        self._void += 1
        if self._void > max(VOID_ENTRIES, len(self._heap) // 2):
            self._heap = [entry for entry in self._heap if entry[2].callback is not None]
            heapify(self._heap)
            self._void = 0
