"""What a phone heard, while the file it is written to still grows."""

from __future__ import annotations

import array
import asyncio
import contextlib
import math
import struct
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.patience import PATIENCE


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono samples, 16 bits, ``rate`` a second."""

    rate: int
    samples: Sequence[int]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def last(self, seconds: float) -> Sound:
        return Sound(self.rate, self.samples[-int(seconds * self.rate) :])


def read_growing_wav(path: Path) -> Sound:
    """A PCM WAV file (mono, 16 bits) up to its present end: the lengths in its header are written last."""
    data = path.read_bytes()
    offset, rate = 12, 8000
    while offset + 8 <= len(data):
        name, size = data[offset : offset + 4], struct.unpack_from("<I", data, offset + 4)[0]
        if name == b"fmt " and offset + 16 <= len(data):
            rate = struct.unpack_from("<I", data, offset + 12)[0]
        if name == b"data":
            pcm = data[offset + 8 :]
            return Sound(rate, array.array("h", pcm[: len(pcm) // 2 * 2]))
        offset += 8 + size
    return Sound(rate, ())


def loudest(sound: Sound) -> int:
    """The greatest amplitude in it, 0 to 32768."""
    return max(map(abs, sound.samples), default=0)


def share_of_tone(sound: Sound, hz: float) -> float:
    """The part (0 to 1) of the sound's energy that lies at ``hz``: one bin of a DFT (Goertzel)."""
    count = len(sound.samples)
    energy = sum(sample * sample for sample in sound.samples)
    if not energy:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * hz / sound.rate)
    before = last = 0.0
    for sample in sound.samples:
        before, last = last, sample + coefficient * last - before
    power = before * before + last * last - coefficient * before * last
    return min(1.0, 2 * power / (count * energy))


def hears(sound: Sound, hz: float, *, share: float = 0.7, loudness: float = 200.0) -> bool:
    """Whether the last half second is mostly a tone of ``hz``, and audible (RMS of 16-bit samples)."""
    end = sound.last(0.5)
    if end.seconds < 0.5:
        return False
    rms = math.sqrt(sum(sample * sample for sample in end.samples) / len(end.samples))
    return rms >= loudness and share_of_tone(end, hz) >= share


@dataclass(slots=True)
class Gap:
    """For how many seconds, at most, no tone was heard; known when the watch over it has ended."""

    seconds: float = -1.0


@asynccontextmanager
async def watched(heard: Callable[[], Sound], *tones: float, share: float = 0.5) -> AsyncIterator[Gap]:
    """Within it, for how long at most none of the tones is added to what was heard, of which it has to be
    more than this ``share``."""
    gap, longest, done = Gap(), 0.0, asyncio.Event()
    loop = asyncio.get_running_loop()

    async def watch() -> None:
        nonlocal longest
        known, last = len(heard().samples), loop.time()
        while not done.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), 0.02)  # a file grows without telling anybody
            sound, now = heard(), loop.time()
            longest = max(longest, now - last)
            news = Sound(sound.rate, sound.samples[known:])
            if news.seconds >= 0.03:
                known = len(sound.samples)
                if any(share_of_tone(news.last(0.03), hz) > share for hz in tones):
                    last = now

    watching = asyncio.create_task(watch())
    try:
        yield gap
    finally:
        done.set()
        await watching
    gap.seconds = longest


async def wait_tone(heard: Callable[[], Sound], hz: float, timeout: float, who: str) -> None:
    """Wait until ``who`` hears ``hz``.

    :raises TimeoutError: with what was heard instead.
    """
    deadline = asyncio.get_running_loop().time() + timeout
    while not hears(heard(), hz):
        if asyncio.get_running_loop().time() > deadline:
            sound = heard()
            raise TimeoutError(
                f"{who} does not hear {hz} Hz in {timeout} s, but {sound.seconds:.1f} s of {strongest(sound)}"
            )
        await asyncio.sleep(0.1)  # a file grows without telling anybody


async def wait_tones(heard: Callable[[], Sound], tones: Collection[float], who: str) -> None:
    """Wait until the last half second that ``who`` heard is made of all these tones; one may be louder.

    :raises TimeoutError: with the share of each.
    """
    deadline, shares = asyncio.get_running_loop().time() + PATIENCE, dict[float, float]()
    while asyncio.get_running_loop().time() < deadline:
        end = heard().last(0.5)
        shares = {hz: round(share_of_tone(end, hz), 2) for hz in tones}
        if sum(shares.values()) > 0.7 and min(shares.values()) > 0.08:
            return
        await asyncio.sleep(0.1)  # a file grows without telling anybody
    raise TimeoutError(f"{who} does not hear all of these: {shares}")


def strongest(sound: Sound) -> str:
    """The loudest of the tones between 100 and 3900 Hz at its end, in words, for messages of failure."""
    end = sound.last(0.2)
    if not any(end.samples):
        return "silence"
    share, hz = max((share_of_tone(end, hz), hz) for hz in range(100, 3900, 20))
    return f"mostly {hz} Hz ({share:.0%} of it)"
