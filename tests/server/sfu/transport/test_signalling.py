"""The door of the media server: who is let in, and how often."""

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from server.sfu.app import Sfu
from server.sfu.config import Config, Media, Web
from server.sfu.signal.token import mint
from server.sfu.transport.signalling import _COMES_AT_ONCE

KEY, SECRET = "k", "s" * 40


@pytest.fixture
async def sfu() -> AsyncIterator[Sfu]:
    made = Sfu(Config(keys={KEY: SECRET}, web=Web(port=0), media=Media(port=0)))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


def token(identity: str, room: str = "r", **claims: object) -> str:
    video = {"room": room, "roomJoin": True}
    return mint(KEY, SECRET, {"sub": identity, "exp": time.time() + 60, "video": video, **claims})


async def enters(sfu: Sfu, client: aiohttp.ClientSession, jwt: str) -> int:
    """The status of an attempt to come in; 101: inside."""
    host, port = sfu.address
    try:
        socket = await client.ws_connect(f"ws://{host}:{port}/rtc?access_token={jwt}")
    except aiohttp.WSServerHandshakeError as error:
        return error.status
    await socket.close()
    return 101


async def test_who_comes_again_and_again_is_told_to_wait_and_the_others_come(
    sfu: Sfu, client: aiohttp.ClientSession
) -> None:
    """SECURITY H1: each join is work for all who are there."""
    found = [await enters(sfu, client, token("greedy")) for _ in range(_COMES_AT_ONCE + 10)]
    assert set(found[:_COMES_AT_ONCE]) == {101}
    # A slow machine may let one or two of them in again meanwhile.
    assert 429 in found[_COMES_AT_ONCE:]
    assert await enters(sfu, client, token("calm")) == 101
    assert await enters(sfu, client, token("greedy", "another")) == 101


async def test_who_makes_work_by_asking_to_come_in_is_told_to_wait_and_the_others_come(
    sfu: Sfu, client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came along was read at each attempt, however many there were, and whether it came in or not."""
    host, port = sfu.address
    clock = iter(range(1000))
    monkeypatch.setattr(time, "thread_time", lambda: next(clock) * 0.1)

    async def asks(identity: str) -> int:
        url = f"http://{host}:{port}/rtc/v1/validate?join_request=CAA&access_token={token(identity)}"
        async with client.get(url) as answer:
            return answer.status

    found = [await asks("greedy") for _ in range(6)]
    assert found[:2] == [200, 200]
    assert found[-1] == 429
    assert await enters(sfu, client, token("greedy")) == 429
    assert await enters(sfu, client, token("calm")) == 101
