"""Sound that we play to a leg in place of the other party: a file of any kind that FFmpeg reads."""

import asyncio
import hashlib
import io
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np

from bridges.media.conversion import fitting
from bridges.media.leg import Leg
from bridges.media.sound import RATES, Encoder, Resampler, Samples
from bridges.sdp.codecs import Key

#: Samples a second of what is kept, and its longest, in seconds.
RATE, _LONGEST = 16_000, 600
#: Samples of all sounds that are kept for whoever is played them next: half an hour.
_KEPT = RATE * 1800
#: Seconds that playing may be behind its time; beyond that the sound goes on later instead of in a burst.
_BEHIND = 0.2


class UnreadableSound(ValueError):
    """The bytes hold no sound."""


def read(data: bytes, longest: int = _LONGEST, options: Mapping[str, str] | None = None) -> Samples:
    """The sound of a file.

    Args:
        data: what the file holds.
        longest: seconds from its beginning that are read.
        options: FFmpeg's, for its container.

    Raises:
        UnreadableSound: there is none in it.
    """
    found: list[Samples] = []
    left = RATE * longest
    try:
        with av.open(io.BytesIO(data), mode="r", container_options=dict(options or {})) as container:
            resampler = av.AudioResampler("s16", "mono", RATE)
            for frame in container.decode(audio=0):
                for made in resampler.resample(frame):
                    found.append(made.to_ndarray().reshape(-1).astype(np.int16))
                    left -= len(found[-1])
                if left <= 0:
                    break
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise UnreadableSound("the file holds no sound that can be read") from error
    if not found:
        raise UnreadableSound("the file holds no sound")
    return np.concatenate(found)[: RATE * longest]


class Sound:
    """What is played. Its packets are made once for each codec, as the first listener comes to them.

    Attributes:
        samples: `RATE` a second.
        origin: the path of its file, or the digest of its content.
        content: what a file would hold; None where it is in one.
    """

    def __init__(self, samples: Samples, origin: str = "", content: bytes | None = None) -> None:
        self.samples, self.origin, self.content = samples, origin, content
        self._packets: dict[tuple[Key, int], _Packets] = {}

    def packets(self, codec: Key, ptime: int) -> "_Packets":
        """For a codec, in packets of `ptime` milliseconds."""
        key = codec, ptime
        if key not in self._packets:
            self._packets[key] = _Packets(self.samples, codec, ptime)
        return self._packets[key]


class _Packets:
    """A sound in one codec. Its beginning fills its last packet: it can be repeated without a seam."""

    def __init__(self, samples: Samples, codec: Key, ptime: int) -> None:
        self._samples, self._at = samples, 0
        self._step = RATE * ptime // 1000
        self._encoder = Encoder(codec, ptime)
        self._resampler = Resampler(RATE, RATES[codec])
        self._made: list[bytes] = []
        self._count = len(samples) * 1000 // (RATE * ptime)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> bytes:
        while index >= len(self._made):
            piece = self._samples.take(range(self._at, self._at + self._step), mode="wrap")
            self._at += self._step
            self._made += self._encoder.encode(self._resampler.resample(piece))
        return self._made[index]


class Sounds:
    """Files that were played, so that the next listener of each costs neither reading nor encoding."""

    def __init__(self) -> None:
        self._sounds: OrderedDict[object, Sound] = OrderedDict()
        #: What an earlier process was sent, until it is read here.
        self._inherited: dict[str, bytes] = {}

    def inherit(self, contents: Mapping[str, bytes]) -> None:
        """Keep what an earlier process was sent, by origin: a stand-by is told of it before it is read."""
        self._inherited = dict(contents)

    async def file(self, path: Path) -> Sound:
        """Raises OSError, UnreadableSound."""
        status = await asyncio.to_thread(path.stat)
        key = path, status.st_mtime_ns, status.st_size
        if known := self._known(key):
            return known
        return self._keep(key, Sound(await asyncio.to_thread(lambda: read(path.read_bytes())), str(path)))

    async def content(self, data: bytes) -> Sound:
        """What a file would hold. Raises UnreadableSound."""
        key = hashlib.sha256(data).hexdigest()
        if known := self._known(key):
            return known
        return self._keep(key, Sound(await asyncio.to_thread(read, data), key, data))

    def kept(self, origin: str) -> bytes | None:
        """The content that came by itself; None: it is in a file, or not kept any more."""
        known = self._sounds.get(origin)
        return known.content if known else self._inherited.get(origin)

    def _known(self, key: object) -> Sound | None:
        if key in self._sounds:
            self._sounds.move_to_end(key)
        return self._sounds.get(key)

    def _keep(self, key: object, sound: Sound) -> Sound:
        self._inherited.pop(sound.origin, None)
        made = self._sounds.setdefault(key, sound)
        while len(self._sounds) > 1 and sum(len(each.samples) for each in self._sounds.values()) > _KEPT:
            self._sounds.popitem(last=False)
        return made


async def play(leg: Leg, sound: Sound, times: int) -> None:
    """Plays `sound` to a leg, so many times; 0: until it is cancelled. A codec that changes is followed."""
    played = done = 0  # milliseconds of this time, and times that it was heard to its end
    due, fresh = time.monotonic(), True
    while (codec := leg.codec) is not None:
        ptime = fitting(leg.ptime, codec)
        packets = sound.packets(codec, ptime)
        if played // ptime >= len(packets):
            played, done = 0, done + 1
            if done == times or not len(packets):
                return
        if leg.direction.receives:
            leg.play_own(codec, packets[played // ptime], codec[1] * ptime // 1000, fresh=fresh)
        fresh = not leg.direction.receives
        played += ptime
        due = max(due + ptime / 1000, time.monotonic() - _BEHIND)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
