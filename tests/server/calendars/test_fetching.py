"""What is asked of servers, and what of it is told to whom."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web as http

from server.calendars.addresses import networks
from server.calendars.fetching import Credentials, Fetcher
from server.calendars.parser import Parser
from server.calendars.refusals import NotACalendar, PlainHttp, TooSlow
from server.calendars.sources import WebSource

ANNA = Credentials("anna", "secret")
COLLECTION = (
    '<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><response><href>/cal/</href><propstat>'
    "<prop><resourcetype><collection/><c:calendar/></resourcetype></prop><status>HTTP/1.1 200 OK</status>"
    "</propstat></response></multistatus>"
)
Answer = Callable[[http.Request], Awaitable[http.StreamResponse]]
Serve = Callable[[Answer], Awaitable[int]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Answers the port of a server."""
    runners = list[http.AppRunner]()

    async def begin(answer: Answer) -> int:
        app = http.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runners.append(http.AppRunner(app))
        await runners[-1].setup()
        await http.TCPSite(runners[-1], "127.0.0.1", 0).start()
        return int(runners[-1].addresses[0][1])

    yield begin
    for one in runners:
        await one.cleanup()


@pytest.mark.parametrize("host", ["１２７.0.0.1", "127。0。0。1", "localhost", "0x7f.1"])
async def test_no_writing_of_an_address_inside_leads_there(serve: Serve, host: str) -> None:
    asked = list[str]()

    async def answer(request: http.Request) -> http.StreamResponse:
        asked.append(request.path)
        return http.Response(text="inside")

    port, fetcher = await serve(answer), Fetcher()
    await fetcher.start()
    try:
        with pytest.raises(PlainHttp):
            await fetcher.ask("GET", f"http://{host}:{port}/", ANNA)
    finally:
        await fetcher.close()
    assert asked == []


async def test_no_password_is_kept_for_a_server_to_which_another_led(serve: Serve) -> None:
    heard = list[str]()

    async def stranger(request: http.Request) -> http.StreamResponse:
        heard.append(request.headers.get("Authorization", ""))
        return http.Response(status=207, text=COLLECTION, content_type="application/xml")

    # Without https, another port is another server.
    elsewhere = f"http://127.0.0.1:{await serve(stranger)}/cal/"

    async def typed(request: http.Request) -> http.StreamResponse:
        raise http.HTTPTemporaryRedirect(elsewhere)

    port, fetcher = await serve(typed), Fetcher(networks(["127.0.0.0/8"]))
    await fetcher.start()
    try:
        with pytest.raises(NotACalendar):
            await WebSource(fetcher, Parser()).find(f"http://127.0.0.1:{port}/", ANNA)
    finally:
        await fetcher.close()
    assert set(heard) == {""}


async def test_redirects_have_one_patience_together(serve: Serve) -> None:
    async def answer(request: http.Request) -> http.StreamResponse:
        await asyncio.sleep(0.2)
        raise http.HTTPFound("/on")

    port, fetcher = await serve(answer), Fetcher(networks(["127.0.0.0/8"]), patience=0.5)
    await fetcher.start()
    try:
        with pytest.raises(TooSlow):
            await fetcher.ask("GET", f"http://127.0.0.1:{port}/", Credentials())
    finally:
        await fetcher.close()
