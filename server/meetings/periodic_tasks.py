"""Sees from time to time that meetings are as they should be, whatever was lost meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from logs import log
from server import background
from server.homeserver.errors import HomeserverError
from server.meetings.refusals import MediaUnavailable

_log = log.get(__name__)

Chore = Callable[[], Awaitable[None]]


class PeriodicTasks:
    """`chores` with the seconds between two of each; all are done at the start."""

    def __init__(self, chores: Sequence[tuple[float, Chore]]) -> None:
        self._chores = tuple(chores)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._repeat(pause, chore)) for pause, chore in self._chores]

    async def stop(self) -> None:
        for task in self._tasks:
            await background.end(task)

    async def _repeat(self, pause: float, chore: Chore) -> None:
        while True:
            try:
                await chore()
            except (HomeserverError, MediaUnavailable) as error:
                _log.info("meetings_not_kept", why=str(error))
            except Exception as error:
                # A locked database passes; the next round finds the same to do.
                _log.error("meetings_task_failed", exc_info=error)
            await asyncio.sleep(pause)
