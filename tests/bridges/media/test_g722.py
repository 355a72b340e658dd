"""Sound in G.722, made by FFmpeg's encoder."""

from bridges.media import g722
from tests.support.audio import encode_g722, tone


def test_a_tone_is_sound_even_a_soft_one() -> None:
    for amplitude in (8000, 500):
        payloads = encode_g722(tone(440, 0.4, 16000, amplitude))
        assert len(payloads[5]) == 160
        assert all(g722.is_sound(payload) for payload in payloads[5:])


def test_silence_and_faint_noise_are_not() -> None:
    for amplitude in (0, 10):
        payloads = encode_g722(tone(440, 0.4, 16000, amplitude))
        assert not any(g722.is_sound(payload) for payload in payloads[5:])
