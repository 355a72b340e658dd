"""What becomes of a recording when its bridge is killed: it is there once, and nobody writes it any more."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Literal

import pytest
from msgspec.structs import replace

from bridges.media.gateway import MediaError
from bridges.sip.recording.keeper import CannotKeep, Recordings
from bridges.sip.recording.spool import RecordingSpool
from processes import disk as disk_module
from tests.bridges.sip.recording.test_spool import ID, OTHER, Web, note
from tests.support.patience import PATIENCE
from wire.recording import Note, Terms, TermsAsked


class House(Web):
    async def terms(self, asked: TermsAsked) -> Terms:
        raise NotImplementedError

    async def announcement(self, sound_id: str) -> bytes:
        raise NotImplementedError


class Media:
    """`CallRecorder`: what carries calls writes a file until it is told not to."""

    on_recording_failed: Callable[[str], None] | None = None

    def __init__(self, spool: RecordingSpool) -> None:
        self.spool = spool
        self.ended: list[tuple[str, bool]] = []
        self.killed = False

    async def record(self, call_id: str, file: Path, left: str, right: str) -> None:
        with file.open("ab") as written:
            written.write(b"ab")

    async def pause_record(self, call_id: str) -> None:
        pass

    async def end_record(self, call_id: str) -> None:
        if self.killed:
            raise Killed
        self.ended.append((call_id, self.spool.runs(ID) is None))


class Killed(BaseException):
    """The bridge is no more."""


def keeper(folder: Path, media: Media) -> Recordings:
    def words(_number: str | None) -> tuple[Literal["it", "en"], Path, float]:
        return "it", Path("words.ogg"), 1.0

    return Recordings(folder, House(), media, words)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_that_it_is_over_is_on_the_disk_before_the_media_hears_of_it(tmp_path: Path) -> None:
    spool = RecordingSpool(tmp_path)
    media = Media(spool)
    recordings = keeper(tmp_path, media)
    await recordings.begin("m1", note(), "left", "right")
    await recordings.end("m1", replace(note(), ended_at=2000))
    await recordings.stop()
    assert media.ended == [("m1", True)]
    assert spool.note(ID) == replace(note(), ended_at=2000, size=2)


async def test_a_bridge_that_is_killed_after_the_stop_leaves_one_recording_that_nobody_writes(
    tmp_path: Path,
) -> None:
    spool = RecordingSpool(tmp_path)
    media = Media(spool)
    first = keeper(tmp_path, media)
    await first.begin("m1", note(), "left", "right")
    media.killed = True
    with pytest.raises(Killed):
        await first.end("m1", replace(note(), ended_at=2000))
    media.killed = False
    # The call goes on, and its last snapshot says that the recording runs.
    second = keeper(tmp_path, media)
    assert not second.lives(ID)
    assert second.over_since(ID) == 2000
    await second.take_over(9000)
    assert media.ended == [("m1", True)]
    assert spool.waiting() == [ID]
    # Its end is that of the stop, not that of the process.
    assert spool.note(ID) == replace(note(), ended_at=2000, size=2)
    await second.take_over(9000)
    assert spool.waiting() == [ID]


async def test_what_runs_in_a_call_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    spool = RecordingSpool(tmp_path)
    media = Media(spool)
    first = keeper(tmp_path, media)
    for recording_id in (ID, OTHER):
        await first.begin(f"m-{recording_id}", note(recording_id), "left", "right")
    second = keeper(tmp_path, media)
    assert second.lives(OTHER)
    await second.take_over(9000)
    assert [call_id for call_id, _ in media.ended] == [f"m-{ID}"]
    assert spool.waiting() == [ID]
    assert spool.runs(OTHER) is not None
    left: Note | None = spool.note(ID)
    assert left is not None and left.ended_at == 9000


async def test_media_that_does_not_answer_is_no_loss(tmp_path: Path) -> None:
    class Away(Media):
        async def end_record(self, call_id: str) -> None:
            raise MediaError("nobody answers")

    spool = RecordingSpool(tmp_path)
    recordings = keeper(tmp_path, Away(spool))
    await recordings.begin("m1", note(), "left", "right")
    await recordings.end("m1", note())
    await recordings.stop()
    assert spool.waiting() == [ID]


async def test_no_call_waits_for_a_disk_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, put = Event(), RecordingSpool.put

    def slow(self: RecordingSpool, filed: Note, media_id: str = "", *, over: bool = False) -> None:
        hangs.wait()
        put(self, filed, media_id, over=over)

    spool = RecordingSpool(tmp_path)
    media = Media(spool)
    recordings = keeper(tmp_path, media)
    await recordings.begin("m1", note(), "left", "right")
    monkeypatch.setattr(RecordingSpool, "put", slow)
    # Only now: a busy machine may be slower than a disk that hangs here.
    monkeypatch.setattr(disk_module, "PATIENCE", 0.02)
    async with asyncio.timeout(PATIENCE):
        # The call ends: its media do so as well, and the rest is done later.
        await recordings.end("m1", replace(note(), ended_at=2000))
        with pytest.raises(CannotKeep):
            await recordings.begin("m2", note(OTHER), "left", "right")
        assert [call_id for call_id, _ in media.ended] == ["m1", "m2"]
        assert not spool.waiting()
        hangs.set()
        while spool.waiting() != [ID] or OTHER in {path.stem for path in files(tmp_path)}:
            await recordings.stop()  # which waits for no more than a second
            await asyncio.sleep(0)
    assert spool.note(ID) == replace(note(), ended_at=2000, size=2)
    assert spool.runs(OTHER) is None
