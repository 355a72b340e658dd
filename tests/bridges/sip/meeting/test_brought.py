"""What the floor does for who talks in a call that goes on as a meeting. Only web and SFU are not there."""

from __future__ import annotations

import asyncio

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.meeting import link
from bridges.sip.meeting.floor import Floor
from bridges.sip.meeting.leg import MeetingFork
from bridges.sip.meeting.web import Ticket, VisitorNow
from bridges.sip.routing.client import WebRefused
from tests.bridges.sip.meeting.surroundings import Rooms
from wire.route import CallMeeting, Party

MEETING = CallMeeting(id="m1", room_id="!m1:localhost", title="Anna, Bruno", by=Party("@anna:localhost"))
ANNA, BRUNO = Party("@anna:localhost", "Anna", "201"), Party("@bruno:localhost", "Bruno", "202")


class Web:
    """Its meeting has nobody in it but telephones."""

    def __init__(self) -> None:
        self.brought: list[tuple[CallMeeting, Party]] = []
        self.gone: list[tuple[str, str]] = []
        self.full = False
        self._never = asyncio.Event()

    async def bring(self, meeting: CallMeeting, call_id: str, who: Party) -> str:
        if self.full:
            raise WebRefused(409, "full")
        self.brought.append((meeting, who))
        return f"visitor-{len(self.brought)}"

    async def visitor(self, visitor_id: str, call_id: str, known: VisitorNow | None) -> VisitorNow:
        if known is not None:
            await self._never.wait()
        ticket = Ticket(url="ws://sfu", token="t", identity=visitor_id, room="r")
        return VisitorNow(state="admitted", started=False, sfu=ticket)

    async def leave(self, visitor_id: str, call_id: str | None, reason: str) -> None:
        self.gone.append((visitor_id, reason))


class Hall:
    def __init__(self) -> None:
        self.web = Web()
        self.floor = Floor(self.web, "127.0.0.1", "IT", Rooms)  # type: ignore[arg-type]
        assert isinstance(self.floor.rooms, Rooms)
        self.rooms: Rooms = self.floor.rooms
        self.posted: list[object] = []

    async def bring(self, who: Party) -> MeetingFork:
        return await self.floor.bring(f"meeting-{who.number}", "c1", MEETING, who, self.posted.append)


async def test_who_is_brought_enters_at_once_and_is_in_company() -> None:
    hall = Hall()
    anna, bruno = await hall.bring(ANNA), await hall.bring(BRUNO)
    await asyncio.gather(anna.inside(), bruno.inside())
    assert [who for _, who in hall.web.brought] == [ANNA, BRUNO]
    assert len([one for one in hall.rooms.orders if isinstance(one, link.Enter)]) == 2
    first, second = anna.visit, bruno.visit
    assert first is not None and second is not None
    assert hall.floor.company(first) and hall.floor.company(second)
    assert anna.port is first.port
    kept = anna.snapshot()
    assert kept is not None and kept["meeting"]["meeting_id"] == MEETING.id
    bruno.drop(Cause.NORMAL)
    assert not hall.floor.company(first)
    await hall.floor.stop()
    assert sorted(one for one, _ in hall.web.gone) == ["visitor-1", "visitor-2"]


async def test_who_never_reaches_the_room_says_so() -> None:
    hall = Hall()
    hall.rooms.lets_in = False
    anna = await hall.bring(ANNA)
    reaching = asyncio.create_task(anna.inside())
    await asyncio.sleep(0)
    anna.drop(Cause.UNAVAILABLE)
    with pytest.raises(OSError, match="not reached"):
        await reaching
    await hall.floor.stop()


async def test_a_meeting_that_is_full_takes_nobody() -> None:
    hall = Hall()
    hall.web.full = True
    with pytest.raises(OSError, match="takes nobody"):
        await hall.bring(ANNA)
    await hall.floor.stop()
