"""A stream's clock: sleeps of 20 ms, each a little late, would leave gaps in what the far end hears."""

from __future__ import annotations

import asyncio


class Pace:
    """``await pace.next()`` returns once in each ``period`` seconds, the first time at once."""

    def __init__(self, period: float = 0.02) -> None:
        self._period = period
        self._due: float | None = None

    async def next(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() if self._due is None else self._due + self._period
        await asyncio.sleep(max(0.0, self._due - loop.time()))
