"""Members and guests in meetings of the whole server: HTTP, and the `livekit` SDK for their media."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from server.homeserver.room_state import CALL_MEMBER_EVENTS
from tests.support.patience import PATIENCE
from tests.support.sfu import Person, connected
from tests.support.stack import Stack


@dataclass
class Client:
    """One browser; a member's has a Matrix token too."""

    http: aiohttp.ClientSession
    stack: Stack
    matrix: dict[str, Any]
    page: aiohttp.ClientResponse | None = None

    async def ask(self, method: str, path: str, body: object = None, expect: int = 200) -> Any:
        async with self.http.request(method, f"{self.stack.url}/api/v1{path}", json=body) as answer:
            content = await answer.json() if answer.content_type == "application/json" else None
            assert answer.status == expect, (method, path, content)
            return content

    async def synapse(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.matrix['access_token']}"}
        url = f"{self.stack.url}/_matrix/client/v3{path}"
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def openid(self) -> Any:
        path = f"/user/{quote(self.matrix['user_id'])}/openid/request_token"
        return await self.synapse("POST", path, {})

    async def ticket(self, room_id: str, openid: Any = None, **more: str) -> tuple[int, Any]:
        """As any Matrix client gets it; with `slot_id`, a breakout's. `openid`: a token of before."""
        token = openid or await self.openid()
        device = self.matrix["device_id"]
        body = {"room": room_id, "openid_token": token, "device_id": device, **more}
        async with self.http.post(f"{self.stack.url}/livekit/sfu/get", json=body) as answer:
            return answer.status, await answer.json()

    @asynccontextmanager
    async def in_call(self, room_id: str, **more: str) -> AsyncIterator[Person]:
        status, ticket = await self.ticket(room_id, **more)
        assert status == 200, ticket
        async with connected(ticket["url"], ticket["jwt"]) as person:
            yield person

    async def members(self, room_id: str) -> set[str]:
        found = await self.synapse("GET", f"/rooms/{quote(room_id)}/joined_members")
        return set(found["joined"])

    async def in_call_by_matrix(self, room_id: str) -> set[str]:
        """Whose Matrix says that they are in the call."""
        events = await self.synapse("GET", f"/rooms/{quote(room_id)}/state")
        kind = CALL_MEMBER_EVENTS[0]
        return {event["sender"] for event in events if event["type"] == kind and event["content"]}


@asynccontextmanager
async def browser(stack: Stack, who: str = "") -> AsyncIterator[Client]:
    """A guest's, or that of one of the demo's people."""
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an IP address
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"X-Unisono": "1"}) as http:
        client = Client(http, stack, {})
        if who:
            body = {"email": f"{who}@unisono.example", "password": f"{who}-demo", "layout": "desktop"}
            client.matrix = (await client.ask("POST", "/session", body))["matrix"]
        yield client


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again; there is no event to wait for from outside."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def join(guest: Client, url: str, name: str = "Gino") -> str:
    """At the door by a link, where the page listens as long as it is open; the visitor's id."""
    joined = await guest.ask("POST", "/guest/join", {"token": url.rpartition("/")[2], "name": name}, 201)
    await listen(guest)
    return str(joined["guest"]["id"])


async def listen(guest: Client) -> None:
    """As the page of a guest does as long as it is open, and again when it was cut off."""
    timeout = aiohttp.ClientTimeout(total=None)
    guest.page = await guest.http.get(f"{guest.stack.url}/api/v1/guest/events", timeout=timeout)


async def sfu_of(guest: Client) -> tuple[str, str, str]:
    sfu = (await guest.ask("GET", "/guest"))["sfu"]
    return sfu["url"], sfu["token"], sfu["identity"]
