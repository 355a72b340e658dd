"""The people-facing API and the bridge's internal API of a whole server, with a real Synapse behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from server.secrets import load_or_create
from tests.support.patience import PATIENCE
from tests.support.stack import Stack

BUSY = "org.matrix.msc3026.busy"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack.start(tmp_path_factory.mktemp("people"), demo=True, sip=False) as running:
        running.wait_ready()
        yield running


@dataclass
class Person:
    """A signed-in browser: a cookie for our API, a token for the homeserver's."""

    url: str
    http: aiohttp.ClientSession
    matrix: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"X-Unisono": "1"}
        async with self.http.request(method, self.url + path, json=body, headers=headers) as response:
            return response.status, await response.json() if response.status != 204 else None

    async def matrix_ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        token = self.matrix.get("access_token")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.url}/_matrix/client/v3{path}"
        async with self.http.request(method, url, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def sign_in(self, name: str, layout: str = "desktop") -> None:
        body = {"email": f"{name}@unisono.example", "password": f"{name}-demo", "layout": layout}
        status, answer = await self.ask("POST", "/api/v1/session", body)
        assert status == 200, answer
        self.matrix = answer["matrix"]

    async def members(self, room_id: str) -> set[str]:
        status, answer = await self.matrix_ask("GET", f"/rooms/{quote(room_id)}/joined_members")
        assert status == 200, answer
        return set(answer["joined"])

    async def presence(self) -> tuple[str, str | None]:
        _, answer = await self.matrix_ask("GET", f"/presence/{quote(self.matrix['user_id'])}/status")
        return answer["presence"], answer.get("status_msg")

    async def sync(self, since: str | None = None) -> str:
        path = "/sync?timeout=0&set_presence=online" + (f"&since={since}" if since else "")
        status, answer = await self.matrix_ask("GET", path)
        assert status == 200, answer
        token: str = answer["next_batch"]
        return token


@pytest.fixture
async def browsers(stack: Stack) -> AsyncIterator[list[Person]]:
    """Four browsers that know nothing of each other."""
    opened = [
        Person(stack.url, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))) for _ in range(4)
    ]
    yield opened
    for browser in opened:
        await browser.http.close()


async def internal(stack: Stack, method: str, path: str, body: Any) -> tuple[int, Any]:
    secret = load_or_create(stack.data / "secrets").internal_secret
    headers = {"Authorization": f"Bearer {secret}", "X-Call-Id": "01HCALLCALLCALLCALLCALLCALL"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.request(
            method, f"http://127.0.0.1:{stack.ports.internal}/internal/v1{path}", json=body
        ) as response,
    ):
        return response.status, await response.json() if response.status != 204 else None


async def test_a_session_is_a_matrix_device_that_ends_with_it(browsers: list[Person]) -> None:
    anna = browsers[0]
    await anna.sign_in("anna")
    status, who = await anna.matrix_ask("GET", "/account/whoami")
    assert status == 200
    assert who["user_id"] == "@anna:localhost"
    assert who["device_id"].startswith("UNISONO_")
    assert (await anna.ask("DELETE", "/api/v1/session"))[0] == 204
    status, refused = await anna.matrix_ask("GET", "/account/whoami")
    assert (status, refused["errcode"]) == (401, "M_UNKNOWN_TOKEN")


async def test_dialling_makes_rooms_that_both_are_in(browsers: list[Person]) -> None:
    anna, bruno = browsers[:2]
    await anna.sign_in("anna")
    await bruno.sign_in("bruno")
    _, colleague = await anna.ask("POST", "/api/v1/dial", {"number": "202"})
    assert (colleague["kind"], colleague["display"]) == ("person", "Bruno Bianchi")
    assert await anna.members(colleague["room_id"]) == {"@anna:localhost", "@bruno:localhost"}
    _, back = await bruno.ask("POST", "/api/v1/dial", {"number": "tel:201"})
    assert back["room_id"] == colleague["room_id"]
    _, outside = await anna.ask("POST", "/api/v1/dial", {"number": "06 9876-5432"})
    assert outside["kind"] == "external"
    ghost = "@_tel_+390698765432:localhost"
    assert await anna.members(outside["room_id"]) == {"@anna:localhost", ghost}
    _, profile = await anna.matrix_ask("GET", f"/profile/{quote(ghost)}")
    assert profile["displayname"] == "+39 06 9876 5432"
    _, direct = await anna.matrix_ask("GET", "/user/@anna:localhost/account_data/m.direct")
    assert direct[ghost] == [outside["room_id"]]
    assert direct["@bruno:localhost"] == [colleague["room_id"]]


async def test_a_stranger_learns_nobodys_name_and_no_number(stack: Stack, browsers: list[Person]) -> None:
    anna, stranger = browsers[:2]
    await anna.sign_in("anna")
    entry = {"phonebook": "company", "name": "Studio Segreto", "numbers": [{"number": "+390255501234"}]}
    await anna.ask("POST", "/api/v1/contacts", entry)
    _, dialled = await anna.ask("POST", "/api/v1/dial", {"number": "+390255501234"})
    ghost = "@_tel_+390255501234:localhost"
    assert await anna.members(dialled["room_id"]) == {"@anna:localhost", ghost}
    for who in ("@anna:localhost", ghost, "@nobody:localhost"):
        for path in (f"/profile/{quote(who)}", f"/profile/{quote(who)}/displayname"):
            status, refused = await stranger.matrix_ask("GET", path)
            assert (status, refused["errcode"]) == (401, "M_MISSING_TOKEN")
    # Whoever has talked with the number reads the number: what the company calls it is in its phonebook.
    _, profile = await anna.matrix_ask("GET", f"/profile/{quote(ghost)}")
    assert profile["displayname"] == "+39 02 5550 1234"
    # Who shares no room with it learns no more than a stranger does.
    await stranger.sign_in("bruno")
    status, refused = await stranger.matrix_ask("GET", f"/profile/{quote(ghost)}")
    assert (status, refused["errcode"]) == (403, "M_FORBIDDEN")


async def test_the_matrix_clients_of_a_callee_ring_while_one_is_online(
    stack: Stack, browsers: list[Person]
) -> None:
    anna = browsers[0]
    await anna.sign_in("anna")
    await anna.sync()
    inbound = {
        "call_id": "01HCALLCALLCALLCALLCALLCALL",
        "caller": {"user_id": None, "number": "0698765000", "name": "Somebody"},
        "dialled": "+390612345201",
        "via": "trunk:carrier",
        "registered": ["201"],
    }
    legs: list[dict[str, Any]] = []
    for _ in range(int(PATIENCE)):
        status, plan = await internal(stack, "POST", "/route", inbound)
        assert status == 200, plan
        (stage,) = plan["stages"]
        legs = stage["legs"]
        if len(legs) == 2:
            break  # clients of a homeserver that is too slow are left out of a call
    matrix, sip = legs
    assert sip == {"kind": "sip", "extension": "201"}
    assert (matrix["user_id"], matrix["as_user"]) == ("@anna:localhost", "@_tel_+390698765000:localhost")
    assert await anna.members(matrix["room_id"]) == {"@anna:localhost", "@_tel_+390698765000:localhost"}
    _, offline = await internal(stack, "POST", "/route", {**inbound, "dialled": "+390612345203"})
    assert (offline["outcome"], offline["cause"]) == ("refuse", "unreachable")


async def eventually(person: Person, wanted: tuple[str, str | None]) -> None:
    """Wait until the homeserver says so: the server sets presence after it has answered the bridge."""
    for _ in range(int(PATIENCE * 10)):
        found = await person.presence()
        if found == wanted:
            return
        await asyncio.sleep(0.1)
    assert found == wanted


async def test_presence_is_busy_during_a_call_and_then_what_it_was(
    stack: Stack, browsers: list[Person]
) -> None:
    anna, again = browsers[:2]
    await anna.sign_in("anna")
    await again.sign_in("anna", "phone")
    path = f"/presence/{quote(anna.matrix['user_id'])}/status"
    await anna.matrix_ask("PUT", path, {"presence": "online", "status_msg": "at work"})
    since = await anna.sync()
    await again.sync()
    before = await anna.presence()
    assert before == ("online", "at work")
    calling = {"users": {"@anna:localhost": {"calls": 1}}, "registered": []}
    assert (await internal(stack, "PUT", "/telephony-state", calling))[0] == 204
    await eventually(anna, (BUSY, "at work"))
    for browser in (anna, again):
        since = await browser.sync(since if browser is anna else None)
    assert await anna.presence() == (BUSY, "at work")
    _, people = await anna.ask("GET", "/api/v1/people")
    assert [p["name"] for p in people["people"] if p["on_the_phone"]] == ["Anna Rossi"]
    assert (await internal(stack, "PUT", "/telephony-state", {"users": {}, "registered": []}))[0] == 204
    await eventually(anna, before)
    for browser in (anna, again):
        await browser.sync()
    assert await anna.presence() == before


async def test_a_person_added_while_the_server_runs_signs_in_at_once(
    stack: Stack, browsers: list[Person]
) -> None:
    added = stack.cli(
        "people", "add", "--email", "dario@unisono.example", "--name", "Dario Neri",
        "--password", "dario-demo", "--extension", "204",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    anna, dario = browsers[:2]
    await anna.sign_in("anna")
    await dario.sign_in("dario")
    _, found = await anna.ask("GET", "/api/v1/search?q=neri")
    assert [result["person"]["extensions"] for result in found["results"]] == [["204"]]
    removed = stack.cli("people", "remove", "dario@unisono.example")
    assert removed.returncode == 0, removed.stderr
    assert (await dario.ask("GET", "/api/v1/session"))[0] == 401
    assert (await dario.matrix_ask("GET", "/account/whoami"))[0] == 401


async def test_no_log_holds_a_password_or_a_token(stack: Stack, browsers: list[Person]) -> None:
    anna = browsers[0]
    await anna.sign_in("anna")
    logged = stack.log("web")
    assert '"event": "signed_in"' in logged
    cookie = next(iter(anna.http.cookie_jar)).value
    for secret in ("anna-demo", anna.matrix["access_token"], cookie):
        assert secret not in logged
