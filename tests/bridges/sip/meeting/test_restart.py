"""The bridge is killed while telephones are in meetings: the next one speaks with them where they were."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import CallInput, Changed, Confirmed, Gone
from bridges.sip.meeting import link, visit
from bridges.sip.meeting.floor import Floor
from bridges.sip.meeting.web import MeetingsWeb
from bridges.sip.routing.client import WebClient
from tests.bridges.sip.meeting.surroundings import PIN, ROOM_HZ, VISITOR, MeetingWeb, Rooms, brief
from tests.bridges.sip.surroundings import SECRET, Surroundings
from tests.support.audio import tone_share
from tests.support.patience import PATIENCE
from tests.support.rtp_phone import RtpPhone, target_of
from wire.route import Party

HOST = "127.0.0.1"


@dataclass
class Process:
    """What a bridge has for meetings; `told` is what the calls of its legs hear."""

    floor: Floor
    told: asyncio.Queue[CallInput] = field(default_factory=asyncio.Queue)

    @property
    def rooms(self) -> Rooms:
        assert isinstance(self.floor.rooms, Rooms)
        return self.floor.rooms

    async def hears_of(self, kind: type[Any]) -> Any:
        async with asyncio.timeout(PATIENCE):
            while not isinstance(event := await self.told.get(), kind):
                pass
        return event

    async def leave(self) -> None:
        """It says nothing to anybody, as when it is killed."""
        await self.floor.stop(leave=True)


@dataclass
class Desk:
    """A web process, and a telephone (to the floor: the media server before it)."""

    web: WebClient
    meeting: MeetingWeb
    phone: RtpPhone

    def process(self) -> Process:
        return Process(Floor(MeetingsWeb(self.web), HOST, "IT", Rooms))

    async def hears_room(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while tone_share(self.phone.heard()[-2000:], 8000, ROOM_HZ) < 0.9:
                await self.phone.wait_packets(5)


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(visit, "spoken", brief)
    async with surrounded() as found:
        yield found


@asynccontextmanager
async def surrounded() -> AsyncIterator[Desk]:
    meeting = MeetingWeb()
    async with Surroundings(meeting.routes()) as around, RtpPhone(tone_hz=440) as phone:
        web = WebClient(around.url, SECRET)
        try:
            yield Desk(web, meeting, phone)
        finally:
            meeting.close()
            await web.close()


async def dialled_in(desk: Desk, process: Process) -> dict[str, Any]:
    """The snapshot of a telephone that is in the meeting."""
    leg = await process.floor.answer(
        "meeting-1", "call", desk.phone.sdp(), Party(number="+3906"), "sip", process.told.put_nowait
    )
    leg.given = desk.phone.sdp()
    desk.phone.talk_to(leg.description)
    leg.established()
    await desk.phone.wait_packets(1)
    await desk.phone.press(target_of(leg.description), PIN + "#")
    await process.rooms.order(link.Enter)
    await desk.hears_room()
    kept: dict[str, Any] = json.loads(json.dumps(leg.snapshot()))
    return kept


async def test_who_is_in_a_meeting_is_back_soon_on_the_same_port_as_the_same_stream(desk: Desk) -> None:
    before, after = desk.process(), desk.process()
    kept = await dialled_in(desk, before)
    await before.leave()
    numbers = [int.from_bytes(packet[2:4], "big") for packet in desk.phone.packets]
    desk.phone.packets.clear()

    leg = after.floor.restore(kept, 0.1, after.told.put_nowait)
    assert not after.rooms.orders
    leg.resume()
    entered = await after.rooms.order(link.Enter)
    await desk.hears_room()
    heard = {packet[8:12] for packet in desk.phone.packets}
    first = int.from_bytes(desk.phone.packets[0][2:4], "big")
    assert (heard, desk.meeting.gone) == ({kept_ssrc(kept)}, [])
    assert 0 < (first - numbers[-1]) & 0xFFFF < 0x8000
    async with asyncio.timeout(PATIENCE):
        while not after.rooms.said.get(entered.phone):
            await desk.phone.wait_packets(1)
    leg.drop(Cause.NORMAL)
    assert (await after.rooms.order(link.Leave)).phone == entered.phone
    await after.floor.stop()
    assert desk.meeting.gone == [(VISITOR, "normal")]


def kept_ssrc(kept: dict[str, Any]) -> bytes:
    return int(kept["meeting"]["port"]["stream"][0]).to_bytes(4, "big")


async def test_each_step_of_a_telephone_is_told_so_that_it_is_written_down(desk: Desk) -> None:
    process = desk.process()
    await dialled_in(desk, process)
    while not process.told.empty():
        process.told.get_nowait()
    await desk.phone.press(target_of(desk.phone.sdp()), "")
    (telephone,) = process.floor._visits
    telephone.port.on_key("*")
    telephone.port.on_key("6")
    await process.hears_of(Changed)
    assert telephone.snapshot()["ivr"]["muted"] is True
    await process.floor.stop()


async def test_where_its_port_is_taken_the_call_ends(desk: Desk) -> None:
    before, after = desk.process(), desk.process()
    kept = await dialled_in(desk, before)
    leg = after.floor.restore(kept, 0.1, after.told.put_nowait)
    leg.resume()
    assert (await after.hears_of(Gone)).leg == "meeting-1"
    await before.floor.stop()
    await after.floor.stop()


@pytest.mark.parametrize("answered", [False, True])
async def test_a_telephone_that_a_meeting_calls_goes_on_ringing_or_talking(
    desk: Desk, answered: bool
) -> None:
    before, after = desk.process(), desk.process()
    leg = await before.floor.caller(VISITOR, "call", "+3906", before.told.put_nowait)
    if answered:
        leg.given = desk.phone.sdp()
        leg.accept(desk.phone.sdp())
        await before.rooms.order(link.Enter)
    kept = json.loads(json.dumps(leg.snapshot()))
    await before.leave()

    restored = after.floor.restore_caller(kept, 0.1, after.told.put_nowait)
    restored.resume()
    assert (restored.offer, restored.accepted) == (leg.offer, answered)
    if not answered:
        assert not after.rooms.orders
        restored.accept(desk.phone.sdp())
    await after.hears_of(Confirmed)
    await after.rooms.order(link.Enter)
    desk.phone.talk_to(restored.offer)
    await desk.hears_room()
    await after.floor.stop()
