"""What Authlib judges of a request: client, redirect URI, scope, PKCE, code. No I/O.

The client is looked up before and given in, since Authlib waits for nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    AuthorizationServer,
    ClientMixin,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from server.accounts.oauth import rules
from server.accounts.oauth.rules import OAuthClient, Scope
from server.accounts.oidc.requests import Answer, FormRequest
from server.accounts.oidc.shelf import Shelf

_STATE_MAX = 2048
Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An authorization that a client asks for, good so far as the client can make it."""

    client: OAuthClient
    redirect_uri: str
    scope: Scope
    state: str
    in_fragment: bool
    code_challenge: str

    def location(self, **answer: str) -> str:
        """Where the browser takes this answer (RFC 6749, Section 4.1.2; response_mode query or fragment)."""
        given = [*answer.items(), *([("state", self.state)] if self.state else [])]
        return str(add_params_to_uri(self.redirect_uri, given, self.in_fragment))


@dataclass(frozen=True)
class IssuedCode(AuthorizationCodeMixin):  # type: ignore[misc]
    """A code on its way from the browser to the client. `grant_id` is of what it becomes."""

    person_id: str
    address: str
    grant_id: str
    wanted: Wanted

    def get_redirect_uri(self) -> str:
        return self.wanted.redirect_uri

    def get_scope(self) -> str:
        return self.wanted.scope.text

    @property
    def code_challenge(self) -> str:
        return self.wanted.code_challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"


def judge_authorization(query: Values, client: OAuthClient | None) -> Wanted | Answer:
    """A refusal goes back (302) only when client and redirect URI are known; else it is 400."""
    server, request = _Server(client), FormRequest("GET", query, {})
    in_fragment = query.get("response_mode", ["query"])[0] == "fragment"
    try:
        request.check_repeated()
        grant = server.get_consent_grant(request)
    except OAuth2Error as error:
        error.redirect_fragment = in_fragment
        answer: Answer = server.handle_error_response(request, error)
        return answer
    data = request.payload.data
    return Wanted(
        grant.request.client.client,
        grant.redirect_uri,
        grant.request.scope,
        data.get("state", ""),
        in_fragment,
        data["code_challenge"],
    )


def judge_code(form: Values, client: OAuthClient | None, codes: Shelf[IssuedCode]) -> IssuedCode:
    """The code that is exchanged, which is spent, whether it was right or not. Raises `OAuth2Error`."""
    request = FormRequest("POST", form, {})
    grant = _CodeGrant(request, _Server(client, codes))
    _Pkce(required=True)(grant)
    grant.validate_token_request()
    code: IssuedCode = request.authorization_code
    return code


@dataclass(frozen=True)
class _Client(ClientMixin):  # type: ignore[misc]
    client: OAuthClient

    def get_client_id(self) -> str:
        return self.client.client_id

    def get_default_redirect_uri(self) -> None:
        """None: it must be named."""

    def get_allowed_scope(self, scope: str) -> Scope | None:
        return rules.granted(scope or "")

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return rules.is_redirect_of(self.client, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in rules.GRANT_TYPES


class _Server(AuthorizationServer):  # type: ignore[misc]
    """For one request: it knows the one client that the request names, if that exists."""

    def __init__(self, client: OAuthClient | None, codes: Shelf[IssuedCode] | None = None) -> None:
        super().__init__()
        self._known = client
        self.codes = codes
        self.register_grant(_CodeGrant, [_Pkce(required=True)])

    def query_client(self, client_id: str) -> _Client | None:
        known = self._known
        return _Client(known) if known is not None and known.client_id == client_id else None

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        return Answer(status, body, dict(headers))

    def send_signal(self, *_: Any, **__: Any) -> None:
        """Nobody listens."""


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def query_authorization_code(self, code: str, client: _Client) -> IssuedCode | None:
        """It is taken off the shelf: a code that was shown once, even with a wrong verifier, is spent."""
        found: IssuedCode | None = self.server.codes.take(code)
        return found if found is not None and found.wanted.client == client.client else None


class _Pkce(CodeChallenge):  # type: ignore[misc]
    """Required of everybody, and only with a hash; with what else the specification asks of a request."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        request: OAuth2Request = grant.request
        data = request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required", redirect_uri=redirect_uri)
        if data.get("response_mode", "query") not in {"query", "fragment"}:
            raise InvalidRequestError("response_mode is query or fragment", redirect_uri=redirect_uri)
        if len(data.get("state", "")) > _STATE_MAX:
            raise InvalidRequestError("state is too long", redirect_uri=redirect_uri)
        super().validate_code_challenge(grant, redirect_uri)
