"""The client of the web's internal API: what is asked, and what an answer in trouble means."""

from collections.abc import AsyncIterator

import pytest

from bridges.sip.routing import client as client_module
from bridges.sip.routing.client import WebClient, WebRefused, WebUnavailable
from tests.bridges.sip.surroundings import SECRET, Surroundings
from wire.route import RouteRequest


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with Surroundings() as surroundings:
        yield surroundings


@pytest.fixture
async def web(around: Surroundings) -> AsyncIterator[WebClient]:
    client = WebClient(around.url, SECRET)
    yield client
    await client.close()


async def test_a_route_is_asked_with_the_calls_id(around: Surroundings, web: WebClient) -> None:
    plan = await web.route(RouteRequest(call_id="CALL", dialled="202", via="sip"))
    assert (plan.outcome, plan.cause) == ("refuse", "not_found")
    assert around.requests[-1].headers["X-Call-Id"] == "CALL"


async def test_what_changed_in_matrix_goes_with_each_route_until_one_is_answered(
    around: Surroundings, web: WebClient
) -> None:
    async def told() -> object:
        await web.route(RouteRequest(call_id="CALL", dialled="202", via="sip"))
        return around.routes[-1]["changed"]

    around.away = True
    with pytest.raises(WebUnavailable):
        await told()
    around.away = False
    assert await told() == {"everything": True}
    web.changes.user("@anna:localhost")
    around.away = True
    with pytest.raises(WebUnavailable):
        await told()
    around.away = False
    assert await told() == {"users": ["@anna:localhost"]}
    assert await told() == {}


async def test_an_answer_that_is_no_plan_is_trouble_of_the_web(around: Surroundings, web: WebClient) -> None:
    around.plan = {"outcome": "sing"}
    with pytest.raises(WebUnavailable, match="no plan"):
        await web.route(RouteRequest(call_id="CALL", dialled="202", via="sip"))


async def test_a_web_that_is_away_is_told_from_one_that_refuses(around: Surroundings, web: WebClient) -> None:
    around.away = True
    with pytest.raises(WebUnavailable, match="502"):
        await web.post_records(["{}"])
    assert await web.probe() == "HTTP 502"
    around.away = False
    assert await web.probe() is None
    with pytest.raises(WebRefused, match="400 invalid_field"):
        await web.post_records(['{"revision": null}'])


async def test_nobody_listening_is_unavailable() -> None:
    web = WebClient("http://127.0.0.1:9", SECRET)
    with pytest.raises(WebUnavailable):
        await web.account("201")
    assert web.trouble
    await web.close()


async def test_accounts_are_asked_for_once_in_a_while(around: Surroundings, web: WebClient) -> None:
    first = await web.account("201")
    assert first is not None
    assert (first.username, first.user_id) == ("201", "@anna:localhost")
    assert await web.account("201") is first
    assert await web.account("999") is None
    assert len(around.requests) == 2


async def test_a_known_account_serves_while_the_web_is_away(
    around: Surroundings, web: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await web.account("201")
    monkeypatch.setattr(client_module, "FRESH", 0.0)
    around.away = True
    assert await web.account("201") is known
    with pytest.raises(WebUnavailable):
        await web.account("202")
    monkeypatch.setattr(client_module, "STALE", 0.0)
    with pytest.raises(WebUnavailable):
        await web.account("201")
