"""matrix-nio as an application service: the same client, acting as any of our users.

nio has no notion of application services. All it takes is the `user_id` query parameter (Matrix spec
v1.16, application service API, "Identity assertion") on every request.
"""

from collections import OrderedDict
from typing import Any
from urllib.parse import quote

import aiohttp
from nio import (
    AsyncClient,
    AsyncClientConfig,
    JoinedMembersResponse,
    Response,
    RoomSendResponse,
)
from yarl import URL

#: Acting clients kept; each is a small object over the one HTTP session.
MAX_CLIENTS = 2000


class MatrixUnavailable(Exception):
    """The homeserver did not answer, or is in trouble. `retry_after` in seconds, where it said one."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class MatrixRefused(Exception):
    """The homeserver refused; repeating the request will not help."""


class _ActingSession:
    """The HTTP session in the hands of one user: asserts the identity on every request."""

    def __init__(self, session: aiohttp.ClientSession, user_id: str) -> None:
        self._session, self._user_id = session, user_id

    async def request(self, method: str, url: str, **options: Any) -> aiohttp.ClientResponse:
        options.pop("trace_request_ctx", None)
        separator = "&" if "?" in url else "?"
        asserted = URL(f"{url}{separator}user_id={quote(self._user_id, safe='')}", encoded=True)
        return await self._session.request(method, asserted, **options)


class Homeserver:
    """What the bridge asks of the homeserver. `url` without a slash at the end."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url.rstrip("/"), token
        self._session = aiohttp.ClientSession()
        self._clients: OrderedDict[str, AsyncClient] = OrderedDict()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def send_event(
        self, user_id: str, room_id: str, event_type: str, content: dict[str, Any], transaction: str
    ) -> str:
        """Send an event as `user_id`; repeating it with the same `transaction` is harmless. Its event id.

        Raises MatrixUnavailable, MatrixRefused.
        """
        client = self._as(user_id)
        response = await self._ask(client.room_send(room_id, event_type, content, transaction))
        if isinstance(response, RoomSendResponse):
            return str(response.event_id)
        raise MatrixRefused(str(response))

    async def joined_members(self, room_id: str, as_user: str) -> frozenset[str]:
        """User ids joined to a room that `as_user` is in. Raises MatrixUnavailable, MatrixRefused."""
        response = await self._ask(self._as(as_user).joined_members(room_id))
        if isinstance(response, JoinedMembersResponse):
            return frozenset(member.user_id for member in response.members)
        raise MatrixRefused(str(response))

    async def invited_members(self, room_id: str, as_user: str) -> frozenset[str]:
        """User ids invited to a room that `as_user` is in. Raises MatrixUnavailable, MatrixRefused."""
        answer = await self._as_user("GET", f"{_room(room_id)}/members?membership=invite", as_user, None)
        events = answer.get("chunk")
        users = [event.get("state_key") for event in events if isinstance(event, dict)] if events else []
        return frozenset(user for user in users if isinstance(user, str))

    async def join(self, room_id: str, as_user: str) -> None:
        """Have `as_user`, who is invited, join a room. Raises MatrixUnavailable, MatrixRefused."""
        await self._as_user("POST", f"{_room(room_id)}/join", as_user, {})

    async def register(self, localpart: str) -> None:
        """Create a user of our own namespace; one that exists already is no error."""
        body = {
            "type": "m.login.application_service",
            "username": localpart,
            "inhibit_login": True,
        }
        status, answer = await self._plain("POST", "/_matrix/client/v3/register", body)
        if status >= 400 and answer.get("errcode") != "M_USER_IN_USE":
            raise MatrixRefused(f"register: {status} {answer.get('errcode')}")

    async def ping(self, service: str) -> None:
        """Have the homeserver ask us whether we live: it then sends at once what it has kept for us."""
        path = f"/_matrix/client/v1/appservice/{quote(service, safe='')}/ping"
        status, answer = await self._plain("POST", path, {})
        if status >= 400:
            raise MatrixUnavailable(f"ping: {status} {answer.get('errcode')}")

    async def probe(self) -> str | None:
        """Why the homeserver is not to be reached, or None."""
        try:
            status, _ = await self._plain("GET", "/_matrix/client/versions", None)
        except MatrixUnavailable as error:
            return str(error)
        return None if status == 200 else f"HTTP {status}"

    def _as(self, user_id: str) -> AsyncClient:
        client = self._clients.get(user_id)
        if client is None:
            # Retries are ours: they must keep the order of a call's events.
            config = AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0, request_timeout=10)
            client = self._clients[user_id] = AsyncClient(self._url, user_id, config=config)
            client.user_id, client.access_token = user_id, self._token
            client.client_session = _ActingSession(self._session, user_id)
            if len(self._clients) > MAX_CLIENTS:
                self._clients.popitem(last=False)
        self._clients.move_to_end(user_id)
        return client

    async def _ask(self, request: Any) -> Response:
        try:
            response: Response = await request
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise MatrixUnavailable(str(error) or type(error).__name__) from error
        transport = response.transport_response
        if transport is not None and (transport.status == 429 or transport.status >= 500):
            wait = getattr(response, "retry_after_ms", None)
            raise MatrixUnavailable(f"HTTP {transport.status}", wait / 1000 if wait else None)
        return response

    async def _as_user(
        self, method: str, path: str, user_id: str, body: dict[str, Any] | None
    ) -> dict[str, Any]:
        path += ("&" if "?" in path else "?") + f"user_id={quote(user_id, safe='')}"
        status, answer = await self._plain(method, path, body)
        if status == 429 or status >= 500:
            raise MatrixUnavailable(f"HTTP {status}")
        if status >= 400:
            raise MatrixRefused(f"{status} {answer.get('errcode')}")
        return answer

    async def _plain(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        """A request that nio has no method for."""
        try:
            async with self._session.request(
                method,
                URL(self._url + path, encoded=True),
                json=body,
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=aiohttp.ClientTimeout(total=5),
            ) as response:
                answer = await response.json(content_type=None)
                return response.status, answer if isinstance(answer, dict) else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise MatrixUnavailable(str(error) or type(error).__name__) from error


def _room(room_id: str) -> str:
    return f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}"
