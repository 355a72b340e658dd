"""A direct room is made once, whoever waits for it."""

import asyncio
from typing import Any

import pytest

from server.homeserver.client import HomeserverClient
from server.homeserver.errors import HomeserverUnreachable, MatrixRefusal

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"


class SlowHomeserver(HomeserverClient):
    """Nobody has a room there; making one takes until `made` is set."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "localhost", "", "")
        self.begun, self.made, self.away = asyncio.Event(), asyncio.Event(), False
        self.rooms = 0

    async def _call(self, method: str, path: str, *_body: Any, **_more: Any) -> dict[str, Any]:
        if path.endswith("/createRoom"):
            self.begun.set()
            await self.made.wait()
            if self.away:
                raise HomeserverUnreachable("away")
            self.rooms += 1
            return {"room_id": f"!room{self.rooms}:localhost"}
        if path.endswith("/joined_rooms"):
            return {"joined_rooms": []}
        if method == "GET":
            raise MatrixRefusal(404, "M_NOT_FOUND", "")
        return {}


@pytest.fixture
def homeserver() -> SlowHomeserver:
    return SlowHomeserver()


async def test_it_is_made_to_its_end_though_nobody_waits_any_more(homeserver: SlowHomeserver) -> None:
    first = asyncio.create_task(homeserver.direct_room(ANNA, BRUNO))
    await homeserver.begun.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    again = [asyncio.create_task(homeserver.direct_room(*pair)) for pair in ((ANNA, BRUNO), (BRUNO, ANNA))]
    await asyncio.sleep(0)
    homeserver.made.set()
    assert await asyncio.gather(*again) == ["!room1:localhost"] * 2
    assert homeserver.rooms == 1


async def test_what_could_not_be_made_is_tried_again(homeserver: SlowHomeserver) -> None:
    homeserver.made.set()
    homeserver.away = True
    with pytest.raises(HomeserverUnreachable):
        await homeserver.direct_room(ANNA, BRUNO)
    homeserver.away = False
    assert await homeserver.direct_room(ANNA, BRUNO) == "!room1:localhost"
