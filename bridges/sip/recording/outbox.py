"""Brings recordings to the server, until it has them."""

import asyncio
import contextlib
from typing import Protocol

from bridges.sip.recording.spool import RecordingSpool
from bridges.sip.records.backoff import delay
from bridges.sip.routing.client import WebRefused, WebUnavailable
from logs import log
from wire.recording import Note

_log = log.get(__name__)

#: Seconds after which one looks for what has been aside too long.
_LOOK = 3600.0


class Takes(Protocol):
    """The part of the web's internal API that takes recordings."""

    async def put_part(self, recording_id: str, number: int, part: bytes) -> None: ...

    async def put(self, note: Note) -> None: ...


class RecordingOutbox:
    """Delivers what `spool` holds. What the web refuses stays aside."""

    def __init__(self, spool: RecordingSpool, web: Takes) -> None:
        self._spool, self._web = spool, web
        self._left = asyncio.Event()

    def left(self) -> None:
        """A recording is over, or the web is back."""
        self._left.set()

    async def run(self) -> None:
        """Deliver forever; begins with what an earlier process left. What nobody wants is removed when it
        has been aside for long enough."""
        failures = 0
        while True:
            self._left.clear()
            try:
                await asyncio.to_thread(self._spool.forget_aside)
                for recording_id in await asyncio.to_thread(self._spool.waiting):
                    await self._deliver(recording_id)
                    failures = 0
            except (WebUnavailable, OSError) as error:
                failures += 1
                _log.warning("recordings_wait", why=str(error), failures=failures)
                await asyncio.sleep(delay(failures))
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._left.wait()

    async def _deliver(self, recording_id: str) -> None:
        note = await asyncio.to_thread(self._spool.note, recording_id)
        if note is None:
            await asyncio.to_thread(self._spool.set_aside, recording_id)
            return
        try:
            parts = self._spool.parts(note)
            number = 0
            while (part := await asyncio.to_thread(next, parts, None)) is not None:
                await self._web.put_part(recording_id, number, part)
                number += 1
            await self._web.put(note)
        except WebRefused as error:
            _log.error("recording_refused", id=recording_id, why=str(error))
            await asyncio.to_thread(self._spool.set_aside, recording_id)
            return
        _log.info("recording_delivered", id=recording_id, call_id=note.call_id, parts=number)
        await asyncio.to_thread(self._spool.drop, recording_id)
