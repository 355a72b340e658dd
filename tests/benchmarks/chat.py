"""Chat through the front against Synapse asked directly: send to the other's sync, messages a second."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.benchmarks.measure import interleaved

_WARM_UP, _MESSAGES = 5, 40
_SENDERS, _EACH = 10, 10
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in: what every request of theirs needs."""

    user_id: str
    headers: dict[str, str]


class Chat:
    """Two people in one room, over one way to the homeserver (``base_url``)."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str, sender: Person, reader: Person) -> None:
        self._http = http
        self._client = f"{base_url}/_matrix/client/v3"
        self._sender = sender
        self._reader = reader
        self._room = ""
        self._since = ""
        self._transactions = itertools.count()

    async def meet(self) -> None:
        """Make the room, and bring the reader's sync up to now."""
        body = {"preset": "trusted_private_chat", "invite": [self._reader.user_id], "is_direct": True}
        self._room = (await self._ask("POST", "/createRoom", self._sender, body))["room_id"]
        await self._ask("POST", f"/join/{self._room}", self._reader, {})
        await self.catch_up()

    async def catch_up(self) -> None:
        """Bring the reader's sync up to now."""
        self._since = (await self._ask("GET", "/sync?timeout=0", self._reader))["next_batch"]

    async def send(self) -> str:
        """Send one message; its event id."""
        path = f"/rooms/{self._room}/send/m.room.message/{id(self)}-{next(self._transactions)}"
        body = {"msgtype": "m.text", "body": "How long does this take?"}
        return str((await self._ask("PUT", path, self._sender, body))["event_id"])

    async def latency_ms(self) -> float:
        """Milliseconds from sending a message until the reader's waiting sync has it."""
        arrival = asyncio.create_task(self._next_message())
        # The reader must be waiting before the message is sent. That is so once its request is written, of
        # which nobody tells; the other's own message takes longer than that in any case.
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        event_id = await self.send()
        received_at, received = await arrival
        while event_id not in received:
            received_at, received = await self._next_message()
        return (received_at - began) * 1000

    async def _next_message(self) -> tuple[float, list[str]]:
        path = f"/sync?timeout=10000&since={self._since}"
        while True:
            answer = await self._ask("GET", path, self._reader)
            at = time.perf_counter()
            self._since = answer["next_batch"]
            path = f"/sync?timeout=10000&since={self._since}"
            room = answer.get("rooms", {}).get("join", {}).get(self._room, {})
            if events := [event["event_id"] for event in room.get("timeline", {}).get("events", [])]:
                return at, events

    async def messages_a_second(self) -> float:
        """Throughput with several messages under way at once."""

        async def sender() -> None:
            for _ in range(_EACH):
                await self.send()

        began = time.perf_counter()
        await asyncio.gather(*(sender() for _ in range(_SENDERS)))
        return _SENDERS * _EACH / (time.perf_counter() - began)

    async def _ask(self, method: str, path: str, person: Person, body: object = None) -> Any:
        async with self._http.request(
            method, self._client + path, json=body, headers=person.headers
        ) as answer:
            answer.raise_for_status()
            return await answer.json()


async def sign_in(http: aiohttp.ClientSession, front: str, email: str, password: str) -> Person:
    """Sign in as the web client does; the token is good for the homeserver asked directly too."""
    body = {"email": email, "password": password, "layout": "desktop"}
    async with http.post(f"{front}/api/v1/session", json=body, headers={"X-Unisono": "1"}) as answer:
        answer.raise_for_status()
        matrix = (await answer.json())["matrix"]
    return Person(matrix["user_id"], {"Authorization": f"Bearer {matrix['access_token']}"})


@asynccontextmanager
async def two_ways(
    front: str, homeserver: str, logins: list[tuple[str, str]]
) -> AsyncIterator[tuple[Chat, Chat]]:
    """The same two people over the front and over the homeserver itself."""
    async with aiohttp.ClientSession() as http:
        sender, reader = [await sign_in(http, front, *login) for login in logins[:2]]
        ways = Chat(http, front, sender, reader), Chat(http, homeserver, sender, reader)
        for chat in ways:
            await chat.meet()
        yield ways


async def latency(front: Chat, direct: Chat) -> tuple[float, float]:
    """Median milliseconds, through the front and directly, message by message in turns."""
    for chat in (front, direct):
        await chat.catch_up()
    await interleaved(front.latency_ms, direct.latency_ms, _WARM_UP)
    return await interleaved(front.latency_ms, direct.latency_ms, _MESSAGES)


async def throughput(front: Chat, direct: Chat) -> tuple[float, float]:
    """Median messages a second, through the front and directly, round by round in turns."""
    return await interleaved(front.messages_a_second, direct.messages_a_second, _ROUNDS)
