"""Files for which nobody waits longer than `PATIENCE`: on a disk that hangs that is an error like a full one
(docs/decisions/0061)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any, TypeVar

from logs import log

_log = log.get(__name__)

T = TypeVar("T")

#: Seconds for what somebody waits for.
PATIENCE = 1.5


class Disk:
    """Each piece of work has a thread of its own: one that hangs keeps nobody else's from being done, as it
    would in a pool, and no process from ending."""

    def __init__(self) -> None:
        #: What was given up, and still goes on.
        self._stuck: set[asyncio.Future[Any]] = set()

    async def do(self, work: Callable[[], T], late: Callable[[T], object] = lambda _: None) -> T:
        """What `work` returns. Raises what it raises, and TimeoutError where it is not done in time, or not
        tried, as something before it still is not done. `late` is told what it returned when nobody waited
        for it any more."""
        if self._stuck:
            raise TimeoutError("the disk still hangs")
        doing = _begun(work)
        try:
            await asyncio.wait({doing}, timeout=PATIENCE)
        finally:
            if not doing.done():
                doing.add_done_callback(partial(self._done_late, late))
        if doing.done():
            return doing.result()
        self._stuck.add(doing)
        raise TimeoutError(f"nothing was done in {PATIENCE} seconds")

    async def do_at_last(self, work: Callable[[], T]) -> T:
        """The same, however long it takes, and after all that was given up."""
        while self._stuck:
            await asyncio.wait(set(self._stuck))
        return await _begun(work)

    def _done_late(self, late: Callable[[T], object], doing: asyncio.Future[T]) -> None:
        self._stuck.discard(doing)
        if doing.cancelled():
            return
        if (error := doing.exception()) is not None:
            _log.warning("late_work_failed", why=str(error))
        else:
            late(doing.result())


def _begun(work: Callable[[], T]) -> asyncio.Future[T]:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def told(result: T | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, failed = None, None
        try:
            result = work()
        except Exception as error:
            failed = error
        with suppress(RuntimeError):  # the loop is closed: nobody is there any more
            loop.call_soon_threadsafe(told, result, failed)

    Thread(target=run, name="disk", daemon=True).start()
    return future
