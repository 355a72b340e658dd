"""LiveKit's signalling over a WebSocket: `/rtc` (two peer connections) and `/rtc/v1` (one)."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from math import ceil

from aiohttp import WSCloseCode, WSMsgType, web
from livekit.protocol import models, rtc

from logs.plain import Log
from server.sfu.errors import Full, Revoked
from server.sfu.forwarding.bucket import Buckets
from server.sfu.room.messages import goodbye
from server.sfu.signal import joining
from server.sfu.signal.token import BadToken, Claims, one_of, verify
from server.sfu.transport.room_manager import FLOOD, RoomManager, RoomRuntime
from server.sfu.transport.session import Session

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "*",
}


#: How often one identity, and how often a room's participants together, may come: a second, and at once.
_COMES, _COMES_AT_ONCE = 1.0, 60
_ROOM_COMES, _ROOM_COMES_AT_ONCE = 20.0, 200

log = Log(__name__)


class Signalling:
    """Args: manager; keys, secrets by issuer; max_message, bytes."""

    def __init__(self, manager: RoomManager, keys: Mapping[str, str], max_message: int) -> None:
        self._manager = manager
        self._keys = keys
        self._max_message = max_message
        self._comes = Buckets(_COMES, _COMES_AT_ONCE)
        self._room_comes = Buckets(_ROOM_COMES, _ROOM_COMES_AT_ONCE)

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/rtc", self.connect),
            web.get("/rtc/validate", self.validate),
            web.get("/rtc/v1", self.connect),
            web.get("/rtc/v1/validate", self.validate),
        ]

    def _claims(self, request: web.Request) -> Claims:
        """Raises HTTPUnauthorized, HTTPForbidden."""
        header = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            token = one_of([header, *request.query.getall("access_token", [])])
            claims = verify(token, self._keys, time.time())
        except BadToken as error:
            raise web.HTTPUnauthorized(text=str(error), headers=CORS) from error
        if not (claims.video.room_join and claims.video.room and claims.sub):
            raise web.HTTPUnauthorized(text="the token is for no room", headers=CORS)
        self._admit(self._manager.meetings.get(claims.video.room), claims)
        return claims

    def _admit(self, meeting: RoomRuntime | None, claims: Claims) -> None:
        """Raises HTTPUnauthorized for somebody who was removed, HTTPForbidden for who sent far too much.

        LiveKit's clients take no other status than these two for an answer, and would ask again and again.
        """
        wait = ceil(self._manager.wait(claims.video.room, claims.sub))
        if wait:
            text = f"{FLOOD}: put out for sending far too much, come back in {wait} s"
            raise web.HTTPForbidden(text=text, headers={**CORS, "Retry-After": str(wait)})
        if meeting is None:
            return
        try:
            meeting.room.check(claims)
        except Revoked as error:
            raise web.HTTPUnauthorized(text=str(error), headers=CORS) from error

    def _come(self, claims: Claims) -> None:
        """A join is work for all who are there. Raises HTTPTooManyRequests."""
        room, now = claims.video.room, time.monotonic()
        if not self._comes.take((room, claims.sub), now):
            kind = "identity"
        elif not self._room_comes.take(room, now):
            kind = "room"
        else:
            return
        raise _too_often(kind, claims, 1)

    def _asked(self, request: web.Request, claims: Claims) -> rtc.JoinRequest:
        """What a client comes with; reading it takes of its time.

        Raises HTTPBadRequest, HTTPTooManyRequests.
        """
        pace = self._manager.pace(claims.video.room, claims.sub)
        wait = pace.wait(time.monotonic())
        if wait:
            raise _too_often("work", claims, ceil(wait))
        began = time.thread_time()
        try:
            return _join_request(request)
        finally:
            pace.spent(time.thread_time() - began, time.monotonic())

    async def validate(self, request: web.Request) -> web.Response:
        self._asked(request, self._claims(request))
        return web.Response(text="success", headers=CORS)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        claims = self._claims(request)
        socket = web.WebSocketResponse(max_msg_size=self._max_message, compress=False, timeout=2.0)
        if not socket.can_prepare(request):
            return web.Response(status=400, text="a WebSocket is expected", headers=CORS)
        self._come(claims)
        asked = self._asked(request, claims)
        if asked.reconnect:
            return await self._resume(request, socket, claims, asked)
        try:
            meeting = self._manager.open(claims.video.room)
            session = meeting.join(
                claims,
                auto_subscribe=asked.connection_settings.auto_subscribe,
                single=_single(request),
                pace=self._manager.pace(claims.video.room, claims.sub),
            )
        except Full as error:
            return web.Response(status=503, text=str(error), headers=CORS)
        session.begin(asked)
        return await self._serve(request, socket, meeting, session)

    async def _resume(
        self, request: web.Request, socket: web.WebSocketResponse, claims: Claims, asked: rtc.JoinRequest
    ) -> web.StreamResponse:
        meeting = self._manager.meetings.get(claims.video.room)
        session = meeting.session(asked.participant_sid) if meeting else None
        if meeting is None or session is None or session.who.identity != claims.sub:
            await socket.prepare(request)
            await socket.send_bytes(goodbye(models.STATE_MISMATCH, again=True).SerializeToString())
            await socket.close()
            return socket
        meeting.resume(session, claims)
        return await self._serve(request, socket, meeting, session)

    async def _serve(
        self, request: web.Request, socket: web.WebSocketResponse, meeting: RoomRuntime, session: Session
    ) -> web.StreamResponse:
        queue = session.outgoing
        said_goodbye = False
        try:
            await socket.prepare(request)
            writer = asyncio.create_task(_write(socket, session))
            try:
                said_goodbye = await self._read(socket, session)
            finally:
                writer.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await writer
        finally:
            # Another WebSocket may have taken over.
            if session.outgoing is queue:
                session.attached = False
                if said_goodbye:
                    meeting.leave(session, models.CLIENT_INITIATED)
                    self._manager.drop_if_left(meeting)
        return socket

    async def _read(self, socket: web.WebSocketResponse, session: Session) -> bool:
        """Until the WebSocket ends; whether the client said goodbye."""
        async for message in socket:
            if message.type is WSMsgType.BINARY and not session.receive(message.data):
                await socket.close()
                return True
            # What is already here would be read without a turn for anybody else.
            await asyncio.sleep(session.wait())
        return False


def _too_often(kind: str, claims: Claims, wait: int) -> web.HTTPTooManyRequests:
    """`wait`: seconds."""
    room, identity = claims.video.room, claims.sub
    log.seldom("join_refused", kind, room=room, identity=identity, why="comes too often")
    return web.HTTPTooManyRequests(text="joins too often", headers={**CORS, "Retry-After": str(wait)})


def _single(request: web.Request) -> bool:
    """Whether the client wants one peer connection for both ways."""
    return request.path.startswith("/rtc/v1")


def _join_request(request: web.Request) -> rtc.JoinRequest:
    """Raises HTTPBadRequest."""
    if not _single(request):
        return joining.of_query(request.query)
    try:
        return joining.read(request.query.get("join_request", ""))
    except joining.BadJoinRequest as error:
        raise web.HTTPBadRequest(text=str(error), headers=CORS) from error


async def _write(socket: web.WebSocketResponse, session: Session) -> None:
    queue = session.outgoing
    while True:
        message = await queue.get()
        if message is None:
            await socket.close(code=WSCloseCode.OK)
            return
        try:
            await socket.send_bytes(message.SerializeToString())
        except ConnectionError:
            return
