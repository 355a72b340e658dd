"""Sound as numbers: mu-law to samples and back, and what each phone of a meeting hears. Pure.

Samples are int16 arrays of 160 (20 ms at 8000 a second).
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from bridges.media.g711 import DECODE
from bridges.sdp.codecs import PCMU

FRAME = 160
Samples = NDArray[np.int16]
_Wide = NDArray[np.int32]

_EXPAND: Samples = np.array(DECODE[PCMU.key], dtype=np.int16)


def _compression() -> NDArray[np.uint8]:
    """The nearest code of each 16-bit sample, by its bits as an unsigned number."""
    codes = np.argsort(_EXPAND, kind="stable")
    levels = _EXPAND[codes].astype(np.int32)
    samples = np.arange(-32768, 32768, dtype=np.int32)
    above = np.clip(np.searchsorted(levels, samples), 1, 255)
    nearest = np.where(samples - levels[above - 1] <= levels[above] - samples, above - 1, above)
    # Of the two zeros of mu-law idle lines carry the positive one.
    table = np.where(levels[nearest] == 0, 0xFF, codes[nearest]).astype(np.uint8)
    return np.concatenate([table[32768:], table[:32768]])


_COMPRESS = _compression()


def expand(ulaw: bytes) -> Samples:
    """Mu-law bytes as samples."""
    return _EXPAND[np.frombuffer(ulaw, dtype=np.uint8)]


def compress(samples: Samples) -> bytes:
    """Samples as mu-law bytes."""
    return _COMPRESS[samples.view(np.uint16)].tobytes()


def mix_minus(phones: Mapping[int, Samples | None], others: Iterable[Samples]) -> dict[int, Samples]:
    """What each phone hears: everybody but itself.

    Args:
        phones: what each said; None for one that is muted or silent.
        others: what everybody else in the meeting said.

    Returns:
        By phone; a phone for which nobody spoke is left out.
    """
    background = [samples.astype(np.int32) for samples in others]
    voices = {phone: said.astype(np.int32) for phone, said in phones.items() if said is not None}
    if not background and not voices:
        return {}
    total: _Wide = np.zeros(FRAME, dtype=np.int32)
    for sound in (*background, *voices.values()):
        total += sound
    heard: dict[int, Samples] = {}
    for phone in phones:
        if not background and not voices.keys() - {phone}:
            continue
        own = voices.get(phone)
        wide = total if own is None else total - own
        heard[phone] = np.clip(wide, -32768, 32767).astype(np.int16)
    return heard
