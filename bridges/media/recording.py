"""A call as a WAV file: one channel for each party, 8 kHz, in the time in which it was said."""

import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from bridges.media.sound import Decoder, Resampler, Samples
from bridges.sdp.codecs import SOUND, Key
from logs.plain import Log

log = Log(__name__)

RATE = 8000
#: Samples by which a party may lag before silence is put in its place, and that wait to be written.
_LAG, _WAIT = RATE // 5, RATE


class Recording:
    """Made when it begins; `close` at the end. `now` is monotonic seconds.

    Args:
        path: the file, which must not be there yet.
        parties: names of the parties, a channel each.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path, parties: Iterable[str], now: float) -> None:
        self._channels = {name: _Channel() for name in parties}
        self._began = now
        self._written = 0
        self._handle = path.open("xb")
        self._file = wave.Wave_write(self._handle)
        self._failed = False
        self._file.setparams((len(self._channels), 2, RATE, 0, "NONE", "not compressed"))

    def hear(self, party: str, key: Key, payload: bytes, now: float) -> None:
        """A party's packet. Keys that it presses are not sound."""
        channel = self._channels.get(party)
        if channel is None or key not in SOUND:
            return
        due = int((now - self._began) * RATE)
        channel.add(key, payload, due)
        if due - self._written > 2 * _WAIT:
            self._write(due - _WAIT)

    def close(self, now: float) -> None:
        """Writes what is left."""
        self._write(int((now - self._began) * RATE))
        try:
            # The library closes no file that it was given.
            with self._handle:
                self._file.close()
        except OSError as error:
            self._give_up(error)

    def _write(self, until: int) -> None:
        count = until - self._written
        if count <= 0:
            return
        taken = [channel.take(count) for channel in self._channels.values()]
        self._written = until
        if self._failed:
            return
        try:
            self._file.writeframes(np.stack(taken, axis=1).astype("<i2").tobytes())
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """On a full disk the call goes on, and what was written stays."""
        if not self._failed:
            log.error("recording_not_written", file=Path(self._handle.name).name, why=error.strerror)
        self._failed = True


class _Channel:
    """What one party said and is not written yet; `end` is where it ends, in samples since the beginning."""

    def __init__(self) -> None:
        self._key: Key | None = None
        self._decoder: Decoder | None = None
        self._resampler: Resampler | None = None
        self._waiting: Samples = np.zeros(0, np.int16)
        self._end = 0

    def add(self, key: Key, payload: bytes, due: int) -> None:
        if self._decoder is None or self._resampler is None or key != self._key:
            self._key, self._decoder = key, Decoder(key)
            self._resampler = Resampler(self._decoder.rate, RATE)
        if due - self._end > _LAG:
            self._append(np.zeros(due - self._end, np.int16))
        self._append(self._resampler.resample(self._decoder.decode(payload)))

    def _append(self, samples: Samples) -> None:
        self._waiting = np.concatenate((self._waiting, samples))
        self._end += len(samples)

    def take(self, count: int) -> Samples:
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        missing = count - len(taken)
        self._end += missing
        return np.concatenate((taken, np.zeros(missing, np.int16)))
