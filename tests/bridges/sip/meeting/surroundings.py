"""A bridge whose meetings are small: a web process that knows one PIN, and rooms without an SFU."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from bridges.sip.app import Bridge
from bridges.sip.meeting import link
from bridges.sip.records.store import Store
from bridges.sip.voice.prompts import Language, Words
from bridges.sip.voice.sounds import spoken
from tests.bridges.sip.surroundings import Surroundings
from tests.bridges.sip.test_app import Phone, configuration
from tests.support.audio import encode_g711, tone
from tests.support.patience import PATIENCE
from tests.support.rtp_phone import RtpPhone

PIN, VISITOR = "123456789", "visitor-1"
#: What everybody hears in a room, as long as nothing is said: 1000 Hz.
ROOM_HZ = 1000
DIAL_IN = {
    "outcome": "meeting",
    "caller": {"user_id": "@anna:localhost", "name": "Anna Rossi", "number": "201"},
    "callee": {"user_id": None, "name": "", "number": "800"},
}


def brief(words: Words, language: Language) -> bytes:
    """In place of a prompt: the first half second of it."""
    return spoken(words, language)[:4000]


class MeetingWeb:
    """The web's side. `state`, `started`, `encrypted`, `place` (the number of its breakout room) and
    `closes_at` (of that room, ms since 1970) are the visitor's; `tell` makes changes known.
    """

    def __init__(self) -> None:
        self.state, self.started, self.encrypted = "admitted", True, False
        self.place: int | None = None
        self.closes_at: int | None = None
        self.pins: list[dict[str, Any]] = []
        self.gone: list[tuple[str, str]] = []
        self.refuse_with: int | None = None
        self._changed = asyncio.Event()
        self._closing = False

    def close(self) -> None:
        """Let no question wait any longer."""
        self._closing = True
        self._changed.set()

    def routes(self) -> list[web.RouteDef]:
        visitors = "/internal/v1/meetings/visitors/{id}"
        return [
            web.post("/internal/v1/meetings/pin", self._pin),
            web.get(visitors, self._visitor),
            web.delete(visitors, self._leave),
        ]

    def tell(self, **changes: Any) -> None:
        """The visitor is different from now on."""
        for name, value in changes.items():
            setattr(self, name, value)
        self._changed.set()

    async def _pin(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.pins.append(body)
        status = self.refuse_with or (200 if body["pin"] == PIN else 404)
        if status != 200:
            return web.json_response({"error": {"code": "no"}}, status=status)
        answer = {"visitor_id": VISITOR, "meeting_id": "m", "title": "Weekly", "encrypted": self.encrypted}
        return web.json_response({**answer, "state": self.state, "started": self.started})

    async def _visitor(self, request: web.Request) -> web.StreamResponse:
        known = request.query
        while "wait" in known and self._is_known(known) and not self._closing:
            self._changed.clear()
            await self._changed.wait()
        ticket = {"url": "ws://sfu", "token": "t", "identity": "phone", "room": self._room, "secret": None}
        sfu = ticket if self.state == "admitted" else None
        place = {"number": self.place, "name": "Red", "closes_at": self.closes_at} if self.place else None
        return web.json_response({"state": self.state, "started": self.started, "sfu": sfu, "place": place})

    @property
    def _room(self) -> str:
        return f"r+{self.place or 'main'}/="

    def _is_known(self, known: Mapping[str, str]) -> bool:
        room = self._room if self.state == "admitted" else None
        closes_at = str((self.place and self.closes_at) or 0) if room else None
        now = self.state, str(self.started).lower(), room, closes_at
        return now == (known["state"], known["started"], known.get("room"), known.get("closes_at"))

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        self.gone.append((request.match_info["id"], (await request.json())["reason"]))
        return web.Response(status=204)


class Rooms:
    """In place of the process: whoever enters is inside at once and hears `ROOM_HZ`."""

    def __init__(self, on_report: Callable[[link.Report], None], on_gone: Callable[[], None]) -> None:
        self.report, self.die = on_report, on_gone
        self.orders: list[link.Order] = []
        self.said: dict[int, list[bytes]] = {}
        self.inside: list[int] = []
        self.lets_in = True
        self._something = asyncio.Event()
        self._ticked = asyncio.Event()
        self._sound, self._at = encode_g711(tone(ROOM_HZ, 1.0), ("PCMU", 8000)), 0

    def start(self) -> None: ...

    async def stop(self) -> None: ...

    def send(self, order: link.Order) -> None:
        if isinstance(order, link.Tick):
            self._tick(order)
            return
        self.orders.append(order)
        self._something.set()
        if isinstance(order, link.Enter) and self.lets_in:
            self.inside.append(order.phone)
            asyncio.get_running_loop().call_soon(self.report, link.Entered(order.phone))
        elif isinstance(order, link.Leave):
            self.inside.remove(order.phone)

    def _tick(self, order: link.Tick) -> None:
        for phone, frame in order.said.items():
            self.said.setdefault(phone, []).append(frame)
        frame, self._at = self._sound[self._at : self._at + 160], (self._at + 160) % 8000
        asyncio.get_running_loop().call_soon(self.report, link.Mixed(dict.fromkeys(self.inside, frame)))
        self._ticked.set()

    async def tick(self) -> None:
        """Until the next 20 ms have passed."""
        self._ticked.clear()
        await self._ticked.wait()

    async def order(self, kind: type[Any]) -> Any:
        """The first order of this kind not asked for before; waits for it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if found := [order for order in self.orders if isinstance(order, kind)]:
                    self.orders.remove(found[0])
                    return found[0]
                self._something.clear()
                await self._something.wait()


class DialIn:
    """One bridge, one desk phone (201), and what stands around them."""

    def __init__(self, around: Surroundings, meeting: MeetingWeb, bridge: Bridge, phone: Phone) -> None:
        self.around, self.meeting, self.bridge, self.phone = around, meeting, bridge, phone
        rooms = bridge.floor.rooms
        assert isinstance(rooms, Rooms)
        self.rooms = rooms


@asynccontextmanager
async def dial_in(folder: Path) -> AsyncIterator[DialIn]:
    """Everything started; the phone has not called yet."""
    meeting = MeetingWeb()
    async with Surroundings(meeting.routes()) as around:
        around.plan = DIAL_IN
        config = configuration(around, folder)
        bridge = Bridge(config, await Store.open(Path(config.database)), Rooms)
        try:
            await bridge.start()
            async with RtpPhone(tone_hz=440) as rtp, Phone(bridge, "201", rtp) as phone:
                yield DialIn(around, meeting, bridge, phone)
        finally:
            await bridge.stop()
            meeting.close()
