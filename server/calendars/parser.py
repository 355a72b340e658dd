"""Calendars are understood one after another, beside the web process."""

import asyncio
import sys
from collections.abc import Collection
from contextlib import suppress
from typing import Literal

import msgspec

from logs import log
from server.calendars.reading import Reading
from server.calendars.refusals import CalendarRefusal, TooSlow, refusal_of
from server.calendars.worker import PATIENCE, Job, Outcome

_log = log.get(__name__)
#: Seconds beyond those of the process, with its start, after which it is ended from here.
_GRACE = 20.0
#: Seconds without work after which it is let go: it keeps memory that others need.
_IDLE = 60.0
#: Bytes of an outcome.
_ANSWER = 4 * 1024 * 1024


class Parser:
    """Has one process when there is something to do."""

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", "server.calendars.worker")) -> None:
        self._command = command
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def close(self) -> None:
        async with self._lock:
            await self._end()

    async def read(
        self,
        kind: Literal["ics", "report"],
        content: bytes,
        start: int,
        end: int,
        timezone: str,
        mine: Collection[str],
    ) -> Reading:
        """Raises a `CalendarRefusal`: `TooSlow` where the process had to be ended, or ended itself."""
        header = msgspec.json.encode(Job(kind, len(content), start, end, timezone, sorted(mine)))
        async with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            outcome = await self._worked(header + b"\n" + content)
            self._idle = asyncio.get_running_loop().call_later(_IDLE, self._let_go)
        if outcome.reading is None:
            raise refusal_of(outcome.problem or "")
        return outcome.reading

    async def _worked(self, job: bytes) -> Outcome:
        if self._process is not None and self._process.returncode is not None:
            # Somebody has ended it meanwhile (for memory, say): that is not this calendar's fault.
            await self._end()
        process = self._process or await self._begin()
        if process.stdin is None or process.stdout is None:
            raise TooSlow
        line = b""
        try:
            async with asyncio.timeout(PATIENCE + _GRACE):
                process.stdin.write(job)
                await process.stdin.drain()
                line = await process.stdout.readline()
        except (TimeoutError, OSError, ValueError):
            pass
        except asyncio.CancelledError:
            # What it would answer yet is to nobody's question.
            await self._end()
            raise
        if not line.endswith(b"\n"):
            await self._end()
            _log.warning("calendar_not_understood", status=process.returncode)
            raise TooSlow
        return msgspec.json.decode(line, type=Outcome)

    async def _begin(self) -> asyncio.subprocess.Process:
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, stderr=nothing, limit=_ANSWER
            )
        except OSError as error:
            _log.error("calendars_not_understood", exc_info=error)
            raise CalendarRefusal from error
        return self._process

    def _let_go(self) -> None:
        """It ends by itself at the end of its input."""
        if self._process is not None and self._process.stdin is not None and not self._lock.locked():
            self._process.stdin.close()
            self._process = None

    async def _end(self) -> None:
        process, self._process = self._process, None
        if self._idle is not None:
            self._idle.cancel()
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
