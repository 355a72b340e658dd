"""Keys pressed as sound (ITU-T Q.23, Q.24), for those who know no telephone events. Pure."""

from collections.abc import Callable

import numpy as np

from bridges.media import g711
from bridges.media.conversion import COLUMNS, LAYOUT, ROWS
from bridges.sdp.codecs import Key

_RATE = 8000
#: Samples that are looked at at once (12.75 ms): few, so that tones 1.5 % off their frequency count (Q.24).
_BLOCK = 102
#: Of the energy of a block, how much the two tones have at least. Speech has its energy elsewhere as well.
_SHARE = 0.7
#: How much louder one may be (ratio of powers): 8 dB on the line (Q.24), and what bent tones lose here.
_TWIST = 9.0
#: Mean power of a block below which nobody presses anything: -36 dBFS.
_QUIET = 500.0**2
#: Blocks that show the same key until it counts (40 ms are a key), and blocks without it until it has ended.
_ON, _OFF = 3, 3

#: Goertzel's filters of all tones as one matrix.
_FILTERS = np.exp(-2j * np.pi * np.outer((*ROWS, *COLUMNS), np.arange(_BLOCK)) / _RATE)
_SAMPLES = {key: np.array(table, np.float64) for key, table in g711.DECODE.items()}


class InBandKeys:
    """`feed` it with packets; `press(key)` is called once for each key, while it is held.

    Of G.711 only: other codecs bend the tones until nothing can be said of them.
    """

    def __init__(self, press: Callable[[str], None]) -> None:
        self._press = press
        self._waiting = np.zeros(0)
        self._seen: str | None = None
        self._blocks = self._without = 0
        self._held: str | None = None

    def feed(self, codec: Key | None, payload: bytes) -> None:
        """The next packet."""
        samples = _SAMPLES.get(codec) if codec is not None else None
        if samples is None:
            return
        self._waiting = np.concatenate((self._waiting, samples[np.frombuffer(payload, np.uint8)]))
        while len(self._waiting) >= _BLOCK:
            self._look(key_of(self._waiting[:_BLOCK]))
            self._waiting = self._waiting[_BLOCK:]

    def _look(self, key: str | None) -> None:
        self._blocks = self._blocks + 1 if key == self._seen else 1
        self._seen = key
        self._without = 0 if key is not None and key == self._held else self._without + 1
        if self._without >= _OFF:
            self._held = None
        if key is not None and key != self._held and self._blocks >= _ON:
            self._held, self._without = key, 0
            self._press(key)


def key_of(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> str | None:
    """The key whose two tones a block of samples is made of; None for anything else."""
    energy = float(samples @ samples)
    if energy < _QUIET * _BLOCK:
        return None
    # A sine of amplitude A has A²N/2 of energy, and its filter says A²N²/4.
    powers = np.abs(_FILTERS @ samples) ** 2 * 2 / _BLOCK
    row, column = int(np.argmax(powers[:4])), int(np.argmax(powers[4:]))
    low, high = float(powers[row]), float(powers[4 + column])
    if low + high < _SHARE * energy or max(low, high) > _TWIST * min(low, high):
        return None
    return LAYOUT[4 * row + column]
