import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp

from server.events.http import encode, texts
from server.events.hub import Event, Hub
from tests.server.telephony.test_http import RECORD
from tests.support.patience import PATIENCE
from tests.support.web import Browser, Web


class Stream:
    """Reads server-sent events."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def block(self) -> str:
        """Up to the next empty line; empty when the stream has ended."""
        async with asyncio.timeout(PATIENCE):
            lines = []
            while (line := await self.response.content.readline()).strip():
                lines.append(line.decode())
            return "".join(lines)

    async def event(self) -> tuple[str, Any]:
        name, data = (await self.block()).splitlines()
        return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def of(self, name: str) -> Any:
        """What the next event of this name says; others come when they come."""
        while True:
            told, data = await self.event()
            if told == name:
                return data


@asynccontextmanager
async def listening(browser: Browser) -> AsyncIterator[Stream]:
    """A stream of which the greeting has been read."""
    async with browser.http.get(browser.base + "/api/v1/events") as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        stream = Stream(response)
        assert await stream.block() == "retry: 1000\n"
        assert await stream.event() == ("telephony", {"ready": False})
        yield stream


def person(
    user_id: str, state: str, *, on_the_phone: bool = False, desk_phone: bool = False
) -> dict[str, object]:
    return {"user_id": user_id, "on_the_phone": on_the_phone, "desk_phone": desk_phone, "state": state}


async def test_a_call_is_told_to_its_two_people_alone(web: Web) -> None:
    anna, bruno, chiara = [await web.signed_in(name) for name in ("Anna", "Bruno", "Chiara")]
    async with listening(anna) as a, listening(bruno) as b, listening(chiara) as c:
        assert (await web.internal("POST", "/call-records", {"records": [RECORD]})).status == 204
        call = (await a.of("calls"))["call"]
        assert (call["direction"], call["peer"]["name"]) == ("outbound", "Bruno")
        assert (await b.of("calls"))["call"]["direction"] == "inbound"
        state = {"users": {"@anna:localhost": {"calls": 1}}, "registered": []}
        await web.internal("PUT", "/telephony-state", state)
        assert await c.event() == (
            "people",
            {"people": [person("@anna:localhost", "on_the_phone", on_the_phone=True)]},
        )


async def test_a_repeated_record_is_told_once(web: Web) -> None:
    anna = await web.signed_in("Anna")
    async with listening(anna) as stream:
        for revision in (1, 1, 2):
            await web.internal("POST", "/call-records", {"records": [{**RECORD, "revision": revision}]})
        await stream.event()
        await stream.event()
        await web.internal(
            "PUT", "/telephony-state", {"users": {"@anna:localhost": {"calls": 1}}, "registered": []}
        )
        assert (await stream.event())[0] == "people"


async def test_a_desk_phone_that_registers_is_told(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    async with listening(anna) as stream:
        await web.internal("PUT", "/telephony-state", {"users": {}, "registered": ["201"]})
        assert await stream.event() == (
            "people",
            {"people": [person("@anna:localhost", "available", desk_phone=True)]},
        )


async def test_a_page_that_leaves_ends_its_session_at_once(web: Web) -> None:
    anna, devices = await web.signed_in("Anna"), web.homeserver.open_devices
    async with listening(anna) as stream:
        signing_out = asyncio.ensure_future(anna.ask("DELETE", "/api/v1/session"))
        assert (await stream.event())[0] == "signed-out"
        assert (await anna.get("/api/v1/session")).status == 401
        stream.response.close()
        assert (await signing_out).status == 204
    assert not devices["@anna:localhost"]


async def test_signing_out_ends_the_stream(web: Web) -> None:
    anna = await web.signed_in("Anna")
    async with listening(anna) as stream:
        assert (await anna.ask("DELETE", "/api/v1/session")).status == 204
        assert await stream.event() == ("signed-out", {"reason": "signed_out", "browser": ""})
        assert await stream.block() == ""
        assert stream.response.content.at_eof()


def test_an_event_on_the_wire_is_two_lines_and_an_empty_one() -> None:
    assert encode(Event("people", {"name": "a\nb"})) == 'event: people\ndata: {"name":"a\\nb"}\n\n'


async def test_a_stream_that_nobody_reads_any_more_waits_for_nothing() -> None:
    """Cancelled at the very moment an event comes: the end wins."""
    hub = Hub()
    subscription = hub.subscribe("@anna:x", "a")

    async def session_lives() -> bool:
        return True

    async def read() -> None:
        async for _ in texts(subscription, 3600, session_lives):
            raise AssertionError("nothing is to be read")

    reading = asyncio.ensure_future(read())
    await asyncio.sleep(0)
    subscription.offer(Event("people", {}))
    reading.cancel()
    await asyncio.wait({reading})
    assert reading.cancelled()


async def test_a_silent_stream_pings_and_ends_with_its_session() -> None:
    """The session may be ended by another process, which cannot close the stream itself."""
    lives = iter([True, True, False])

    async def session_lives() -> bool:
        return next(lives)

    stream = Hub().subscribe("@anna:x", "a")
    sent = [text async for text in texts(stream, 0.001, session_lives)]
    assert sent == [": ping\n\n", ": ping\n\n"]


async def test_a_session_has_eight_streams_at_a_time_and_another_session_its_own(web: Web) -> None:
    """L12: each tab has one, and each is a connection that stays."""
    anna, bruno = [await web.signed_in(name) for name in ("Anna", "Bruno")]
    async with AsyncExitStack() as streams:
        for _ in range(8):
            await streams.enter_async_context(listening(anna))
        answer = await anna.ask("GET", "/api/v1/events")
        assert (answer.status, answer.body["error"]["code"]) == (429, "too_many_streams")
        await streams.enter_async_context(listening(bruno))
