"""`/api/v1/guest`: a guest's way through the door, with a link and a cookie, without an account.

Tokens travel in bodies, never in addresses, which are logged.
"""

from contextlib import aclosing
from typing import Annotated, Literal

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.edge import client_address, json_answer, read_body, read_query
from server.edge.operations import PUBLIC, register
from server.events.http import encode
from server.meetings.chat import Chat
from server.meetings.guests import GUEST, Guest, Guests, Invitation, Visit, Visiting

COOKIE = "unisono_guest"
#: A visit ends long before.
_LIVES = 24 * 3600
_STREAM = {
    "Cache-Control": "no-store",
    # nginx would keep events back until its buffer is full.
    "X-Accel-Buffering": "no",
}
_LINK = {404: ("link_unknown",), 410: ("link_expired", "link_revoked"), 429: ("too_many_attempts",)}
_AWAY = {503: ("homeserver_unavailable",)}
_GUEST: dict[int, tuple[str, ...]] = {401: ("not_a_guest",)}

Token = Annotated[str, msgspec.Meta(max_length=256)]


class LookBody(msgspec.Struct, forbid_unknown_fields=True):
    token: Token


class JoinBody(msgspec.Struct, forbid_unknown_fields=True):
    token: Token
    name: Annotated[str, msgspec.Meta(max_length=400)]


class VisitQuery(msgspec.Struct):
    """With `main` (1) the ticket is that of the main room, for whoever is assigned to a breakout too."""

    main: bool = False


class Joined(msgspec.Struct):
    guest: Guest


class MessageBody(msgspec.Struct, forbid_unknown_fields=True):
    body: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class Said(msgspec.Struct):
    id: str


class GuestApi:
    """`secure` keeps the cookie to https and, by the prefix `__Host-`, to this very host."""

    def __init__(self, guests: Guests, chat: Chat, *, secure: bool) -> None:
        self._guests = guests
        self._chat = chat
        self._secure = secure

    async def identify(self, request: Request) -> Visiting:
        """Raises `NotAGuest`."""
        return await self._guests.who(request.cookies.get(COOKIE))

    def blueprint(self) -> Blueprint:
        routes = Blueprint("guest", url_prefix="/api/v1/guest")
        for handler, path, method in (
            (self.look, "/look", "POST"),
            (self.join, "/join", "POST"),
            (self.visit, "", "GET"),
            (self.leave, "", "DELETE"),
            (self.events, "/events", "GET"),
            (self.say, "/messages", "POST"),
        ):
            register(routes, handler, path, method)
        return routes

    @PUBLIC.operation(
        "What a meeting's link says",
        body=LookBody,
        answer=Invitation,
        refusals={**_LINK, **_AWAY},
    )
    async def look(self, request: Request) -> HTTPResponse:
        body = read_body(request, LookBody)
        return json_answer(await self._guests.look(body.token, client_address(request)))

    @PUBLIC.operation(
        "Come to the door of a meeting",
        body=JoinBody,
        answer=Joined,
        status=201,
        refusals={**_LINK, 400: ("invalid_name",), 409: ("meeting_full",), **_AWAY},
    )
    async def join(self, request: Request) -> HTTPResponse:
        body = read_body(request, JoinBody)
        before = request.cookies.get(COOKIE)
        cookie, guest = await self._guests.join(body.token, body.name, client_address(request), before)
        response = json_answer(Joined(guest), 201)
        self._put(response, cookie, _LIVES)
        return response

    @GUEST.operation("My visit, with a fresh ticket", query=VisitQuery, answer=Visit, refusals=_GUEST)
    async def visit(self, guest: Visiting, request: Request) -> HTTPResponse:
        main = read_query(request, VisitQuery).main
        return json_answer(await self._guests.visit(guest, main=main))

    @GUEST.operation("Leave", status=204, refusals=_GUEST)
    async def leave(self, guest: Visiting, _request: Request) -> HTTPResponse:
        await self._guests.leave(guest)
        response = HTTPResponse(None, 204)
        self._put(response, "", 0)
        return response

    @GUEST.operation(
        "What becomes of my visit, and what is said (server-sent events)",
        files=("text/event-stream",),
        refusals={**_GUEST, 429: ("too_much",)},
    )
    async def events(self, guest: Visiting, request: Request) -> None:
        async with aclosing(self._chat.follow(guest.visitor, guest.meeting)) as events:
            first = await anext(events, None)
            response = await request.respond(content_type="text/event-stream", headers=_STREAM)
            await response.send("retry: 1000\n\n")
            if first is not None:
                await response.send(encode(first))
            async for event in events:
                await response.send(encode(event) if event is not None else ": ping\n\n")
        await response.eof()

    @GUEST.operation(
        "Say something in the meeting's room",
        body=MessageBody,
        answer=Said,
        status=201,
        refusals={
            **_GUEST,
            403: ("not_admitted",),
            409: ("encrypted_meeting",),
            429: ("too_much",),
            503: ("homeserver_unavailable",),
        },
    )
    async def say(self, guest: Visiting, request: Request) -> HTTPResponse:
        body = read_body(request, MessageBody).body
        return json_answer(Said(await self._chat.say(guest.visitor, guest.meeting, body)), 201)

    def _put(self, response: HTTPResponse, value: str, seconds: int) -> None:
        lax: Literal["Lax"] = "Lax"
        response.add_cookie(
            COOKIE,
            value,
            path="/",
            httponly=True,
            samesite=lax,
            secure=self._secure,
            host_prefix=self._secure,
            max_age=seconds,
        )
