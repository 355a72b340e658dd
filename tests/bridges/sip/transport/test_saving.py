"""What a full disk does not take of phones is written when it does."""

import asyncio

import pytest

from bridges.sip.transport import saving as saving_module
from bridges.sip.transport.saving import Saving
from tests.bridges.sip.b2bua.fakes import until


class Disk:
    def __init__(self) -> None:
        self.full = False
        self.written: list[str] = []
        self.tried = 0

    async def save(self, username: str) -> None:
        self.tried += 1
        if self.full or username == "senseless":
            raise OSError("no space")
        self.written.append(username)


async def test_what_was_not_taken_is_tried_again_and_keeps_nobody_elses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(saving_module, "AGAIN", 0.0)
    disk = Disk()
    disk.full = True
    saving = Saving("registration", disk.save)
    saving.soon(["201", "202"])
    async with asyncio.timeout(5):
        await until(lambda: disk.tried >= 4, "all are tried again")
        assert not disk.written
        disk.full = False
        saving.soon(["senseless"])
        await until(lambda: sorted(disk.written) == ["201", "202"], "both are written")
        saving.soon(["203"])
        await until(lambda: "203" in disk.written, "nobody else's is kept")
        await saving.close()


async def test_who_ends_waits_for_no_disk_that_takes_nothing() -> None:
    disk = Disk()
    disk.full = True
    saving = Saving("registration", disk.save)
    saving.soon(["201"])
    await asyncio.sleep(0)
    async with asyncio.timeout(3):
        await saving.close()
    assert disk.tried == 2
    await Saving("subscription", disk.save).close()
