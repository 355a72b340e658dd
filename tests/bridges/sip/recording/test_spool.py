"""Recordings as files: what any process left behind is found, and brought to the server whole."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from time import time

import pytest
from msgspec.structs import replace

from bridges.sip.recording.outbox import RecordingOutbox
from bridges.sip.recording.spool import ASIDE_FOR, RecordingSpool
from bridges.sip.routing.client import WebRefused, WebUnavailable
from tests.support.patience import PATIENCE
from wire.recording import PART, Note
from wire.route import Party

ID, OTHER = "a" * 32, "b" * 32


def note(recording_id: str = ID) -> Note:
    return Note(
        id=recording_id,
        call_id="c1",
        caller=Party("@anna:localhost"),
        callee=Party(number="+39"),
        why="rule",
        started_at=1000,
        ended_at=1000,
    )


class Web:
    """Takes what it is given; refuses, or is away, when told so."""

    def __init__(self) -> None:
        self.parts: dict[tuple[str, int], bytes] = {}
        self.notes: list[Note] = []
        self.fails: list[Exception] = []
        self.asked = asyncio.Event()

    async def put_part(self, recording_id: str, number: int, part: bytes) -> None:
        self.asked.set()
        if self.fails:
            raise self.fails.pop()
        self.parts[recording_id, number] = part

    async def put(self, note: Note) -> None:
        self.notes.append(note)


class Watched(RecordingSpool):
    """Says when one is done with."""

    def __init__(self, folder: Path, now: Callable[[], float] = time) -> None:
        super().__init__(folder, now)
        self.done = asyncio.Event()

    def drop(self, recording_id: str) -> None:
        super().drop(recording_id)
        self.done.set()

    def set_aside(self, recording_id: str) -> None:
        super().set_aside(recording_id)
        self.done.set()


async def delivered(spool: Watched, web: Web) -> None:
    """Run the outbox until it is done with one."""
    task = asyncio.create_task(RecordingOutbox(spool, web).run())
    await asyncio.wait_for(spool.done.wait(), PATIENCE)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def recorded(spool: RecordingSpool, recording_id: str, sound: bytes) -> None:
    spool.begin(note(recording_id)).write_bytes(sound)


def test_what_nobody_goes_on_with_is_named_with_what_carried_it(tmp_path: Path) -> None:
    spool = RecordingSpool(tmp_path / "spool")
    spool.begin(note(), "m1").write_bytes(b"\xff" * 4)
    recorded(spool, OTHER, b"\xff" * 4)
    (left,) = spool.unfinished({OTHER})
    assert (left.id, left.media_id, left.over) == (ID, "m1", False)
    assert spool.finish(replace(note(), ended_at=5000))
    assert spool.waiting() == [ID]
    assert spool.note(ID) == replace(note(), ended_at=5000, size=4)
    assert spool.sound(OTHER).exists()


def test_what_is_over_is_not_gone_on_with_and_to_finish_it_again_changes_nothing(tmp_path: Path) -> None:
    spool = RecordingSpool(tmp_path)
    recorded(spool, ID, b"ab")
    assert spool.runs(ID) is not None and spool.over_since(ID) is None
    spool.put(replace(note(), ended_at=5000), over=True)
    assert spool.runs(ID) is None and spool.over_since(ID) == 5000
    assert spool.finish(note())
    assert spool.runs(ID) is None
    # The bridge was killed after this, and does it once more.
    assert spool.finish(note())
    assert spool.waiting() == [ID]


def test_what_never_began_leaves_nothing(tmp_path: Path) -> None:
    spool = RecordingSpool(tmp_path)
    spool.begin(note())
    recorded(spool, OTHER, b"")
    assert not spool.finish(note(OTHER))
    (tmp_path / f"{ID}.new").write_bytes(b"half a note")
    spool.sweep(())
    assert list(tmp_path.iterdir()) == []


def test_its_sound_is_on_the_disk_before_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, synced = RecordingSpool(tmp_path), set[int]()
    recorded(spool, ID, b"ab")
    inode = spool.sound(ID).stat().st_ino
    monkeypatch.setattr(os, "fsync", lambda handle: synced.add(os.fstat(handle).st_ino))
    assert spool.finish(note())
    assert inode in synced


def test_half_of_a_sample_at_the_end_is_left_out(tmp_path: Path) -> None:
    spool = RecordingSpool(tmp_path)
    recorded(spool, ID, b"abc")
    assert spool.finish(note())
    found = spool.note(ID)
    assert found is not None and found.size == 2
    assert list(spool.parts(found)) == [b"ab"]


async def test_it_goes_to_the_server_in_pieces_and_the_note_comes_last(tmp_path: Path) -> None:
    spool, web = Watched(tmp_path), Web()
    sound = bytes(range(250)) * (PART // 250) + b"rest"
    recorded(spool, ID, sound)
    spool.finish(note())
    web.fails = [WebUnavailable("not there")]
    await delivered(spool, web)
    assert web.parts[ID, 0] + web.parts[ID, 1] == sound
    assert len(web.parts[ID, 0]) == PART
    assert [one.size for one in web.notes] == [len(sound)]
    assert spool.waiting() == []


async def test_what_the_server_refuses_stays_aside(tmp_path: Path) -> None:
    spool, web = Watched(tmp_path), Web()
    recorded(spool, ID, b"ab")
    spool.finish(note())
    web.fails = [WebRefused(400, "invalid_field")]
    await delivered(spool, web)
    spool.sweep(())
    assert (tmp_path / f"{ID}.refused").read_bytes() == b"ab"
    assert (tmp_path / f"{ID}.json").exists()
    assert web.notes == []


@pytest.mark.parametrize("after", [ASIDE_FOR - 1, ASIDE_FOR])
def test_what_is_aside_is_in_clear_and_so_not_for_ever(tmp_path: Path, after: float) -> None:
    now = 1_000_000.0
    spool = RecordingSpool(tmp_path, lambda: now)
    recorded(spool, ID, b"ab")
    spool.finish(note())
    spool.set_aside(ID)
    # Another process finds a sound that has no note.
    recorded(spool, OTHER, b"ab")
    (tmp_path / f"{OTHER}.json").unlink()
    assert spool.unfinished(()) == []
    assert not list(tmp_path.glob("*.ulaw"))
    now += after
    RecordingSpool(tmp_path, lambda: now).sweep(())
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == (set() if after == ASIDE_FOR else {f"{ID}.refused", f"{ID}.json", f"{OTHER}.refused"})


async def test_the_outbox_removes_what_was_aside_for_long_enough(tmp_path: Path) -> None:
    now = 1_000_000.0
    spool, web = Watched(tmp_path, lambda: now), Web()
    recorded(spool, ID, b"ab")
    spool.finish(note())
    spool.set_aside(ID)
    now += ASIDE_FOR
    recorded(spool, OTHER, b"ab")
    spool.finish(note(OTHER))
    spool.done.clear()
    await delivered(spool, web)
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


@pytest.mark.parametrize("content", [b"", b"no note"])
def test_a_note_that_cannot_be_read_is_no_end_of_the_others(tmp_path: Path, content: bytes) -> None:
    spool = RecordingSpool(tmp_path)
    recorded(spool, ID, b"ab")
    (tmp_path / f"{ID}.json").write_bytes(content)
    recorded(spool, OTHER, b"ab")
    assert [one.id for one in spool.unfinished(())] == [OTHER]
