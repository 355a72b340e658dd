"""What is to happen later, apart from transactions: a heap of callbacks for the endpoint's one timer."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

__all__ = ["Agenda", "Appointment"]


class Appointment:
    """One callback; `cancel` makes it void."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None

    def keep(self) -> None:
        """Call back, unless cancelled."""
        if self.callback is not None:
            self.callback()


class Agenda:
    """Callbacks by time, in seconds on the caller's clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Appointment]] = []
        self._order = count()

    def at(self, when: float, callback: Callable[[], None]) -> Appointment:
        appointment = Appointment(callback)
        heappush(self._heap, (when, next(self._order), appointment))
        return appointment

    def get_timer(self) -> float | None:
        """When `due` will have something (void entries are skipped on the way)."""
        while self._heap and self._heap[0][2].callback is None:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> list[Appointment]:
        """Take out those whose time has come, in order."""
        found = []
        while self._heap and self._heap[0][0] <= now:
            found.append(heappop(self._heap)[2])
        return found
