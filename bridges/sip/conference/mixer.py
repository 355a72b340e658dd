"""What each of a call of several hears: everybody but itself. In mu-law, without numpy. Pure."""

from collections.abc import Hashable, Mapping
from functools import cache
from operator import add, sub
from typing import TypeVar

from bridges.media.g711 import DECODE
from bridges.sdp.codecs import PCMU
from bridges.sip.voice.player import QUIET

Who = TypeVar("Who", bound=Hashable)

_LEVELS = DECODE[PCMU.key]
_LOWEST, _HIGHEST = -32768, 32767


@cache
def _codes() -> bytes:
    """The nearest code of each 16-bit sample, from the lowest on."""
    # Of the two zeros of mu-law idle lines carry the positive one.
    ordered = sorted(range(255), key=_LEVELS.__getitem__)
    ordered = [0xFF if _LEVELS[code] == 0 else code for code in ordered]
    found = bytearray()
    for code, above in zip(ordered, [*ordered[1:], None], strict=True):
        end = _HIGHEST + 1 if above is None else (_LEVELS[code] + _LEVELS[above]) // 2 + 1
        found += bytes([code]) * (end - _LOWEST - len(found))
    return bytes(found)


def _compressed(samples: list[int]) -> bytes:
    codes = _codes()
    return bytes([codes[min(max(sample, _LOWEST), _HIGHEST) - _LOWEST] for sample in samples])


def mix_minus(said: Mapping[Who, bytes | None]) -> dict[Who, bytes]:
    """Args:
        said: 20 ms of each (160 bytes); None for who is silent, or not to be heard.

    Returns:
        What each hears.
    """
    voices = {who: frame for who, frame in said.items() if frame is not None}
    if not voices:
        return dict.fromkeys(said, QUIET)
    if len(voices) == 1:
        ((speaker, frame),) = voices.items()
        return {who: QUIET if who == speaker else frame for who in said}
    levels = {who: list(map(_LEVELS.__getitem__, frame)) for who, frame in voices.items()}
    first, *others = levels.values()
    total = first
    for other in others:
        total = list(map(add, total, other))
    everything: bytes | None = None
    heard: dict[Who, bytes] = {}
    for who in said:
        own = levels.get(who)
        if own is not None:
            heard[who] = _compressed(list(map(sub, total, own)))
            continue
        everything = everything or _compressed(total)
        heard[who] = everything
    return heard
