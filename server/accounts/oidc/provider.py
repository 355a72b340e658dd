"""The OpenID provider of the homeserver: authorisation code flow with PKCE, on Authlib.

Authlib judges what the client sends (client authentication, redirect URI, code, verifier, nonce); here is
what it asks for. Requests, codes and access tokens live for minutes and in memory: after a restart a sign-in
that was under way begins again. One client exists: Synapse.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    AuthorizationServer,
    ClientMixin,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode

from server.accounts.oidc.keys import ALGORITHM, SigningKey
from server.accounts.oidc.requests import Answer, FormRequest
from server.accounts.oidc.shelf import Shelf
from server.accounts.rules import AccountError, network_of

SCOPES = ("openid", "profile", "email")
#: Milliseconds.
_REQUEST_LIVES = 15 * 60_000
_CODE_LIVES = 60_000
_TOKEN_LIVES = 5 * 60_000


class OidcRequestGone(AccountError):
    """The sign-in that was asked for has expired; begin again in the client you came from."""

    code, field = "oidc_request_unknown", "oidc"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who signed in, as the homeserver is told. `sid` names the session for back-channel logout."""

    sub: str
    sid: str
    localpart: str
    name: str
    email: str


@dataclass(frozen=True)
class Synapse(ClientMixin):  # type: ignore[misc]
    """The one client."""

    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: it must be named (OpenID Connect Core, Section 3.1.2.1)."""

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(word for word in (scope or "").split() if word in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly, as simple strings (RFC 9700, Section 2.1)."""
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    auth_time: int
    code_challenge: str
    code_challenge_method: str
    subject: Subject

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class _Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, provider: "Provider") -> None:
        super().__init__(scopes_supported=SCOPES)
        self.provider = provider
        self.register_token_generator(
            "default",
            BearerTokenGenerator(
                lambda *_args, **_more: secrets.token_urlsafe(32),
                expires_generator=lambda *_: _TOKEN_LIVES // 1000,
            ),
        )
        self.register_grant(_Grant, [_Pkce(required=True), _OpenId(provider)])

    def query_client(self, client_id: str) -> Synapse | None:
        client = self.provider.client
        return client if client_id == client.client_id else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self.provider.tokens.put(token["access_token"], request.user)

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        return Answer(status, body, dict(headers))

    def send_signal(self, *_: Any, **__: Any) -> None:
        """Nobody listens."""


class _Grant(AuthorizationCodeGrant):  # type: ignore[misc]
    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        provider: Provider = self.server.provider
        kept = Code(
            code,
            request.payload.redirect_uri,
            request.scope,
            data.get("nonce"),
            provider.now_ms() // 1000,
            data["code_challenge"],
            data["code_challenge_method"],
            request.user,
        )
        provider.nonces.put(data["nonce"], True)
        provider.codes.put(code, kept)

    def query_authorization_code(self, code: str, _client: Synapse) -> Code | None:
        """It is taken off the shelf: a code that was shown once, even with a wrong verifier, is spent."""
        found: Code | None = self.server.provider.codes.take(code)
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Taken already."""

    def authenticate_user(self, authorization_code: Code) -> Subject:
        return authorization_code.subject


class _Pkce(CodeChallenge):  # type: ignore[misc]
    """Required of everybody, and only with a hash (RFC 9700, Section 2.1.1)."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required", redirect_uri=redirect_uri)
        super().validate_code_challenge(grant, redirect_uri)


class _OpenId(OpenIDCode):  # type: ignore[misc]
    def __init__(self, provider: "Provider") -> None:
        super().__init__(require_nonce=True)
        self._provider = provider

    def exists_nonce(self, nonce: str, _request: OAuth2Request) -> bool:
        """One nonce, one code."""
        return self._provider.nonces.get(nonce) is not None

    def get_client_claims(self, client: Synapse) -> dict[str, Any]:
        return {"iss": self._provider.issuer, "aud": [client.client_id]}

    def get_client_algorithm(self, _client: Synapse) -> str:
        return ALGORITHM

    def get_encode_header(self, _client: Synapse) -> dict[str, str]:
        return {"alg": ALGORITHM, "kid": self._provider.key.kid}

    def resolve_client_private_key(self, _client: Synapse) -> Any:
        return self._provider.key.key

    def get_authorization_code_claims(self, authorization_code: Code) -> dict[str, Any]:
        claims: dict[str, Any] = super().get_authorization_code_claims(authorization_code)
        return {**claims, "sid": authorization_code.subject.sid}

    def generate_user_info(self, user: Subject, _scope: str) -> UserInfo:
        return UserInfo(user_info(user))


def user_info(user: Subject) -> dict[str, Any]:
    """Standard claims (OpenID Connect Core, Section 5.1)."""
    return {
        "sub": user.sub,
        "preferred_username": user.localpart,
        "name": user.name,
        "email": user.email,
        "email_verified": True,
    }


class Provider:
    """`issuer` is where discovery is found under; `now_ms` the wall clock."""

    def __init__(self, issuer: str, client: Synapse, key: SigningKey, now_ms: Callable[[], int]) -> None:
        self.issuer = issuer
        self.client = client
        self.key = key
        self.now_ms = now_ms
        self.codes: Shelf[Code] = Shelf(_CODE_LIVES, now_ms)
        self.tokens: Shelf[Subject] = Shelf(_TOKEN_LIVES, now_ms)
        self.nonces: Shelf[bool] = Shelf(_REQUEST_LIVES, now_ms)
        self._requests: Shelf[Any] = Shelf(_REQUEST_LIVES, now_ms)
        self._server = _Server(self)

    def begin(self, query: Mapping[str, Sequence[str]], address: str) -> str | Answer:
        """The id of a request from `address` that waits for a sign-in; or a refusal.

        A refusal goes back to the client only when client and redirect URI are known; else it is shown.
        """
        request = FormRequest("GET", query, {})
        try:
            request.check_repeated()
            grant = self._server.get_consent_grant(request)
        except OAuth2Error as error:
            answer: Answer = self._server.handle_error_response(request, error)
            return answer
        request_id = secrets.token_urlsafe(24)
        self._requests.put(request_id, grant, network_of(address))
        return request_id

    def waits(self, request_id: str) -> bool:
        return self._requests.get(request_id) is not None

    def complete(self, request_id: str, subject: Subject) -> str:
        """Where the browser goes, with a code for `subject`. Once. Raises `OidcRequestGone`."""
        grant = self._requests.take(request_id)
        if grant is None:
            raise OidcRequestGone
        answer = self._server.create_authorization_response(grant.request, subject, grant)
        return str(answer.headers["Location"])

    def token(self, form: Mapping[str, Sequence[str]], authorization: str | None) -> Answer:
        """The token endpoint (RFC 6749, Section 3.2)."""
        headers = {"Authorization": authorization} if authorization else {}
        answer: Answer = self._server.create_token_response(FormRequest("POST", form, headers))
        return answer

    def subject_of(self, access_token: str) -> Subject | None:
        return self.tokens.get(access_token)

    def logout_token(self, sub: str, sid: str, now: int) -> str:
        """OpenID Connect Back-Channel Logout, Section 2.4. `now` in seconds since the epoch."""
        claims = {
            "iss": self.issuer,
            "aud": [self.client.client_id],
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(16),
            "sub": sub,
            "sid": sid,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        return self.key.sign(claims, "logout+jwt")

    def metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery, Section 3."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["sub", "sid", "preferred_username", "name", "email", "email_verified"],
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }
