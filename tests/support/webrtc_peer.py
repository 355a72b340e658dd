"""A browser's place taken by aiortc's ``RTCPeerConnection``: sends a tone, keeps what it hears."""

from __future__ import annotations

import array
import asyncio
import contextlib
from fractions import Fraction
from types import TracebackType

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack
from av import AudioFrame

from tests.support.audio import pcm, tone
from tests.support.pacing import Pace

_RATE = 8000
_FRAME = 160


class ToneTrack(AudioStreamTrack):
    """A sine, 20 ms a frame."""

    def __init__(self, hz: float) -> None:
        super().__init__()
        self._sound = pcm(tone(hz, 1.0))
        self._sent = 0
        self._pace = Pace()

    async def recv(self) -> AudioFrame:
        await self._pace.next()
        frame = AudioFrame(format="s16", layout="mono", samples=_FRAME)
        start = self._sent * 2 % len(self._sound)
        frame.planes[0].update(self._sound[start : start + _FRAME * 2])
        frame.pts, frame.sample_rate, frame.time_base = self._sent, _RATE, Fraction(1, _RATE)
        self._sent += _FRAME
        return frame


class WebRtcPeer:
    """``async with WebRtcPeer(tone_hz=1000) as browser:``; then offer or answer.

    It sends from the moment it is connected.
    """

    def __init__(self, *, tone_hz: float = 1000) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.track = ToneTrack(tone_hz)
        #: 16-bit samples; at 8000 a second for G.711.
        self.samples: array.array[int] = array.array("h")
        self._reading: list[asyncio.Task[None]] = []
        self._heard = asyncio.Event()
        self.connection.on("track", self._on_track)

    async def __aenter__(self) -> WebRtcPeer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._reading:
            task.cancel()
        await self.connection.close()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._reading.append(asyncio.create_task(self._read(track)))

    async def _read(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                self.samples.frombytes(bytes(frame.planes[0])[: frame.samples * 2])
                self._heard.set()

    async def more(self) -> None:
        """Until it has heard something more."""
        self._heard.clear()
        await self._heard.wait()

    async def offer(self) -> str:
        """Its offer, with all candidates."""
        self.connection.addTrack(self.track)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def take_answer(self, sdp: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def answer(self, sdp: str) -> str:
        """Its answer to an offer, with all candidates."""
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        self.connection.addTrack(self.track)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp
