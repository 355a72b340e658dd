"""Reads calendars when it is their turn, a few at a time."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from logs import log
from server import background
from server.calendars.service import Kept

_log = log.get(__name__)
#: Seconds between two looks at whose turn it is.
PAUSE = 5.0
#: Calendars that are read at the same time, and that wait for it.
PARALLEL, WAITING = 6, 60


class Reads(Protocol):
    """`service.Calendars`."""

    async def due(self, most: int) -> Sequence[Kept]: ...

    async def refresh(self, one: Kept) -> Kept: ...

    async def recount(self) -> None: ...


class Refresher:
    """Started and stopped with the web process."""

    def __init__(self, calendars: Reads, pause: float = PAUSE, parallel: int = PARALLEL) -> None:
        self._calendars, self._pause = calendars, pause
        self._places = asyncio.Semaphore(parallel)
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await background.end(self._task)
        for task in list(self._reading.values()):
            await background.end(task)

    async def _run(self) -> None:
        counted = False
        while True:
            try:
                if not counted:
                    await self._calendars.recount()
                    counted = True
                await self.look()
            except Exception as error:
                # A locked database is free again with the next look.
                _log.error("calendars_not_looked_at", exc_info=error)
            await asyncio.sleep(self._pause)

    async def look(self) -> None:
        """Begin with those whose turn it is."""
        if len(self._reading) >= WAITING:
            return
        for one in await self._calendars.due(WAITING):
            if one.id not in self._reading:
                self._reading[one.id] = asyncio.create_task(self._read(one))

    async def _read(self, one: Kept) -> None:
        try:
            async with self._places:
                await self._calendars.refresh(one)
        except Exception as error:
            _log.error("calendar_not_kept", calendar=one.id, exc_info=error)
        finally:
            del self._reading[one.id]
