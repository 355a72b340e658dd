"""A house whose people meet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.meetings import rules
from server.notifications.service import Mail
from tests.support.matrix_rooms import FakeRooms
from tests.support.media_server import FakeMedia, media_server
from tests.support.web import Answer, Browser, Web, demo_config, running

ANNA, BRUNO, CHIARA = "@anna:localhost", "@bruno:localhost", "@chiara:localhost"


@dataclass
class House:
    """Anna made a meeting, Bruno is in it, Chiara is not."""

    web: Web
    media: FakeMedia
    anna: Browser
    bruno: Browser
    chiara: Browser
    meeting: dict[str, Any]
    #: Accepted for delivery, oldest first.
    mails: list[tuple[str, Mail]] = field(default_factory=list)

    @property
    def rooms(self) -> FakeRooms:
        return self.web.homeserver.meetings

    @property
    def room_id(self) -> str:
        return str(self.meeting["room_id"])

    @property
    def call(self) -> str:
        return rules.room_name(self.room_id)

    def path(self, rest: str = "") -> str:
        return f"/api/v1/meetings/{self.meeting['id']}{rest}"

    async def link(self, *, lobby: bool = True, hours: float = 1) -> tuple[str, dict[str, Any]]:
        """The token of a fresh link, and the link."""
        answer = await self.anna.ask("POST", self.path("/links"), {"hours": hours, "lobby": lobby})
        assert answer.status == 201, answer
        return answer.body["url"].rpartition("/")[2], answer.body

    async def guest(self, token: str, name: str = "Gino") -> tuple[Browser, Answer]:
        browser = self.web.browser()
        return browser, await browser.ask("POST", "/api/v1/guest/join", {"token": token, "name": name})

    async def ticket(self, user_id: str, device_id: str, **more: str) -> Answer:
        """As any Matrix client asks for it, with an OpenID token of the user; `device_id` is signed in."""
        self.web.homeserver.open_devices.setdefault(user_id, set()).add(device_id)
        return await self.ticket_again(user_id, device_id, **more)

    async def ticket_again(self, user_id: str, device_id: str, **more: str) -> Answer:
        """The same, whatever became of the device."""
        openid = {"access_token": f"openid-{user_id}", "matrix_server_name": "localhost"}
        body = {"room": self.room_id, "openid_token": openid, "device_id": device_id, **more}
        return await self.web.browser().ask("POST", "/livekit/sfu/get", body)

    async def at_the_door(self, ticket: Answer) -> Answer:
        """Whether a ticket is worth anything now: 401 when not."""
        path = "/livekit/rtc/validate"
        return await self.web.browser().ask("GET", path, params={"access_token": ticket.body["jwt"]})

    async def administrator(self) -> Browser:
        browser = self.web.browser()
        await browser.sign_in(await self.web.enrol("Ada Neri", "209", role="administrator"))
        return browser

    async def visitors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.bruno.get(self.path("/visitors"))).body["visitors"]
        return found

    async def decide(self, visitor_id: str, **verdict: Any) -> Answer:
        body = {"decision": "admit", **verdict}
        return await self.anna.ask("POST", self.path(f"/visitors/{visitor_id}"), body)


class Stream:
    """A guest's page that listens."""

    def __init__(self, response: Any) -> None:
        self._response = response

    async def next(self) -> tuple[str, Any]:
        """The next event's name and data."""
        name = ""
        while line := (await self._response.content.readline()).decode():
            if line.startswith("event: "):
                name = line.removeprefix("event: ").strip()
            elif line.startswith("data: "):
                return name, msgspec.json.decode(line.removeprefix("data: "))
        return "end", None


@asynccontextmanager
async def listen(browser: Browser) -> AsyncIterator[Stream]:
    """The guest's page, for as long as it is open."""
    async with browser.http.get(browser.base + "/api/v1/guest/events") as response:
        yield Stream(response)


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with media_server() as media:
        config = demo_config()
        config = replace(config, sfu=replace(config.sfu, host="127.0.0.1", port=media.port))
        config = replace(config, meetings=replace(config.meetings, guests_without_lobby=True))
        async with running(tmp_path, config) as web:
            media.web = web
            anna = await web.signed_in("Anna Rossi", "201")
            bruno = await web.signed_in("Bruno Bianchi", "202", "+390612345202")
            chiara = await web.signed_in("Chiara Conti", "203")
            made = await anna.ask("POST", "/api/v1/meetings", {"title": "Budget", "people": [BRUNO]})
            assert made.status == 201, made
            found = House(web, media, anna, bruno, chiara, made.body)

            async def send(recipient: str, mail: Mail, _lives: int) -> None:
                found.mails.append((recipient, mail))

            monkeypatch.setattr(web.features.account.outbox, "send", send)
            yield found
