"""Keys pressed as sound."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bridges.media.conversion import COLUMNS, LAYOUT, ROWS, key_tones
from bridges.media.gateway import Profile
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.inband import InBandKeys, key_of
from bridges.media.settings import MediaSettings
from bridges.sdp.codecs import G722, PCMA, PCMU
from tests.support.audio import encode_g711, tone
from tests.support.media_calls import until
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone

SILENCE = [b"\xff" * 160] * 10


def pressed(packets: list[bytes], key: tuple[str, int] = PCMU.key) -> str:
    found: list[str] = []
    keys = InBandKeys(found.append)
    for packet in packets:
        keys.feed(key, packet)
    return "".join(found)


@pytest.mark.parametrize("law", [PCMU.key, PCMA.key])
def test_every_key_is_told_once_however_long_it_is_held(law: tuple[str, int]) -> None:
    pause = [bytes([0xFF if law == PCMU.key else 0xD5]) * 160] * 5
    for length in (60, 100, 800):
        packets = [each for key in LAYOUT for each in (*key_tones(key, law, length, 20), *pause)]
        assert pressed(packets, law) == LAYOUT, length


def test_a_key_that_is_pressed_twice_counts_twice() -> None:
    press = [*key_tones("5", PCMU.key, 100, 20), *SILENCE]
    assert pressed(press * 3) == "555"


def block(*tones: tuple[float, float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    times = np.arange(102) / 8000
    return np.asarray(sum(level * np.sin(2 * np.pi * hz * times) for hz, level in tones))


@pytest.mark.parametrize(("row", "column"), list(itertools.product(range(4), range(4))))
def test_the_tones_of_a_line_that_bends_them_are_understood(row: int, column: int) -> None:
    for bend in (0.985, 1.0, 1.015):
        for low, high in ((4000, 4000), (2000, 4500), (4500, 2000)):
            found = key_of(block((ROWS[row] * bend, low), (COLUMNS[column] * bend, high)))
            assert found == LAYOUT[4 * row + column], (bend, low, high)


def test_what_is_no_key_is_none() -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 102)
    assert key_of(noise) is None
    assert key_of(np.zeros(102)) is None
    assert key_of(block((697, 100), (1209, 100))) is None  # too quiet
    assert key_of(block((697, 8000))) is None  # half of a key
    assert key_of(block((697, 8000), (1209, 1000))) is None
    assert key_of(block((440, 5000), (480, 5000))) is None  # ringing tone
    assert key_of(block((697, 4000), (1209, 4000), (2000, 4000))) is None  # music


def test_words_and_tones_press_nothing() -> None:
    rng = np.random.default_rng(2)
    for hz in (425, 440, 700, 941, 1000, 1336, 1400):
        sound = encode_g711(tone(hz, 1.0), PCMU.key)
        assert not pressed([sound[at : at + 160] for at in range(0, len(sound), 160)]), hz
    hiss = encode_g711([int(each) for each in rng.normal(0, 2000, 8000)], PCMU.key)
    assert not pressed([hiss[at : at + 160] for at in range(0, len(hiss), 160)])


def test_a_codec_that_bends_tones_is_not_listened_to() -> None:
    assert not pressed(key_tones("5", PCMU.key, 200, 20), G722.key)


@pytest.mark.parametrize("detects", [True, False])
async def test_who_knows_no_events_is_understood_all_the_same(detects: bool) -> None:
    low = free_block(20)
    settings = MediaSettings(webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 19, detect_tones=detects)
    gateway = InProcessMediaGateway(settings)
    await gateway.start()
    async with RtpPhone(events=None) as old, RtpPhone() as menu:
        offer = await gateway.offer("c", "old", "menu", old.sdp(), Profile.RTP, Profile.RTP)
        target = await gateway.answer("c", "menu", "old", menu.sdp())
        host, port = (target.split("c=IN IP4 ")[1].split()[0], int(target.split("m=audio ")[1].split()[0]))
        for payload in [
            *SILENCE,
            *key_tones("4", PCMU.key, 100, 20),
            *SILENCE,
            *key_tones("2", PCMU.key, 100, 20),
        ]:
            old.send((host, port), 0, payload)
        await until(lambda: bool(menu.packets))
        if detects:
            await until(lambda: menu.keys() == [4, 2])
        else:
            await until(lambda: len(menu.packets) == 30)
            assert menu.keys() == []
        assert "telephone-event" in offer
    await gateway.close()
