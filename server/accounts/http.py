"""`/api/v1/session`: sign in, who am I, sign out. And the gate that every other feature asks."""

import math
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server import log
from server.accounts import rules
from server.accounts.service import Accounts, Layout, MatrixDevice, Session
from server.directory.service import Person
from server.edge import ApiError, client_address, read_body
from server.edge.errors import error_response
from server.edge.sanic_types import App
from server.homeserver.errors import HomeserverError

COOKIE = "unisono_session"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
#: Seconds after which a client may ask again when the homeserver was away.
_HOMESERVER_BACK = 2
_log = log.get(__name__)

ShowPerson = Callable[[Person], Any]


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    email: Annotated[str, msgspec.Meta(max_length=320)]
    password: Annotated[str, msgspec.Meta(max_length=1024)]
    layout: Layout = "desktop"


class Gate:
    """Says who a request comes from, by its cookie."""

    def __init__(self, accounts: Accounts, public_origin: str) -> None:
        self._accounts = accounts
        self._public_origin = public_origin

    async def person(self, request: Request) -> Person:
        """Raises `ApiError` 401 `not_signed_in`."""
        return (await self.session(request))[0]

    async def session(self, request: Request) -> tuple[Person, Session]:
        """Raises `ApiError` 401 `not_signed_in`."""
        token = request.cookies.get(COOKIE)
        found = await self._accounts.who(token) if token else None
        if found is None:
            raise ApiError(401, "not_signed_in", "sign in first")
        return found

    async def lives(self, session: Session) -> bool:
        """Whether a session that was found before has not ended since."""
        return await self._accounts.lives(session)

    def install(self, app: App) -> None:
        """Refuse what other sites' pages make a browser send (cross-site request forgery)."""
        app.register_middleware(self._refuse_foreign, "request")

    async def _refuse_foreign(self, request: Request) -> None:
        if request.method in _SAFE_METHODS or not request.path.startswith("/api/"):
            return
        ours = rules.from_our_pages(
            request.headers.get("x-unisono"),
            request.headers.get("origin"),
            request.headers.get("host", ""),
            self._public_origin,
        )
        if not ours:
            raise ApiError(403, "not_from_our_pages", "send the header X-Unisono: 1")


def blueprint(accounts: Accounts, gate: Gate, show: ShowPerson, *, secure: bool) -> Blueprint:
    """`show` gives a person the shape of the API; `secure` keeps the cookie to https."""
    routes = Blueprint("accounts", url_prefix="/api/v1")

    def set_cookie(response: HTTPResponse, token: str, seconds: int) -> None:
        response.add_cookie(
            COOKIE, token, path="/", httponly=True, samesite="Lax", secure=secure, max_age=seconds
        )

    async def sign_in(request: Request) -> HTTPResponse:
        wanted = read_body(request, SignIn)
        address = client_address(request)
        signed_in = await accounts.sign_in(
            wanted.email, wanted.password, wanted.layout, address, request.cookies.get(COOKIE)
        )
        _log.info("signed_in", user_id=signed_in.person.user_id, layout=wanted.layout, address=address)
        response = _json({"person": show(signed_in.person), "matrix": _matrix(signed_in.device)})
        set_cookie(response, signed_in.token, rules.SESSION_SECONDS)
        return response

    async def who_am_i(request: Request) -> HTTPResponse:
        return _json({"person": show(await gate.person(request))})

    async def sign_out(request: Request) -> HTTPResponse:
        token = request.cookies.get(COOKIE)
        if token:
            await accounts.sign_out(token)
        response = HTTPResponse(None, 204)
        set_cookie(response, "", 0)
        return response

    routes.add_route(sign_in, "/session", methods=["POST"])
    routes.add_route(who_am_i, "/session", methods=["GET"])
    routes.add_route(sign_out, "/session", methods=["DELETE"])
    routes.exception(rules.AccountError)(_refused)
    routes.exception(HomeserverError)(_homeserver_away)
    return routes


async def _refused(request: Request, error: rules.AccountError) -> HTTPResponse:
    message = str(error)
    if isinstance(error, rules.TooManyAttempts):
        _log.warning("sign_in_throttled", address=client_address(request))
        wait = {"Retry-After": str(math.ceil(error.retry_after))}
        return error_response(429, error.code, message, headers=wait)
    if isinstance(error, rules.BadCredentials):
        _log.warning("sign_in_failed", address=client_address(request))
        return error_response(401, error.code, message)
    return error_response(400, error.code, message, error.field)


async def _homeserver_away(_request: Request, error: HomeserverError) -> HTTPResponse:
    _log.error("homeserver_failed", why=str(error))
    return error_response(
        503,
        "homeserver_unavailable",
        "the chat server does not answer",
        headers={"Retry-After": str(_HOMESERVER_BACK)},
    )


def _matrix(device: MatrixDevice) -> dict[str, str]:
    return {
        "user_id": device.user_id,
        "device_id": device.device_id,
        "access_token": device.access_token,
        # Empty means this origin: the client reaches the homeserver where it was itself loaded from.
        "homeserver_url": "",
    }


def _json(body: object) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(body), content_type="application/json")
