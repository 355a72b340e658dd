"""Which of the house's words a telephone heard, by their sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bridges.sip.voice.prompts import Language, Prompt
from bridges.sip.voice.sounds import spoken
from tests.support.audio import decode_g711
from tests.support.patience import PATIENCE
from tests.support.recording import Sound

#: Milliseconds of one point of the outline of a sound, and how alike two of the same words are at least: a
#: packet that is lost or late moves the outline a little.
_STEP, _ALIKE = 20, 0.8
#: Points at the end that do not count: who hangs up after the last word cuts the pause behind it.
_END = 25


def heard_words(sound: Sound, language: Language, among: Sequence[Prompt]) -> Prompt | None:
    """The prompt that is in the sound as a whole; None while none is."""
    outline = _outline(sound.samples, sound.rate)
    likeness = {prompt: _likeness(outline, _prompt(prompt, language)) for prompt in among}
    found = max(likeness, key=likeness.__getitem__)
    return found if likeness[found] > _ALIKE else None


async def wait_words(
    heard: Callable[[], Sound], wanted: Prompt, language: Language, among: Sequence[Prompt]
) -> None:
    """Wait until these words, and no others of `among`, were heard to their end. Raises TimeoutError."""
    for _ in range(int(PATIENCE * 4)):
        found = heard_words(heard(), language, among)
        if found is not None:
            assert found is wanted
            return
        await asyncio.sleep(0.25)  # a file grows without telling anybody
    raise TimeoutError(f"{wanted} is never heard")


def _prompt(prompt: Prompt, language: Language) -> NDArray[np.float64]:
    return _outline(decode_g711(spoken(prompt, language), ("PCMU", 8000)), 8000)[:-_END]


def _outline(samples: Sequence[int], rate: int) -> NDArray[np.float64]:
    """How loud it is, step by step."""
    step = rate * _STEP // 1000
    whole = np.asarray(samples[: len(samples) // step * step], np.float64).reshape(-1, step)
    return np.sqrt(np.mean(whole**2, axis=1)) if len(whole) else np.zeros(0)


def _likeness(outline: NDArray[np.float64], words: NDArray[np.float64]) -> float:
    """The highest correlation, over all places."""
    if len(outline) < len(words):
        return 0.0
    places = np.lib.stride_tricks.sliding_window_view(outline, len(words))
    here = places - places.mean(axis=1, keepdims=True)
    there = words - words.mean()
    size = np.linalg.norm(here, axis=1) * np.linalg.norm(there)
    return float(np.max(here @ there / np.where(size > 0, size, np.inf)))
