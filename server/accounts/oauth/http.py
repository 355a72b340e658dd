"""The OAuth 2.0 API of the Matrix specification (v1.15), at our own origin; the homeserver knows none of it.

- `GET /_matrix/client/v1/auth_metadata`, and where it was before (MSC2965): what there is (RFC 8414).
- `POST /oauth/register`: a client of whatever maker (RFC 7591); 201, 400, 429.
- `GET /oauth/authorize`: sets the cookie `unisono_oidc` and leads to `/#/sign-in?oidc=<id>`, whose last step
  asks for consent (`POST /api/v1/session/consent`); what is wrong beyond the client's reach, to
  `/#/sign-in?refused=<error>`.
- `POST /oauth/token`: codes and refresh tokens become tokens; 200, 400 (RFC 6749, Section 5.2), 503.
- `POST /oauth/revoke` (RFC 7009): 200, 503.
- `GET /oauth/account?action=`: the page of ours where people look after their account (MSC4191).

Clients may be pages of other origins, so that all but the pages' addresses answer with CORS. Codes and tokens
have 256 bits and more, so that nobody guesses them; registrations are counted.
"""

import math
from collections.abc import Callable, Coroutine
from typing import Any, Literal

import msgspec
from authlib.oauth2.rfc6749 import OAuth2Error
from sanic import Blueprint, HTTPResponse, Request

from logs import log
from logs.plain import Log
from server.accounts import cookies
from server.accounts.cookies import CookieJar
from server.accounts.oauth import rules
from server.accounts.oauth.clients import Clients
from server.accounts.oauth.rules import OAuthClient
from server.accounts.oauth.service import Authorizations
from server.accounts.oidc.requests import Answer
from server.accounts.rules import TooManyAttempts
from server.edge import client_address
from server.homeserver.errors import HomeserverError

_log = log.get(__name__)
#: For what anybody can bring about.
_strangers = Log(__name__)
#: Seconds; as long as a request waits.
_COOKIE = 15 * 60
#: Bytes of a registration.
_METADATA_MAX = 16_384
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept",
}
_METADATA = ("/_matrix/client/v1/auth_metadata", "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata")
Handler = Callable[[Request], Coroutine[Any, Any, HTTPResponse]]


class OAuthApi:
    """The handlers. `origin` is the configured public address."""

    def __init__(self, clients: Clients, oauth: Authorizations, jar: CookieJar, origin: str) -> None:
        self._clients = clients
        self._oauth = oauth
        self._jar = jar
        self._origin = origin

    def blueprint(self) -> Blueprint:
        routes = Blueprint("oauth")
        for number, path in enumerate(_METADATA):
            _open(routes, self.metadata, path, "GET", f"metadata_{number}")
        _open(routes, self.register, "/oauth/register", "POST", "register")
        _open(routes, self.token, "/oauth/token", "POST", "token")
        _open(routes, self.revoke, "/oauth/revoke", "POST", "revoke")
        routes.add_route(self.authorize, "/oauth/authorize", methods=["GET"])
        routes.add_route(self.account, "/oauth/account", methods=["GET"])
        return routes

    async def metadata(self, _request: Request) -> HTTPResponse:
        issuer = f"{self._origin}/oauth"
        found = {
            "issuer": f"{self._origin}/",
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "revocation_endpoint": f"{issuer}/revoke",
            "registration_endpoint": f"{issuer}/register",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment"],
            "grant_types_supported": list(rules.GRANT_TYPES),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "account_management_uri": f"{issuer}/account",
            "account_management_actions_supported": list(rules.ACTIONS),
        }
        return HTTPResponse(msgspec.json.encode(found), content_type="application/json")

    async def register(self, request: Request) -> HTTPResponse:
        try:
            metadata = _metadata_of(request)
            client = await self._clients.register(metadata, client_address(request))
        except rules.MetadataRefused as refused:
            return _json({"error": refused.error, "error_description": str(refused)}, 400)
        except TooManyAttempts as error:
            return _too_many(error, request)
        _log.info("oauth_client_registered", client=client.name, host=client.host)
        return _json(_registered(client), 201)

    async def authorize(self, request: Request) -> HTTPResponse:
        query = {name: list(values) for name, values in request.args.items()}
        begun = await self._oauth.begin(query, client_address(request))
        if isinstance(begun, Answer) and begun.status == 302:
            return _redirect(begun.headers["Location"])
        if isinstance(begun, Answer):
            # Nobody to send it back to: the person is told (RFC 6749, Section 4.1.2.1).
            return _redirect(f"{self._origin}/#/sign-in?refused={begun.body['error']}")
        response = _redirect(f"{self._origin}/#/sign-in?oidc={begun}")
        self._jar.put(response, cookies.OIDC, begun, _COOKIE)
        return response

    async def token(self, request: Request) -> HTTPResponse:
        try:
            return _json(await self._oauth.token(_form(request)))
        except OAuth2Error as error:
            return _refused(error)
        except HomeserverError as error:
            return _later(error)

    async def revoke(self, request: Request) -> HTTPResponse:
        try:
            done = await self._oauth.revoke(_form(request))
        except OAuth2Error as error:
            return _refused(error)
        except HomeserverError as error:
            return _later(error)
        return _json({}) if done else _later(None)

    async def account(self, request: Request) -> HTTPResponse:
        page = rules.account_page(request.args.get("action", ""))
        return _redirect(f"{self._origin}/#/settings/{page}")


def _open(routes: Blueprint, handler: Handler, path: str, method: Literal["GET", "POST"], name: str) -> None:
    """A route that pages of every origin may ask."""

    async def answer(request: Request) -> HTTPResponse:
        if request.method == "OPTIONS":
            response = HTTPResponse(None, 204)
        else:
            response = await handler(request)
        response.headers.update(_CORS)
        return response

    routes.add_route(answer, path, methods=[method, "OPTIONS"], name=name)


def _metadata_of(request: Request) -> dict[str, Any]:
    """Raises `rules.MetadataRefused`."""
    if len(request.body) > _METADATA_MAX:
        raise rules.MetadataRefused("invalid_client_metadata", "the metadata is too long")
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise rules.MetadataRefused("invalid_client_metadata", "the metadata is a JSON object") from error


def _registered(client: OAuthClient) -> dict[str, Any]:
    """What is in force (RFC 7591, Section 3.2.1), whatever else was asked for."""
    return {
        "client_id": client.client_id,
        "client_name": client.name,
        "client_uri": client.uri,
        "application_type": client.application_type,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(rules.GRANT_TYPES),
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }


def _form(request: Request) -> dict[str, list[str]]:
    return {name: list(values) for name, values in (request.form or {}).items()}


def _json(body: dict[str, Any], status: int = 200) -> HTTPResponse:
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return HTTPResponse(msgspec.json.encode(body), status, headers=headers, content_type="application/json")


def _redirect(location: str) -> HTTPResponse:
    return HTTPResponse(None, 303, headers={"Location": location, "Cache-Control": "no-store"})


def _refused(error: OAuth2Error) -> HTTPResponse:
    """RFC 6749, Section 5.2."""
    status, body, _ = error()
    _strangers.seldom("oauth_refused", error.error or "", error=error.error, why=error.description)
    return _json(dict(body), status)


def _later(error: HomeserverError | None) -> HTTPResponse:
    """Not the client's fault: what it holds is as good as before (RFC 7009, Section 2.2.1)."""
    _log.warning("oauth_homeserver_away", why=str(error or "the device is not deleted"))
    body = {"error": "temporarily_unavailable", "error_description": "the chat server does not answer"}
    response = _json(body, 503)
    response.headers["Retry-After"] = "2"
    return response


def _too_many(error: TooManyAttempts, request: Request) -> HTTPResponse:
    """In Matrix's words: OAuth has none for it."""
    _strangers.seldom("oauth_registration_throttled", address=client_address(request))
    wait = math.ceil(error.retry_after)
    body = {"errcode": "M_LIMIT_EXCEEDED", "error": "too many registrations", "retry_after_ms": wait * 1000}
    response = _json(body, 429)
    response.headers["Retry-After"] = str(wait)
    return response
