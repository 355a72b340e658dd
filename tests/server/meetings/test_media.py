"""What is asked of the media server when one of its processes is away."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web as aio
from livekit.protocol import models, room

from server.meetings.media import MediaServer
from server.meetings.refusals import MediaUnavailable
from server.meetings.sfu_nodes import SfuNodes

NOBODY = "http://127.0.0.1:1"


@pytest.fixture
async def node() -> AsyncIterator[str]:
    """The address of a process with the room "here"."""

    async def rooms(_request: aio.Request) -> aio.Response:
        listed = room.ListRoomsResponse(rooms=[models.Room(name="here")])
        return aio.Response(body=listed.SerializeToString(), content_type="application/protobuf")

    app = aio.Application()
    app.router.add_post("/twirp/livekit.RoomService/ListRooms", rooms)
    runner = aio.AppRunner(app)
    await runner.setup()
    await aio.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def media(*nodes: str) -> MediaServer:
    found = MediaServer(SfuNodes(nodes, "key", "s" * 40))
    await found.start()
    return found


async def test_rooms_of_the_others_are_listed(node: str) -> None:
    asked = await media(node, NOBODY)
    listed = await asked.rooms()
    await asked.close()
    assert listed.rooms == {"here"}
    silent = {name: listed.silent(name) for name in map(str, range(20))}
    assert silent == {name: asked.where.node(name) == NOBODY for name in silent}
    assert set(silent.values()) == {True, False}


async def test_none_that_answers_is_an_error() -> None:
    asked = await media(NOBODY, NOBODY + "1")
    with pytest.raises(MediaUnavailable):
        await asked.rooms()
    await asked.close()
