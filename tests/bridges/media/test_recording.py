"""Recordings: pauses, a disk that fills up, a process that dies."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridges.media import g711
from bridges.media.recording import RATE, Recording
from bridges.sdp.codecs import PCMU

#: A loud code of mu-law, and silence.
LOUD, QUIET = 0x80, 0xFF


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a full disk, writing more fails with an OSError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def speak(recording: Recording, start: float, end: float, party: str = "anna") -> None:
    for number in range(round(start * 50), round(end * 50)):
        recording.hear(party, PCMU.key, bytes([LOUD]) * 160, number / 50)


def channels(path: Path) -> NDArray[np.uint8]:
    return np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, 2)


def loud(samples: NDArray[np.uint8]) -> float:
    """Seconds of sound."""
    return float((samples == LOUD).sum()) / RATE


def test_samples_are_the_codes_that_mean_them(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "call", ["anna", "bruno"], 0.0)
    codes = bytes(range(256))[:160]
    recording.hear("bruno", PCMU.key, codes, 0.0)
    recording.close(0.02)
    heard = [g711.DECODE[PCMU.key][code] for code in channels(tmp_path / "call")[:, 1]]
    assert heard == [g711.DECODE[PCMU.key][code] for code in codes]
    assert set(channels(tmp_path / "call")[:, 0]) == {QUIET}


def test_a_full_disk_ends_the_recording_and_not_the_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failed: list[bool] = []
    recording = Recording(tmp_path / "call", ["anna", "bruno"], 0.0, lambda: failed.append(True))
    with caplog.at_level("INFO", "bridges"), files_of_at_most(50_001):
        speak(recording, 0, 30)
        recording.close(30.0)
    assert [record.message for record in caplog.records] == ["recording_not_written"]
    assert failed == [True] and recording.failed
    assert (tmp_path / "call").stat().st_size == 50_001


def test_a_recording_lasts_as_long_as_the_call(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "call", ["anna", "bruno"], 0.0)
    speak(recording, 1, 4)
    recording.close(5.0)
    made = channels(tmp_path / "call")
    assert len(made) == 5 * RATE
    assert loud(made[RATE : 4 * RATE, 0]) == 3.0
    assert loud(made) == 3.0


def test_what_is_said_in_a_pause_is_not_there_nor_its_time(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "call", ["anna", "bruno"], 0.0)
    speak(recording, 0, 2)
    recording.pause(2.0)
    speak(recording, 2, 6, "bruno")
    recording.go_on(6.0)
    speak(recording, 6, 7)
    recording.close(7.0)
    made = channels(tmp_path / "call")
    assert len(made) == 3 * RATE
    assert (loud(made[:, 0]), loud(made[:, 1])) == (3.0, 0.0)


def test_no_call_waits_for_the_disk_at_the_end_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []
    monkeypatch.setattr(os, "fsync", waits.append)
    recording = Recording(tmp_path / "call", ["anna", "bruno"], 0.0)
    speak(recording, 0, 2)
    recording.close(2.0)
    assert waits == []
    assert len(channels(tmp_path / "call")) == 2 * RATE


def test_a_pause_lasts_until_the_end(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "call", ["anna", "bruno"], 0.0)
    speak(recording, 0, 1)
    recording.pause(1.0)
    recording.pause(1.5)
    speak(recording, 1, 3)
    recording.close(3.0)
    assert len(channels(tmp_path / "call")) == RATE


@pytest.mark.parametrize("paused", [False, True])
def test_another_process_goes_on_with_it(tmp_path: Path, paused: bool) -> None:
    first = Recording(tmp_path / "call", ["anna", "bruno"], 0.0)
    speak(first, 0, 2)
    if paused:
        first.pause(2.0)
    state = first.state()
    # The first is killed: half of a sample may have come to the disk.
    with (tmp_path / "call").open("ab") as file:
        file.write(b"x")
    second = Recording.resume(state)
    if paused:
        speak(second, 2, 3, "bruno")
        second.go_on(3.0)
    speak(second, 3, 5)
    second.close(5.0)
    made = channels(tmp_path / "call")
    assert len(made) == (4 if paused else 5) * RATE
    assert loud(made[-2 * RATE :, 0]) == 2.0
    assert loud(made[:, 1]) == 0.0
    # What was not on the disk when it was killed is lost, and no more.
    assert 3.4 <= loud(made[:, 0]) <= 4.0


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "call").write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        Recording(tmp_path / "call", ["anna", "bruno"], 0.0)
    assert (tmp_path / "call").read_bytes() == b"kept"
