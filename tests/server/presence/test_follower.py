"""What Matrix clients say is followed, through a homeserver that is away."""

import asyncio
from collections.abc import Mapping

import pytest

from server.homeserver.client import Presence
from server.homeserver.errors import HomeserverUnreachable
from server.presence import follower
from server.presence.follower import Follower
from tests.support.patience import PATIENCE

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
ONLINE, AWAY = Presence("online", None, True), Presence("unavailable", None, False)


async def test_after_a_failure_everybody_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "_FIRST", 0.0)
    answers: list[tuple[str, dict[str, Presence]] | None] = [
        ("1", {ANNA: ONLINE}),
        ("2", {BRUNO: AWAY}),
        None,
        None,
        ("7", {BRUNO: ONLINE}),
    ]
    asked: list[str | None] = []
    heard: list[tuple[dict[str, Presence], bool]] = []
    done = asyncio.Event()

    class Stream:
        async def presence_changes(self, since: str | None) -> tuple[str, dict[str, Presence]]:
            asked.append(since)
            if not answers:
                done.set()
                await asyncio.Event().wait()
            answer = answers.pop(0)
            if answer is None:
                raise HomeserverUnreachable("away")
            return answer

    async def changed(found: Mapping[str, Presence], whole: bool) -> None:
        heard.append((dict(found), whole))

    following = Follower(Stream(), changed)
    await following.start()
    async with asyncio.timeout(PATIENCE):
        await done.wait()
    await following.stop()
    assert asked == [None, "1", "2", None, None, "7"]
    assert heard == [({ANNA: ONLINE}, True), ({BRUNO: AWAY}, False), ({BRUNO: ONLINE}, True)]
