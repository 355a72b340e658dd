"""Cross-signing keys in place of others: the homeserver knows no passwords, so they are asked for here.

- `POST /_matrix/client/v3/keys/device_signing/upload`, as any Matrix client sends it (Matrix spec,
  "Cross-signing", "User-Interactive Authentication API"): the first keys of a person, and the same once more,
  are the homeserver's to take. Others are taken once the password is given: 401 with the one stage
  `m.login.password` until then, with `M_FORBIDDEN` for a wrong one; 429 `M_LIMIT_EXCEEDED`, 400 `M_NOT_JSON`.
"""

from typing import Any, Literal, Protocol

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.accounts.rules import BadCredentials, TooBusy, TooManyAttempts
from server.audit.service import Audit
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.edge import client_address
from server.homeserver.errors import HomeserverUnreachable, MatrixRefusal
from server.homeserver.proxy import unreachable

PATH = "/_matrix/client/v3/keys/device_signing/upload"
#: Bytes; three keys with their signatures are under 4,000.
BODY_MAX = 65_536
_STAGE = "m.login.password"
#: As the homeserver answers pages of other origins.
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "X-Requested-With, Content-Type, Authorization, Date",
}


class Homeserver(Protocol):
    """What is used of `HomeserverClient`."""

    async def whose(self, access_token: str) -> tuple[str, str] | None: ...

    async def upload_signing_keys(self, access_token: str, keys: dict[str, Any]) -> None: ...

    async def replace_signing_keys(self, user_id: str, keys: dict[str, Any]) -> None: ...


class Passwords(Protocol):
    """What is used of `Accounts`."""

    async def prove(self, person: Person, password: str) -> None: ...


class KeyNotice(Protocol):
    """What is used of `Notices`."""

    async def tell(self, person: Person, what: Literal["signing_keys"]) -> None: ...


class SigningKeys:
    """The handler."""

    def __init__(
        self,
        homeserver: Homeserver,
        passwords: Passwords,
        people: PersonByUserId,
        notices: KeyNotice,
        audit: Audit,
    ) -> None:
        self._homeserver, self._passwords, self._people = homeserver, passwords, people
        self._notices, self._audit = notices, audit

    def blueprint(self) -> Blueprint:
        routes = Blueprint("signing_keys")
        routes.add_route(self.upload, PATH, methods=["POST", "OPTIONS"])
        return routes

    async def upload(self, request: Request) -> HTTPResponse:
        if request.method == "OPTIONS":
            return HTTPResponse(None, 204, headers=_CORS)
        token = _bearer(request)
        keys = _keys(request.body)
        if token is None:
            return _refused(401, "M_MISSING_TOKEN", "Missing access token")
        if keys is None:
            return _refused(400, "M_NOT_JSON", "The keys are a JSON object")
        try:
            return await self._upload(request, token, keys)
        except HomeserverUnreachable:
            return unreachable()
        except MatrixRefusal as refusal:
            return _refused(refusal.status, refusal.errcode, str(refusal))

    async def _upload(self, request: Request, token: str, body: dict[str, Any]) -> HTTPResponse:
        auth = body.get("auth")
        keys = {name: value for name, value in body.items() if name != "auth"}
        try:
            await self._homeserver.upload_signing_keys(token, keys)
        except MatrixRefusal as refusal:
            # The one refusal without a code of its own asks who it is.
            if refusal.status != 401 or refusal.errcode != "M_UNKNOWN":
                raise
        else:
            return _answer({}, 200)
        return await self._replace(request, token, keys, auth)

    async def _replace(self, request: Request, token: str, keys: dict[str, Any], auth: Any) -> HTTPResponse:
        """Raises what the homeserver says."""
        if not isinstance(auth, dict) or auth.get("type") != _STAGE:
            return _ask()
        known = await self._homeserver.whose(token)
        person = await self._people.by_user_id(known[0]) if known else None
        if known is None or person is None:
            return _refused(401, "M_UNKNOWN_TOKEN", "Unknown access token")
        try:
            await self._passwords.prove(person, str(auth.get("password", "")))
        except TooManyAttempts as error:
            return _wait(error.wait)
        except TooBusy as error:
            return _wait(error.retry_after)
        except BadCredentials:
            await self._record(request, person, "password.wrong")
            return _ask(_error("M_FORBIDDEN", "Invalid password"))
        await self._homeserver.replace_signing_keys(person.user_id, keys)
        await self._record(request, person, "signing_keys.replaced")
        await self._notices.tell(person, "signing_keys")
        return _answer({}, 200)

    async def _record(self, request: Request, person: Person, action: str) -> None:
        user_id, address = person.user_id, client_address(request)
        await self._audit.record(action, actor=user_id, subject=user_id, address=address)


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _keys(body: bytes) -> dict[str, Any] | None:
    if len(body) > BODY_MAX:
        return None
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _ask(error: dict[str, Any] | None = None) -> HTTPResponse:
    """Nothing is kept between two requests: the session is a name that clients give back."""
    flows = {"flows": [{"stages": [_STAGE]}], "params": {}, "session": "password"}
    return _answer(flows | (error or {}), 401)


def _wait(seconds: float) -> HTTPResponse:
    wait = {"retry_after_ms": int(seconds * 1_000)}
    return _answer(_error("M_LIMIT_EXCEEDED", "Too many attempts") | wait, 429)


def _error(errcode: str, words: str) -> dict[str, Any]:
    return {"errcode": errcode, "error": words}


def _refused(status: int, errcode: str, words: str) -> HTTPResponse:
    return _answer(_error(errcode, words), status)


def _answer(body: dict[str, Any], status: int) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(body), status, headers=_CORS, content_type="application/json")
