"""Sound of telephones as a file that every browser plays. Pure."""

import struct
from itertools import pairwise

from wire.voicemail import RATE


def _linear(code: int) -> int:
    """ITU-T G.711, table 2a/2b: inverted bits, biased by 132."""
    bits = ~code & 0xFF
    magnitude = ((((bits & 0x0F) << 3) + 132) << ((bits & 0x70) >> 4)) - 132
    return -magnitude if bits & 0x80 else magnitude


#: The lower and the upper byte of each code's linear value.
_LOWER = bytes(_linear(code) & 0xFF for code in range(256))
_UPPER = bytes(_linear(code) >> 8 & 0xFF for code in range(256))


def linear(sound: bytes) -> bytes:
    """16-bit samples of G.711 mu-law, the lower byte first. Minutes of it take milliseconds."""
    body = bytearray(2 * len(sound))
    body[::2], body[1::2] = sound.translate(_LOWER), sound.translate(_UPPER)
    return bytes(body)


def wave(sound: bytes) -> bytes:
    """A file of 16-bit PCM of G.711 mu-law."""
    body = linear(sound)
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(body), b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    return head + form + struct.pack("<4sI", b"data", len(body)) + body


#: Points of a waveform, and the highest (MSC1767).
_POINTS, _HIGHEST = 60, 1024
#: Mu-law codes are in order of loudness but for their sign, and inverted.
_LOUDNESS = bytes(~code & 0x7F for code in range(256))


def waveform(sound: bytes) -> list[int]:
    """How loud the sound is from its beginning to its end."""
    loud = sound.translate(_LOUDNESS)
    edges = [len(loud) * point // _POINTS for point in range(_POINTS + 1)]
    parts = (loud[start:end] for start, end in pairwise(edges))
    return [max(part, default=0) * _HIGHEST // 127 for part in parts]
