"""Somebody in a meeting who listens to every telephone in it."""

import asyncio

from livekit import rtc

from tests.support.audio import tone_share
from tests.support.patience import PATIENCE
from tests.support.sfu import Person

RATE = 8000
#: Samples that are looked at together.
_LOOKED_AT = RATE // 4


class Audience:
    """`person` is in the room already; tracks that come from now on are listened to, each by itself."""

    def __init__(self, person: Person) -> None:
        self._tasks = person.tasks
        self._wanted: dict[float, asyncio.Event] = {}
        person.room.on("track_subscribed", self._subscribed)

    def _subscribed(self, track: rtc.RemoteTrack, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._tasks.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: rtc.RemoteTrack) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
        heard: list[int] = []
        try:
            async for event in stream:
                heard += event.frame.data
                if len(heard) >= _LOOKED_AT:
                    self._look(heard)
                    heard = []
        finally:
            await stream.aclose()

    def _look(self, heard: list[int]) -> None:
        for hz, there in self._wanted.items():
            if not there.is_set() and tone_share(heard, RATE, hz) > 0.8:
                there.set()

    async def hears(self, hz: float) -> None:
        """Until a track is this tone, from now on. Raises TimeoutError."""
        there = self._wanted[hz] = asyncio.Event()
        try:
            await asyncio.wait_for(there.wait(), PATIENCE)
        except TimeoutError:
            raise TimeoutError(f"the meeting does not hear {hz} Hz") from None
        finally:
            self._wanted.pop(hz, None)
