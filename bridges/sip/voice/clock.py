"""The clock of all that speaks: every 20 ms, without drift."""

import asyncio
from collections.abc import Callable

#: Seconds of a frame, and what is not caught up with when the process was held up.
FRAME_SECONDS, _SKIP = 0.02, 0.2


class FrameClock:
    """Calls `tick(now)` from `start` on, until it returns False. One that fails is told of, and the next one
    comes: all others who speak by this clock speak on."""

    def __init__(self, tick: Callable[[float], bool]) -> None:
        self._tick = tick
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        """Tick, unless it does already."""
        if self._timer is None:
            self._due = asyncio.get_running_loop().time()
            self._arm()

    def stop(self) -> None:
        """Tick no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        self._due += FRAME_SECONDS
        if loop.time() - self._due > _SKIP:
            self._due = loop.time()
        self._timer = loop.call_at(self._due, self._fire)

    def _fire(self) -> None:
        self._timer = None
        goes_on = True
        try:
            goes_on = self._tick(asyncio.get_running_loop().time())
        finally:
            if goes_on:
                self._arm()
