"""What is said in a room, heard once for all its telephones: one of their connections subscribes."""

import asyncio
from collections.abc import Callable

import numpy as np
from livekit import rtc

from bridges.sip.voice.jitter_buffer import JitterBuffer
from bridges.sip.voice.mixing import Samples
from logs import log

_log = log.get(__name__)

_RATE, _FRAME_MS = 8000, 20


class Ear:
    """Listens through `room`, a connected one, from `open` to `close`.

    `ours(identity)`: whether a participant is a telephone of this process, whose sound is here already.
    `decrypts`: whether the connection has the key of what is encrypted end to end; without it that would be
    noise.
    """

    def __init__(self, room: rtc.Room, ours: Callable[[str], bool], *, decrypts: bool = False) -> None:
        self._room, self._ours, self._decrypts = room, ours, decrypts
        self._tracks: dict[str, tuple[JitterBuffer[Samples], asyncio.Task[None]]] = {}
        self._closed = False

    def open(self) -> None:
        """Subscribe to all audio that is there, and will be."""
        self._room.on("track_published", self._published)
        self._room.on("track_subscribed", self._subscribed)
        self._room.on("track_unsubscribed", self._unsubscribed)
        for who in self._room.remote_participants.values():
            for publication in who.track_publications.values():
                self._published(publication, who)

    def close(self) -> None:
        """Hear nothing any more; the connection goes on, or is about to end."""
        self._closed = True
        for _, task in self._tracks.values():
            task.cancel()
        self._tracks.clear()

    def heard(self) -> list[Samples]:
        """The next 20 ms of each track that sounds."""
        frames = [buffer.pop() for buffer, _ in self._tracks.values()]
        return [samples for samples in frames if samples is not None and samples.any()]

    def _published(self, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant) -> None:
        audio = publication.kind == rtc.TrackKind.KIND_AUDIO
        readable = self._decrypts or publication.encryption_type == rtc.EncryptionType.NONE
        if audio and readable and not self._closed and not self._ours(who.identity):
            publication.set_subscribed(True)

    def _subscribed(self, track: rtc.Track, *_: object) -> None:
        if self._closed or track.kind != rtc.TrackKind.KIND_AUDIO or track.sid in self._tracks:
            return
        buffer = JitterBuffer[Samples]()
        self._tracks[track.sid] = (buffer, asyncio.create_task(_listen(track, buffer)))

    def _unsubscribed(self, track: rtc.Track, *_: object) -> None:
        if (found := self._tracks.pop(track.sid, None)) is not None:
            found[1].cancel()


async def _listen(track: rtc.Track, buffer: JitterBuffer[Samples]) -> None:
    """The SDK brings its jitter buffer, conceals losses and changes the rate."""
    stream = rtc.AudioStream(track, sample_rate=_RATE, num_channels=1, frame_size_ms=_FRAME_MS)
    try:
        async for event in stream:
            buffer.push(np.array(event.frame.data, dtype=np.int16))
    finally:
        await stream.aclose()
