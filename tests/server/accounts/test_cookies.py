"""What keeps a session to its host when people come by https (L14)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.web import PASSWORD, Web, demo_config, running

SESSION = "/api/v1/session"


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[Web]:
    config = demo_config()
    web = replace(config.web, public_url="https://phone.example.org")
    async with running(tmp_path, replace(config, web=web)) as found:
        yield found


async def test_a_session_is_a_cookie_that_no_subdomain_can_set(secure: Web) -> None:
    email = await secure.enrol("Anna")
    body = {"email": email, "password": PASSWORD, "layout": "desktop"}
    browser = secure.browser()
    async with browser.http.post(secure.base + SESSION, json=body, headers={"X-Unisono": "1"}) as answer:
        assert answer.status == 200
        cookies = answer.headers.getall("Set-Cookie")
    [session] = [cookie for cookie in cookies if "unisono_session=" in cookie]
    name, _, rest = session.partition("=")
    token, *attributes = rest.split("; ")
    assert name == "__Host-unisono_session"
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
    assert not [attribute for attribute in attributes if attribute.startswith("Domain")]
    assert all(cookie.startswith("__Host-") for cookie in cookies)
    for planted, status in (
        (f"__Host-unisono_session={token}", 200),
        (f"unisono_session={token}", 401),
        (f"__Secure-unisono_session={token}", 401),
    ):
        found = await secure.browser().ask("GET", "/api/v1/account", headers={"Cookie": planted})
        assert found.status == status, planted
