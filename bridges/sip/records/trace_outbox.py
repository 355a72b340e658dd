"""Brings the traces of calls that ended to the web: by way of the disk, several at a time. Of calls that live
the disk has all but the last second, for the process that comes after this one.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Protocol

from bridges.sip.records.backoff import delay
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.trace.traces import Fresh
from logs import log
from wire.trace import CallTrace

_log = log.get(__name__)

#: Seconds between looks for calls that ended, and for what is new in those that live.
PAUSE = 1.0
#: Bytes that one request carries; the web takes a million.
MOST = 600_000


class TraceStore(Protocol):
    """The part of `Store` that keeps traces."""

    async def put_live_traces(self, fresh: Sequence[Fresh]) -> None: ...

    async def put_traces(self, traces: Sequence[CallTrace]) -> None: ...

    async def waiting_traces(self, limit: int = 20) -> list[tuple[str, bytes]]: ...

    async def drop_traces(self, ids: Sequence[str]) -> None: ...


class Web(Protocol):
    """The part of the web's internal API that takes traces."""

    async def post_traces(self, bodies: Sequence[bytes]) -> None: ...


class Kept(Protocol):
    """`bridges.sip.trace.traces.Traces`, seen from here. Everything is given once."""

    def collect(self, now: int) -> list[CallTrace]: ...

    def unwritten(self) -> list[Fresh]: ...


class TraceOutbox:
    """`traces` are those of this process's calls."""

    def __init__(self, store: TraceStore, web: Web, traces: Kept, now_ms: Callable[[], int]) -> None:
        self._store, self._web, self._traces, self._now_ms = store, web, traces, now_ms
        #: Whether something may lie on the disk; an earlier process may have left it there.
        self._waits = True

    async def run(self) -> None:
        """Deliver forever."""
        failures = 0
        while True:
            await self.keep(self._now_ms())
            try:
                await self.deliver()
                failures = 0
            except (WebUnavailable, sqlite3.Error) as error:
                failures += 1
                _log.info("traces_wait", why=str(error), failures=failures)
            await asyncio.sleep(delay(failures) if failures else PAUSE)

    async def keep(self, now_ms: int) -> None:
        """Write what has ended by `now_ms`, and what is new in the calls that live. A full disk costs traces,
        never calls."""
        try:
            if fresh := self._traces.unwritten():
                await self._store.put_live_traces(fresh)
            while traces := self._traces.collect(now_ms):
                self._waits = True
                await self._store.put_traces(traces)
        except sqlite3.Error as error:
            _log.error("traces_not_written", why=str(error))

    async def deliver(self) -> None:
        """Send what waits. Raises WebUnavailable."""
        while self._waits:
            waiting = _fitting(await self._store.waiting_traces())
            if not waiting:
                self._waits = False
                return
            try:
                await self._web.post_traces([body for _, body in waiting])
            except WebRefused as error:
                _log.error("traces_refused", why=str(error), call_ids=[call_id for call_id, _ in waiting])
            await self._store.drop_traces([call_id for call_id, _ in waiting])


def _fitting(waiting: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """As many as one request carries, at least the first."""
    fitting: list[tuple[str, bytes]] = []
    for call_id, body in waiting:
        if fitting and sum(len(each) for _, each in fitting) + len(body) > MOST:
            break
        fitting.append((call_id, body))
    return fitting
