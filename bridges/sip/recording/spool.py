"""Recordings on their way to the server: files, so that none is lost with any process.

Each has a note beside it (`ID.json`). Its sound is `ID.ulaw` while whatever carries the call writes it and
`ID.whole` afterwards; both are gone once the server has it. What the server refuses, and what has lost its
note, is `ID.refused` for some days.
"""

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from time import time

import msgspec
from msgspec.structs import asdict, replace

from logs import log
from processes import durable
from wire.recording import CHANNELS, PART, PARTS_MOST, Note

_log = log.get(__name__)

#: Seconds for which an administrator may look at what nobody wants: it lies in clear.
ASIDE_FOR = 7 * 86_400.0


class Filed(Note, frozen=True, kw_only=True):
    """A note as it lies on the disk. `media_id`: the call as whatever carries it knows it. `over`: nobody is
    to write the sound any more, whatever else is known of the call."""

    media_id: str = ""
    over: bool = False


class RecordingSpool:
    """`folder` is made when it is needed. Its methods wait for the disk. `now`: seconds since 1970."""

    def __init__(self, folder: Path, now: Callable[[], float] = time) -> None:
        self._folder, self._now = folder, now

    def begin(self, note: Note, media_id: str = "") -> Path:
        """The file for a recording that is about to begin; it is not there yet. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.put(note, media_id)
        return self.sound(note.id)

    def sound(self, recording_id: str) -> Path:
        """The file that is being written."""
        return self._folder / f"{recording_id}.ulaw"

    def put(self, note: Note, media_id: str = "", *, over: bool = False) -> None:
        """What is known of it by now, durably. Raises OSError."""
        filed = Filed(**(asdict(note) | {"media_id": media_id, "over": over}))
        durable.write(self._note(note.id), msgspec.json.encode(filed))

    def runs(self, recording_id: str) -> Filed | None:
        """What is known of one that is being written; None where none is, or is to be any more."""
        filed = self._read(recording_id) if self.sound(recording_id).exists() else None
        return None if filed is None or filed.over else filed

    def over_since(self, recording_id: str) -> int | None:
        """When it ended, in milliseconds since 1970; None where nothing is known of it."""
        return filed.ended_at if (filed := self._read(recording_id)) is not None and filed.over else None

    def finish(self, note: Note, media_id: str = "") -> bool:
        """Nobody writes it any more; whether anything was recorded. Again is the same. Raises OSError."""
        path, whole = self.sound(note.id), self._whole(note.id)
        if not path.exists() and whole.exists():
            return True
        if not path.exists() or path.stat().st_size < CHANNELS:
            self.drop(note.id)
            return False
        try:
            durable.sync(path)
            self.put(note, media_id, over=True)
        except OSError as error:
            # On a full disk what was known at the beginning has to do.
            _log.error("recording_note_not_written", id=note.id, why=error.strerror)
        durable.rename(path, whole)
        return True

    def unfinished(self, living: Collection[str]) -> list[Filed]:
        """Those that lie here as if they were being written, all but `living` ids. Of what has no note
        nobody knows who is in it: it is set aside."""
        found = list[Filed]()
        for path in sorted(self._folder.glob("*.ulaw")):
            if path.stem in living:
                continue
            if (filed := self._read(path.stem)) is None:
                self._aside(path)
            else:
                found.append(filed)
        return found

    def sweep(self, living: Collection[str]) -> None:
        """What belongs to nothing, and what was aside for long enough, is removed."""
        for path in self._folder.glob("*.new"):
            # Half a note of a process that is gone.
            path.unlink(missing_ok=True)
        self.forget_aside()
        for path in self._folder.glob("*.json"):
            # Of what was refused the note says what it is.
            sound = any(path.with_suffix(f".{kind}").exists() for kind in ("ulaw", "whole", "refused"))
            if not sound and path.stem not in living:
                path.unlink(missing_ok=True)

    def forget_aside(self) -> None:
        """What was set aside `ASIDE_FOR` ago is removed, its note as well."""
        for path in self._folder.glob("*.refused"):
            if self._now() - path.stat().st_mtime >= ASIDE_FOR:
                path.unlink(missing_ok=True)
                self._note(path.stem).unlink(missing_ok=True)
                _log.warning("recording_removed", id=path.stem, why="nobody wanted it for a week")

    def waiting(self) -> list[str]:
        """The ids of those that the server does not have yet, the oldest first."""
        found = sorted(self._folder.glob("*.whole"), key=lambda path: path.stat().st_mtime)
        return [path.stem for path in found]

    def note(self, recording_id: str) -> Note | None:
        """What is known of one of those. Raises OSError."""
        filed = self._read(recording_id)
        size = self._whole(recording_id).stat().st_size
        size = min(size - size % CHANNELS, PART * PARTS_MOST)
        return replace(_told(filed), size=size) if filed is not None else None

    def parts(self, note: Note) -> Iterator[bytes]:
        """Its sound, in pieces. Raises OSError."""
        with self._whole(note.id).open("rb") as file:
            left = note.size
            while left:
                part = file.read(min(PART, left))
                if not part:
                    raise OSError("the recording has become shorter")
                left -= len(part)
                yield part

    def drop(self, recording_id: str) -> None:
        """The server has it, or there is nothing."""
        for path in (self._whole(recording_id), self.sound(recording_id), self._note(recording_id)):
            path.unlink(missing_ok=True)

    def set_aside(self, recording_id: str) -> None:
        """The server does not want it: an administrator may look why, for some days."""
        self._aside(self._whole(recording_id))

    def _aside(self, path: Path) -> None:
        aside = path.with_suffix(".refused")
        path.replace(aside)
        # From now on, not from when the sound was written.
        os.utime(aside, (self._now(), self._now()))
        _log.error("recording_set_aside", id=path.stem, days=round(ASIDE_FOR / 86_400))

    def _read(self, recording_id: str) -> Filed | None:
        try:
            return msgspec.json.decode(self._note(recording_id).read_bytes(), type=Filed)
        except (FileNotFoundError, msgspec.DecodeError) as error:
            _log.error("recording_without_note", id=recording_id, why=str(error))
            return None

    def _note(self, recording_id: str) -> Path:
        return self._folder / f"{recording_id}.json"

    def _whole(self, recording_id: str) -> Path:
        return self._folder / f"{recording_id}.whole"


def _told(filed: Filed) -> Note:
    """As the server is told."""
    known = asdict(filed)
    return Note(**{name: known[name] for name in Note.__struct_fields__})
