"""Recordings on the disk: whole at every moment, and a message only where somebody spoke."""

from __future__ import annotations

import asyncio
import os
import stat
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from bridges.media.g711 import encode
from bridges.sdp.codecs import PCMU
from bridges.sip.voice.player import QUIET
from bridges.sip.voicemail.speech import LEAST, is_speech, message_of
from bridges.sip.voicemail.spool import Recording, Spool
from processes import disk
from tests.support.audio import tone
from wire.route import Party
from wire.voicemail import Note

SPEECH = encode(tone(500, 0.02), PCMU.key)
NOTE = Note(id="0" * 32, call_id="c1", user_id="@bruno:x", caller=Party(name="Anna"), started_at=7)


def nothing_in(folder: Path) -> bool:
    return not list(folder.iterdir())


async def done(recording: Recording) -> None:
    """Nothing is being written."""
    while recording._writing is not None:
        await asyncio.wait({recording._writing})


async def written(recording: Recording, frames: int) -> None:
    """So much lies in the file."""
    await done(recording)
    assert recording.path.stat().st_size == frames * len(SPEECH)


def test_an_open_line_is_no_speech() -> None:
    assert is_speech(SPEECH)
    assert not is_speech(QUIET)
    assert not is_speech(encode([120, -120] * 80, PCMU.key))


@pytest.mark.parametrize(("frames", "kept"), [(LEAST - 1, 0), (LEAST, LEAST + 50)])
def test_half_a_second_of_speech_is_a_message_without_the_silence_after_it(frames: int, kept: int) -> None:
    assert len(message_of(SPEECH * frames + QUIET * 200)) == kept * len(QUIET)


async def test_a_recording_becomes_a_message_that_waits(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "voicemail")
    recording = spool.begin(NOTE)
    for _ in range(50):
        recording.add(SPEECH)
    assert recording.seconds == 1.0
    assert list(spool.waiting()) == []
    assert spool.finish(recording)
    assert list(spool.waiting()) == [NOTE.id]
    message = spool.read(NOTE.id)
    assert message is not None
    assert (message.note, message.sound) == (NOTE, SPEECH * 50)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "voicemail").iterdir())
    spool.drop(NOTE.id)
    assert list((tmp_path / "voicemail").iterdir()) == []


async def test_what_comes_after_the_end_reaches_no_other_file(tmp_path: Path) -> None:
    recording = Spool(tmp_path / "voicemail").begin(NOTE)
    recording.close()
    with (tmp_path / "other").open("wb"):  # has the number of the one that was closed
        for _ in range(10):
            recording.add(SPEECH)
        await done(recording)
    assert (tmp_path / "other").stat().st_size == 0
    with pytest.raises(OSError, match="Bad file descriptor"):
        recording.add(SPEECH)


async def test_where_nobody_spoke_nothing_is_left(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    recording = spool.begin(NOTE)
    recording.add(QUIET * 500)
    assert not spool.finish(recording)
    assert nothing_in(tmp_path)


async def test_a_killed_process_leaves_all_but_the_last_fifth_of_a_second(tmp_path: Path) -> None:
    killed = Spool(tmp_path).begin(NOTE)
    for _ in range(50):
        killed.add(SPEECH)
    await written(killed, 50)
    for _ in range(9):
        killed.add(SPEECH)
    later = Spool(tmp_path)
    later.take_over()
    assert list(later.waiting()) == [NOTE.id]
    message = later.read(NOTE.id)
    assert message is not None
    assert len(message.sound) == 50 * len(SPEECH)


async def test_a_later_process_goes_on_with_what_is_not_over(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    first.begin(NOTE).add(SPEECH * 30)
    first.leave()
    later = Spool(tmp_path)
    recording = later.resume(NOTE)
    later.take_over()
    assert list(later.waiting()) == []
    recording.add(SPEECH * 30)
    assert later.finish(recording)
    message = later.read(NOTE.id)
    assert message is not None
    assert message.sound == SPEECH * 60


def test_what_is_not_there_is_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such recording"):
        Spool(tmp_path).resume(NOTE)


async def test_on_a_full_disk_what_was_heard_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    recording = spool.begin(NOTE)
    recording.add(SPEECH * 40)
    await written(recording, 40)

    def full(_handle: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    recording.add(SPEECH * 40)
    await done(recording)
    with pytest.raises(OSError, match="No space"):
        recording.add(SPEECH)
    assert spool.finish(recording)
    message = spool.read(NOTE.id)
    assert message is not None
    assert message.sound == SPEECH * 40


async def test_a_disk_that_hangs_keeps_nobody_waiting_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "PATIENCE", 0.01)
    spool, works, write = Spool(tmp_path), Event(), os.write
    recording = spool.begin(NOTE)

    def hangs(handle: int, data: bytes) -> int:
        works.wait()
        return write(handle, data)

    monkeypatch.setattr(os, "write", hangs)
    recording.add(SPEECH * 40)
    await done(recording)
    with pytest.raises(TimeoutError):
        recording.add(SPEECH)
    finishing = asyncio.create_task(disk.Disk().do_at_last(partial(spool.finish, recording)))
    works.set()
    assert await finishing
    message = spool.read(NOTE.id)
    assert message is not None
    assert message.sound == SPEECH * 40
