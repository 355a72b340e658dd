"""The process in the rooms: started, asked, killed, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from bridges.sip.meeting import link, process
from bridges.sip.meeting.process import RoomProcess
from tests.support.patience import PATIENCE
from tests.support.stack import alive


class Bridge:
    """What the bridge hears of the process."""

    def __init__(self) -> None:
        self.reports: asyncio.Queue[link.Report] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.process = RoomProcess(self.reports.put_nowait, self.gone.set, "error")

    async def next(self, kind: type[link.Report]) -> link.Report:
        async with asyncio.timeout(PATIENCE):
            while not isinstance(report := await self.reports.get(), kind):
                pass
        return report


@pytest.fixture
async def bridge() -> AsyncIterator[Bridge]:
    bridge = Bridge()
    bridge.process.start()
    await bridge.next(link.Mixed)
    try:
        yield bridge
    finally:
        await bridge.process.stop()


async def test_ticks_are_answered_and_impossible_orders_are_told_to_be_so(bridge: Bridge) -> None:
    bridge.process.send(link.Tick({}))
    assert await bridge.next(link.Mixed) == link.Mixed({})
    bridge.process.send(link.Enter(1, "ws://127.0.0.1:9", "no token", "room"))
    lost = await bridge.next(link.Lost)
    assert isinstance(lost, link.Lost)
    assert (lost.phone, lost.why.partition(":")[0]) == (1, "not_let_in")
    for late in (link.Leave(1), link.SetMuted(1, True), link.SetHand(1, 1)):
        bridge.process.send(late)
    bridge.process.send(link.Tick({1: b"x" * 160, 2: b"short"}))
    assert await bridge.next(link.Mixed) == link.Mixed({})


async def test_a_killed_process_is_told_and_started_again(bridge: Bridge) -> None:
    assert bridge.process.pid is not None
    os.kill(bridge.process.pid, signal.SIGKILL)
    await asyncio.wait_for(bridge.gone.wait(), PATIENCE)
    bridge.process.start()
    bridge.process.send(link.Tick({}))
    await bridge.next(link.Mixed)


async def test_nothing_is_written_to_a_process_that_is_just_dying(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = bridge.process._writer
    assert writer is not None
    written: list[bytes] = []
    monkeypatch.setattr(writer, "write", written.append)  # uvloop's raises RuntimeError then
    writer.transport.abort()
    bridge.process.send(link.Tick({}))
    assert not written
    await asyncio.wait_for(bridge.gone.wait(), PATIENCE)


async def test_a_process_that_hangs_is_ended_and_told_like_a_dead_one(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_SILENT", 0.2)
    pid = bridge.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(PATIENCE):
        while not bridge.gone.is_set():
            bridge.process.send(link.Tick({}))
            await asyncio.sleep(0.02)
    assert not alive(pid)


async def test_a_stopped_process_is_gone_and_nobody_is_alarmed(bridge: Bridge) -> None:
    pid = bridge.process.pid
    await bridge.process.stop()
    assert pid is not None
    assert not alive(pid)
    assert not bridge.gone.is_set()
