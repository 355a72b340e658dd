"""Who may call a route follows from what stands beside it; its handler is given who that is."""

from typing import Any, cast

import aiohttp
import pytest
from sanic import Blueprint, HTTPResponse, Request

from server.accounts import cookies
from server.accounts.account import OWN_SESSION, Me
from server.accounts.proofs import Proofs
from server.accounts.service import Accounts, Session
from server.accounts.session_auth import SessionAuth
from server.directory.access import ADMINISTRATOR, PERSON, Administrator
from server.directory.service import Person
from server.edge import errors
from server.edge.operations import PUBLIC, Access, register
from server.edge.sanic_types import App
from tests.support.served import bare_app, served

PEOPLE = {
    role: Person(role, f"@{role}:x", role, f"{role}@x.example", role) for role in ("member", "administrator")
}
UNKNOWN: Access[str] = Access("guest")


class FakeAccounts:
    """Whoever brings the name of a role as a token has it."""

    asked = 0

    async def who(self, token: str) -> tuple[Person, Session] | None:
        self.asked += 1
        person = PEOPLE.get(token)
        return (person, Session("h", token, person.user_id, "desktop", "D", 0, 1)) if person else None

    async def ending(self, token: str) -> None:
        return None


class FakeProofs:
    def fresh(self, _session: Session) -> bool:
        return False


@PUBLIC.operation("x")
async def public(_request: Request) -> HTTPResponse:
    return HTTPResponse("nobody")


@PERSON.operation("x")
async def person(me: Person, _request: Request) -> HTTPResponse:
    return HTTPResponse(me.user_id)


@OWN_SESSION.operation("x")
async def session(me: Me, _request: Request) -> HTTPResponse:
    return HTTPResponse(f"{me.person.user_id} {me.session.device_id}")


@ADMINISTRATOR.operation("x")
async def administrator(admin: Administrator, _request: Request) -> HTTPResponse:
    return HTTPResponse(admin.name)


@ADMINISTRATOR.operation("x")
async def proved(admin: Administrator, _request: Request) -> HTTPResponse:
    admin.must_be_proved()
    return HTTPResponse(admin.name)


@UNKNOWN.operation("x")
async def unknown(me: str, _request: Request) -> HTTPResponse:
    return HTTPResponse(me)


async def undescribed(_request: Request) -> HTTPResponse:
    return HTTPResponse("open to all")


HANDLERS = (public, person, session, administrator, proved, unknown)


def app_of(name: str, accounts: FakeAccounts) -> App:
    app = bare_app(name)
    errors.install(app)
    SessionAuth(cast("Accounts", accounts), cast("Proofs", FakeProofs()), "http://localhost").install(app)
    routes = Blueprint("x", url_prefix="/api/v1")
    for handler in HANDLERS:
        register(routes, handler, f"/{handler.__name__}", "GET")
    app.blueprint(routes)
    # Around `register`: such a route is nobody's.
    app.add_route(undescribed, "/api/v1/undescribed")
    return app


@pytest.mark.parametrize(
    ("token", "answers"),
    [
        (None, ["nobody", 401, 401, 401, 401, 500, 403]),
        ("made up", ["nobody", 401, 401, 401, 401, 500, 403]),
        ("member", ["nobody", "@member:x", "@member:x D", 403, 403, 500, 403]),
        (
            "administrator",
            ["nobody", "@administrator:x", "@administrator:x D", "@administrator:x", 403, 500, 403],
        ),
    ],
)
async def test_a_handler_is_given_who_asks_or_does_not_run(token: str | None, answers: list[Any]) -> None:
    found: list[Any] = []
    async with served(app_of("auth", FakeAccounts())) as url, aiohttp.ClientSession() as http:
        for name in (*(handler.__name__ for handler in HANDLERS), "undescribed"):
            headers = {"Cookie": f"{cookies.SESSION}={token}"} if token else {}
            async with http.get(f"{url}/api/v1/{name}", headers=headers) as answer:
                found.append(await answer.text() if answer.status == 200 else answer.status)
        async with http.get(f"{url}/api/v1/nothing") as answer:
            assert answer.status == 404
    assert found == answers


async def test_who_it_is_is_asked_once_a_request() -> None:
    accounts = FakeAccounts()
    async with served(app_of("once", accounts)) as url, aiohttp.ClientSession() as http:
        for _ in range(2):
            cookie = {"Cookie": f"{cookies.SESSION}=member"}
            async with http.get(f"{url}/api/v1/session", headers=cookie) as answer:
                assert answer.status == 200
    assert accounts.asked == 2
