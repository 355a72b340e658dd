"""The file of a meeting's sound: for its owner alone, and given up where nothing can be written."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path
from threading import Event

import pytest

from bridges.media.gateway import MediaError
from bridges.sip.meeting import sound_file
from bridges.sip.meeting.sound_file import MeetingSounds
from processes import disk as disk_module
from tests.support.patience import PATIENCE

FRAME = b"\x01" * 160


class Sounds(MeetingSounds):
    """With what has failed; nothing is written by itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        monkeypatch.setattr(sound_file, "_WAIT", 3600)
        self.failed: list[str] = []
        self.on_recording_failed = self.failed.append


async def test_it_is_for_its_owner_alone_and_whole_when_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds, path = Sounds(monkeypatch), tmp_path / "sound"
    await sounds.record("one", path, "", "")
    assert path.stat().st_mode & 0o777 == 0o600
    sounds.hear("one", FRAME)
    await sounds.pause_record("one")
    assert path.read_bytes().startswith(b"\x01" * 320)
    size = path.stat().st_size
    sounds.hear("one", FRAME)
    await sounds.end_record("one")
    assert path.stat().st_size == size  # nothing of a pause
    with pytest.raises(MediaError):
        await sounds.pause_record("one")


async def test_no_other_file_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path := tmp_path / "sound").write_bytes(b"another")
    with pytest.raises(MediaError):
        await Sounds(monkeypatch).record("one", path, "", "")
    assert path.read_bytes() == b"another"


async def test_a_full_disk_is_told_once_and_what_was_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds, path = Sounds(monkeypatch), tmp_path / "sound"
    await sounds.record("one", path, "", "")
    sounds.hear("one", FRAME)
    await sounds.pause_record("one")
    kept = path.read_bytes()

    def full(_handle: int, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sound_file, "_append", full)
    for _ in range(2):
        await sounds.record("one", path, "", "")
        sounds.hear("one", FRAME)
        await sounds.pause_record("one")
    await sounds.end_record("one")
    assert sounds.failed == ["one"]
    assert path.read_bytes() == kept


async def test_nobody_waits_for_a_disk_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sounds, path = Sounds(monkeypatch), tmp_path / "sound"
    await sounds.record("one", path, "", "")
    hangs = Event()
    monkeypatch.setattr(sound_file, "_append", lambda _handle, _content: hangs.wait())
    monkeypatch.setattr(disk_module, "PATIENCE", 0.02)
    sounds.hear("one", FRAME)
    try:
        async with asyncio.timeout(PATIENCE):
            await sounds.pause_record("one")
            await sounds.end_record("one")
        assert sounds.failed == ["one"]
    finally:
        hangs.set()
