"""Greetings as the bridge has them."""

from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voicemail.greetings import Greetings
from wire.voicemail import GREETING_MOST, RATE


class Source:
    """A web process; `fails` instead of an answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails: Exception | None = None
        self.sound = b"hello"

    async def greeting(self, user_id: str, greeting_id: str) -> bytes:
        self.asked.append(f"{user_id} {greeting_id}")
        if self.fails is not None:
            raise self.fails
        return self.sound


async def test_what_was_fetched_once_is_kept() -> None:
    source = Source()
    greetings = Greetings(source)
    assert await greetings.of("@anna:x", None) == b""
    for _ in range(2):
        assert await greetings.of("@anna:x", "1") == b"hello"
    assert source.asked == ["@anna:x 1"]


async def test_where_it_cannot_be_had_ours_is_played() -> None:
    source = Source()
    greetings = Greetings(source)
    for source.fails in (WebUnavailable("away"), WebRefused(404, "unknown")):
        assert await greetings.of("@anna:x", "1") == b""
    source.fails = None
    assert await greetings.of("@anna:x", "1") == b"hello"


async def test_no_more_is_kept_than_there_is_room_for() -> None:
    source = Source()
    source.sound = bytes(GREETING_MOST * RATE)
    greetings = Greetings(source)
    for number in range(33):
        await greetings.of("@anna:x", str(number))
    await greetings.of("@anna:x", "1")
    assert len(source.asked) == 33
    await greetings.of("@anna:x", "0")
    assert len(source.asked) == 34
