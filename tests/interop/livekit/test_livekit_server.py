"""`[sfu] kind = "livekit"`: a real LiveKit server takes the place of our own SFU."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from livekit import rtc
from livekit.protocol import webhook

from server.config import load
from server.meetings import rules
from server.meetings.internal_http import read_webhook
from server.meetings.media import MediaServer
from server.meetings.sfu_nodes import SfuNodes, sfu_nodes
from server.sfu.signal.token import mint
from tests.support.livekit_server import KEY, SECRET, LiveKit, livekit_server
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.sfu import Person, connected, hear
from tests.support.stack import Ports, Stack, homeserver_client

HOOK = free_port()


def section(url: str) -> str:
    return f'kind = "livekit"\nurl = "{url}"\napi_key = "{KEY}"\napi_secret = "{SECRET}"\n'


@pytest.fixture(scope="module")
def livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    with livekit_server(tmp_path_factory.mktemp("livekit"), f"http://127.0.0.1:{HOOK}/hook") as running:
        yield running


@pytest.fixture
def where(livekit: LiveKit, tmp_path: Path) -> SfuNodes:
    path = tmp_path / "unisono.toml"
    path.write_text("[sfu]\n" + section(livekit.http))
    return sfu_nodes(load(path).sfu, "not used" * 8)


@pytest.fixture
async def media(where: SfuNodes) -> AsyncIterator[MediaServer]:
    made = MediaServer(where)
    await made.start()
    yield made
    await made.close()


@dataclass
class Hook:
    """What LiveKit tells, as our own receiver reads it."""

    events: asyncio.Queue[webhook.WebhookEvent] = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        token = request.headers["Authorization"]
        self.events.put_nowait(read_webhook(await request.read(), token, {KEY: SECRET}, time.time()))
        return web.Response()

    async def until(self, name: str, identity: str = "") -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                event = await self.events.get()
                if event.event == name and event.participant.identity == identity:
                    return


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made, app = Hook(), web.Application()
    app.add_routes([web.post("/hook", made.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", HOOK).start()
    yield made
    await runner.cleanup()


def token(where: SfuNodes, identity: str, room: str) -> str:
    return mint(where.key, where.secret, rules.claims(identity, room, int(time.time())))


def told(one: Person) -> asyncio.Event:
    found = asyncio.Event()
    one.room.on("track_muted", lambda *_: found.set())
    return found


async def test_our_tokens_server_api_and_webhooks_are_understood(
    where: SfuNodes, media: MediaServer, hook: Hook
) -> None:
    room, anna_name, bruno_name = "story", "@anna:localhost:A", "@bruno:localhost:B"
    async with (
        connected(where.socket(room), token(where, anna_name, room)) as anna,
        connected(where.socket(room), token(where, bruno_name, room)) as bruno,
    ):
        await hook.until("participant_joined", bruno_name)
        await anna.speak(440)
        await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO, PATIENCE), 440, timeout=PATIENCE)
        assert room in (await media.rooms()).rooms
        people = await media.participants(room)
        assert {one.identity for one in people} == {anna_name, bruno_name}
        muted = told(bruno)
        await media.mute(room, anna_name, "microphone")
        async with asyncio.timeout(PATIENCE):
            await muted.wait()
        await media.remove(room, anna_name)
        await hook.until("participant_left", anna_name)
        assert {one.identity for one in await media.participants(room)} == {bruno_name}
    await hook.until("room_finished")


@pytest.fixture(scope="module")
def stack(livekit: LiveKit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("unisono")
    with Stack.start(
        folder, sip=False, sfu=True, sfu_lines=section(livekit.http), ports=Ports.free()
    ) as running:
        running.wait_ready()
        yield running


async def test_people_reach_it_through_our_own_address(stack: Stack) -> None:
    assert stack.health()[1]["parts"]["sfu"] == {"ready": True, "why": None}
    assert "sfu" not in stack.children()
    await asyncio.to_thread(stack.add_people, "anna", "bruno")
    async with homeserver_client(stack) as homeserver:
        for name in ("anna", "bruno"):
            await homeserver.ensure_user(name, name.title())
        people = [await homeserver.login(name, "PHONE", "x") for name in ("anna", "bruno")]
        room = await homeserver.direct_room(people[0].user_id, people[1].user_id)
    tickets = [ticket(stack, who.user_id, who.access_token, room) for who in people]
    async with connected(**tickets[0]) as one, connected(**tickets[1]) as other:
        await one.speak(700)
        track = await other.next_track(rtc.TrackKind.KIND_AUDIO, PATIENCE)
        assert await hear(track, 700, timeout=PATIENCE) > 0.8


def ticket(stack: Stack, user_id: str, access_token: str, room: str) -> Any:
    path = f"/_matrix/client/v3/user/{quote(user_id)}/openid/request_token"
    openid = json.loads(stack.request("POST", path, b"{}", token=access_token)[1])
    asked = {"room": room, "openid_token": openid, "device_id": "PHONE"}
    status, body = stack.request("POST", "/livekit/sfu/get", json.dumps(asked).encode())
    assert status == 200, body
    return json.loads(body)
