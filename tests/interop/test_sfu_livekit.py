"""Two people of the `livekit` SDK meet in the real process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from livekit import rtc

from tests.support.patience import PATIENCE
from tests.support.sfu import SfuProcess, hear, person, sfu_process, watch


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    with sfu_process(tmp_path_factory.mktemp("sfu")) as running:
        yield running


async def test_each_hears_the_tone_of_the_other(sfu: SfuProcess) -> None:
    async with person(sfu, "anna", "tones") as anna, person(sfu, "bruno", "tones") as bruno:
        await anna.speak(440)
        await bruno.speak(1000)
        of_anna = await bruno.next_track(rtc.TrackKind.KIND_AUDIO)
        of_bruno = await anna.next_track(rtc.TrackKind.KIND_AUDIO)
        shares = await asyncio.gather(hear(of_anna, 440), hear(of_bruno, 1000))
        assert min(shares) > 0.8


async def test_pictures_of_720p_simulcast_arrive_whole(sfu: SfuProcess) -> None:
    async with person(sfu, "anna", "pictures") as anna, person(sfu, "bruno", "pictures") as bruno:
        await anna.show()
        track = await bruno.next_track(rtc.TrackKind.KIND_VIDEO)
        assert await watch(track, 1280) == 1280


async def test_somebody_late_gets_what_is_published_already(sfu: SfuProcess) -> None:
    async with person(sfu, "anna", "late") as anna:
        await anna.speak(600)
        async with person(sfu, "bruno", "late") as bruno:
            assert await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO), 600) > 0.8


@pytest.mark.parametrize("reliable", [True, False], ids=["reliable", "lossy"])
async def test_data_arrives_with_the_senders_name(sfu: SfuProcess, *, reliable: bool) -> None:
    async with person(sfu, "anna", "data") as anna, person(sfu, "bruno", "data") as bruno:
        async with asyncio.timeout(PATIENCE):
            while bruno.data.empty():
                await anna.room.local_participant.publish_data(b"hello", reliable=reliable, topic="t")
                await asyncio.sleep(0.1)
        packet = await bruno.data.get()
        assert packet.data == b"hello"
        assert packet.participant is not None
        assert packet.participant.identity == "anna"
