"""The sounds that come with the bridge."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from bridges.media.g711 import DECODE
from bridges.sdp.codecs import PCMU
from bridges.sip.voice.prompts import Language, Prompt
from bridges.sip.voice.sounds import HERE, music, samples, spoken

TABLE = DECODE[PCMU.key]


def test_every_prompt_has_its_text_in_both_languages() -> None:
    texts = json.loads((HERE / "texts.json").read_text("utf-8"))
    assert set(texts) == {prompt.value for prompt in Prompt}
    assert all(set(languages) == {language.value for language in Language} for languages in texts.values())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("prompt", Prompt)
def test_every_prompt_is_speech_of_a_fitting_length(prompt: Prompt, language: Language) -> None:
    text = json.loads((HERE / "texts.json").read_text("utf-8"))[prompt.value][language.value]
    sound = [TABLE[code] for code in spoken(prompt, language)]
    assert 0.03 * len(text) < len(sound) / 8000 < 1 + 0.1 * len(text)
    assert 2000 < max(map(abs, sound)) < 32_000
    assert max(map(abs, sound[-160:])) < 300  # ends in silence: nothing clicks


@pytest.mark.parametrize("language", Language)
def test_every_number_of_a_room_is_there_and_differs_from_the_others(language: Language) -> None:
    said = [[TABLE[code] for code in spoken(number, language)] for number in range(1, 51)]
    for sound in said:
        assert 0.3 < len(sound) / 8000 < 2
        assert 2000 < max(map(abs, sound)) < 32_000
        assert max(map(abs, sound[-160:])) < 300
    assert len({tuple(sound) for sound in said}) == 50


def test_the_music_repeats_without_a_seam() -> None:
    sound = [TABLE[code] for code in music()]
    steepest = max(abs(after - before) for before, after in pairwise(sound))
    assert abs(sound[0] - sound[-1]) <= steepest / 2
    assert len(sound) / 8000 > 10
    assert len(sound) % 160 == 0


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "x.wav"
    other.write_bytes(b"RIFF....WAVEfmt ")
    with pytest.raises(ValueError, match="not mu-law"):
        samples(other)
