"""Recordings on their way to the server: files, so that none is lost with the process.

Each has a note beside it (`ID.json`). Its sound is `ID.ulaw` while it is recorded and `ID.whole` afterwards;
both are gone once the server has the message.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import msgspec

from bridges.sip.voice.playout import FRAME
from bridges.sip.voicemail.speech import message_of
from logs import log
from processes import durable
from processes.disk import Disk
from wire.voicemail import RATE, SOUND_MAX, Note, VoiceMessage

_log = log.get(__name__)

#: Bytes that are written at once: what a killed process takes with it, 0.2 seconds.
_AT_ONCE = 10 * FRAME


class Recording:
    """A message that is being recorded; made by `Spool`. No call waits for its disk."""

    def __init__(self, note: Note, path: Path) -> None:
        self.note, self.path = note, path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._handle).st_size
        self._disk = Disk()
        #: What was added and is not written yet: one thread at a time takes from it.
        self._waiting = bytearray()
        self._taking = Lock()
        self._writing: asyncio.Task[None] | None = None
        self._failed: OSError | None = None

    @property
    def seconds(self) -> float:
        """How long it is by now."""
        return self._size / RATE

    def add(self, frame: bytes) -> None:
        """The next sound. Raises OSError where the disk did not take what was added before, or hangs."""
        if self._failed is not None:
            raise self._failed
        self._size += len(frame)
        self._waiting += frame
        if len(self._waiting) >= _AT_ONCE and self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            await self._disk.do(self._flush)
        except OSError as error:
            self._failed = error
        finally:
            self._writing = None

    def _flush(self) -> None:
        """What was added lies in the file, or the disk did not take it. Raises OSError."""
        with self._taking:
            while waiting := bytes(self._waiting):
                try:
                    written = os.write(self._handle, waiting)
                except OSError:
                    del self._waiting[: len(waiting)]
                    raise
                del self._waiting[:written]

    def close(self) -> None:
        """Nothing is added any more. Waits for the disk; raises OSError."""
        try:
            self._flush()
            os.fsync(self._handle)
        finally:
            # What would be added nevertheless must not reach a file that has the same number then.
            handle, self._handle = self._handle, -1
            os.close(handle)


class Spool:
    """`folder` is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Recording] = {}

    def begin(self, note: Note) -> Recording:
        """A recording of nothing yet. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.write(self._note(note.id), msgspec.json.encode(note))
        return self._opened(note)

    def resume(self, note: Note) -> Recording:
        """Go on with an earlier process's. Raises OSError, ValueError where there is none."""
        if not self._sound(note.id).exists():
            raise ValueError("there is no such recording")
        return self._opened(note)

    def finish(self, recording: Recording) -> bool:
        """It is a message from now on, if somebody spoke; whether it is. Whatever a full disk took is left
        out."""
        self._open.pop(recording.note.id, None)
        try:
            recording.close()
        except OSError as error:
            _log.error("recording_not_written", id=recording.note.id, why=error.strerror)
        return self._close(recording.note.id)

    def leave(self) -> None:
        """The next process goes on with those that are open. Waits for the disk."""
        for recording in self._open.values():
            try:
                recording.close()
            except OSError as error:
                _log.error("recording_not_written", id=recording.note.id, why=error.strerror)
        self._open.clear()

    def take_over(self) -> None:
        """What an earlier process recorded, and nobody goes on with, is finished."""
        for path in self._folder.glob("*.ulaw"):
            if path.stem not in self._open:
                _log.info("recording_found", id=path.stem, message=self._close(path.stem))

    def waiting(self) -> Iterator[str]:
        """The ids of messages that the server does not have yet, the oldest first."""
        found = sorted(self._folder.glob("*.whole"), key=lambda path: path.stat().st_mtime)
        yield from (path.stem for path in found)

    def read(self, message_id: str) -> VoiceMessage | None:
        """One of those; None for what is none. Raises OSError."""
        sound = self._sound(message_id).with_suffix(".whole").read_bytes()
        try:
            note = msgspec.json.decode(self._note(message_id).read_bytes(), type=Note)
        except (FileNotFoundError, msgspec.DecodeError) as error:
            _log.error("voice_message_without_note", id=message_id, why=str(error))
            return None
        return VoiceMessage(note=note, sound=sound)

    def drop(self, message_id: str) -> None:
        """The server has it, or nobody spoke."""
        for suffix in (".whole", ".ulaw"):
            self._sound(message_id).with_suffix(suffix).unlink(missing_ok=True)
        self._note(message_id).unlink(missing_ok=True)

    def _opened(self, note: Note) -> Recording:
        recording = self._open[note.id] = Recording(note, self._sound(note.id))
        return recording

    def _close(self, message_id: str) -> bool:
        path = self._sound(message_id)
        sound = message_of(path.read_bytes()[:SOUND_MAX])
        if not sound:
            self.drop(message_id)
            return False
        os.truncate(path, len(sound))
        durable.rename(path, path.with_suffix(".whole"))
        return True

    def _sound(self, message_id: str) -> Path:
        return self._folder / f"{message_id}.ulaw"

    def _note(self, message_id: str) -> Path:
        return self._folder / f"{message_id}.json"
