"""The OAuth 2.0 API: what people are asked, the codes, tokens and devices that come of it, and their end.

The tokens are the homeserver's, which knows nothing of OAuth: one authorization is one device with an access
token that is refreshed. What clients hold as their refresh token is the homeserver's, sealed with the name of
the grant: it is worth something here alone. Requests and codes live for minutes and in memory.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    UnsupportedGrantTypeError,
)

from logs import log
from server.accounts.oauth.clients import Clients
from server.accounts.oauth.grants import Grant, Grants
from server.accounts.oauth.judge import IssuedCode, Values, Wanted, judge_authorization, judge_code
from server.accounts.oauth.rules import OAuthClient
from server.accounts.oidc.provider import OidcRequestGone
from server.accounts.oidc.requests import Answer
from server.accounts.oidc.shelf import Shelf
from server.accounts.rules import network_of, token_hash
from server.accounts.service import Client
from server.directory.ports import PersonById
from server.directory.service import Person
from server.homeserver.client import RefreshableTokens
from server.homeserver.errors import HomeserverError, MatrixRefusal
from server.sealing import BrokenSeal, Seal

_log = log.get(__name__)
#: Milliseconds.
_REQUEST_LIVES = 15 * 60_000
_CODE_LIVES = 60_000
_SPENT_KEPT = 15 * 60_000
_TOKEN_MAX = 2048
_SEALED_AS = "oauth-refresh"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person is asked. `host` is where the client says that it is from, `device_id` what it becomes,
    `back_to` the host that hears of it; "" is a program on the person's own machine."""

    client: str
    host: str
    device_id: str
    back_to: str


class RefreshableLogin(Protocol):
    async def ensure_user(self, localpart: str, display_name: str) -> str: ...

    async def login_refreshable(self, user: str, device_id: str, display_name: str) -> RefreshableTokens:
        """The device keeps its keys when it is there."""

    async def refresh(self, refresh_token: str) -> RefreshableTokens: ...

    async def whose(self, access_token: str) -> tuple[str, str] | None: ...

    async def devices(self, user_id: str) -> list[str]: ...

    async def delete_device(self, user_id: str, device_id: str) -> None: ...


@dataclass
class _Exchange:
    """A code that was shown; `again` when it was shown once more."""

    grant_id: str
    person_id: str
    again: bool = False


class Authorizations:
    """From the request of a client to its tokens, and to their end."""

    def __init__(
        self,
        clients: Clients,
        grants: Grants,
        homeserver: RefreshableLogin,
        people: PersonById,
        seal: Seal,
        *,
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
        fresh_token: Callable[[], str],
    ) -> None:
        self._clients = clients
        self._grants = grants
        self._store = grants.store
        self._homeserver = homeserver
        self._people = people
        self._seal = seal
        self._now_ms = now_ms
        self._fresh_id = fresh_id
        self._fresh_token = fresh_token
        self._requests: Shelf[Wanted] = Shelf(_REQUEST_LIVES, now_ms)
        self._codes: Shelf[IssuedCode] = Shelf(_CODE_LIVES, now_ms)
        self._spent: Shelf[_Exchange] = Shelf(_SPENT_KEPT, now_ms)
        #: How often all of a person's were ended: what was under way meanwhile ends, too.
        self._endings: Counter[str] = Counter()

    # The browser

    async def begin(self, query: Values, address: str) -> str | Answer:
        """The id of a request from `address` that waits for a sign-in; or a refusal."""
        client = await self._client_of(query)
        wanted = judge_authorization(query, client)
        if isinstance(wanted, Answer):
            return wanted
        request_id = self._fresh_token()
        self._requests.put(request_id, wanted, network_of(address))
        return request_id

    def consent(self, request_id: str) -> Consent | None:
        """What is asked of whoever signs in for this request; None when it is none of ours."""
        wanted = self._requests.get(request_id)
        if wanted is None:
            return None
        client, target = wanted.client, urlsplit(wanted.redirect_uri)
        back_to = target.hostname or "" if target.scheme == "https" else ""
        return Consent(client.name, client.host, wanted.scope.device_id, back_to)

    async def complete(self, request_id: str, person: Person, client: Client) -> str:
        """The person agrees: where the browser goes.

        Raises `OidcRequestGone`, or what the homeserver raises.
        """
        wanted = self._requests.get(request_id)
        if wanted is None:
            raise OidcRequestGone
        localpart = person.user_id[1:].partition(":")[0]
        await self._homeserver.ensure_user(localpart, person.name)
        allowed = await self._may_be(person.user_id, wanted)
        if self._requests.take(request_id) is None:
            raise OidcRequestGone
        if not allowed:
            return wanted.location(error="invalid_scope", error_description="the device is another client's")
        code = self._fresh_token()
        self._codes.put(code, IssuedCode(person.id, client.address, self._fresh_id(), wanted), person.id)
        return wanted.location(code=code)

    def refuse(self, request_id: str) -> str:
        """The person does not agree: where the browser goes. Raises `OidcRequestGone`."""
        wanted = self._requests.take(request_id)
        if wanted is None:
            raise OidcRequestGone
        return wanted.location(error="access_denied")

    async def _may_be(self, user_id: str, wanted: Wanted) -> bool:
        """Whether the client may be this device: a new one, or its own of before, which keeps its keys."""
        device_id = wanted.scope.device_id
        known = await self._store.of_device(user_id, device_id)
        if known is not None:
            return known.client_id == wanted.client.client_id
        return device_id not in await self._homeserver.devices(user_id)

    # The token endpoint

    async def token(self, form: Values) -> dict[str, Any]:
        """Raises `OAuth2Error`; `HomeserverError` when it is to be tried again."""
        client = await self._client_of(form)
        match _first(form, "grant_type"):
            case "authorization_code":
                return await self._exchange(form, client)
            case "refresh_token":
                return await self._refresh(form, client)
            case None:
                raise InvalidRequestError("Missing 'grant_type' in request.")
            case other:
                raise UnsupportedGrantTypeError(other)

    async def _exchange(self, form: Values, client: OAuthClient | None) -> dict[str, Any]:
        shown = _first(form, "code") or ""
        if (before := self._spent.get(shown)) is not None:
            # Somebody else has it as well (RFC 6749, Section 4.1.2).
            before.again = True
            await self._grants.end(before.person_id, before.grant_id)
            _log.warning("oauth_code_shown_again", grant=before.grant_id)
        kept = self._codes.get(shown)
        exchange = _Exchange(kept.grant_id, kept.person_id) if kept else None
        if exchange is not None:
            self._spent.put(shown, exchange, exchange.person_id)
        code = judge_code(form, client, self._codes)
        if exchange is None:
            raise InvalidGrantError("Invalid 'code' in request.")
        try:
            return await self._issue(code, exchange)
        except HomeserverError:
            # Nothing was lost but time: the same code works when the homeserver is back.
            self._spent.take(shown)
            self._codes.put(shown, code, code.person_id)
            raise

    async def _issue(self, code: IssuedCode, exchange: _Exchange) -> dict[str, Any]:
        person, wanted = await self._people.by_id(code.person_id), code.wanted
        if person is None:
            raise InvalidGrantError("The person is gone.")
        before = self._endings[person.id]
        async with self._grants.lock(person.user_id, wanted.scope.device_id):
            await self._make_way(person.user_id, wanted)
            grant, tokens = await self._device(person, code)
        still = await self._people.by_id(person.id)
        if still is None or exchange.again or self._endings[person.id] != before:
            await self._grants.end(person.id, grant.id)
            raise InvalidGrantError("The authorization was ended meanwhile.")
        await self._clients.used(wanted.client)
        _log.info("oauth_granted", user_id=person.user_id, client=wanted.client.name, grant=grant.id)
        return tokens

    async def _device(self, person: Person, code: IssuedCode) -> tuple[Grant, dict[str, Any]]:
        client, scope = code.wanted.client, code.wanted.scope
        session = await self._homeserver.login_refreshable(person.user_id, scope.device_id, client.name)
        refresh_token = self._sealed(code.grant_id, session)
        grant = Grant(
            code.grant_id,
            person.id,
            person.user_id,
            scope.device_id,
            client.client_id,
            client.name,
            scope.text,
            code.address,
            self._now_ms(),
            token_hash(refresh_token),
        )
        await self._store.put(grant)
        return grant, _answer(grant, session, refresh_token)

    async def _make_way(self, user_id: str, wanted: Wanted) -> None:
        """A device that ended goes before it is made anew. Raises what the homeserver raises."""
        known = await self._store.of_device(user_id, wanted.scope.device_id)
        if known is None:
            return
        if known.client_id != wanted.client.client_id:
            raise InvalidGrantError("The device is another client's.")
        if known.ended:
            await self._homeserver.delete_device(user_id, known.device_id)

    async def _refresh(self, form: Values, client: OAuthClient | None) -> dict[str, Any]:
        if client is None:
            raise InvalidClientError("The client does not exist on this server.")
        shown = _first(form, "refresh_token")
        if shown is None:
            raise InvalidRequestError("Missing 'refresh_token' in request.")
        opened = self._opened(shown)
        grant = await self._store.get(opened[0]) if opened else None
        if opened is None or grant is None or grant.ended or grant.client_id != client.client_id:
            raise InvalidGrantError("Invalid 'refresh_token' in request.")
        if await self._people.by_id(grant.person_id) is None:
            raise InvalidGrantError("The person is gone.")
        if token_hash(shown) not in (grant.refresh_hash, grant.previous_hash):
            return await self._replayed(grant)
        try:
            session = await self._homeserver.refresh(opened[1])
        except MatrixRefusal as refusal:
            if refusal.status not in {401, 403}:
                raise
            # What came of this token was used already, or its device was deleted at the homeserver.
            return await self._replayed(grant)
        refresh_token = self._sealed(grant.id, session)
        if not await self._rotated(grant, token_hash(refresh_token), token_hash(shown)):
            raise InvalidGrantError("The authorization was ended meanwhile.")
        return _answer(grant, session, refresh_token)

    async def _rotated(self, grant: Grant, fresh: str, shown: str) -> bool:
        if await self._store.rotate(grant, fresh, shown):
            return True
        now = await self._store.get(grant.id)
        # An answer that was lost, and asked for again at the same moment: the last one counts.
        return now is not None and shown == now.previous_hash and await self._store.rotate(now, fresh, shown)

    async def _replayed(self, grant: Grant) -> dict[str, Any]:
        """Two hold what one should (RFC 9700, Section 4.14.2): nobody knows which of them is the client."""
        _log.warning("oauth_refresh_replayed", user_id=grant.user_id, grant=grant.id)
        await self._grants.end(grant.person_id, grant.id)
        raise InvalidGrantError("Invalid 'refresh_token' in request.")

    def _sealed(self, grant_id: str, session: RefreshableTokens) -> str:
        return self._seal.seal(f"{_SEALED_AS}:{grant_id}:{session.refresh_token}")

    def _opened(self, token: str) -> tuple[str, str] | None:
        """Grant and homeserver's token of a refresh token of ours."""
        if len(token) > _TOKEN_MAX or not token.isascii():
            return None
        try:
            kind, grant_id, inner = self._seal.open(token).split(":", 2)
        except (BrokenSeal, ValueError):
            return None
        return (grant_id, inner) if kind == _SEALED_AS else None

    # Ends

    async def revoke(self, form: Values) -> bool:
        """Either token ends the grant, whoever shows it (RFC 7009; MSC4254). An unknown one is no error.

        False when the homeserver could not be asked to delete the device. Raises `OAuth2Error`.
        """
        token = _first(form, "token")
        if token is None:
            raise InvalidRequestError("Missing 'token' in request.")
        grant = await self._of_token(token)
        if grant is None:
            return True
        if not grant.ended:
            await self._store.end(grant.person_id, grant.id)
        _log.info("oauth_revoked", user_id=grant.user_id, grant=grant.id)
        return await self._grants.close(grant)

    async def _of_token(self, token: str) -> Grant | None:
        opened = self._opened(token)
        if opened is not None:
            return await self._store.get(opened[0])
        if not token.isascii() or not token.isprintable() or len(token) > _TOKEN_MAX:
            return None
        device = await self._homeserver.whose(token)
        return await self._store.of_device(*device) if device else None

    async def end_all(self, person_id: str) -> None:
        self._endings[person_id] += 1
        self._codes.drop(person_id)
        await self._grants.end(person_id, None)

    async def _client_of(self, values: Values) -> OAuthClient | None:
        client_id = _first(values, "client_id")
        return await self._clients.get(client_id[:64]) if client_id else None


def _first(values: Mapping[str, Sequence[str]], name: str) -> str | None:
    given = values.get(name)
    return given[0] if given else None


def _answer(grant: Grant, session: RefreshableTokens, refresh_token: str) -> dict[str, Any]:
    """RFC 6749, Section 5.1. Times in seconds."""
    answer: dict[str, Any] = {
        "access_token": session.access_token,
        "token_type": "Bearer",
        "refresh_token": refresh_token,
        "scope": grant.scope,
    }
    if session.expires_in_ms is not None:
        answer["expires_in"] = session.expires_in_ms // 1000
    return answer
