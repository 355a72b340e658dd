"""Group calls over bad networks: people of the `livekit` SDK behind a path that loses, delays and narrows."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from livekit import rtc

from tests.benchmarks.bots.livekit_bot import LiveKitBot
from tests.support.audio import tone_share
from tests.support.impaired_path import CLEAR, DARK, Conditions, Flow, ImpairedPath, impaired_path
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.sfu import RATE, Person, SfuProcess, hear, person, sfu_process, token

BAD = Conditions(loss=0.05, delay=0.1)
NARROW = Conditions(delay=0.02, rate=300_000, queue=15_000)
HZ = 440


@dataclass
class Network:
    """The SFU, which tells clients the address of the path."""

    sfu: SfuProcess
    path: ImpairedPath

    @contextlib.asynccontextmanager
    async def behind(self, identity: str, room: str, conditions: Conditions) -> AsyncIterator[Person]:
        """Somebody whose packets pass under `conditions`, both ways."""
        self.path.up = self.path.down = conditions
        try:
            async with person(self.sfu, identity, room) as one:
                yield one
        finally:
            self.path.up = self.path.down = CLEAR


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SfuProcess, int, int]]:
    front, behind = free_block(2), free_block(2)
    media = {"port": behind, "advertised_port": front}
    with sfu_process(tmp_path_factory.mktemp("network"), media=media) as running:
        yield running, front, behind


@pytest.fixture
def network(sfu: tuple[SfuProcess, int, int]) -> Iterator[Network]:
    running, front, behind = sfu
    with impaired_path(front, behind) as path:
        yield Network(running, path)


async def show_noise(one: Person, width: int = 960, height: int = 540) -> None:
    """Publishes three layers that cost what those of people do: noise is hardly in the small one."""
    faint = bytes(96 + value * 14 // 256 for value in range(256))
    chance = random.Random(3)  # noqa: S311 (the same pictures each time)
    grey = bytes([128]) * (width * height // 2)
    pictures = [chance.randbytes(width * height).translate(faint) + grey for _ in range(8)]
    source = rtc.VideoSource(width, height)
    track = rtc.LocalVideoTrack.create_video_track("camera", source)
    options = rtc.TrackPublishOptions(
        source=rtc.TrackSource.SOURCE_CAMERA, simulcast=True, video_codec=rtc.VideoCodec.VP8
    )

    async def film() -> None:
        count = 0
        while True:
            picture = pictures[count % len(pictures)]
            source.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, picture))
            count += 1
            await asyncio.sleep(1 / 15)

    one.tasks.append(asyncio.create_task(film()))
    await one.room.local_participant.publish_track(track, options)


class Eyes:
    """Looks at a track: how many pictures came, how wide the last one was, and the widest."""

    def __init__(self, track: rtc.RemoteTrack) -> None:
        self.width = self.widest = self.count = 0
        self._stream = rtc.VideoStream(track)
        self._came = asyncio.Condition()
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        async for event in self._stream:
            async with self._came:
                self.width, self.count = event.frame.width, self.count + 1
                self.widest = max(self.widest, self.width)
                self._came.notify_all()

    async def see(self, *, more: int = 1, width: int = 0, most: int = 9999) -> float:
        """Until `more` pictures came and the last is between `width` and `most`; seconds that it took."""
        began, goal = time.monotonic(), self.count + more
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(lambda: self.count >= goal and width <= self.width <= most)
        return time.monotonic() - began

    async def close(self) -> None:
        self._task.cancel()
        await self._stream.aclose()


async def sound_and_picture(one: Person) -> tuple[rtc.RemoteTrack, rtc.RemoteTrack]:
    """In whatever order they come."""
    found: dict[int, rtc.RemoteTrack] = {}
    async with asyncio.timeout(PATIENCE):
        while len(found) < 2:
            track = await one.tracks.get()
            found[track.kind] = track
    return found[rtc.TrackKind.KIND_AUDIO], found[rtc.TrackKind.KIND_VIDEO]


@contextlib.asynccontextmanager
async def eyes(one: Person, track: rtc.RemoteTrack | None = None) -> AsyncIterator[Eyes]:
    looking = Eyes(track or await one.next_track(rtc.TrackKind.KIND_VIDEO, PATIENCE))
    try:
        yield looking
    finally:
        await looking.close()


async def tone_energy(track: rtc.RemoteTrack, seconds: float) -> float:
    """Of the tone in the next `seconds` of what is played."""
    stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
    heard: list[int] = []
    try:
        async with asyncio.timeout(PATIENCE):
            async for event in stream:
                heard += event.frame.data
                if len(heard) >= seconds * RATE:
                    break
    finally:
        await stream.aclose()
    return tone_share(heard, RATE, HZ) * sum(sample * sample for sample in heard)


async def test_sound_stays_whole_behind_losses_and_delay(network: Network) -> None:
    async with (
        network.behind("anna", "lossy", CLEAR) as anna,
        network.behind("carla", "lossy", CLEAR) as carla,
        network.behind("bruno", "lossy", BAD) as bruno,
    ):
        await anna.speak(HZ)
        tracks = [await one.next_track(rtc.TrackKind.KIND_AUDIO, PATIENCE) for one in (carla, bruno)]
        for track in tracks:
            await hear(track, HZ)
        shares = []
        for _ in range(4):  # a busy machine spoils now and then what the network did not
            clean, lossy = await asyncio.gather(*(tone_energy(track, 3.0) for track in tracks))
            shares.append(lossy / clean)
            if shares[-1] >= 0.9:
                break
        assert max(shares) >= 0.9
        assert any(flow.down.dropped > 5 for flow in network.path.flows)


async def test_pictures_are_back_soon_after_a_burst_of_losses(network: Network) -> None:
    async with network.behind("anna", "burst", CLEAR) as anna:
        await show_noise(anna)
        slow = Conditions(delay=0.1)
        async with network.behind("bruno", "burst", slow) as bruno, eyes(bruno) as seen:
            waits = []
            for _ in range(3):
                await seen.see(more=20)
                network.path.change(flows=theirs(network.path, slow), down=DARK)
                await asyncio.sleep(0.5)  # the burst
                network.path.change(flows=theirs(network.path, DARK), down=slow)
                waits.append(await seen.see(more=5))
                if waits[-1] < 2.0:
                    break
            assert min(waits) < 2.0


def theirs(path: ImpairedPath, conditions: Conditions) -> list[Flow]:
    """The flows that are under these conditions downwards."""
    return [flow for flow in path.flows if flow.down.conditions == conditions]


async def test_a_narrow_line_gets_small_pictures_and_whole_sound_and_all_when_it_widens(
    network: Network,
) -> None:
    wide = Conditions(delay=0.02)
    async with network.behind("anna", "narrow", CLEAR) as anna:
        await anna.speak(HZ)
        await show_noise(anna)
        async with network.behind("bruno", "narrow", wide) as bruno:
            sound, picture = await sound_and_picture(bruno)
            async with eyes(bruno, picture) as seen:
                await seen.see(width=640)
                network.path.change(flows=theirs(network.path, wide), down=NARROW)
                await seen.see(most=320)
                await seen.see(more=15, most=320)
                assert await hear(sound, HZ, timeout=PATIENCE) > 0.8
                network.path.change(flows=theirs(network.path, NARROW), down=wide)
                await seen.see(width=640)


async def test_a_narrow_line_is_not_overrun_when_somebody_joins(network: Network) -> None:
    """The first keyframe of the best layer would fill its queue for more than a second."""
    async with network.behind("anna", "join", CLEAR) as anna, network.behind("carla", "join", CLEAR) as carla:
        await anna.speak(HZ)
        await show_noise(anna)
        async with eyes(carla) as seen:
            await seen.see(width=640)
            async with network.behind("bruno", "join", NARROW) as bruno:
                sound, picture = await sound_and_picture(bruno)
                async with eyes(bruno, picture) as narrow:
                    await hear(sound, HZ, timeout=PATIENCE)
                    await narrow.see(more=20)
                    assert narrow.widest <= 320


async def test_what_nobody_looks_at_is_not_even_sent_to_us(network: Network) -> None:
    async with network.behind("anna", "dynacast", CLEAR) as anna:
        await show_noise(anna)
        async with network.behind("bruno", "dynacast", CLEAR) as bruno, eyes(bruno) as seen:
            [theirs_of_anna] = bruno.room.remote_participants.values()
            [picture] = theirs_of_anna.track_publications.values()
            await seen.see(width=960)
            whole = await upward(network.path)
            picture.set_video_quality(rtc.VideoQuality.VIDEO_QUALITY_LOW)
            await seen.see(most=320)
            async with asyncio.timeout(PATIENCE):
                while await upward(network.path) > whole / 2:
                    pass
            picture.set_video_quality(rtc.VideoQuality.VIDEO_QUALITY_HIGH)
            await seen.see(width=640)


async def upward(path: ImpairedPath) -> float:
    """bit/s of all clients over one second."""
    before = sum(flow.up.octets for flow in path.flows)
    await asyncio.sleep(1.0)  # the measurement
    return (sum(flow.up.octets for flow in path.flows) - before) * 8


async def test_lost_pictures_of_a_publisher_are_repaired(network: Network) -> None:
    async with (
        network.behind("bruno", "repair", CLEAR) as bruno,
        network.behind("anna", "repair", BAD) as anna,
    ):
        await show_noise(anna)
        async with eyes(bruno) as seen:
            await seen.see(more=60)
            stats = await anna.room.get_rtc_stats()
            sent = [one.outbound_rtp for one in stats.publisher_stats if one.HasField("outbound_rtp")]
            assert sum(one.outbound.retransmitted_packets_sent for one in sent) > 0


def memory(process: int) -> int:
    """Resident, kB."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


async def flood(bot: LiveKitBot, seconds: float, bitrate: float = 50e6) -> int:
    """Sends pictures as fast as that, whatever it is told; how many packets."""
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    while (elapsed := loop.time() - began) < seconds:
        while sent * 1000 * 8 < elapsed * bitrate:
            sent += bot.show()
        await asyncio.sleep(0.005)
    return sent


async def test_a_flood_of_one_hurts_nobody(network: Network) -> None:
    bot = LiveKitBot()
    async with (
        network.behind("anna", "flood", CLEAR) as anna,
        network.behind("bruno", "flood", CLEAR) as bruno,
        aiohttp.ClientSession() as http,
    ):
        await anna.speak(HZ)
        sound = await bruno.next_track(rtc.TrackKind.KIND_AUDIO, PATIENCE)
        await hear(sound, HZ)
        await bot.enter(http, network.sfu.http, token("flood", "flood"))
        bot.hush()
        try:
            await flood(bot, 1.0)
            before = memory(network.sfu.process.pid)
            sent, share = await asyncio.gather(flood(bot, 3.0), hear(sound, HZ, timeout=PATIENCE))
            assert sent > 1000
            assert share > 0.8
            assert memory(network.sfu.process.pid) - before < 20_000
            assert await hear(sound, HZ) > 0.8
        finally:
            await bot.leave()
