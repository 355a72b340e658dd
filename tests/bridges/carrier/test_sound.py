"""Frames of the carrier's sounds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import bridges.carrier
from bridges.carrier.g711 import from_ulaw
from bridges.carrier.sound import (
    FRAME,
    RATE,
    SILENCE,
    After,
    Ear,
    Echo,
    Source,
    Tone,
    announcement,
    read_ulaw_wav,
)


def frames(source: Source, count: int) -> list[bytes]:
    return [source.next_frame() for _ in range(count)]


def heard(sound: bytes) -> int | None:
    ear = Ear()
    for at in range(0, len(sound), FRAME):
        ear.hear(sound[at : at + FRAME])
    return ear.tone_hz()


@pytest.mark.parametrize("hz", [200, 440, 1000, 3400])
def test_the_ear_names_the_frequency_of_a_tone(hz: int) -> None:
    assert heard(b"".join(frames(Tone(hz), 60))) == hz


def test_the_ear_hears_no_tone_in_speech_noise_or_silence() -> None:
    assert heard(announcement()[:RATE]) is None
    assert heard(hashlib.shake_256(b"noise").digest(RATE)) is None
    assert heard(SILENCE * 50) is None
    assert Ear().tone_hz() is None


def test_the_announcement_ends_with_a_tone_of_1000_hertz() -> None:
    assert heard(announcement()[-RATE // 4 :]) == 1000
    assert 8 * RATE < len(announcement()) < 20 * RATE


def test_the_shipped_sounds_are_small_and_audible() -> None:
    for path in (Path(bridges.carrier.__path__[0]) / "sounds").glob("*.wav"):
        assert path.stat().st_size < 150_000
        assert max(from_ulaw(read_ulaw_wav(path))) > 8000


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFF\0\0\0\0WAVEfmt ")
    with pytest.raises(ValueError, match="not a mu-law WAV"):
        read_ulaw_wav(tmp_path / "x.wav")


def test_an_echo_gives_back_what_it_heard_and_silence_in_between() -> None:
    echo = Echo()
    echo.hear(b"a" * 80)
    assert echo.next_frame() == SILENCE
    echo.hear(b"b" * 240)
    assert echo.next_frame() == b"a" * 80 + b"b" * 80
    assert echo.next_frame() == b"b" * 160
    assert echo.next_frame() == SILENCE


def test_the_delay_of_an_echo_never_grows() -> None:
    echo = Echo()
    for byte in range(100):
        echo.hear(bytes([byte]) * FRAME)
    assert echo.next_frame() == bytes([90]) * FRAME


def test_one_sound_is_followed_by_another() -> None:
    source = After(b"a" * 200, Tone(440))
    assert source.next_frame() == b"a" * 160
    assert source.next_frame() == b"a" * 40 + b"\xff" * 120
    assert source.next_frame() == Tone(440).next_frame()
