"""Mu-law arithmetic and what each phone hears."""

from __future__ import annotations

import numpy as np

from bridges.media import g711
from bridges.sdp.codecs import PCMU
from bridges.sip.voice.mixing import FRAME, Samples, compress, expand, mix_minus


def level(value: int) -> Samples:
    return np.full(FRAME, value, dtype=np.int16)


def test_every_code_survives_there_and_back() -> None:
    codes = bytes(range(256))
    again = compress(expand(codes))
    assert expand(again).tolist() == expand(codes).tolist()


def test_every_sample_becomes_the_nearest_code() -> None:
    every = np.arange(-32768, 32768).astype(np.int16)
    found = expand(compress(every)).astype(int)
    wanted = g711.encode(list(range(-32768, 32768, 97)), PCMU.key)
    decoded = expand(wanted).astype(int)
    samples = np.arange(-32768, 32768, 97)
    assert (np.abs(found[samples + 32768] - samples) == np.abs(decoded - samples)).all()


def test_silence_is_the_byte_that_idle_lines_carry() -> None:
    assert compress(level(0)) == b"\xff" * FRAME


def test_each_hears_everybody_but_itself() -> None:
    heard = mix_minus({1: level(100), 2: level(20), 3: None}, [level(3)])
    assert {phone: int(samples[0]) for phone, samples in heard.items()} == {1: 23, 2: 103, 3: 123}


def test_a_phone_for_which_nobody_speaks_is_left_out() -> None:
    assert mix_minus({1: level(100), 2: None}, []).keys() == {2}
    assert mix_minus({1: None, 2: None}, []) == {}


def test_loud_voices_together_are_clipped_not_wrapped() -> None:
    heard = mix_minus({1: None}, [level(30_000), level(30_000)])
    assert int(heard[1][0]) == 32767
    heard = mix_minus({1: None}, [level(-30_000), level(-30_000)])
    assert int(heard[1][0]) == -32768


def test_taking_out_a_loud_voice_leaves_the_others_whole() -> None:
    heard = mix_minus({1: level(30_000), 2: level(30_000), 3: level(500)}, [])
    assert int(heard[3][0]) == 32767
    assert int(heard[1][0]) == 30_500
