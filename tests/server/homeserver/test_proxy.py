"""The reverse proxy before a homeserver of the test's own making."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from sanic.exceptions import NotFound
from yarl import URL

from server.edge import errors, requests
from server.homeserver.proxy import MatrixProxy, blueprint, target_url
from tests.support.patience import PATIENCE
from tests.support.served import bare_app, served

LIMIT = 200_000


@dataclass
class Upstream:
    """A homeserver that does what a test tells it and remembers what it was asked."""

    url: str = ""
    seen: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    polling: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def echo(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        self.bodies.append(await request.read())
        headers = {"X-Homeserver": "yes", "Content-Type": "application/json", "Keep-Alive": "timeout=5"}
        return web.Response(body=b'{"ok":true}', status=201, headers=headers)

    async def poll(self, _request: web.Request) -> web.StreamResponse:
        self.polling.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise
        return web.json_response({"next_batch": "s2"})

    async def trickle(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await self.go_on.wait()
        await response.write(b"second")
        return response


@asynccontextmanager
async def fake_homeserver() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    app = web.Application(client_max_size=10 * LIMIT)
    app.router.add_get("/_matrix/client/v3/sync", upstream.poll)
    app.router.add_get("/_matrix/trickle", upstream.trickle)
    app.router.add_route("*", "/{path:.*}", upstream.echo)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    upstream.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield upstream
    finally:
        upstream.go_on.set()
        await runner.cleanup()


@asynccontextmanager
async def front(upstream: str) -> AsyncIterator[str]:
    app = bare_app("proxy-test")
    requests.install(app)
    errors.install(app)
    proxy = MatrixProxy(upstream, LIMIT)
    app.blueprint(blueprint(proxy))
    await proxy.start()
    try:
        async with served(app) as url:
            yield url
    finally:
        await proxy.close()


@dataclass
class Pair:
    """The front's address, the homeserver behind it, and somebody's browser."""

    url: str
    upstream: Upstream
    http: aiohttp.ClientSession


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with (
        fake_homeserver() as upstream,
        front(upstream.url) as url,
        aiohttp.ClientSession(cookies={"unisono_session": "private"}) as http,
    ):
        yield Pair(url, upstream, http)


async def test_path_query_and_body_arrive_byte_for_byte(pair: Pair) -> None:
    target = "/_matrix/client/v3/rooms/%21a%2Fb%3Ax/send/m.room.message/t%201?user_id=%40_tel_%2B39%3Ax&a=b+c"
    async with pair.http.put(URL(pair.url + target, encoded=True), data=b"\x00body") as response:
        assert (response.status, await response.read()) == (201, b'{"ok":true}')
        assert response.headers["X-Homeserver"] == "yes"
        assert response.headers["Content-Type"] == "application/json"
    assert pair.upstream.seen[0].raw_path == target
    assert pair.upstream.bodies == [b"\x00body"]


async def test_what_belongs_to_one_hop_or_to_us_is_not_passed_on(pair: Pair) -> None:
    headers = {
        "Connection": "keep-alive, X-Private-Hop",
        "X-Private-Hop": "1",
        "X-Forwarded-For": "203.0.113.7",
        "Authorization": "Bearer token",
    }
    async with pair.http.get(f"{pair.url}/_matrix/client/versions", headers=headers) as response:
        assert "Keep-Alive" not in response.headers
        assert "Server" not in response.headers
    seen = pair.upstream.seen[0].headers
    assert seen["Authorization"] == "Bearer token"
    assert seen["X-Forwarded-For"] == "127.0.0.1"
    assert seen["Host"] == pair.url.removeprefix("http://")
    assert "X-Private-Hop" not in seen
    assert "Cookie" not in seen


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://x/_matrix/client/versions HTTP/1.1\r\nHost: x",
        b"GET /_matrix/client/versions HTTP/1.1\r\nHost: x\nX-Other: y",
        b"GET /_matrix/client/versions HTTP/1.1\r\nHost: x\r\nX-Other: a\x00b",
        b"GET /_matrix/client/versions HTTP/1.1\r\nHost: x\r\nX Other: y",
    ],
)
async def test_what_is_not_well_formed_is_refused_and_not_passed_on(pair: Pair, head: bytes) -> None:
    """L8: these were answered 500, with a traceback in the log."""
    assert (await _raw(pair, head)).startswith(b"HTTP/1.1 400 ")
    assert pair.upstream.seen == []


async def test_words_of_another_charset_do_not_break_the_way(pair: Pair) -> None:
    head = b"GET /_matrix/client/versions HTTP/1.1\r\nHost: x\r\nUser-Agent: caf\xe9\r\nX-Fine: caf\xc3\xa9"
    assert (await _raw(pair, head)).startswith(b"HTTP/1.1 201 ")
    seen = pair.upstream.seen[0].headers
    assert (seen["User-Agent"], seen["X-Fine"]) == ("caf\ufffd", "café")


async def _raw(pair: Pair, head: bytes) -> bytes:
    host, _, port = pair.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head + b"\r\nConnection: close\r\n\r\n")
    try:
        return await asyncio.wait_for(reader.readline(), PATIENCE)
    finally:
        writer.close()


async def test_the_request_id_goes_along(pair: Pair) -> None:
    headers = {"X-Request-Id": "an-id-of-mine"}
    async with pair.http.get(f"{pair.url}/_matrix/client/versions", headers=headers) as response:
        assert response.headers["X-Request-Id"] == "an-id-of-mine"
    assert pair.upstream.seen[0].headers["X-Request-Id"] == "an-id-of-mine"


async def test_a_client_that_leaves_ends_its_poll(pair: Pair) -> None:
    poll = asyncio.create_task(pair.http.get(f"{pair.url}/_matrix/client/v3/sync?timeout=30000"))
    await asyncio.wait_for(pair.upstream.polling.wait(), PATIENCE)
    poll.cancel()
    await asyncio.wait_for(pair.upstream.left.wait(), PATIENCE)


async def test_an_answer_streams_as_it_comes(pair: Pair) -> None:
    async with pair.http.get(f"{pair.url}/_matrix/trickle") as response:
        assert await response.content.readexactly(5) == b"first"
        pair.upstream.go_on.set()
        assert await response.content.read() == b"second"


async def test_an_upload_streams_in_pieces(pair: Pair) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield bytes(10_000)

    async with pair.http.post(f"{pair.url}/_matrix/media/v3/upload", data=pieces()) as response:
        assert response.status == 201
    assert pair.upstream.bodies == [bytes(100_000)]


@pytest.mark.parametrize("chunked", [False, True])
async def test_an_upload_over_the_limit_is_refused(pair: Pair, chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(LIMIT // 2)

    body = pieces() if chunked else bytes(LIMIT + 1)
    async with pair.http.post(f"{pair.url}/_matrix/media/v3/upload", data=body) as response:
        assert response.status == 413
    assert pair.upstream.bodies == []


async def test_head_and_no_content_have_no_body(pair: Pair) -> None:
    async with pair.http.head(f"{pair.url}/_matrix/media/x") as response:
        assert (response.status, await response.read()) == (201, b"")
    async with pair.http.get(f"{pair.url}/_matrix/after") as response:
        assert response.status == 201


async def test_only_client_paths_are_reachable(pair: Pair) -> None:
    for path in ("/_synapse/admin/v1/users", "/_matrix/../_synapse/admin", "/_matrix/%2e%2e/_synapse/admin"):
        async with pair.http.get(URL(pair.url + path, encoded=True)) as response:
            assert response.status == 404, path
    assert pair.upstream.seen == []


async def test_a_homeserver_that_is_away_is_a_502_in_its_own_words() -> None:
    async with (
        front("http://127.0.0.1:9") as url,
        aiohttp.ClientSession() as http,
        http.get(f"{url}/_matrix/client/versions") as response,
    ):
        assert response.status == 502
        assert (await response.json())["errcode"] == "M_UNKNOWN"
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_path_that_climbs_is_nowhere() -> None:
    for raw in (b"/_matrix/..", b"/_matrix/a/%2E%2e/b", b"/_matrix/./a"):
        with pytest.raises(NotFound):
            target_url("http://h", raw)
    assert str(target_url("http://h", b"/_matrix/a..b?x=/../")) == "http://h/_matrix/a..b?x=/../"
