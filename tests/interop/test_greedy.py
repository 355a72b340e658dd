"""A greedy guest in the media server: whatever it sends, the others hear each other, stay, and come in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest
from livekit import rtc
from livekit.protocol import rtc as signal

from tests.support.greed import WAYS, Guest, greedy
from tests.support.patience import PATIENCE
from tests.support.sfu import Person, SfuProcess, hear, person, sfu_process, token
from tests.support.sfu_wire import join, left_alone

#: How often the tone is heard while the guest is greedy.
_LISTENS = 4


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    folder = tmp_path_factory.mktemp("greedy")
    limits = {"grace_seconds": 2}
    with sfu_process(folder, log={"level": "info"}, limits=limits) as running:
        yield running
        assert running.process.poll() is None, "the process did not survive"
    # Whose it was has to be found out later.
    assert (folder / "sfu.log").stat().st_size < 200_000


def troubles(*people: Person) -> list[str]:
    """What ends or breaks from now on for the people."""
    found: list[str] = []
    for one in people:
        for event in ("reconnecting", "disconnected"):
            one.room.on(event, lambda *_, event=event: found.append(event))
    return found


@pytest.mark.parametrize("way", WAYS)
async def test_who_takes_all_that_it_may_takes_nothing_from_others(sfu: SfuProcess, way: str) -> None:
    room = way
    async with (
        aiohttp.ClientSession() as http,
        person(sfu, "anna", room) as anna,
        person(sfu, "bruno", room) as bruno,
    ):
        await anna.speak(440)
        tone = await bruno.next_track(rtc.TrackKind.KIND_AUDIO)
        await hear(tone, 440)
        found = troubles(anna, bruno)
        async with greedy(Guest(http, sfu.http, lambda identity: token(identity, room)), WAYS[way]) as guest:
            for turn in range(_LISTENS):
                assert await hear(tone, 440) > 0.8
                newcomer = await join(http, sfu, token(f"new{turn}", room))
                assert (await newcomer.next("join")).participant.identity == f"new{turn}"
                await newcomer.send(ping_req=signal.Ping(timestamp=1))
                await newcomer.next("pong_resp")
                await newcomer.send(leave=signal.LeaveRequest())
        assert guest.sent
        assert await hear(tone, 440) > 0.8
        assert found == []
    async with aiohttp.ClientSession() as http, asyncio.timeout(PATIENCE):
        await left_alone(http, sfu)
