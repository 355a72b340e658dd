"""Several calls do one thing at once, or none of them does."""

import asyncio

#: Seconds that the first may wait for the last.
WITHIN = 7.0


class Together:
    """Of `count` calls."""

    def __init__(self, count: int) -> None:
        self._missing, self._failed = count, False
        self._settled = asyncio.Event()

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
