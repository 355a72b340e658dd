"""Time that passes when a test says so: what is due much later happens now."""

from __future__ import annotations

import asyncio


def let_pass(seconds: float) -> None:
    """Move the clock of the running loop on. Timers that are due by then fire at once, in their order; a
    deadline that a test set before is as much nearer."""
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]
