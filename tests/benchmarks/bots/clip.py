"""Two seconds of picture and sound, encoded once and sent again and again by every bot."""

from __future__ import annotations

import math
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy
from aiortc.codecs.vpx import Vp8Encoder

from webrtc.dtls import SrtpSession

FPS, SECONDS = 30, 2
OPUS, VP8 = 111, 96
_HEADER = struct.Struct("!BBHII")
_MID = struct.Struct("!HHBB2x")


@dataclass(frozen=True, slots=True)
class Beat:
    """What is sent at one moment: the packets' payloads and how far the RTP clock is from the beginning."""

    timestamp: int
    payloads: tuple[bytes, ...]


@cache
def picture(width: int = 640, height: int = 360, bitrate: int = 500_000) -> tuple[Beat, ...]:
    """VP8, the first frame a keyframe; bars that move over noise, so that the encoder has to work."""
    encoder = Vp8Encoder()
    encoder.target_bitrate = bitrate
    noise = numpy.random.default_rng(1).integers(16, 200, (height, width), numpy.uint8)
    beats = []
    for number in range(FPS * SECONDS):
        frame = av.VideoFrame(width, height, "yuv420p")
        luma = numpy.roll(noise // 4 + 64, 4 * number, axis=1)
        for plane, content in zip(frame.planes, (luma, None, None), strict=True):
            shape = (plane.height, plane.line_size)
            values = numpy.full(shape, 128, numpy.uint8)
            if content is not None:
                values[:, :width] = content
            plane.update(values.tobytes())
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        payloads, _ = encoder.encode(frame, force_keyframe=number == 0)
        beats.append(Beat(number * 90_000 // FPS, tuple(payloads)))
    return tuple(beats)


@cache
def sound(hz: int = 440) -> tuple[Beat, ...]:
    """A tone in Opus, 20 ms a packet."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.format, encoder.layout = 48_000, "s16", "mono"
    encoder.bit_rate = 32_000
    beats: list[Beat] = []
    for start in range(0, 48_000 * SECONDS, 960):
        frame = av.AudioFrame("s16", "mono", 960)
        tone = [round(8000 * math.sin(2 * math.pi * hz * (start + at) / 48_000)) for at in range(960)]
        frame.planes[0].update(numpy.array(tone, numpy.int16).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        for packet in encoder.encode(frame):
            beats.append(Beat(len(beats) * 960, (bytes(packet),)))
    return tuple(beats)


class Player:
    """Plays a clip for ever as one RTP stream; `rewind` begins it again with its keyframe."""

    def __init__(self, beats: Sequence[Beat], payload_type: int, mid: str, clock: int) -> None:
        self.ssrc = secrets.randbits(31) | 1
        self._beats, self._payload_type, self._mid = beats, payload_type, mid.encode()
        self._length = clock * SECONDS
        self._sequence, self._picture = secrets.randbits(15), 0
        self._next, self._origin = 0, secrets.randbits(30)
        self._last = self._origin

    def rewind(self) -> None:
        """The next frame is the first one; nothing happens when it is due anyway."""
        if self._next:
            self._origin, self._next = self._last + self._beats[1].timestamp, 0

    def beat(self, keys: SrtpSession) -> list[bytes]:
        """The encrypted packets of the next frame."""
        beat = self._beats[self._next]
        self._last = self._origin + beat.timestamp
        self._next += 1
        if self._next == len(self._beats):
            self._origin, self._next = self._origin + self._length, 0
        self._picture += 1
        last = len(beat.payloads) - 1
        return [
            keys.protect(self._packet(payload, marker=number == last))
            for number, payload in enumerate(beat.payloads)
        ]

    def _packet(self, payload: bytes, *, marker: bool) -> bytes:
        self._sequence = self._sequence + 1 & 0xFFFF
        kind = self._payload_type | (0x80 if marker and self._payload_type == VP8 else 0)
        header = _HEADER.pack(0x90, kind, self._sequence, self._last & 0xFFFFFFFF, self.ssrc)
        extension = _MID.pack(0xBEDE, 1, 0x10, self._mid[0])
        if self._payload_type == VP8 and payload[0] & 0x80:
            # The running number of the picture (RFC 7741): the clip's own begins anew every two seconds.
            number = 0x8000 | self._picture & 0x7FFF
            payload = payload[:2] + number.to_bytes(2, "big") + payload[4:]
        return header + extension + payload
