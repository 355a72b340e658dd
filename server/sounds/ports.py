"""What features want of the files of sound."""

from collections.abc import Sequence
from typing import Protocol


class Sounds(Protocol):
    """See `files.SoundFiles`."""

    async def put(self, sound_id: str, sound: bytes) -> None: ...

    async def get(self, sound_id: str) -> bytes: ...

    async def drop(self, sound_id: str) -> None: ...

    async def kept_before(self, moment: int) -> Sequence[str]:
        """The ids of those that were written before `moment`, in milliseconds since the epoch."""
