"""The sound of recordings: a folder each, a sealed file for each piece, so that none is read as a whole."""

import re
import shutil
from pathlib import Path

from processes import durable
from server.sealing import Seal
from server.workers import Workers
from wire.recording import PART

_ID = re.compile(r"[0-9a-f]{32}")


class RecordingFiles:
    """`folder` is made when it is needed."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        self._folder, self._seal = folder, seal
        self._thread = Workers("recordings")

    async def put(self, recording_id: str, number: int, part: bytes) -> None:
        """Keep a piece, durably. Raises OSError."""
        await self._thread.run(self._put, recording_id, number, part)

    async def size(self, recording_id: str) -> int:
        """Bytes of sound that are there from the beginning on, without a gap. Raises OSError."""
        return await self._thread.run(self._size, recording_id)

    async def read(self, recording_id: str, start: int, end: int) -> bytes:
        """The sound from byte `start` to before `end`. Raises OSError, `sealing.BrokenSeal`."""
        return await self._thread.run(self._read, recording_id, start, end)

    async def drop(self, recording_id: str) -> None:
        """Forget it; fine when it is not there. Raises OSError."""
        await self._thread.run(shutil.rmtree, self._of(recording_id), True)

    async def kept_before(self, moment: int) -> list[str]:
        """The ids of those that were last written before `moment`, in milliseconds since the epoch."""
        return await self._thread.run(self._kept_before, moment / 1000)

    def _kept_before(self, moment: float) -> list[str]:
        found = self._folder.iterdir() if self._folder.exists() else ()
        return [path.name for path in found if _ID.fullmatch(path.name) and path.stat().st_mtime < moment]

    def _put(self, recording_id: str, number: int, part: bytes) -> None:
        folder = self._of(recording_id)
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            durable.sync(folder.parent)
        durable.write(folder / str(number), self._seal.seal_bytes(part))

    def _size(self, recording_id: str) -> int:
        number = 0
        while (self._of(recording_id) / str(number + 1)).exists():
            number += 1
        return number * PART + len(self._part(recording_id, number))

    def _read(self, recording_id: str, start: int, end: int) -> bytes:
        sound = bytearray()
        for number in range(start // PART, (end - 1) // PART + 1 if end > start else 0):
            at = number * PART
            sound += self._part(recording_id, number)[max(start - at, 0) : end - at]
        return bytes(sound)

    def _part(self, recording_id: str, number: int) -> bytes:
        return self._seal.open_bytes((self._of(recording_id) / str(number)).read_bytes())

    def _of(self, recording_id: str) -> Path:
        if _ID.fullmatch(recording_id) is None:
            raise FileNotFoundError(recording_id)
        return self._folder / recording_id
