"""What the carrier plays and what it hears, as G.711 bytes; frame by frame, without a clock.

All sounds are kept in mu-law and translated to A-law by table for calls that speak it.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections import deque
from functools import cache
from pathlib import Path
from typing import Protocol

from bridges.carrier.g711 import from_alaw, from_ulaw, to_alaw, to_ulaw

RATE = 8000
FRAME = 160  # samples of 20 ms, the packet time of RFC 3551, Section 4.5.14

_SOUNDS = Path(__file__).parent / "sounds"
_EVERY_BYTE = bytes(range(256))
ULAW_TO_ALAW = to_alaw(from_ulaw(_EVERY_BYTE))
ALAW_TO_ULAW = to_ulaw(from_alaw(_EVERY_BYTE))
SILENCE = b"\xff" * FRAME
_BEEP_HZ, _BEEP_SAMPLES = 1000, RATE // 4


def read_ulaw_wav(path: Path) -> bytes:
    """The samples of a mu-law WAV file (format 7, 8000 Hz, mono), which the ``wave`` module cannot read.

    :raises ValueError: for another kind of file.
    """
    data = path.read_bytes()
    offset, wanted = 12, struct.pack("<HHI", 7, 1, RATE)
    if data[:4] != b"RIFF" or wanted not in data[:64]:
        raise ValueError(f"{path} is not a mu-law WAV file of 8000 Hz, mono")
    while offset + 8 <= len(data):
        size = int.from_bytes(data[offset + 4 : offset + 8], "little")
        if data[offset : offset + 4] == b"data":
            return data[offset + 8 : offset + 8 + size]
        offset += 8 + size + size % 2
    raise ValueError(f"{path} has no sound in it")


@cache
def tone(hz: int, samples: int = RATE, amplitude: int = 8000) -> bytes:
    """A sine of whole hertz; one second of it repeats without a click."""
    return to_ulaw(round(amplitude * math.sin(2 * math.pi * hz * n / RATE)) for n in range(samples))


@cache
def announcement() -> bytes:
    """The announcement in Italian and English, and the tone after which the echo begins."""
    languages = (read_ulaw_wav(_SOUNDS / f"announcement.{language}.wav") for language in ("it", "en"))
    return b"".join(languages) + tone(_BEEP_HZ, _BEEP_SAMPLES)


class Source(Protocol):
    """Something to send: 160 mu-law samples at a time."""

    def next_frame(self) -> bytes: ...


class Tone:
    """A tone without end."""

    def __init__(self, hz: int) -> None:
        self._second = tone(hz)
        self._at = 0

    def next_frame(self) -> bytes:
        frame = self._second[self._at : self._at + FRAME]
        self._at = (self._at + FRAME) % RATE
        return frame


class Echo:
    """Gives back what it is told, one frame late.

    At most 200 ms are held: what comes in faster than it is taken is dropped, oldest first, so that the
    delay of the echo never grows.
    """

    _MOST_HELD = 10 * FRAME

    def __init__(self) -> None:
        self._held = bytearray()

    def hear(self, ulaw: bytes) -> None:
        self._held += ulaw
        del self._held[: max(0, len(self._held) - self._MOST_HELD)]

    def next_frame(self) -> bytes:
        if len(self._held) < FRAME:
            return SILENCE
        frame = bytes(self._held[:FRAME])
        del self._held[:FRAME]
        return frame


class After:
    """One sound once, then another source."""

    def __init__(self, first: bytes, then: Source) -> None:
        self._first = first
        self._at = 0
        self._then = then

    def next_frame(self) -> bytes:
        if self._at >= len(self._first):
            return self._then.next_frame()
        frame = self._first[self._at : self._at + FRAME]
        self._at += FRAME
        return frame.ljust(FRAME, b"\xff")


class Ear:
    """The last half second heard, and which tone it is."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque(maxlen=25)

    def hear(self, ulaw: bytes) -> None:
        self._frames.append(ulaw)

    def tone_hz(self) -> int | None:
        """The frequency of what is heard when it is one clear tone, else ``None``.

        Taken from the times at which the signal rises through zero, and believed only if nearly all energy
        is found at that frequency: speech and noise give none.
        """
        samples = from_ulaw(b"".join(self._frames))
        rising = [
            n + -before / (after - before)
            for n, (before, after) in enumerate(itertools.pairwise(samples))
            if before < 0 <= after
        ]
        if len(rising) < 10:
            return None
        hz = (len(rising) - 1) / (rising[-1] - rising[0]) * RATE
        return round(hz) if _share_at(samples[-RATE // 10 :], hz) > 0.8 else None


def _share_at(samples: list[int], hz: float) -> float:
    """The part of the energy at ``hz``: one bin of a discrete Fourier transform, by Goertzel's recursion."""
    coefficient = 2 * math.cos(2 * math.pi * hz / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    energy = sum(sample * sample for sample in samples)
    power = before * before + last * last - coefficient * before * last
    return 2 * power / (len(samples) * energy) if energy else 0.0
