"""A recording on a disk that fills up."""

import resource
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridges.media import g711
from bridges.media.recording import Recording

KEY = next(iter(g711.DECODE))


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a full disk, writing more fails with an OSError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def speak(recording: Recording, seconds: int) -> None:
    for number in range(seconds * 50):
        recording.hear("anna", KEY, bytes(160), number / 50)


def test_a_full_disk_ends_the_recording_and_not_the_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recording = Recording(tmp_path / "call.wav", ["anna", "bruno"], 0.0)
    with caplog.at_level("INFO", "bridges"), files_of_at_most(100_000):
        speak(recording, 30)
        recording.close(30.0)
    assert [record.message for record in caplog.records] == ["recording_not_written"]
    assert 50_000 < (tmp_path / "call.wav").stat().st_size <= 100_000


def test_a_recording_is_whole_when_it_is_closed(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "call.wav", ["anna", "bruno"], 0.0)
    speak(recording, 5)
    recording.close(5.0)
    assert recording._handle.closed
    with wave.open(str(tmp_path / "call.wav"), "rb") as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 40_000)
