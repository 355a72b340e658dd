"""The media server's listener, walked: who may call which route."""

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from server.sfu.app import Sfu
from server.sfu.config import Config, Media, Web
from server.sfu.signal.token import mint
from server.sfu.transport.service import RoomService

KEY, SECRET = "k", "s" * 40
#: Everything else wants a token.
OPEN = {("GET", "/health/ready")}


@pytest.fixture
async def sfu() -> AsyncIterator[Sfu]:
    made = Sfu(Config(keys={KEY: SECRET}, web=Web(port=0), media=Media(port=0)))
    await made.start()
    yield made
    await made.stop()


SERVICE = "/twirp/livekit.RoomService/"
METHODS = (
    "CreateRoom", "ListRooms", "DeleteRoom", "ListParticipants", "GetParticipant", "RemoveParticipant",
    "MutePublishedTrack", "UpdateParticipant", "UpdateSubscriptions", "SendData", "UpdateRoomMetadata",
)  # fmt: skip


def routes(sfu: Sfu) -> list[tuple[str, str]]:
    """Those that are written out, and each method of the server's API."""
    found = [("POST", SERVICE + method) for method in METHODS]
    for route in sfu._application().router.routes():
        info = route.resource.get_info() if route.resource else {}
        if (path := info.get("path")) and route.method not in {"HEAD", "OPTIONS"}:
            found.append((route.method, str(path)))
    return found


def ticket() -> str:
    """What a participant holds: it opens a room, and none of the server's API."""
    video = {"room": "r", "roomJoin": True}
    return mint(KEY, SECRET, {"sub": "@anna:localhost:D", "exp": time.time() + 60, "video": video})


def forged() -> str:
    video = {"room": "r", "roomJoin": True, "roomAdmin": True, "roomList": True, "roomCreate": True}
    return mint(KEY, "x" * 40, {"sub": "@anna:localhost:D", "exp": time.time() + 60, "video": video})


@pytest.mark.parametrize("bearer", ["", "Bearer ", "Bearer x.y.z", "forged"])
async def test_nothing_opens_to_a_stranger(sfu: Sfu, bearer: str) -> None:
    host, port = sfu.address
    headers = {"Authorization": f"Bearer {forged()}" if bearer == "forged" else bearer} if bearer else {}
    walked = 0
    async with aiohttp.ClientSession(headers=headers) as http:
        for method, path in routes(sfu):
            if (method, path) in OPEN:
                continue
            async with http.request(method, f"http://{host}:{port}{path}", json={}) as answer:
                assert answer.status in {401, 403}, (method, path, answer.status)
            walked += 1
    assert walked > 5


async def test_the_methods_of_the_servers_api_are_these(sfu: Sfu) -> None:
    assert set(RoomService(sfu.manager, {KEY: SECRET})._methods) == set(METHODS)


async def test_a_participants_ticket_opens_none_of_the_servers_api(sfu: Sfu) -> None:
    host, port = sfu.address
    walked = 0
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {ticket()}"}) as http:
        for method, path in routes(sfu):
            if not path.startswith(SERVICE):
                continue
            async with http.request(method, f"http://{host}:{port}{path}", json={}) as answer:
                assert answer.status in {401, 403}, (method, path, answer.status)
            walked += 1
    assert walked > 5
