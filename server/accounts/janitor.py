"""Runs what tidies up after the accounts, from time to time while the web process lives."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from logs import log
from server import background

_log = log.get(__name__)
Chore = Callable[[], Awaitable[object]]
#: Seconds between two sweeps.
_PAUSE = 60.0


class Janitor:
    """Started and stopped with the web process. A sweep that fails is logged and tried again later."""

    def __init__(self, chores: Sequence[Chore], pause: float = _PAUSE) -> None:
        self._chores = chores
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await background.end(self._task)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            for chore in self._chores:
                await self._do(chore)

    async def _do(self, chore: Chore) -> None:
        try:
            await chore()
        except Exception as error:
            # A full disk or a locked database passes; without this loop devices would live for ever.
            _log.error("sweep_failed", exc_info=error)
