"""`/api/v1/events`: server-sent events (WHATWG HTML, Section 9.2) for one signed-in browser."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

import msgspec
from sanic import Blueprint, Request

from server.edge import ApiError
from server.edge.operations import Access, register
from server.events.hub import Event, Hub, Subscription, TooManyStreams

#: Seconds of silence after which a comment is sent, so that no proxy takes the stream for dead.
PING = 15.0
_HEADERS = {
    "Cache-Control": "no-store",
    # nginx would keep events back until its buffer is full.
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True, slots=True)
class Follower:
    """A browser that wants to be told: whose, by which session, and whether that has not ended since."""

    user_id: str
    session: str
    lives: Callable[[], Awaitable[bool]]


FOLLOWER: Access[Follower] = Access("person")


def blueprint(hub: Hub, greeting: Callable[[], Awaitable[list[Event]]], ping: float = PING) -> Blueprint:
    """`greeting` gives the events that every new stream starts with."""
    routes = Blueprint("events", url_prefix="/api/v1")

    @FOLLOWER.operation(
        "What happens, as it happens (server-sent events)",
        files=("text/event-stream",),
        refusals={429: ("too_many_streams",)},
    )
    async def events(me: Follower, request: Request) -> None:
        try:
            subscription = hub.subscribe(me.user_id, me.session)
        except TooManyStreams as error:
            raise ApiError(429, "too_many_streams", "close another tab first") from error
        try:
            response = await request.respond(content_type="text/event-stream", headers=_HEADERS)
            await response.send("retry: 1000\n\n")
            for event in await greeting():
                await response.send(encode(event))
            async with aclosing(texts(subscription, ping, me.lives)) as stream:
                async for text in stream:
                    await response.send(text)
            await response.eof()
        finally:
            hub.unsubscribe(subscription)

    register(routes, events, "/events", "GET")
    return routes


async def texts(
    subscription: Subscription, ping: float, lives: Callable[[], Awaitable[bool]]
) -> AsyncGenerator[str, None]:
    """What to send until the stream ends. Another process may end the session too: asked at each ping."""
    upcoming = asyncio.ensure_future(subscription.next())
    try:
        while True:
            # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes with what it waits for.
            await asyncio.wait({upcoming}, timeout=ping)
            if not upcoming.done():
                if not await lives():
                    return
                yield ": ping\n\n"
                continue
            event = upcoming.result()
            if event is None:
                return
            upcoming = asyncio.ensure_future(subscription.next())
            yield encode(event)
    finally:
        upcoming.cancel()


def encode(event: Event) -> str:
    """One event on the wire; JSON never holds a line break."""
    return f"event: {event.name}\ndata: {msgspec.json.encode(event.data).decode()}\n\n"
