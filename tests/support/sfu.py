"""The SFU as a process, and people of the `livekit` SDK in its rooms."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from array import array
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from livekit import rtc

from server.sfu.signal.token import mint
from tests.support.audio import tone, tone_share
from tests.support.patience import PATIENCE
from tests.support.ports import free_block

KEY, SECRET = "unisono", "s" * 40
RATE = 48_000
_FRAME = RATE // 100


@dataclass(frozen=True)
class SfuProcess:
    """`python -m server.sfu`, listening."""

    url: str
    http: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def sfu_process(folder: Path, *, port: int | None = None, **sections: Any) -> Iterator[SfuProcess]:
    """Runs it until the end of the block; `sections` go into its configuration.

    `port`: for signalling, and with the next number for media; otherwise one that is free.
    """
    port = port or free_block(2)
    config = {
        "keys": {KEY: SECRET},
        "web": {"port": port},
        "media": {"port": port + 1},
        "log": {"level": "debug"},
        **sections,
    }
    path = folder / "sfu.json"
    path.write_text(json.dumps(config))
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with (folder / "sfu.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.sfu", "--config", str(path)], stderr=log, env=environment
        )
    try:
        _wait_ready(port, process)
        yield SfuProcess(f"ws://127.0.0.1:{port}", f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError("the SFU did not come up")


def token(identity: str, room: str, **grants: Any) -> str:
    """For an hour; `grants` in LiveKit's spelling (`canPublish=False`)."""
    now = int(time.time())
    video = {"room": room, "roomJoin": True, "canUpdateOwnMetadata": True, **grants}
    claims = {"sub": identity, "name": identity.title(), "nbf": now - 5, "exp": now + 3600, "video": video}
    return mint(KEY, SECRET, claims)


@dataclass
class Person:
    """Somebody in a room, through the SDK."""

    room: rtc.Room
    tracks: asyncio.Queue[rtc.RemoteTrack] = field(default_factory=asyncio.Queue)
    data: asyncio.Queue[rtc.DataPacket] = field(default_factory=asyncio.Queue)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _aside: list[rtc.RemoteTrack] = field(default_factory=list)

    async def speak(self, hz: float) -> rtc.LocalTrackPublication:
        """Publishes a tone as the microphone, until the end."""
        source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        published = await self.room.local_participant.publish_track(track, options)
        self.tasks.append(asyncio.create_task(_play(source, hz)))
        return published

    async def show(self, width: int = 1280, height: int = 720, *, simulcast: bool = True) -> None:
        """Publishes a moving picture as the camera, until the end."""
        source = rtc.VideoSource(width, height)
        track = rtc.LocalVideoTrack.create_video_track("camera", source)
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_CAMERA, simulcast=simulcast, video_codec=rtc.VideoCodec.VP8
        )
        self.tasks.append(asyncio.create_task(_film(source, width, height)))
        await self.room.local_participant.publish_track(track, options)

    async def next_track(self, kind: int, timeout: float = PATIENCE) -> rtc.RemoteTrack:
        """The next of this kind; those of the other kind wait for who asks for them."""
        for track in self._aside:
            if track.kind == kind:
                self._aside.remove(track)
                return track
        async with asyncio.timeout(timeout):
            while True:
                track = await self.tracks.get()
                if track.kind == kind:
                    return track
                self._aside.append(track)

    async def hears(self, hz: float) -> None:
        """Until one of the tracks that came is this tone. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while not self.tracks.empty():
                    self._aside.append(self.tracks.get_nowait())
                sounds = [track for track in self._aside if track.kind == rtc.TrackKind.KIND_AUDIO]
                if not sounds:
                    self._aside.append(await self.tracks.get())
                # The newest first; the older ones again, should the machine have been too slow to hear them.
                for track in reversed(sounds):
                    with contextlib.suppress(TimeoutError):
                        await hear(track, hz, timeout=5)
                        return

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        await self.room.disconnect()


@contextlib.asynccontextmanager
async def connected(url: str, jwt: str, *, single: bool | None = None) -> AsyncIterator[Person]:
    """Joins, and leaves at the end of the block; `single`: over one peer connection."""
    one = Person(rtc.Room())

    def subscribed(track: rtc.RemoteTrack, *_: object) -> None:
        one.tracks.put_nowait(track)

    one.room.on("track_subscribed", subscribed)
    one.room.on("data_received", one.data.put_nowait)
    options = rtc.RoomOptions(single_peer_connection=single, dynacast=True)
    await one.room.connect(url, jwt, options)
    try:
        yield one
    finally:
        await one.leave()


def person(
    sfu: SfuProcess, identity: str, room: str, *, single: bool | None = None, **grants: Any
) -> contextlib.AbstractAsyncContextManager[Person]:
    """Somebody in a room of the process itself."""
    return connected(sfu.url, token(identity, room, **grants), single=single)


async def _play(source: rtc.AudioSource, hz: float) -> None:
    samples = array("h", tone(hz, 1.0, RATE))
    at = 0
    while True:
        await source.capture_frame(rtc.AudioFrame(samples[at : at + _FRAME].tobytes(), RATE, 1, _FRAME))
        at = (at + _FRAME) % RATE


async def _film(source: rtc.VideoSource, width: int, height: int) -> None:
    pictures = [
        bytes([40 + 20 * step]) * (width * height) + bytes([128]) * (width * height // 2) for step in range(8)
    ]
    count = 0
    while True:
        frame = rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, pictures[count % 8])
        source.capture_frame(frame)
        count += 1
        await asyncio.sleep(1 / 15)


async def hear(track: rtc.RemoteTrack, hz: float, share: float = 0.8, timeout: float = PATIENCE) -> float:
    """Until a quarter a second of `track` is the tone; its share of the energy. Raises TimeoutError."""
    stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
    heard: list[int] = []
    best = 0.0
    try:
        async with asyncio.timeout(timeout):
            async for event in stream:
                heard += event.frame.data
                if len(heard) >= RATE // 4:
                    best, heard = max(best, tone_share(heard, RATE, hz)), []
                if best > share:
                    return best
    except TimeoutError:
        raise TimeoutError(f"the tone's share never was above {best:.2f}") from None
    finally:
        await stream.aclose()
    raise TimeoutError("the track ended")


async def watch(track: rtc.RemoteTrack, width: int, frames: int = 5, timeout: float = PATIENCE) -> int:
    """Until `frames` pictures of at least `width` came; the width of the last. Raises TimeoutError."""
    stream = rtc.VideoStream(track)
    seen = 0
    try:
        async with asyncio.timeout(timeout):
            async for event in stream:
                seen += event.frame.width >= width
                if seen >= frames:
                    return event.frame.width
    finally:
        await stream.aclose()
    raise TimeoutError("the track ended")
