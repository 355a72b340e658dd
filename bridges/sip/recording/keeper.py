"""What calls need to be recorded: the terms, the announcement, the media, and a place on the disk."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

from msgspec.structs import replace

from bridges.media.gateway import MediaError
from bridges.media.recorder import CallRecorder, CannotRecord
from bridges.sip.recording.outbox import RecordingOutbox, Takes
from bridges.sip.recording.spool import Filed, RecordingSpool
from bridges.sip.routing.client import WebRefused, WebUnavailable
from logs import log
from processes import durable
from processes.disk import Disk
from wire.recording import Note, Terms, TermsAsked

_log = log.get(__name__)

#: Seconds between questions for the terms of a call while the web does not answer.
_AGAIN = (0.5, 1.0, 2.0, 5.0)


#: What is said before a recording to who has a number: the language, the file, and its seconds.
Words = Callable[[str | None], tuple[Literal["it", "en"], Path, float]]


class CannotKeep(Exception):
    """There is no room for it on the disk."""


class RecordingWeb(Takes, Protocol):
    """`web.RecordingWeb`, seen from here."""

    async def terms(self, asked: TermsAsked) -> Terms: ...

    async def announcement(self, sound_id: str) -> bytes: ...


class Recordings:
    """`b2bua.services.Recordings`. `folder` is where recordings lie until the server has them."""

    def __init__(self, folder: Path, web: RecordingWeb, recorder: CallRecorder, words: Words) -> None:
        self._folder, self._words = folder, words
        self._web, self._recorder = web, recorder
        self._spool, self._disk = RecordingSpool(folder), Disk()
        self.outbox = RecordingOutbox(self._spool, web)
        self._living: set[str] = set()
        self._beside: set[asyncio.Task[None]] = set()

    @property
    def language(self) -> Literal["it", "en"]:
        """The house's own."""
        return self._words(None)[0]

    async def terms(self, asked: TermsAsked, *, patient: bool) -> Terms | None:
        """What holds for a call; None where that is not known. `patient`: until it is."""
        tried = 0
        while True:
            try:
                return await self._web.terms(asked)
            except WebRefused as error:
                _log.error("recording_terms_refused", why=str(error))
                return None
            except WebUnavailable as error:
                if not patient:
                    return None
                _log.warning("recording_terms_not_known", why=str(error))
            await asyncio.sleep(_AGAIN[min(tried, len(_AGAIN) - 1)])
            tried += 1

    async def announcement(self, terms: Terms, number: str | None) -> tuple[Path, float]:
        """The file that is played before a recording to who has this number, and its seconds."""
        language, words, seconds = self._words(number)
        own = terms.announcements.get(language)
        if own is None:
            return words, seconds
        path = self._folder / f"announcement-{own.id}.ogg"
        try:
            if not path.exists():
                content = await self._web.announcement(own.id)
                await self._disk.do(partial(self._write, path, content))
        except (WebUnavailable, WebRefused, OSError) as error:
            _log.warning("announcement_not_had", id=own.id, why=str(error))
            return words, seconds
        return path, own.seconds

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.write(path, content)

    async def begin(self, media_id: str, note: Note, left: str, right: str) -> None:
        """Make ready to record these two legs of a call; `run` begins.

        Raises `CannotRecord` where what carries the call records nothing, `CannotKeep`.
        """
        self._living.add(note.id)
        try:
            path = await self._disk.do(partial(self._spool.begin, note, media_id))
            await self._recorder.record(media_id, path, left, right)
            await self._recorder.pause_record(media_id)
            if not await self._disk.do(path.exists):
                # A media process on another machine writes where we do not look.
                raise CannotRecord("the call is carried by another machine")
        except (OSError, MediaError) as error:
            await self._forget(media_id, note.id)
            if isinstance(error, CannotRecord):
                raise
            _log.error("recording_not_begun", id=note.id, why=str(error))
            raise CannotKeep(str(error)) from error

    async def run(self, media_id: str, note: Note, left: str, right: str) -> None:
        """What is said from now on is recorded. Raises MediaError."""
        await self._recorder.record(media_id, self._spool.sound(note.id), left, right)
        await self.keep(media_id, note)

    async def pause(self, media_id: str, note: Note) -> None:
        """What is said from now on is not. Raises MediaError."""
        await self._recorder.pause_record(media_id)
        await self.keep(media_id, note)

    async def keep(self, media_id: str, note: Note, *, over: bool = False) -> None:
        """What is known of it by now is on the disk, unless that is full or hangs."""
        try:
            await self._disk.do(partial(self._spool.put, note, media_id, over=over))
        except OSError as error:
            _log.error("recording_note_not_written", id=note.id, why=str(error))

    async def end(self, media_id: str, note: Note) -> None:
        """It is over; the server hears of it."""
        # First, so that whoever comes after us knows that it is not to go on.
        await self.keep(media_id, note, over=True)
        await self._end_record(media_id, note.id)
        self._later(self._finish(media_id, note))

    def lives(self, recording_id: str) -> bool:
        """A call of an earlier process is to go on with it. False: it was over, and the record says not."""
        if self._spool.runs(recording_id) is None:
            return False
        self._living.add(recording_id)
        return True

    def unfinished(self) -> list[Filed]:
        """What an earlier process was recording. Waits for the disk."""
        return self._spool.unfinished(self._living)

    def over_since(self, recording_id: str) -> int | None:
        """When one of those was over, in milliseconds since 1970; None where nothing is known of it."""
        return self._spool.over_since(recording_id)

    async def take_over(self, ended_at: int) -> None:
        """After the calls were read back: what was recorded in those that do not go on is over, and what
        was over is finished."""
        for filed in await asyncio.to_thread(self._spool.unfinished, self._living):
            media_id = filed.media_id or filed.call_id
            running = (self._spool.runs(recording_id) for recording_id in self._living)
            if all(one is None or one.media_id != media_id for one in running):
                # Its call may go on without it, and what is said is written still.
                await self._end_record(media_id, filed.id)
            note = filed if filed.over else replace(filed, ended_at=max(filed.ended_at, ended_at))
            _log.info("recording_found", id=filed.id, over=filed.over)
            await self._finish(media_id, note)
        await asyncio.to_thread(self._spool.sweep, self._living)

    async def stop(self) -> None:
        """What is over by now is finished."""
        if self._beside:
            await asyncio.wait(self._beside, timeout=1)

    # --- inside ---

    async def _end_record(self, media_id: str, recording_id: str) -> None:
        try:
            await self._recorder.end_record(media_id)
        except MediaError as error:
            _log.warning("recording_not_ended", id=recording_id, why=str(error) or type(error).__name__)

    async def _forget(self, media_id: str, recording_id: str) -> None:
        self._living.discard(recording_id)
        await self._end_record(media_id, recording_id)
        try:
            await self._disk.do(partial(self._spool.drop, recording_id))
        except OSError:
            self._later(self._drop_at_last(recording_id))

    async def _drop_at_last(self, recording_id: str) -> None:
        try:
            await self._disk.do_at_last(partial(self._spool.drop, recording_id))
        except OSError as error:
            _log.error("recording_not_dropped", id=recording_id, why=str(error))

    async def _finish(self, media_id: str, note: Note) -> None:
        try:
            kept = await self._disk.do_at_last(partial(self._spool.finish, note, media_id))
        except OSError as error:
            _log.error("recording_not_finished", id=note.id, why=str(error))
            return
        self._living.discard(note.id)
        _log.info("call_recorded", id=note.id, call_id=note.call_id, kept=kept, whole=note.whole)
        self.outbox.left()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
