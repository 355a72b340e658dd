"""What messages and greetings have in common."""

from collections.abc import Sequence
from typing import Protocol

from server.edge.refusals import Refusal


class NobodysMailbox(Refusal):
    """Nobody has this mailbox."""

    code, status = "unknown_person", 404


class Sounds(Protocol):
    """See `sounds.SoundFiles`."""

    async def put(self, message_id: str, sound: bytes) -> None: ...

    async def get(self, message_id: str) -> bytes: ...

    async def drop(self, message_id: str) -> None: ...

    async def kept_before(self, moment: int) -> Sequence[str]:
        """The ids of those that were written before `moment`, in milliseconds since the epoch."""
