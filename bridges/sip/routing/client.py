"""Client of the web's internal API: accounts, routes, records, telephony state."""

from collections.abc import Sequence
from time import monotonic
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from bridges.sip.config import Trunk
from bridges.sip.routing.changes import ChangesToTell
from bridges.sip.subscription import MessageSummary
from bridges.sip.transport.api import Account
from logs import log
from wire.presence import PersonPresence, PresenceState
from wire.route import MalformedPlan, Plan, RouteRequest, parse_plan
from wire.state import TelephonyState
from wire.voicemail import KeptSound, VoiceMessage, Waiting

_log = log.get(__name__)

#: Seconds an account is used without asking again, and for which it serves while the web is away.
FRESH, STALE = 15.0, 600.0
MAX_ACCOUNTS = 20_000
#: Seconds for what may make people and rooms at the homeserver first, at which small machines are slow.
MAKING = 15.0
#: Answers after which asking again may help. 401 and 403 mean that the two sides disagree on the secret:
#: mended by an administrator, not by us.
_PUT_OFF = frozenset({401, 403, 408, 429})


class WebUnavailable(Exception):
    """The web could not be asked, or is in trouble itself: trying again may help."""


class WebRefused(Exception):
    """The web understood and refused; `status` and `code` say why. Trying again will not help."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


class WebClient:
    """`base` is the web's address, `secret` the bearer both sides know. Raises WebUnavailable, WebRefused."""

    def __init__(self, base: str, secret: str, timeout: float = 5.0) -> None:
        self._base = base.rstrip("/")
        self._patience = aiohttp.ClientTimeout(total=timeout)
        # Every telephone in a meeting has a question waiting there: they must not use the connections up.
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {secret}"}, connector=aiohttp.TCPConnector(limit=0)
        )
        self._accounts: dict[str, tuple[float, Account | None]] = {}
        #: What the web is to forget with the next route.
        self.changes = ChangesToTell()
        #: Why the last request failed; None after one that was answered.
        self.trouble: str | None = "not asked yet"
        #: Which process answered the last `probe`.
        self.instance: str | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def account(self, username: str) -> Account | None:
        """The account of a SIP user name; a recent one while the web does not answer."""
        now = monotonic()
        known = self._accounts.get(username)
        if known and now - known[0] < FRESH:
            return known[1]
        try:
            account = await self._fetch_account(username)
        except WebUnavailable:
            if known and known[1] and now - known[0] < STALE:
                return known[1]
            raise
        if len(self._accounts) >= MAX_ACCOUNTS:
            self._accounts.clear()
        self._accounts[username] = (now, account)
        return account

    def forget_account(self, username: str) -> None:
        """Ask anew the next time."""
        self._accounts.pop(username, None)

    async def trunks(self) -> tuple[Trunk, ...]:
        """All lines to the outside, with their passwords."""
        body = await self._request("GET", "/internal/v1/trunks")
        try:
            return msgspec.convert(body["trunks"], tuple[Trunk, ...])
        except (KeyError, TypeError, msgspec.ValidationError) as error:
            raise WebUnavailable(f"the trunks are malformed: {type(error).__name__}") from error

    async def route(self, request: RouteRequest) -> Plan:
        """Ask who is to ring. An answer that is no plan is WebUnavailable: the web is in trouble."""
        changed, mark = self.changes.waiting()
        body = msgspec.json.encode(msgspec.structs.replace(request, changed=changed))
        answer = await self._request("POST", "/internal/v1/route", body, request.call_id, MAKING)
        self.changes.told(mark)
        try:
            return parse_plan(answer)
        except MalformedPlan as error:
            raise WebUnavailable(f"the route is no plan: {error}") from error

    async def post_records(self, bodies: Sequence[str]) -> None:
        """Deliver records of several calls at once, each the JSON of a `CallRecord`."""
        body = '{"records":[' + ",".join(bodies) + "]}"
        await self._request("POST", "/internal/v1/call-records", body.encode())

    async def post_traces(self, bodies: Sequence[bytes]) -> None:
        """Deliver traces of calls, each the JSON of a `wire.trace.CallTrace`."""
        await self._request("POST", "/internal/v1/call-traces", b'{"traces":[' + b",".join(bodies) + b"]}")

    async def put_voice_message(self, message: VoiceMessage) -> None:
        """Deliver a message that a caller left."""
        body = msgspec.msgpack.encode(message)
        await self._request("PUT", f"/internal/v1/voicemail/{message.note.id}", body, timeout=MAKING)

    async def put_greeting(self, user_id: str, sound: KeptSound) -> None:
        """Idempotent, but that each is another greeting."""
        path = f"/internal/v1/mailboxes/{quote(user_id, safe='')}/greetings/always"
        await self._request("PUT", path, msgspec.msgpack.encode(sound), timeout=MAKING)

    async def waiting(self, user_id: str) -> MessageSummary:
        """What waits in somebody's mailbox."""
        answer = await self._request("GET", f"/internal/v1/mailboxes/{quote(user_id, safe='')}")
        try:
            found = msgspec.convert(answer, Waiting)
        except msgspec.ValidationError as error:
            raise WebUnavailable(f"the mailbox is malformed: {error}") from error
        return MessageSummary(found.new, found.old)

    async def presence(self) -> dict[str, PersonPresence]:
        """How everybody is beside their calls."""
        answer = await self._request("GET", "/internal/v1/presence")
        try:
            return msgspec.convert(answer, PresenceState).people
        except msgspec.ValidationError as error:
            raise WebUnavailable(f"the presence is malformed: {error}") from error

    async def put_telephony_state(self, state: TelephonyState) -> None:
        """Deliver the whole telephony state."""
        await self._request("PUT", "/internal/v1/telephony-state", msgspec.to_builtins(state))

    async def probe(self) -> str | None:
        """Why the web is not to be reached, or None."""
        try:
            body = await self._request("GET", "/health/live")
        except (WebUnavailable, WebRefused) as error:
            return str(error)
        self.instance = body.get("instance") if isinstance(body, dict) else None
        return None

    async def _fetch_account(self, username: str) -> Account | None:
        try:
            body = await self._request("GET", f"/internal/v1/sip/accounts/{quote(username, safe='')}")
        except WebRefused as error:
            if error.status == 404:
                return None
            raise WebUnavailable(str(error)) from error
        try:
            return Account(
                body["username"], body["ha1_md5"], body["ha1_sha256"], body["user_id"], body["name"]
            )
        except (KeyError, TypeError) as error:
            raise WebUnavailable("the account is malformed") from error

    async def ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        call_id: str | None = None,
        timeout: float | None = None,
    ) -> Any:
        """One request of a part that has words of its own; `timeout` in seconds for what may take long.

        Too many attempts (429) are refused, not put off: who asks too often is to be told.
        """
        return await self._request(method, path, body, call_id, timeout, frozenset({401, 403, 408}))

    async def put_bytes(self, path: str, body: bytes, timeout: float) -> None:
        """Deliver what has a form of its own."""
        await self._request("PUT", path, body, timeout=timeout)

    async def fetch(self, path: str) -> bytes:
        """A file."""
        try:
            async with self._session.get(self._base + path, timeout=self._patience) as response:
                if response.status >= 400:
                    await self._read(response, _PUT_OFF)
                return await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise WebUnavailable(str(error) or type(error).__name__) from error

    async def _request(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        call_id: str | None = None,
        timeout: float | None = None,
        put_off: frozenset[int] = _PUT_OFF,
    ) -> Any:
        headers = {"X-Call-Id": call_id} if call_id else {}
        given: dict[str, Any] = {"json": body}
        if isinstance(body, bytes):
            given, headers = {"data": body}, headers | {"Content-Type": "application/json"}
        patience = aiohttp.ClientTimeout(total=timeout) if timeout else self._patience
        try:
            async with self._session.request(
                method, self._base + path, headers=headers, timeout=patience, **given
            ) as response:
                return await self._read(response, put_off)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.trouble = str(error) or type(error).__name__
            raise WebUnavailable(self.trouble) from error

    async def _read(self, response: aiohttp.ClientResponse, put_off: frozenset[int]) -> Any:
        if response.status >= 500 or response.status in put_off:
            self.trouble = f"HTTP {response.status}"
            raise WebUnavailable(self.trouble)
        self.trouble = None
        if response.status == 204:
            return None
        try:
            body = await response.json(content_type=None)
        except ValueError as error:
            raise WebUnavailable("the answer is not JSON") from error
        if response.status >= 400:
            code = body.get("error", {}).get("code", "") if isinstance(body, dict) else ""
            raise WebRefused(response.status, str(code))
        return body
