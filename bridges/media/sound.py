"""Sound of each codec as samples and back: G.711, G.722 and Opus, by FFmpeg (PyAV). Stateful, one direction.

Samples are arrays of 16-bit integers, one channel, at the rate of the codec's sound. That of G.722 is 16 kHz,
though its RTP clock is 8 kHz (RFC 3551, Section 4.5.2).
"""

from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from bridges.sdp.codecs import G722, OPUS, PCMA, PCMU, Key

Samples = NDArray[np.int16]

_NAMES = {PCMU.key: "pcm_mulaw", PCMA.key: "pcm_alaw", G722.key: "g722", OPUS.key: "libopus"}
#: Samples a second of the sound itself.
RATES = {PCMU.key: 8000, PCMA.key: 8000, G722.key: 16_000, OPUS.key: 48_000}
_BIT_RATE = 24_000  # Opus: wideband speech


class Decoder:
    """Packets of one stream to samples."""

    def __init__(self, key: Key) -> None:
        self.rate = RATES[key]
        context = cast(av.AudioCodecContext, av.CodecContext.create(_NAMES[key], "r"))
        context.sample_rate, context.layout, context.format = self.rate, "mono", "s16"
        self._context = context
        self._mono = AudioResampler("s16", "mono", self.rate)

    def decode(self, payload: bytes) -> Samples:
        """What a payload holds; nothing where it cannot be read."""
        try:
            frames = self._context.decode(av.Packet(payload))
        except av.FFmpegError:
            return np.zeros(0, np.int16)
        for frame in frames:
            frame.pts = None
        return _joined([found.to_ndarray() for frame in frames for found in self._mono.resample(frame)])


class Encoder:
    """Samples to packets of one stream.

    Args:
        key: the codec.
        ptime: milliseconds of sound in a packet; Opus knows 10, 20, 40 and 60.
    """

    def __init__(self, key: Key, ptime: int = 20) -> None:
        self.rate = RATES[key]
        self.size = self.rate * ptime // 1000
        context = cast(av.AudioCodecContext, av.CodecContext.create(_NAMES[key], "w"))
        context.sample_rate, context.layout, context.format = self.rate, "mono", "s16"
        context.time_base = Fraction(1, self.rate)
        if key == OPUS.key:
            context.bit_rate = _BIT_RATE
            context.options = {"application": "voip", "frame_duration": str(ptime)}
        self._context = context
        self._waiting = np.zeros(0, np.int16)
        self._pts = 0

    def encode(self, samples: Samples) -> list[bytes]:
        """The packets that are full by now."""
        self._waiting = np.concatenate((self._waiting, samples))
        packets: list[bytes] = []
        while len(self._waiting) >= self.size:
            ready, self._waiting = self._waiting[: self.size], self._waiting[self.size :]
            packets.append(self._packet(ready))
        return [packet for packet in packets if packet]

    def _packet(self, samples: Samples) -> bytes:
        frame = _frame(samples, self.rate)
        frame.pts, frame.time_base = self._pts, self._context.time_base
        self._pts += len(samples)
        return b"".join(bytes(packet) for packet in self._context.encode(frame))


class Resampler:
    """From one rate to another."""

    def __init__(self, source: int, target: int) -> None:
        self._source = source
        self._resampler = None if source == target else AudioResampler("s16", "mono", target)

    def resample(self, samples: Samples) -> Samples:
        if self._resampler is None or not len(samples):
            return samples
        return _joined(
            [each.to_ndarray() for each in self._resampler.resample(_frame(samples, self._source))]
        )


def _frame(samples: Samples, rate: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), "s16", "mono")
    frame.sample_rate = rate
    return frame


def _joined(arrays: "list[NDArray[np.generic]]") -> Samples:
    if not arrays:
        return np.zeros(0, np.int16)
    return np.concatenate([array.reshape(-1) for array in arrays]).astype(np.int16, copy=False)
