"""What the server's own processes say has a listener of its own; people's port does not know of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from sanic import HTTPResponse, Request
from yarl import URL

from server.edge import errors
from server.edge.internal import InternalListener
from tests.support.ports import free_block
from tests.support.served import bare_app, served

WEBHOOK = "/internal/v1/sfu/webhook"


@dataclass
class Doors:
    """The address for people, and the one for the server's own processes."""

    public: str
    inside: str
    http: aiohttp.ClientSession

    async def ask(self, base: str, path: str) -> int:
        async with self.http.get(base + path) as response:
            return response.status


@pytest.fixture(params=[frozenset(), frozenset({WEBHOOK})], ids=["own", "livekit"])
async def doors(request: pytest.FixtureRequest) -> AsyncIterator[Doors]:
    async def answer(_request: Request) -> HTTPResponse:
        return HTTPResponse("")

    app = bare_app("doors")
    errors.install(app)
    for number, path in enumerate(("/internal/v1/route", WEBHOOK, "/api/v1/config", "/health/ready")):
        app.add_route(answer, path, name=f"route{number}")
    port = free_block(1)
    listener = InternalListener(app, ("127.0.0.1", port), open_to_all=request.param)
    async with served(app) as url, aiohttp.ClientSession() as http:
        await listener.start()
        yield Doors(url, f"http://127.0.0.1:{port}", http)
        await listener.stop()


async def test_nothing_internal_is_on_peoples_port_and_nothing_else_on_the_internal_one(doors: Doors) -> None:
    assert await doors.ask(doors.public, "/internal/v1/route") == 404
    assert await doors.ask(doors.inside, "/internal/v1/route") == 200
    assert await doors.ask(doors.inside, WEBHOOK) == 200
    assert await doors.ask(doors.public, "/api/v1/config") == 200
    assert await doors.ask(doors.inside, "/api/v1/config") == 404
    # The other processes ask there whether this one lives.
    assert (
        await doors.ask(doors.public, "/health/ready")
        == await doors.ask(doors.inside, "/health/ready")
        == 200
    )


@pytest.mark.parametrize(
    "path", ["//internal/v1/route", "/x/../internal/v1/route", "/%69nternal/v1/route", "/INTERNAL/v1/route"]
)
async def test_no_other_spelling_leads_inside(doors: Doors, path: str) -> None:
    async with doors.http.get(URL(doors.public + path, encoded=True)) as response:
        assert response.status == 404


@pytest.mark.parametrize("doors", [frozenset({WEBHOOK})], indirect=True)
async def test_the_webhook_of_a_livekit_server_may_come_from_anywhere(doors: Doors) -> None:
    assert await doors.ask(doors.public, WEBHOOK) == 200


@pytest.mark.parametrize("doors", [frozenset()], indirect=True)
async def test_that_of_our_own_comes_from_inside(doors: Doors) -> None:
    assert await doors.ask(doors.public, WEBHOOK) == 404
