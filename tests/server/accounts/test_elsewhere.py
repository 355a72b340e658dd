"""One active web session a person and layout."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.second_factor import SESSION, strict
from tests.support.web import PASSWORD, Answer, Browser, Web, running

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """A second browser is asked."""
    async with running(tmp_path, strict(second_factor="optional")) as web:
        yield web


async def sign_in_with(browser: Browser, email: str, agent: str) -> Answer:
    body = {"email": email, "password": PASSWORD, "layout": "desktop"}
    return await browser.ask("POST", SESSION, body, headers={"X-Unisono": "1", "User-Agent": agent})


async def test_the_second_browser_is_told_where_the_first_is_and_ends_it(web: Web) -> None:
    first, second, email = web.browser(), web.browser(), await web.enrol("Anna")
    began = web.clock.now
    await sign_in_with(first, email, FIREFOX)
    web.clock.now += 60_000
    asked = await second.sign_in(email)
    other = {"browser": "Firefox on Linux", "since": began, "layout": "desktop"}
    assert asked.body == {"step": "elsewhere", "other": other}
    assert (await second.get(f"{SESSION}/step")).body == asked.body
    assert (await first.get(SESSION)).status == 200
    assert (await second.get(SESSION)).status == 401
    async with first.http.get(web.base + "/api/v1/events") as stream:
        await stream.content.readuntil(b"\n\n")
        confirmed = await second.ask("POST", f"{SESSION}/confirm")
        assert "matrix" in confirmed.body
        rest = (await stream.content.read()).decode()
    assert 'event: signed-out\ndata: {"reason":"elsewhere","browser":"' in rest
    assert web.homeserver.open_devices["@anna:localhost"] == {confirmed.body["matrix"]["device_id"]}
    late = await first.get(SESSION)
    assert (late.status, late.code) == (401, "signed_in_elsewhere")
    assert (await second.ask("POST", f"{SESSION}/confirm")).code == "sign_in_over"


async def test_who_does_not_confirm_ends_nothing(web: Web) -> None:
    email = await web.enrol("Anna")
    first, second = web.browser(), web.browser()
    await first.sign_in(email)
    await second.sign_in(email)
    await second.ask("DELETE", f"{SESSION}/step")
    assert (await second.ask("POST", f"{SESSION}/confirm")).code == "sign_in_over"
    assert (await first.get(SESSION)).status == 200


async def test_the_same_browser_and_the_other_layout_are_not_asked(web: Web) -> None:
    browser = await web.signed_in("Anna")
    assert "matrix" in (await browser.sign_in("anna@unisono.example")).body
    assert "matrix" in (await web.browser().sign_in("anna@unisono.example", layout="phone")).body


async def test_a_confirmation_is_not_lost_while_the_homeserver_is_away(web: Web) -> None:
    await web.signed_in("Anna")
    second = web.browser()
    await second.sign_in("anna@unisono.example")
    web.homeserver.away = True
    assert (await second.ask("POST", f"{SESSION}/confirm")).status == 503
    web.homeserver.away = False
    assert "matrix" in (await second.ask("POST", f"{SESSION}/confirm")).body
