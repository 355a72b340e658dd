"""`/oidc`: the OpenID provider of the homeserver (OpenID Connect Core, Discovery, Back-Channel Logout).

For the homeserver: `GET /oidc/.well-known/openid-configuration`, `GET /oidc/jwks`, `POST /oidc/token`,
`GET|POST /oidc/userinfo`.

For browsers: `GET /oidc/authorize` sets the cookie `unisono_oidc` and leads to `/#/sign-in?oidc=<id>`. The
page signs the person in with `POST /api/v1/session` {…, oidc: id}, through all steps, or, where a session
lives already and the person agrees, with

- `POST /api/v1/oidc/continue` {oidc} -> {redirect: URL}; 401 `not_signed_in`, 400 `oidc_request_unknown`.

and goes to the address it is given. That address is always the homeserver's, checked before anything else.
"""

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.accounts import cookies
from server.accounts.answers import GoOn
from server.accounts.cookies import CookieJar
from server.accounts.http import browser_of
from server.accounts.oidc.provider import OidcRequestGone, Provider, user_info
from server.accounts.oidc.requests import Answer
from server.accounts.oidc.service import OtherClients
from server.accounts.service import Client
from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import client_address, json_answer, read_body
from server.edge.operations import register

#: Seconds; as long as a request waits.
_COOKIE = 15 * 60


class Continue(msgspec.Struct, forbid_unknown_fields=True):
    oidc: str


class OidcApi:
    """The handlers. `origin` is the configured public address."""

    def __init__(self, provider: Provider, clients: OtherClients, jar: CookieJar, origin: str) -> None:
        self._provider = provider
        self._clients = clients
        self._jar = jar
        self._origin = origin

    def blueprint(self) -> Blueprint:
        routes = Blueprint("oidc")
        routes.add_route(self.metadata, "/oidc/.well-known/openid-configuration", methods=["GET"])
        routes.add_route(self.jwks, "/oidc/jwks", methods=["GET"])
        routes.add_route(self.authorize, "/oidc/authorize", methods=["GET"])
        routes.add_route(self.token, "/oidc/token", methods=["POST"])
        routes.add_route(self.userinfo, "/oidc/userinfo", methods=["GET", "POST"])
        register(routes, self.go_on, "/api/v1/oidc/continue", "POST", name="oidc_continue")
        return routes

    async def metadata(self, _request: Request) -> HTTPResponse:
        return json_answer(self._provider.metadata())

    async def jwks(self, _request: Request) -> HTTPResponse:
        return json_answer(self._provider.key.jwks())

    async def authorize(self, request: Request) -> HTTPResponse:
        query = {name: list(values) for name, values in request.args.items()}
        begun = self._provider.begin(query, client_address(request))
        if isinstance(begun, Answer):
            return oauth_answer(begun)
        location = f"{self._origin}/#/sign-in?oidc={begun}"
        response = HTTPResponse(None, 303, headers={"Location": location, "Cache-Control": "no-store"})
        self._jar.put(response, cookies.OIDC, begun, _COOKIE)
        return response

    async def token(self, request: Request) -> HTTPResponse:
        form = {name: list(values) for name, values in (request.form or {}).items()}
        return oauth_answer(self._provider.token(form, request.headers.get("authorization")))

    async def userinfo(self, request: Request) -> HTTPResponse:
        """RFC 6750, Section 2.1 and 3."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        subject = self._provider.subject_of(token) if scheme.lower() == "bearer" else None
        if subject is None:
            body = {"error": "invalid_token"}
            return oauth_answer(Answer(401, body, {"WWW-Authenticate": 'Bearer error="invalid_token"'}))
        return json_answer(user_info(subject))

    @PERSON.operation(
        "Go on to another Matrix client with the session that is here",
        body=Continue,
        answer=GoOn,
        refusals={400: ("oidc_request_unknown",)},
    )
    async def go_on(self, person: Person, request: Request) -> HTTPResponse:
        wanted = read_body(request, Continue).oidc
        if wanted != request.cookies.get(cookies.OIDC):
            raise OidcRequestGone
        client = Client("desktop", client_address(request), browser_of(request))
        response = json_answer({"redirect": await self._clients.complete(wanted, person, client)})
        self._jar.put(response, cookies.OIDC, "", 0)
        return response


def oauth_answer(answer: Answer) -> HTTPResponse:
    headers = {**answer.headers, "Cache-Control": "no-store"}
    content_type = headers.pop("Content-Type", "application/json")
    body = msgspec.json.encode(answer.body) if isinstance(answer.body, dict) else answer.body
    return HTTPResponse(body or None, answer.status, headers=headers, content_type=content_type)
