"""The clock of all that speaks."""

from __future__ import annotations

import asyncio
from typing import Any

from bridges.sip.voice.clock import FrameClock
from tests.support.patience import PATIENCE


async def test_a_tick_that_fails_stops_nobody_else() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    ticks, over = 0, asyncio.Event()

    def tick(_now: float) -> bool:
        nonlocal ticks
        ticks += 1
        if ticks == 2:
            raise RuntimeError("one of them")
        if ticks == 4:
            over.set()
        return ticks < 4

    clock = FrameClock(tick)
    clock.start()
    await asyncio.wait_for(over.wait(), PATIENCE)
    assert [str(one["exception"]) for one in told] == ["one of them"]
    clock.start()
    assert ticks == 4
    clock.stop()
