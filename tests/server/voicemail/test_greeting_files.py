"""What becomes of the sound of greetings that nobody has any more."""

from __future__ import annotations

from collections.abc import Sequence

from server.directory.service import Person
from server.voicemail.greetings import Greeting, Greetings
from server.voicemail.rules import UNDO
from wire.voicemail import Occasion


class Files:
    """`ports.Sounds`: when each was written."""

    def __init__(self, **written: int) -> None:
        self.written = written

    async def put(self, message_id: str, sound: bytes) -> None:
        self.written[message_id] = 0

    async def get(self, message_id: str) -> bytes:
        return bytes(self.written[message_id])

    async def drop(self, message_id: str) -> None:
        del self.written[message_id]

    async def kept_before(self, moment: int) -> Sequence[str]:
        return [name for name, at in self.written.items() if at < moment]


class Rows:
    """`GreetingStore` in which somebody has the greeting "mine"."""

    async def greetings(self, owner: str) -> Sequence[Greeting]:
        return [Greeting("always", "mine", 1000, 0)]

    async def greet_with(self, owner: str, greeting: Greeting) -> None: ...

    async def greet_no_more(self, owner: str, occasion: Occasion) -> None: ...

    async def known_greetings(self, ids: Sequence[str]) -> set[str]:
        return {"mine"} & set(ids)


class Nobody:
    async def by_user_id(self, user_id: str) -> Person | None:
        return None


async def decode(content: bytes) -> bytes:
    return content


async def test_what_was_replaced_a_while_ago_is_forgotten() -> None:
    files = Files(mine=0, gone=9, fresh=10)
    greetings = Greetings(Rows(), files, Nobody(), decode, lambda: UNDO + 10, lambda: "new")
    await greetings.purge()
    assert set(files.written) == {"mine", "fresh"}
