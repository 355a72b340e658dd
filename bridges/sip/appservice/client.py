"""What the bridge asks of the homeserver, acting as any of our users.

That is the `user_id` of each request (Matrix spec v1.16, application service API, "Identity assertion"). A
client library would know rooms and keys that we do not need, and takes ten megabytes.
"""

from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

#: Seconds for an answer: sending an event may wait for the database, other questions do not.
_SENDING, _ASKING = 10.0, 5.0


class MatrixUnavailable(Exception):
    """The homeserver did not answer, or is in trouble. `retry_after` in seconds, where it said one."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class MatrixRefused(Exception):
    """The homeserver refused; repeating the request will not help."""


class Homeserver:
    """What the bridge asks of the homeserver. `url` without a slash at the end."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url.rstrip("/"), token
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def send_event(
        self, user_id: str, room_id: str, event_type: str, content: dict[str, Any], transaction: str
    ) -> str:
        """Send an event as `user_id`; repeating it with the same `transaction` is harmless. Its event id.

        Raises MatrixUnavailable, MatrixRefused.
        """
        path = f"{_room(room_id)}/send/{quote(event_type, safe='')}/{quote(transaction, safe='')}"
        answer = await self._as_user("PUT", path, user_id, content, _SENDING)
        event_id = answer.get("event_id")
        if not isinstance(event_id, str):
            raise MatrixRefused("an answer without the event's id")
        return event_id

    async def joined_members(self, room_id: str, as_user: str) -> frozenset[str]:
        """User ids joined to a room that `as_user` is in. Raises MatrixUnavailable, MatrixRefused."""
        answer = await self._as_user("GET", f"{_room(room_id)}/joined_members", as_user, None)
        joined = answer.get("joined")
        if not isinstance(joined, dict):
            raise MatrixRefused("an answer without members")
        return frozenset(joined)

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

    async def _as_user(
        self,
        method: str,
        path: str,
        user_id: str,
        body: dict[str, Any] | None,
        timeout: float = _ASKING,
    ) -> dict[str, Any]:
        path += ("&" if "?" in path else "?") + f"user_id={quote(user_id, safe='')}"
        status, answer = await self._plain(method, path, body, timeout)
        if status == 429 or status >= 500:
            wait = answer.get("retry_after_ms")
            raise MatrixUnavailable(f"HTTP {status}", wait / 1000 if isinstance(wait, int) else None)
        if status >= 400:
            raise MatrixRefused(f"{status} {answer.get('errcode')}")
        return answer

    async def _plain(
        self, method: str, path: str, body: dict[str, Any] | None, timeout: float = _ASKING
    ) -> tuple[int, dict[str, Any]]:
        try:
            async with self._session.request(
                method,
                URL(self._url + path, encoded=True),
                json=body,
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=aiohttp.ClientTimeout(total=timeout),
            ) as response:
                answer = await response.json(content_type=None)
                return response.status, answer if isinstance(answer, dict) else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise MatrixUnavailable(str(error) or type(error).__name__) from error


def _room(room_id: str) -> str:
    return f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}"
