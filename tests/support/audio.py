"""Tones for the tests: made, put into G.711 and WAV files, and found again by content.

A test of audio sends a tone of one frequency into one end and looks for that frequency at the other end;
counting packets would also be content with silence.
"""

from __future__ import annotations

import array
import math
import wave
from collections.abc import Sequence
from pathlib import Path

from av import AudioFrame, Packet
from av.audio.codeccontext import AudioCodecContext
from av.codec import CodecContext

from bridges.media import g711
from bridges.sdp.codecs import Key
from tests.support.recording import Sound, share_of_tone


def tone(hz: float, seconds: float, rate: int = 8000, amplitude: int = 8000) -> list[int]:
    """A sine: 16-bit samples, ``rate`` a second."""
    step = 2 * math.pi * hz / rate
    return [round(amplitude * math.sin(step * index)) for index in range(int(seconds * rate))]


def pcm(samples: Sequence[int]) -> bytes:
    """16-bit little-endian PCM."""
    return array.array("h", samples).tobytes()


def write_wav(path: Path, samples: Sequence[int], rate: int) -> None:
    """A mono 16-bit WAV file (48 kHz for browsers' fake microphones, 8 kHz for telephones)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm(samples))


def encode_g711(samples: Sequence[int], law: Key) -> bytes:
    """A byte a sample; ``law`` is ``PCMU.key`` or ``PCMA.key``."""
    return g711.encode(list(samples), law)


def decode_g711(payload: bytes, law: Key) -> list[int]:
    """16-bit samples."""
    table = g711.DECODE[law]
    return [table[code] for code in payload]


def encode_g722(samples: Sequence[int]) -> list[bytes]:
    """Payloads of 20 ms, made by FFmpeg of samples at 16000 a second."""
    codec = CodecContext.create("g722", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate, codec.format, codec.layout = 16000, "s16", "mono"
    found: list[bytes] = []
    for start in range(0, len(samples) - 319, 320):
        frame = AudioFrame(format="s16", layout="mono", samples=320)
        frame.planes[0].update(pcm(samples[start : start + 320]))
        frame.sample_rate = 16000
        found += [bytes(packet) for packet in codec.encode(frame)]
    return found


def decode_g722(payload: bytes) -> list[int]:
    """Samples at 16000 a second, read by FFmpeg."""
    codec = CodecContext.create("g722", "r")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate, codec.layout = 16000, "mono"
    found = array.array("h")
    for frame in codec.decode(Packet(payload)):
        found.frombytes(bytes(frame.planes[0])[: frame.samples * 2])
    return found.tolist()


def tone_share(samples: Sequence[int], rate: int, hz: float) -> float:
    """The part (0 to 1) of the energy that lies at ``hz``; 0 for silence."""
    return share_of_tone(Sound(rate, samples), hz)
