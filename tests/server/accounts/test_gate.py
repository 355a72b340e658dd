"""Who may call a route follows from what stands beside it, whatever its handler forgets."""

from typing import Any, cast

import aiohttp
import pytest
from sanic import HTTPResponse, Request

from server.accounts import cookies
from server.accounts.gate import Gate
from server.accounts.proofs import Proofs
from server.accounts.service import Accounts, Session
from server.directory.service import Person
from server.edge import errors
from server.edge.operations import Operation, operation
from tests.support.served import bare_app, served

PEOPLE = {
    role: Person(role, f"@{role}:localhost", role, f"{role}@x.example", role)
    for role in ("member", "administrator")
}


class FakeAccounts:
    """Whoever brings the name of a role as a token has it."""

    asked = 0

    async def who(self, token: str) -> tuple[Person, Session] | None:
        self.asked += 1
        person = PEOPLE.get(token)
        return (person, Session("h", token, person.user_id, "desktop", "D", 0, 1)) if person else None

    async def ending(self, token: str) -> None:
        return None


def forgetful(described: Operation | None) -> Any:
    async def handler(_request: Request) -> HTTPResponse:
        return HTTPResponse(None, 204)

    return operation("x", access=described.access)(handler) if described else handler


ROUTES = {
    "public": Operation("x", access="public"),
    "person": Operation("x"),
    "administrator": Operation("x", access="administrator"),
    "undescribed": None,
}


@pytest.mark.parametrize(
    ("token", "statuses"),
    [
        (None, [204, 401, 401, 401]),
        ("made up", [204, 401, 401, 401]),
        ("member", [204, 204, 403, 204]),
        ("administrator", [204, 204, 204, 204]),
    ],
)
async def test_a_handler_that_never_asks_is_not_open(token: str | None, statuses: list[int]) -> None:
    accounts = FakeAccounts()
    app = bare_app("gate")
    errors.install(app)
    Gate(cast("Accounts", accounts), cast("Proofs", None), "http://localhost").install(app)
    for name, described in ROUTES.items():
        app.add_route(forgetful(described), f"/api/v1/{name}", name=name)
    found = []
    async with served(app) as url, aiohttp.ClientSession() as http:
        for name in ROUTES:
            headers = {"Cookie": f"{cookies.SESSION}={token}"} if token else {}
            async with http.get(f"{url}/api/v1/{name}", headers=headers) as answer:
                found.append(answer.status)
        async with http.get(f"{url}/api/v1/nothing") as answer:
            assert answer.status == 404
    assert found == statuses


async def test_who_it_is_is_asked_once_a_request() -> None:
    accounts = FakeAccounts()
    gate = Gate(cast("Accounts", accounts), cast("Proofs", None), "http://localhost")
    app = bare_app("once")
    errors.install(app)
    gate.install(app)

    @operation("x")
    async def handler(request: Request) -> HTTPResponse:
        assert (await gate.person(request)).role == "member"
        return HTTPResponse(None, 204)

    app.add_route(handler, "/api/v1/x", name="x")
    async with served(app) as url, aiohttp.ClientSession() as http:
        for _ in range(2):
            async with http.get(f"{url}/api/v1/x", headers={"Cookie": f"{cookies.SESSION}=member"}) as answer:
                assert answer.status == 204
    assert accounts.asked == 2
