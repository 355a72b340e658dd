"""Callers of mailboxes whose disk hangs."""

import asyncio
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from bridges.sip.voicemail import mailboxes as mailboxes_module
from bridges.sip.voicemail.mailboxes import Mailboxes
from bridges.sip.voicemail.spool import Recording, Spool
from processes import disk as disk_module
from wire.route import Party, VoicemailLeg
from wire.voicemail import Note

PLANNED = VoicemailLeg("@anna:localhost", "en")


class Nobody:
    """Nothing is asked of the web here."""


class Port:
    @classmethod
    async def open(cls, _host: str) -> "Port":
        return cls()

    def answer(self, _sdp: str) -> str:
        return "answer"

    def close(self) -> None:
        pass


async def test_a_caller_is_answered_on_a_disk_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_module, "PATIENCE", 0.02)
    monkeypatch.setattr(mailboxes_module, "AudioPort", Port)
    goes_on, finished, begin, finish = Event(), Event(), Spool.begin, Spool.finish

    def slow(self: Spool, note: Note) -> Recording:
        goes_on.wait()
        return begin(self, note)

    def finishes(self: Spool, recording: Recording) -> bool:
        try:
            return finish(self, recording)
        finally:
            finished.set()

    monkeypatch.setattr(Spool, "begin", slow)
    monkeypatch.setattr(Spool, "finish", finishes)
    nobody: Any = Nobody()
    mailboxes = Mailboxes("127.0.0.1", tmp_path, nobody, nobody)
    async with asyncio.timeout(5):
        leg = await mailboxes.answer("voicemail-1", "c1", PLANNED, "offer", Party(), lambda _: None)
        assert leg.recording is None
        goes_on.set()
        # What was begun after all is of nothing, and nothing is left of it.
        await asyncio.to_thread(finished.wait)
        await mailboxes.stop()
    assert names(tmp_path) == []


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_nothing_more_is_recorded_while_what_was_is_left_to_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody: Any = Nobody()
    mailboxes = Mailboxes("127.0.0.1", tmp_path, nobody, nobody)
    ticks: list[bool] = []
    monkeypatch.setattr(Spool, "leave", lambda _spool: ticks.append(mailboxes._clock._timer is not None))
    mailboxes._clock.start()
    await mailboxes.stop(leave=True)
    assert ticks == [False]
