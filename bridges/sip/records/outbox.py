"""What the web must know: records until it acknowledges them, the telephony state whenever it changes."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Protocol

from bridges.sip.records.backoff import delay
from bridges.sip.records.store import Pending, Store
from bridges.sip.routing.client import WebRefused, WebUnavailable
from logs import log
from wire.state import TelephonyState

_log = log.get(__name__)


#: Seconds for which changes are gathered: a call is routed, answered and ended in several revisions, and
#: the telephony state changes with every step of every call.
GATHER_RECORDS, GATHER_STATES = 0.2, 0.2
#: Records of one request.
AT_ONCE = 50


class Web(Protocol):
    """The part of the web's internal API that takes what we report."""

    async def post_records(self, bodies: Sequence[str]) -> None: ...

    async def put_telephony_state(self, state: TelephonyState) -> None: ...


class Outbox:
    """Delivers records. A record that the web refuses as wrong is logged whole and dropped."""

    def __init__(self, store: Store, web: Web) -> None:
        self._store, self._web = store, web

    async def run(self) -> None:
        """Deliver forever; begins with what an earlier process left."""
        failures = 0
        while True:
            self._store.record_written.clear()
            try:
                while batch := await self._store.pending(AT_ONCE):
                    await self._deliver(batch)
                    failures = 0
                    if len(batch) < AT_ONCE:
                        break  # what was written meanwhile has been told
            except (WebUnavailable, sqlite3.Error) as error:
                # A full disk, too: what was delivered and not crossed out is delivered again.
                failures += 1
                _log.warning("records_wait", why=str(error), failures=failures)
                await asyncio.sleep(delay(failures))
                continue
            # The first news of a quiet moment goes out at once, what follows on its heels together.
            await asyncio.sleep(GATHER_RECORDS)
            await self._store.record_written.wait()

    async def _deliver(self, batch: list[Pending]) -> None:
        try:
            await self._web.post_records([pending.body for pending in batch])
        except WebRefused as error:
            if len(batch) > 1:
                # It says of one that it is wrong: alone they are taken or not.
                for pending in batch:
                    await self._deliver([pending])
                return
            _log.error("record_refused", call_id=batch[0].id, why=str(error), record=batch[0].body)
        await self._store.acknowledge(batch)


#: Tries after which what only goes on as long as the web knows of it is ended: eight seconds, and what they
#: take.
UNTOLD = 5


class StateReporter:
    """Sends the telephony state: the whole of it, at start and after each change, the last one only. `untold`
    is called each time that it was tried `UNTOLD` times or more in vain."""

    def __init__(self, web: Web, untold: Callable[[], None] = lambda: None) -> None:
        self._web, self._untold = web, untold
        self._changed = asyncio.Event()
        self._changed.set()

    def changed(self) -> None:
        """Something in the state is different now."""
        self._changed.set()

    async def run(self, state: Callable[[], TelephonyState]) -> None:
        """Report forever what `state` returns."""
        failures = 0
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._web.put_telephony_state(state())
                failures = 0
            except (WebUnavailable, WebRefused) as error:
                failures += 1
                _log.warning("telephony_state_waits", why=str(error), failures=failures)
                self._changed.set()
                if failures >= UNTOLD:
                    self._untold()
                await asyncio.sleep(delay(failures, longest=5.0))
            else:
                await asyncio.sleep(GATHER_STATES)
