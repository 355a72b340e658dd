"""The SFU's signalling through our own origin: the WebSockets `/livekit/rtc` and `/livekit/rtc/v1`.

Whoever comes is judged here, by one token, and the SFU reads that very token: all else that looks like one is
refused, or left out of what is passed on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

import aiohttp
from sanic import Blueprint, HTTPResponse, Request, Websocket
from yarl import URL

from logs import log
from server.meetings.sfu_nodes import SfuNodes
from server.sfu.signal.token import BadToken, Claims, one_of, verify

_log = log.get(__name__)
_CORS = {"Access-Control-Allow-Origin": "*"}
#: Why the SFU refuses: the client asks `/rtc/validate` after this.
_REFUSED = 1011
#: What our own media server says is as long as it is: offers grow with the room, and it bounds them.
_ANY_LENGTH = 0
#: How long an SFU may take to come back (clients wait 5 for its first word); between two attempts. Seconds.
_RESTART, _AGAIN = 4.0, 0.2
_PARAMETER = "access_token"
#: Clients say a dozen things in the address.
_MAX_FIELDS = 64
#: Whether somebody (room and identity) is not to be let in any more.
IsRefused = Callable[[str, str], Awaitable[bool]]


class _Refused(Exception):
    """The text is for whoever asks."""


@dataclass(frozen=True)
class _Entry:
    """Who comes, with the one token, and what else stands in the address."""

    claims: Claims
    token: str
    query: tuple[tuple[str, str], ...]


class SfuProxy:
    """Args: where, the processes, or the LiveKit server in their place; is_refused, asked at the door.

    `now` gives seconds since 1970.
    """

    def __init__(self, where: SfuNodes, is_refused: IsRefused, now: Callable[[], float] = time.time) -> None:
        self._where = where
        self._is_refused = is_refused
        self._now = now
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None, sock_connect=5)
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _entry(self, request: Request) -> _Entry:
        """Raises _Refused."""
        try:
            query = parse_qsl(request.query_string, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
            # Native clients put their token into the header, browsers into the address.
            named = [value for key, value in query if key == _PARAMETER]
            token = one_of([request.headers.get("authorization", "").removeprefix("Bearer "), *named])
            claims = verify(token, {self._where.key: self._where.secret}, self._now())
        except ValueError as error:
            raise _Refused("an address that cannot be read") from error
        except BadToken as error:
            raise _Refused(str(error)) from error
        if await self._is_refused(claims.video.room, claims.sub):
            raise _Refused("removed from this call")
        return _Entry(claims, token, tuple((key, value) for key, value in query if key != _PARAMETER))

    def _target(self, request: Request, entry: _Entry) -> URL:
        node = self._where.node(entry.claims.video.room)
        return URL(f"{node}{request.path.removeprefix('/livekit')}").with_query(entry.query)

    async def ask(self, request: Request) -> HTTPResponse:
        """One small question, such as whether a token is good."""
        if self._session is None:
            raise RuntimeError("the proxy was not started")
        try:
            entry = await self._entry(request)
        except _Refused as refused:
            return HTTPResponse(str(refused), 401, headers=_CORS, content_type="text/plain")
        try:
            async with self._session.get(self._target(request, entry), headers=_bearer(entry)) as answer:
                body = await answer.read()
                return HTTPResponse(
                    body, answer.status, headers=_CORS, content_type=answer.content_type or "text/plain"
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("sfu_unreachable", reason=type(error).__name__)
            return HTTPResponse("meetings are not available", 503, headers=_CORS, content_type="text/plain")

    async def _upstream(
        self, session: aiohttp.ClientSession, request: Request, entry: _Entry
    ) -> aiohttp.ClientWebSocketResponse:
        """The SFU's end. One that was killed is back in a moment; clients would let more time pass."""
        until = time.monotonic() + _RESTART
        while True:
            try:
                return await session.ws_connect(
                    self._target(request, entry), headers=_bearer(entry), max_msg_size=_ANY_LENGTH
                )
            except aiohttp.ClientConnectorError:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(_AGAIN)

    async def connect(self, request: Request, socket: Websocket) -> None:
        """Carries messages both ways until either side ends."""
        if self._session is None:
            raise RuntimeError("the proxy was not started")
        try:
            entry = await self._entry(request)
            upstream = await self._upstream(self._session, request, entry)
        except _Refused as refused:
            _log.info("sfu_not_asked", why=str(refused))
            await socket.close(_REFUSED)
            return
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.info("sfu_refused", reason=type(error).__name__)
            await socket.close(_REFUSED)
            return
        async with upstream:
            outward = asyncio.create_task(_outward(upstream, socket))
            inward = asyncio.create_task(_inward(socket, upstream))
            try:
                await asyncio.wait({outward, inward}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (outward, inward):
                    task.cancel()
                await asyncio.gather(outward, inward, return_exceptions=True)
        await socket.close()


def _bearer(entry: _Entry) -> dict[str, str]:
    """The token alone, where no log of an address shows it."""
    return {"Authorization": f"Bearer {entry.token}"}


async def _outward(upstream: aiohttp.ClientWebSocketResponse, socket: Websocket) -> None:
    async for message in upstream:
        if message.type is aiohttp.WSMsgType.BINARY:
            await socket.send(message.data)


async def _inward(socket: Websocket, upstream: aiohttp.ClientWebSocketResponse) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await upstream.send_bytes(message)


def blueprint(proxy: SfuProxy) -> Blueprint:
    routes = Blueprint("sfu", url_prefix="/livekit")
    routes.add_websocket_route(proxy.connect, "/rtc", name="rtc")
    routes.add_route(proxy.ask, "/rtc/validate", methods=["GET"], name="validate")
    routes.add_websocket_route(proxy.connect, "/rtc/v1", name="rtc_v1")
    routes.add_route(proxy.ask, "/rtc/v1/validate", methods=["GET"], name="validate_v1")
    return routes
