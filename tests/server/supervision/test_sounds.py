"""The organisation's own music on hold, from the configuration to what the processes play."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from bridges.media.music import RATE, read
from server.config import Config, ConfigError, DataDir, load
from server.secrets import Secrets
from server.supervision import parts, sounds
from tests.support.audio import tone, tone_share, write_wav


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "data")
    made.create()
    return made


def with_music(tmp_path: Path, name: str) -> Config:
    file = tmp_path / "unisono.toml"
    file.write_text(f'[telephony]\nmusic_on_hold = "{name}"\n')
    return load(file)


def ensured(config: Config, data: DataDir) -> str:
    sounds.ensure(config, data, parts.own_environment())
    return str(parts.sip(config, data, Secrets())["music_on_hold"])


@pytest.mark.parametrize("word", ["", "none"])
def test_ours_and_silence_need_no_file(tmp_path: Path, data: DataDir, word: str) -> None:
    assert ensured(with_music(tmp_path, word), data) == word
    assert not list(data.sounds.iterdir())


def test_a_file_beside_the_configuration_is_made_ready_once_and_again_when_it_changes(
    tmp_path: Path, data: DataDir
) -> None:
    source = tmp_path / "own.wav"
    write_wav(source, tone(523, 1.0), 8000)
    config = with_music(tmp_path, "own.wav")
    made = Path(ensured(config, data))
    assert made.is_relative_to(data.sounds)
    assert tone_share(read(made.read_bytes())[RATE // 4 :].tolist(), RATE, 523) > 0.95
    before = made.stat()
    ensured(config, data)
    assert made.stat().st_ino == before.st_ino and made.stat().st_ctime_ns == before.st_ctime_ns
    write_wav(source, tone(660, 1.0), 8000)
    os.utime(source, (1, 1))
    ensured(config, data)
    assert tone_share(read(made.read_bytes())[RATE // 4 :].tolist(), RATE, 660) > 0.95


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`telephony.music_on_hold`: .*none.mp3: there is no such file"):
        with_music(tmp_path, "none.mp3")


def test_a_file_without_sound_is_an_error_that_says_so(tmp_path: Path, data: DataDir) -> None:
    (tmp_path / "own.mp3").write_text("no sound")
    config = with_music(tmp_path, "own.mp3")
    with pytest.raises(sounds.UnusableSound, match=r"`telephony.music_on_hold`: .*own.mp3 .* no sound"):
        ensured(config, data)


def test_without_telephones_nobody_holds(tmp_path: Path, data: DataDir) -> None:
    (tmp_path / "own.mp3").write_text("no sound")
    config = with_music(tmp_path, "own.mp3")
    sounds.ensure(dataclasses.replace(config, sip=dataclasses.replace(config.sip, enabled=False)), data, {})
