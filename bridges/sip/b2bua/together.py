"""Several calls do one thing at once, or none of them does."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

#: Seconds that the first may wait for the last, and that each may take to be ready.
WITHIN, READY = 7.0, 20.0


class Together:
    """Of `count` calls."""

    def __init__(self, count: int) -> None:
        self._missing, self._failed = count, False
        self._settled = asyncio.Event()

    async def ready(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what one has to do before it comes, unless it is in vain. Raises what that raises, and OSError
        if not all can, or it takes longer than `READY`."""
        doing, settled = asyncio.create_task(work), asyncio.create_task(self._settled.wait())
        try:
            await asyncio.wait({doing, settled}, timeout=READY, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise OSError("not all of them can" if self._failed else "it took too long")
            doing.result()
        finally:
            for task in (doing, settled):
                task.cancel()
            with suppress(asyncio.CancelledError):
                await settled

    async def come(self) -> None:
        """One more is ready: wait for all others. Raises OSError if not all can. Who is cancelled meanwhile
        is `gone`."""
        self._one_less()
        try:
            async with asyncio.timeout(WITHIN):
                await self._settled.wait()
        except TimeoutError:
            self.fail()
        except asyncio.CancelledError:
            self._missing += 1
            raise
        if self._failed:
            raise OSError("not all of them can")

    def fail(self) -> None:
        """One of them cannot: none does, if it was not done before."""
        if not self._settled.is_set():
            self._failed = True
            self._settled.set()

    def gone(self) -> None:
        """One of them is over, and is waited for no more."""
        self._one_less()

    def _one_less(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self._settled.set()
