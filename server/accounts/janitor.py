"""Runs `Accounts.sweep` from time to time while the web process lives."""

import asyncio

from server import log
from server.accounts.service import Accounts

_log = log.get(__name__)
#: Seconds between two sweeps.
_PAUSE = 60.0


class Janitor:
    """Started and stopped with the web process. A sweep that fails is logged and tried again later."""

    def __init__(self, accounts: Accounts, pause: float = _PAUSE) -> None:
        self._accounts = accounts
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            try:
                await self._accounts.sweep()
            except Exception as error:
                # A full disk or a locked database passes; without this loop devices would live for ever.
                _log.error("sweep_failed", exc_info=error)
