"""The SFU's signalling through our own origin: the WebSockets `/livekit/rtc` and `/livekit/rtc/v1`."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp
from sanic import Blueprint, HTTPResponse, Request, Websocket
from yarl import URL

from server import log
from server.meetings.whereabouts import Whereabouts, room_of

_log = log.get(__name__)
_CORS = {"Access-Control-Allow-Origin": "*"}
#: Why the SFU refuses: the client asks `/rtc/validate` after this.
_REFUSED = 1011
#: What our own media server says is as long as it is: offers grow with the room, and it bounds them.
_ANY_LENGTH = 0
#: How long an SFU may take to come back (clients wait 5 for its first word); between two attempts. Seconds.
_RESTART, _AGAIN = 4.0, 0.2
#: Whether the bearer of a token is not to be let in any more. What is no good token is the SFU's to refuse.
KeepsOut = Callable[[str], Awaitable[bool]]


class SfuProxy:
    """Args: where, the processes, or the LiveKit server in their place; keeps_out, asked at the door."""

    def __init__(self, where: Whereabouts, keeps_out: KeepsOut) -> None:
        self._where = where
        self._keeps_out = keeps_out
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None, sock_connect=5)
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _target(self, request: Request) -> URL:
        path = request.path.removeprefix("/livekit")
        node = self._where.node(room_of(_token(request)))
        return URL(f"{node}{path}?{request.query_string}", encoded=True)

    def _headers(self, request: Request) -> dict[str, str]:
        """Native clients put their token there, browsers into the address."""
        token = request.headers.get("authorization")
        return {"Authorization": token} if token else {}

    async def _removed(self, request: Request) -> bool:
        return await self._keeps_out(_token(request))

    async def ask(self, request: Request) -> HTTPResponse:
        """One small question, such as whether a token is good."""
        if self._session is None:
            raise RuntimeError("the proxy was not started")
        if await self._removed(request):
            return HTTPResponse("removed from this call", 401, headers=_CORS, content_type="text/plain")
        try:
            async with self._session.get(self._target(request), headers=self._headers(request)) as answer:
                body = await answer.read()
                return HTTPResponse(
                    body, answer.status, headers=_CORS, content_type=answer.content_type or "text/plain"
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("sfu_unreachable", reason=type(error).__name__)
            return HTTPResponse("meetings are not available", 503, headers=_CORS, content_type="text/plain")

    async def _upstream(
        self, session: aiohttp.ClientSession, request: Request
    ) -> aiohttp.ClientWebSocketResponse:
        """The SFU's end. One that was killed is back in a moment; clients would let more time pass."""
        until = time.monotonic() + _RESTART
        while True:
            try:
                return await session.ws_connect(
                    self._target(request), headers=self._headers(request), max_msg_size=_ANY_LENGTH
                )
            except aiohttp.ClientConnectorError:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(_AGAIN)

    async def connect(self, request: Request, socket: Websocket) -> None:
        """Carries messages both ways until either side ends."""
        if self._session is None:
            raise RuntimeError("the proxy was not started")
        if await self._removed(request):
            await socket.close(_REFUSED)
            return
        try:
            upstream = await self._upstream(self._session, request)
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


def _token(request: Request) -> str:
    """The one that the SFU will look at: that of the address comes first there, too."""
    header = request.headers.get("authorization", "")
    return str(request.args.get("access_token") or header.removeprefix("Bearer "))


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
