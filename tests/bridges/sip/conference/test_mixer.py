"""What each of a call of several hears, sample by sample and by content."""

import pytest

from bridges.media.g711 import DECODE
from bridges.sdp.codecs import PCMU
from bridges.sip.conference.mixer import mix_minus
from bridges.sip.voice.player import QUIET
from tests.support.audio import decode_g711, encode_g711, tone, tone_share

CODES = DECODE[PCMU.key]


def said(hz: int, seconds: float = 1.0) -> bytes:
    return encode_g711(tone(hz, seconds), ("PCMU", 8000))


def heard(frames: list[bytes]) -> list[int]:
    return list(decode_g711(b"".join(frames), ("PCMU", 8000)))


def test_each_hears_the_two_others_and_not_itself() -> None:
    voices = {"anna": said(600), "bruno": said(1000), "carla": said(1500)}
    mixed: dict[str, list[bytes]] = {who: [] for who in voices}
    for at in range(0, 8000, 160):
        for who, frame in mix_minus({who: sound[at : at + 160] for who, sound in voices.items()}).items():
            mixed[who].append(frame)
    for who, own in (("anna", 600), ("bruno", 1000), ("carla", 1500)):
        samples = heard(mixed[who])
        shares = {hz: tone_share(samples, 8000, hz) for hz in (600, 1000, 1500)}
        assert shares.pop(own) < 0.01
        assert all(share > 0.4 for share in shares.values()), shares


def test_one_who_speaks_is_heard_as_it_is_and_hears_nothing() -> None:
    frame = said(600)[:160]
    assert mix_minus({1: frame, 2: None, 3: None}) == {1: QUIET, 2: frame, 3: frame}


def test_where_nobody_speaks_it_is_quiet() -> None:
    assert mix_minus({1: None, 2: None}) == {1: QUIET, 2: QUIET}
    assert mix_minus({}) == {}


@pytest.mark.parametrize("code", [0x00, 0x80, 0x3F, 0xFE, 0xFF])
def test_sums_are_the_nearest_code_and_too_loud_ones_the_loudest(code: int) -> None:
    one, silence = bytes([code]) * 160, QUIET
    assert mix_minus({1: one, 2: silence, 3: None})[3] == one
    doubled = CODES[mix_minus({1: one, 2: one, 3: None})[3][0]]
    wanted = min(max(2 * CODES[code], -32768), 32767)
    assert abs(doubled - wanted) == min(abs(each - wanted) for each in CODES)
