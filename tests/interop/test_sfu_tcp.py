"""People whose network lets no UDP out still meet: ICE-TCP (RFC 6544)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from livekit import rtc

from tests.support.patience import PATIENCE
from tests.support.sfu import SfuProcess, hear, person, sfu_process, watch


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    """All UDP goes to a port where nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        media = {"port": 0, "tcp_port": 0, "advertised_port": silent.getsockname()[1]}
        with sfu_process(tmp_path_factory.mktemp("tcp"), media=media) as running:
            yield running


@pytest.mark.parametrize("single", [True, False], ids=["one connection", "two connections"])
async def test_sound_pictures_and_data_pass_over_tcp(sfu: SfuProcess, *, single: bool) -> None:
    room = f"tcp-{single}"
    async with (
        person(sfu, "anna", room, single=single) as anna,
        person(sfu, "bruno", room, single=single) as bruno,
    ):
        await anna.speak(440)
        await anna.show()
        await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO), 440)
        await watch(await bruno.next_track(rtc.TrackKind.KIND_VIDEO), 1280)
        async with asyncio.timeout(PATIENCE):
            while bruno.data.empty():
                await anna.room.local_participant.publish_data(b"hello", reliable=True)
                await asyncio.sleep(0.1)
