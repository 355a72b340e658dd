"""A call as a file: one channel for each party, 8 kHz, in the time in which it was said.

The file has no header and is whole at every moment: a byte of G.711 mu-law for each party in turn. Another
process may go on with it (`resume`).
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridges.media.call_state import RecordingState
from bridges.media.sound import Decoder, Resampler, Samples
from bridges.sdp.codecs import SOUND, Key
from logs.plain import Log

log = Log(__name__)

RATE = 8000
#: Samples by which a party may lag before silence is put in its place; that wait to be written, which is what
#: a killed process takes with it; and that are written at once.
_LAG, _WAIT, _AT_ONCE = RATE // 5, RATE // 4, RATE // 4


def _codes() -> NDArray[np.uint8]:
    """The mu-law code of each 16-bit sample, the lowest first (ITU-T G.711, table 2)."""
    samples = np.arange(-32768, 32768)
    magnitude = np.minimum(np.abs(samples), 32635) + 132
    segment = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = (magnitude >> (segment + 3)) & 0x0F
    codes: NDArray[np.uint8] = (~(np.where(samples < 0, 0x80, 0) | segment << 4 | mantissa) & 0xFF).astype(
        np.uint8
    )
    return codes


_CODES = _codes()


class Recording:
    """Made when it begins; `close` at the end. `now` is monotonic seconds.

    Args:
        path: the file, which must not be there yet.
        parties: names of the parties, a channel each.
        on_failed: called once when nothing more can be written; what was, stays.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(
        self,
        path: Path,
        parties: Iterable[str],
        now: float,
        on_failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._begin(RecordingState(str(path), tuple(parties), now), os.O_EXCL | os.O_CREAT, on_failed)

    @classmethod
    def resume(cls, state: RecordingState, on_failed: Callable[[], None] = lambda: None) -> "Recording":
        """Goes on with another process's; the time between is silence. Raises OSError."""
        made = cls.__new__(cls)
        made._begin(state, 0, on_failed)
        return made

    def _begin(self, state: RecordingState, flags: int, on_failed: Callable[[], None]) -> None:
        self._path, self._on_failed = Path(state.path), on_failed
        self._began, self._paused_at = state.began, state.paused_at
        self._handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | flags, 0o600)
        parties = len(state.parties)
        self._written = os.fstat(self._handle).st_size // parties
        # What was cut off in the middle of a sample would change the channels.
        os.truncate(self._handle, self._written * parties)
        self._channels = {name: _Channel(self._written) for name in state.parties}
        self.failed = False

    @property
    def parties(self) -> tuple[str, ...]:
        """Who has a channel."""
        return tuple(self._channels)

    def state(self) -> RecordingState:
        """For `resume`."""
        return RecordingState(str(self._path), self.parties, self._began, self._paused_at)

    def hear(self, party: str, key: Key, payload: bytes, now: float) -> None:
        """A party's packet. Keys that it presses are not sound."""
        channel = self._channels.get(party)
        if channel is None or key not in SOUND or self._paused_at is not None:
            return
        due = self._due(now)
        channel.add(key, payload, due)
        if due - self._written > _WAIT + _AT_ONCE:
            self._write(due - _WAIT)

    def pause(self, now: float) -> None:
        """What is said from now on is not in the file, nor the time that it takes."""
        if self._paused_at is None:
            self._write(self._due(now))
            self._paused_at = now
            for channel in self._channels.values():
                channel.drop()

    def go_on(self, now: float) -> None:
        """After a pause."""
        if self._paused_at is not None:
            self._began += now - self._paused_at
            self._paused_at = None

    def close(self, now: float) -> None:
        """Writes what is left. Whoever takes the file has it on the disk (`RecordingSpool.finish`): all other
        calls would wait for that here."""
        if self._paused_at is None:
            self._write(self._due(now))
        try:
            os.close(self._handle)
        except OSError as error:
            self._give_up(error)

    def _due(self, now: float) -> int:
        """How many samples there ought to be by now."""
        return int((now - self._began) * RATE)

    def _write(self, until: int) -> None:
        count = until - self._written
        if count <= 0:
            return
        taken = np.stack([channel.take(count) for channel in self._channels.values()], axis=1)
        self._written = until
        if self.failed:
            return
        left = memoryview(_CODES[taken.astype(np.int32) + 32768].tobytes())
        try:
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """On a full disk the call goes on, and what was written stays."""
        if not self.failed:
            self.failed = True
            log.error("recording_not_written", file=self._path.name, why=error.strerror)
            self._on_failed()


class _Channel:
    """What one party said and is not written yet; `end` is where it ends, in samples since the beginning."""

    def __init__(self, end: int) -> None:
        self._key: Key | None = None
        self._decoder: Decoder | None = None
        self._resampler: Resampler | None = None
        self._waiting: Samples = np.zeros(0, np.int16)
        self._end = end

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

    def drop(self) -> None:
        """What waits is not to be written."""
        self._end -= len(self._waiting)
        self._waiting = np.zeros(0, np.int16)

    def take(self, count: int) -> Samples:
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        missing = count - len(taken)
        self._end += missing
        return np.concatenate((taken, np.zeros(missing, np.int16)))
