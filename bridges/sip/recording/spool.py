"""Recordings on their way to the server: files, so that none is lost with any process.

Each has a note beside it (`ID.json`). Its sound is `ID.ulaw` while whatever carries the call writes it and
`ID.whole` afterwards; both are gone once the server has it.
"""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from logs import log
from wire.recording import CHANNELS, PART, PARTS_MOST, Note

_log = log.get(__name__)


class RecordingSpool:
    """`folder` is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, note: Note) -> Path:
        """The file for a recording that is about to begin; it is not there yet. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.put(note)
        return self.sound(note.id)

    def sound(self, recording_id: str) -> Path:
        """The file that is being written."""
        return self._folder / f"{recording_id}.ulaw"

    def put(self, note: Note) -> None:
        """What is known of it by now, durably. Raises OSError."""
        unfinished = self._note(note.id).with_suffix(".new")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(note))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._note(note.id))

    def finish(self, note: Note) -> bool:
        """Nobody writes it any more; whether anything was recorded. Raises OSError."""
        path = self.sound(note.id)
        if not path.exists() or path.stat().st_size < CHANNELS:
            self.drop(note.id)
            return False
        try:
            _sync(path)
            self.put(note)
        except OSError as error:
            # On a full disk what was known at the beginning has to do.
            _log.error("recording_note_not_written", id=note.id, why=error.strerror)
        path.replace(path.with_suffix(".whole"))
        return True

    def take_over(self, living: Collection[str], ended_at: int) -> None:
        """What was recorded in calls that do not go on is finished: all but `living` ids."""
        for path in self._folder.glob("*.ulaw"):
            if path.stem in living:
                continue
            note = self._read(path.stem)
            if note is None:
                continue
            kept = self.finish(replace(note, ended_at=max(note.ended_at, ended_at)))
            _log.info("recording_found", id=path.stem, kept=kept)
        for path in self._folder.glob("*.json"):
            # Of what was refused the note says what it is.
            sound = any(path.with_suffix(f".{kind}").exists() for kind in ("ulaw", "whole", "refused"))
            if not sound and path.stem not in living:
                path.unlink(missing_ok=True)

    def waiting(self) -> list[str]:
        """The ids of those that the server does not have yet, the oldest first."""
        found = sorted(self._folder.glob("*.whole"), key=lambda path: path.stat().st_mtime)
        return [path.stem for path in found]

    def note(self, recording_id: str) -> Note | None:
        """What is known of one of those. Raises OSError."""
        note = self._read(recording_id)
        size = self.sound(recording_id).with_suffix(".whole").stat().st_size
        size = min(size - size % CHANNELS, PART * PARTS_MOST)
        return replace(note, size=size) if note is not None else None

    def parts(self, note: Note) -> Iterator[bytes]:
        """Its sound, in pieces. Raises OSError."""
        with self.sound(note.id).with_suffix(".whole").open("rb") as file:
            left = note.size
            while left:
                part = file.read(min(PART, left))
                if not part:
                    raise OSError("the recording has become shorter")
                left -= len(part)
                yield part

    def drop(self, recording_id: str) -> None:
        """The server has it, or there is nothing."""
        for suffix in (".whole", ".ulaw"):
            self.sound(recording_id).with_suffix(suffix).unlink(missing_ok=True)
        self._note(recording_id).unlink(missing_ok=True)

    def set_aside(self, recording_id: str) -> None:
        """The server does not want it: an administrator may look why."""
        path = self.sound(recording_id).with_suffix(".whole")
        path.replace(path.with_suffix(".refused"))

    def _read(self, recording_id: str) -> Note | None:
        try:
            return msgspec.json.decode(self._note(recording_id).read_bytes(), type=Note)
        except (FileNotFoundError, msgspec.DecodeError) as error:
            _log.error("recording_without_note", id=recording_id, why=str(error))
            return None

    def _note(self, recording_id: str) -> Path:
        return self._folder / f"{recording_id}.json"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
