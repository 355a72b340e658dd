"""What is played to a party on hold, and how a file of the organisation's is made ready for it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from bridges.media.music import RATE, read
from bridges.media.sound import Samples
from bridges.sip.voice.hold_music import levelled, main, write
from bridges.sip.voice.sounds import BUILT_IN
from tests.support.audio import tone, tone_share, write_wav
from wire.ng import MAX_MESSAGE

#: Sounds throughout ours.
SIGNATURE = 392.0


def decibels(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(float) ** 2)) / 32_767))


def test_ours_is_quiet_and_has_its_note_in_every_half_second() -> None:
    sound = read(BUILT_IN.read_bytes())
    assert abs(len(sound) - 20 * RATE) < RATE / 100
    assert decibels(sound) == pytest.approx(-24, abs=0.5)
    for start in range(0, len(sound) - RATE // 2, RATE // 2):
        assert tone_share(sound[start : start + RATE // 2].tolist(), RATE, SIGNATURE) > 0.35
    assert np.max(np.abs(sound)) < 0.3 * 32_767


def test_ours_begins_and_ends_in_silence_so_that_it_can_be_repeated() -> None:
    sound = read(BUILT_IN.read_bytes()).astype(int)
    assert np.max(np.abs(sound[: RATE // 100])) < 50 and np.max(np.abs(sound[-RATE // 100 :])) < 50


def test_ours_fits_into_one_message_to_a_media_server() -> None:
    assert BUILT_IN.stat().st_size < MAX_MESSAGE - 1000


@pytest.mark.parametrize("amplitude", [200, 8000, 32_000])
def test_a_file_of_any_loudness_gets_the_level_of_speech(tmp_path: Path, amplitude: int) -> None:
    source, target = tmp_path / "own.wav", tmp_path / "made.ogg"
    write_wav(source, tone(523, 2.0, 44_100, amplitude), 44_100)
    assert main([str(source), str(target)]) == 0
    sound = read(target.read_bytes())
    assert len(sound) == pytest.approx(2 * RATE, rel=0.02)
    assert decibels(sound) == pytest.approx(-24, abs=0.5)
    assert tone_share(sound[RATE // 2 : RATE].tolist(), RATE, 523) > 0.95


def test_one_short_bang_in_a_quiet_file_stays_below_the_highest_peak() -> None:
    sound = np.zeros(RATE)
    sound[100] = 1.0
    assert np.max(np.abs(levelled(sound))) == pytest.approx(32_767 * 10 ** (-6 / 20), abs=1)
    assert not np.any(levelled(np.zeros(RATE)))


@pytest.mark.parametrize(
    ("kind", "codec"), [("mp3", "mp3"), ("ogg", "libopus"), ("flac", "flac"), ("m4a", "aac")]
)
def test_the_usual_kinds_of_files_are_read(tmp_path: Path, kind: str, codec: str) -> None:
    source = tmp_path / f"own.{kind}"
    plain = tmp_path / "own.wav"
    write_wav(plain, tone(523, 2.0, 48_000), 48_000)
    convert(plain, source, codec)
    assert main([str(source), str(tmp_path / "made.ogg")]) == 0
    sound = read((tmp_path / "made.ogg").read_bytes())
    assert tone_share(sound[RATE // 2 : RATE].tolist(), RATE, 523) > 0.9


@pytest.mark.parametrize("content", [b"", b"no sound", b"RIFF....WAVEfmt "])
def test_what_holds_no_sound_is_refused_in_words(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "own.mp3"
    source.write_bytes(content)
    assert main([str(source), str(tmp_path / "made.ogg")]) == 2
    assert "no sound" in capsys.readouterr().err
    assert main([str(tmp_path / "none.mp3"), str(tmp_path / "made.ogg")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert not (tmp_path / "made.ogg").exists()


def test_what_is_written_can_be_read_again(tmp_path: Path) -> None:
    write(tmp_path / "x.ogg", np.array(tone(600, 1.0, RATE), np.int16))
    assert tone_share(read((tmp_path / "x.ogg").read_bytes()).tolist(), RATE, 600) > 0.95


def convert(source: Path, target: Path, codec: str) -> None:
    with av.open(str(source)) as read_from, av.open(str(target), "w") as written:
        stream = written.add_stream(codec, rate=48_000)
        assert isinstance(stream, av.AudioStream)
        for frame in read_from.decode(audio=0):
            for packet in stream.encode(frame):
                written.mux(packet)
        for packet in stream.encode(None):
            written.mux(packet)
