"""Sounds that are kept, such as messages: a file each, sealed."""

import re
from pathlib import Path

from processes import durable
from server.sealing import Seal
from server.workers import Workers

_ID = re.compile(r"[0-9a-f]{32}")


class SoundFiles:
    """`folder` is made when it is needed."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        self._folder, self._seal = folder, seal
        self._thread = Workers("voicemail")

    async def put(self, sound_id: str, sound: bytes) -> None:
        """Keep it, durably. Raises OSError."""
        await self._thread.run(self._put, sound_id, sound)

    async def get(self, sound_id: str) -> bytes:
        """Raises OSError, `sealing.BrokenSeal`."""
        return await self._thread.run(lambda: self._seal.open_bytes(self._path(sound_id).read_bytes()))

    async def drop(self, sound_id: str) -> None:
        """Forget it; fine when it is not there. Raises OSError."""
        await self._thread.run(lambda: self._path(sound_id).unlink(missing_ok=True))

    async def kept_before(self, moment: int) -> list[str]:
        """The ids of those that were written before `moment`, in milliseconds since the epoch."""
        return await self._thread.run(self._kept_before, moment / 1000)

    def _kept_before(self, moment: float) -> list[str]:
        found = self._folder.iterdir() if self._folder.exists() else ()
        return [path.name for path in found if _ID.fullmatch(path.name) and path.stat().st_mtime < moment]

    def _put(self, sound_id: str, sound: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(sound_id)
        durable.write(path, self._seal.seal_bytes(sound))

    def _path(self, sound_id: str) -> Path:
        if _ID.fullmatch(sound_id) is None:
            raise FileNotFoundError(sound_id)
        return self._folder / sound_id
