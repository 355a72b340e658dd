"""The SFU killed in mid meeting, and data for somebody whose line is narrow."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path

from livekit import rtc

from tests.support.impaired_path import Conditions, impaired_path
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.sfu import Person, hear, person, sfu_process


async def test_all_are_back_soon_after_the_process_was_killed(tmp_path: Path) -> None:
    port = free_block(2)
    with contextlib.ExitStack() as processes:
        sfu = processes.enter_context(sfu_process(tmp_path, port=port))
        async with person(sfu, "anna", "kill") as anna, person(sfu, "bruno", "kill") as bruno:
            await anna.speak(440)
            await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO), 440)
            sfu.process.send_signal(signal.SIGKILL)
            sfu.process.wait()
            await asyncio.to_thread(processes.enter_context, sfu_process(tmp_path, port=port))
            await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO), 440)


async def test_nothing_written_reliably_to_a_slow_reader_is_lost(tmp_path: Path) -> None:
    """5 MB over 16 Mbit/s: the writer has to wait for the reader."""
    port = free_block(3)
    media = {"port": port + 1, "advertised_port": port + 2}
    with (
        sfu_process(tmp_path, port=port, media=media) as sfu,
        impaired_path(port + 2, port + 1) as path,
    ):
        path.down = Conditions(rate=16_000_000, queue=200_000)
        async with person(sfu, "anna", "slow") as anna, person(sfu, "bruno", "slow") as bruno:
            await _first_packet(anna, bruno)
            for number in range(340):
                await anna.room.local_participant.publish_data(number.to_bytes(2, "big") + bytes(15_000))
            got: list[int] = []
            async with asyncio.timeout(3 * PATIENCE):
                while not got or got[-1] != 339:
                    got.append(int.from_bytes((await bruno.data.get()).data[:2], "big"))
            assert [number for number in got if number != 0xFFFF] == list(range(340))


async def _first_packet(anna: Person, bruno: Person) -> None:
    """Until data passes: channels open a moment after joining."""
    async with asyncio.timeout(PATIENCE):
        while bruno.data.empty():
            await anna.room.local_participant.publish_data(b"\xff\xff")
            await asyncio.sleep(0.2)
