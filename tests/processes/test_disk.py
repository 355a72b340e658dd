"""A disk that hangs keeps nobody waiting, and what was begun is done once it goes on."""

import asyncio
from collections.abc import Iterator
from threading import Event

import pytest

from processes import disk as disk_module
from processes.disk import Disk
from tests.support.patience import PATIENCE


@pytest.fixture
def goes_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Nobody has patience until it is set with `goes`."""
    monkeypatch.setattr(disk_module, "PATIENCE", 0.02)
    event = Event()
    yield event
    event.set()


def goes(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk goes on, and a busy machine may be slower than a disk that hangs here."""
    monkeypatch.setattr(disk_module, "PATIENCE", PATIENCE)
    event.set()


async def test_work_is_done_and_says_what_came_of_it() -> None:
    disk = Disk()

    def full() -> None:
        raise OSError("no space")

    assert await disk.do(lambda: 1) == 1
    with pytest.raises(OSError, match="no space"):
        await disk.do(full)
    assert await disk.do_at_last(lambda: 2) == 2


async def test_nobody_waits_for_a_disk_that_hangs(goes_on: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, late, done = Disk(), list[str](), list[str]()

    def slow() -> str:
        goes_on.wait()
        done.append("begun")
        return "begun"

    with pytest.raises(OSError, match="nothing was done"):
        await disk.do(slow, late.append)
    with pytest.raises(OSError, match="still"):
        await disk.do(lambda: done.append("not begun"))
    at_last = asyncio.create_task(disk.do_at_last(lambda: done.append("at last")))
    await asyncio.sleep(0.02)
    assert not at_last.done()
    goes(goes_on, monkeypatch)
    await at_last
    assert (done, late) == (["begun", "at last"], ["begun"])
    assert await disk.do(lambda: 3) == 3


async def test_what_fails_late_is_heard_of_by_nobody(goes_on: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, late = Disk(), list[None]()

    def fails() -> None:
        goes_on.wait()
        raise OSError("no space")

    with pytest.raises(TimeoutError):
        await disk.do(fails, late.append)
    goes(goes_on, monkeypatch)
    await disk.do_at_last(lambda: None)
    assert not late
    assert await disk.do(lambda: 4) == 4


async def test_who_is_gone_leaves_the_disk_to_others(goes_on: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_module, "PATIENCE", PATIENCE)
    disk = Disk()
    waiting = asyncio.create_task(disk.do(goes_on.wait))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await disk.do(lambda: 5) == 5
