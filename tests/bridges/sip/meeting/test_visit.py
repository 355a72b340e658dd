"""A telephone that is told of a recording: what it hears, and when the meeting hears it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from bridges.sip.meeting.visit import Visit
from bridges.sip.meeting.web import Ticket, VisitorNow
from bridges.sip.voice.prompts import Language
from wire.route import Party

TICKET = Ticket(url="ws://sfu", token="t", identity="phone", room="room")
WORDS, FRAME = b"\x01" * 480, b"\x05" * 160


class Port:
    """A telephone that speaks all the time; `sent` is what it was given to hear."""

    def __init__(self) -> None:
        self.held, self.sent = False, list[bytes]()
        self.playout = self

    def pop(self) -> bytes:
        return FRAME

    def send(self, frame: bytes) -> None:
        self.sent.append(frame)


class Web:
    async def visitor(self, _id: str, _call: str, known: VisitorNow | None) -> VisitorNow:
        if known is not None:
            await asyncio.Event().wait()
        return VisitorNow(state="admitted", started=True, sfu=TICKET)


class Rooms:
    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def enter(self, _visit: Visit, _ticket: Ticket) -> None:
        self.asked.set()

    def company(self, _visit: Visit) -> bool:
        return False

    def set_muted(self, _visit: Visit, _on: bool) -> None: ...

    def set_hand(self, _visit: Visit, _at_ms: int) -> None: ...


@pytest.fixture
def port() -> Port:
    return Port()


async def inside(port: Port) -> tuple[Visit, float]:
    """One that is in the room, and the time of its next tick."""
    rooms = Rooms()
    given = cast("Any", port), cast("Any", Web()), cast("Any", rooms)
    visit = Visit("call", Party(number="201"), "", Language.EN, *given, lambda: None)
    visit.brought("visitor")
    now = asyncio.get_running_loop().time()
    visit.tick(now)
    await rooms.asked.wait()
    visit.entered()
    return visit, now


async def test_it_is_heard_once_it_was_told_and_not_while_the_words_come(port: Port) -> None:
    visit, now = await inside(port)
    assert visit.tick(now) == FRAME
    visit.hush(True)
    assert visit.tick(now) is None
    told = visit.announce(WORDS)
    assert [visit.tick(now) for _ in range(3)] == [None, None, FRAME]
    assert told.done() and port.sent[-3:] == [WORDS[:160]] * 3
    visit.hush(True)
    visit.hush(False)
    assert visit.tick(now) == FRAME


async def test_one_on_hold_hears_it_when_it_comes_back(port: Port) -> None:
    visit, now = await inside(port)
    port.held = True
    told = visit.announce(WORDS)
    for _ in range(5):
        visit.tick(now)
    assert not told.done()
    port.held = False
    visit.tick(now)
    port.held = True
    visit.tick(now)
    port.held = False
    assert [visit.tick(now) for _ in range(3)] == [None, None, FRAME]
    assert told.done()
