"""What is said in meetings as files: the form of a call's recording, with the same in both channels."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bridges.media.gateway import MediaError, UnknownLeg
from bridges.sip.meeting.timeline import Timeline
from logs import log
from processes.disk import Disk

_log = log.get(__name__)

#: Seconds of sound that a killed process takes with it.
_WAIT = 0.25


class MeetingSounds:
    """`bridges.media.recorder.CallRecorder` for meetings, by the ids of their recordings. Nobody waits for
    the disk: one that hangs is an error like a full one (docs/decisions/0061)."""

    def __init__(self) -> None:
        self.on_recording_failed: Callable[[str], None] | None = None
        self._files: dict[str, _File] = {}

    def goes_on(self, call_id: str, recorded_ms: int) -> None:
        """An earlier process wrote so much of it, or would have: the time between is silence."""
        self._files[call_id] = _File(partial(self._failed, call_id), recorded_ms / 1000)

    async def record(self, call_id: str, file: Path, left: str, right: str) -> None:
        """See `CallRecorder`; the names of the legs say nothing here."""
        found = self._files.setdefault(call_id, _File(partial(self._failed, call_id)))
        try:
            await found.record(file)
        except OSError as error:
            del self._files[call_id]
            raise MediaError(str(error) or type(error).__name__) from error

    async def pause_record(self, call_id: str) -> None:
        """See `CallRecorder`."""
        if (found := self._files.get(call_id)) is None:
            raise UnknownLeg(call_id)
        await found.pause()

    async def end_record(self, call_id: str) -> None:
        """See `CallRecorder`."""
        if (found := self._files.pop(call_id, None)) is not None:
            await found.close()

    def hear(self, call_id: str, frame: bytes) -> None:
        """The next 20 ms of a meeting (mu-law)."""
        if (found := self._files.get(call_id)) is not None:
            found.hear(frame)

    async def stop(self) -> None:
        """Write what waits; another process goes on, or ends them."""
        for call_id in list(self._files):
            await self.end_record(call_id)

    def _failed(self, call_id: str) -> None:
        if self.on_recording_failed is not None:
            self.on_recording_failed(call_id)


class _File:
    def __init__(self, on_failed: Callable[[], None], recorded: float | None = None) -> None:
        self._on_failed, self._recorded = on_failed, recorded
        self._timeline: Timeline | None = None
        self._handle: int | None = None
        self._disk = Disk()
        self._writing: asyncio.Task[None] | None = None
        self._one = asyncio.Lock()

    async def record(self, path: Path) -> None:
        """Raises OSError."""
        now = asyncio.get_running_loop().time()
        if self._timeline is None:
            opening = partial(_open, path, new=self._recorded is None)
            made = await self._disk.do(opening, _close)
            self._handle, size = made
            self._timeline = Timeline(now - (self._recorded or 0.0), size // 2)
            self._writing = asyncio.create_task(self._write_on())
        self._timeline.go_on(now)

    def hear(self, frame: bytes) -> None:
        if self._timeline is not None:
            self._timeline.hear(frame, asyncio.get_running_loop().time())

    async def pause(self) -> None:
        if self._timeline is not None:
            self._timeline.pause(asyncio.get_running_loop().time())
            await self._write()

    async def close(self) -> None:
        if self._timeline is not None:
            self._timeline.pause(asyncio.get_running_loop().time())
            await self._write()
        if self._writing is not None:
            self._writing.cancel()
        self._let_go()

    async def _write_on(self) -> None:
        while self._handle is not None:
            await asyncio.sleep(_WAIT)
            await self._write()

    async def _write(self) -> None:
        # One after the other: the order of what is written is that of what was said.
        async with self._one:
            if self._timeline is None or self._handle is None:
                return
            content = self._timeline.take(asyncio.get_running_loop().time())
            if not content:
                return
            try:
                await self._disk.do(partial(_append, self._handle, content))
            except OSError as error:
                _log.error("recording_not_written", why=str(error) or type(error).__name__)
                self._let_go()
                self._on_failed()

    def _let_go(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            # Closing waits for a disk that hangs, too.
            closing = asyncio.create_task(self._disk.do_at_last(partial(os.close, handle)))
            _CLOSING.add(closing)
            closing.add_done_callback(_CLOSING.discard)


_CLOSING: set[asyncio.Task[None]] = set()


def _open(path: Path, *, new: bool) -> tuple[int, int]:
    """The file and its size, cut to whole samples."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | (os.O_CREAT | os.O_EXCL if new else 0), 0o600)
    size = os.fstat(handle).st_size // 2 * 2
    os.truncate(handle, size)
    return handle, size


def _close(made: tuple[int, int]) -> None:
    os.close(made[0])


def _append(handle: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(handle, left) :]
