"""The single-connection form (`/rtc/v1`) with the `livekit` SDK, beside people of the older form."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest
from livekit import rtc

from tests.support.patience import PATIENCE
from tests.support.sfu import SfuProcess, hear, person, sfu_process, token, watch


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    with sfu_process(tmp_path_factory.mktemp("v1")) as running:
        yield running


@pytest.mark.parametrize("other", [True, False], ids=["both of it", "beside the older form"])
async def test_each_hears_and_sees_the_other(sfu: SfuProcess, *, other: bool) -> None:
    room = f"tones-{other}"
    async with (
        person(sfu, "anna", room, single=True) as anna,
        person(sfu, "bruno", room, single=other) as bruno,
    ):
        await anna.speak(440)
        await bruno.speak(1000)
        await bruno.show()
        of_anna = await bruno.next_track(rtc.TrackKind.KIND_AUDIO)
        of_bruno = await anna.next_track(rtc.TrackKind.KIND_AUDIO)
        shares = await asyncio.gather(hear(of_anna, 440), hear(of_bruno, 1000))
        assert min(shares) > 0.8


async def test_the_picture_of_many_fits_though_sections_run_out(sfu: SfuProcess) -> None:
    names = ["bruno", "carla", "dario", "elena", "fabio"]
    async with person(sfu, "anna", "many", single=True) as anna:
        people = [person(sfu, name, "many", single=True) for name in names]
        shown = await asyncio.gather(*(one.__aenter__() for one in people))
        try:
            for one in shown:
                await one.show(320, 180, simulcast=False)
            tracks = [await anna.next_track(rtc.TrackKind.KIND_VIDEO) for _ in names]
            assert len({track.sid for track in tracks}) == len(names)
            await asyncio.gather(*(watch(track, 320) for track in tracks))
        finally:
            await asyncio.gather(*(one.leave() for one in shown))


async def test_data_arrives_both_ways(sfu: SfuProcess) -> None:
    async with (
        person(sfu, "anna", "data", single=True) as anna,
        person(sfu, "bruno", "data", single=True) as bruno,
    ):
        for one, other in ((anna, bruno), (bruno, anna)):
            async with asyncio.timeout(PATIENCE):
                while other.data.empty():
                    await one.room.local_participant.publish_data(b"hello", reliable=True)
                    await asyncio.sleep(0.1)
            assert (await other.data.get()).data == b"hello"


@pytest.mark.parametrize(
    "asked", ["", "AAAA", "!", "A" * 30_000], ids=["none", "no message", "no base64", "long"]
)
async def test_a_join_request_that_cannot_be_read_is_refused_readably(sfu: SfuProcess, asked: str) -> None:
    query = {"access_token": token("anna", "bad"), "join_request": asked}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{sfu.http}/rtc/v1/validate", params=query) as answer,
    ):
        assert answer.status == 400
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
