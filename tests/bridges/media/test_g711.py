"""G.711 against the values of ITU-T's tables, and its translation."""

import pytest

from bridges.media import g711
from bridges.sdp.codecs import PCMA, PCMU, Key
from tests.support.audio import tone


@pytest.mark.parametrize(
    ("key", "code", "value"),
    [
        (PCMU.key, 0xFF, 0),
        (PCMU.key, 0x7F, 0),
        (PCMU.key, 0x80, 32124),
        (PCMU.key, 0x00, -32124),
        (PCMU.key, 0xF0, 120),
        (PCMU.key, 0xEF, 132),
        (PCMA.key, 0xD5, 8),
        (PCMA.key, 0x55, -8),
        (PCMA.key, 0xAA, 32256),
        (PCMA.key, 0x2A, -32256),
        (PCMA.key, 0xC5, 264),
    ],
)
def test_codes_have_the_values_of_the_standard(key: Key, code: int, value: int) -> None:
    assert g711.DECODE[key][code] == value


@pytest.mark.parametrize("key", [PCMU.key, PCMA.key])
def test_every_code_survives_decoding_and_encoding(key: Key) -> None:
    values = list(g711.DECODE[key])
    encoded = g711.encode(values, key)
    assert [g711.DECODE[key][code] for code in encoded] == values


@pytest.mark.parametrize(("source", "target"), [(PCMU.key, PCMA.key), (PCMA.key, PCMU.key)])
def test_a_translated_tone_stays_within_a_quantisation_step(source: Key, target: Key) -> None:
    samples = tone(440, 0.1)
    translated = g711.encode(samples, source).translate(g711.TRANSLATION[source, target])
    for sample, code in zip(samples, translated, strict=True):
        assert abs(g711.DECODE[target][code] - sample) <= max(abs(sample) / 16, 20)


@pytest.mark.parametrize("key", [PCMU.key, PCMA.key])
def test_sound_is_told_from_silence(key: Key) -> None:
    assert g711.is_sound(g711.encode(tone(440, 0.02), key), key)
    assert g711.is_sound(g711.encode(tone(440, 0.02, amplitude=300), key), key)
    assert not g711.is_sound(g711.encode(tone(440, 0.02, amplitude=30), key), key)
    assert not g711.is_sound(g711.encode([0] * 160, key), key)
    assert not g711.is_sound(b"", key)
