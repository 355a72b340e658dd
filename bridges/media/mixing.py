"""Somebody speaks to one party of a call beside the other: what that party hears is both, mixed.

It costs a decoder for each and an encoder, for as long as somebody speaks; then all goes its old way.
"""

import asyncio
import time
from collections.abc import Callable

import numpy as np

from bridges.media.sound import RATES, Decoder, Encoder, Resampler, Samples
from bridges.sdp.codecs import Key

#: Samples a second in which is mixed; seconds that are waited for before a voice is heard, and kept at most.
RATE = 16_000
_AHEAD, _MOST = RATE * 60 // 1000, RATE * 240 // 1000
#: Seconds without a packet after which nobody speaks any more.
_OVER = 1.0
#: Seconds that it may be behind its time; beyond that it goes on later instead of in a burst.
_BEHIND = 0.2


class Voice:
    """One that is mixed: samples wait until it is their turn. Pure."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self._decoder = Decoder(key)
        self._resampler = Resampler(self._decoder.rate, RATE)
        self._waiting: Samples = np.zeros(0, np.int16)
        self._heard = False

    def add(self, payload: bytes) -> None:
        """A packet's; what comes too early takes the place of the oldest."""
        made = self._resampler.resample(self._decoder.decode(payload))
        self._waiting = np.concatenate((self._waiting, made))[-_MOST:]

    def take(self, count: int) -> Samples:
        """The next samples; silence where none came, or not enough of them yet."""
        self._heard = self._heard or len(self._waiting) >= _AHEAD
        if not self._heard:
            return np.zeros(count, np.int16)
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        if len(taken) < count:
            self._heard = False
        return np.concatenate((taken, np.zeros(count - len(taken), np.int16)))


class Mixing:
    """Of one party, from its first packet on; `run` ends when nobody has spoken for a second.

    Args:
        codec, ptime: of what the party is sent, in milliseconds.
        send: takes a packet's payload, whether it follows on none of ours, and the time (monotonic).
    """

    def __init__(self, codec: Key, ptime: int, send: Callable[[bytes, bool, float], None]) -> None:
        self.codec = codec
        self._ptime, self._send = ptime, send
        self._encoder = Encoder(codec, ptime)
        self._resampler = Resampler(RATE, RATES[codec])
        self._voices: dict[str, Voice] = {}
        self._spoken_at = time.monotonic()

    def hear(self, who: str, key: Key, payload: bytes) -> None:
        """A packet of somebody; "" is the other party."""
        voice = self._voices.get(who)
        if voice is None or voice.key != key:
            voice = self._voices[who] = Voice(key)
        voice.add(payload)
        if who:
            self._spoken_at = time.monotonic()

    def mixed(self) -> list[bytes]:
        """What `ptime` milliseconds are, in packets."""
        total = np.zeros(RATE * self._ptime // 1000, np.int32)
        for voice in self._voices.values():
            total += voice.take(len(total))
        return self._encoder.encode(self._resampler.resample(np.clip(total, -32768, 32767).astype(np.int16)))

    async def run(self) -> None:
        due, fresh = time.monotonic(), True
        while (now := time.monotonic()) - self._spoken_at < _OVER:
            for payload in self.mixed():
                self._send(payload, fresh, now)
                fresh = False
            due = max(due + self._ptime / 1000, now - _BEHIND)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
