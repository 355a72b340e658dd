"""What is kept of phones reaches the store, be it when the disk takes it again (docs/decisions/0061)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from logs import log as logs

log = logs.get(__name__)

#: Seconds until what was not saved is tried again.
AGAIN = 5.0


class Saving:
    """`save` writes what is kept of one user name; `what` that is called in the log."""

    def __init__(self, what: str, save: Callable[[str], Awaitable[None]]) -> None:
        self._what, self._save = what, save
        self._unsaved: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        #: Whether the store did not take the last.
        self._fails = False

    def soon(self, usernames: Iterable[str]) -> None:
        """These are to be written."""
        self._unsaved.update(usernames)
        if self._unsaved and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Let the last changes reach the store, if it takes them."""
        self._closing.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while failed := await self._write_all():
            if self._closing.is_set():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN):
                    await self._closing.wait()
            self._unsaved |= failed

    async def _write_all(self) -> set[str]:
        """One user name after the other; what changes meanwhile is written again. Those not taken."""
        failed = set[str]()
        while self._unsaved:
            username = self._unsaved.pop()
            try:
                await self._save(username)
            except Exception:
                failed.add(username)
                if not self._fails:
                    log.exception(f"sip_{self._what}_not_saved", username=username)
                self._fails = True
            else:
                failed.discard(username)
                self._fails = False
        return failed
