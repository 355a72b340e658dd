"""What is asked of the homeserver as any of our users."""

from collections.abc import AsyncIterator

import pytest

from bridges.sip.appservice.client import Homeserver, MatrixRefused, MatrixUnavailable
from tests.bridges.sip.surroundings import AS_TOKEN, Surroundings

GHOST, ROOM = "@_tel_+391:localhost", "!room:localhost"


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with Surroundings() as surroundings:
        yield surroundings


@pytest.fixture
async def homeserver(around: Surroundings) -> AsyncIterator[Homeserver]:
    client = Homeserver(around.url, AS_TOKEN)
    yield client
    await client.close()


async def test_an_event_is_sent_as_the_user_with_our_transaction_and_no_token_in_the_address(
    around: Surroundings, homeserver: Homeserver
) -> None:
    event_id = await homeserver.send_event(GHOST, ROOM, "m.call.hangup", {"call_id": "c"}, "txn.1")
    assert event_id == "$bridge0"
    assert around.sent[0]["sender"] == GHOST
    assert around.sent[0]["room_id"] == ROOM
    assert around.requests[-1].match_info["txn"] == "txn.1"
    assert "token" not in around.requests[-1].query_string


async def test_trouble_of_the_homeserver_is_told_from_its_refusal(
    around: Surroundings, homeserver: Homeserver
) -> None:
    around.refusals = [
        (429, {"errcode": "M_LIMIT_EXCEEDED", "error": "slow", "retry_after_ms": 1500}),
        (500, {"errcode": "M_UNKNOWN", "error": "oops"}),
        (403, {"errcode": "M_FORBIDDEN", "error": "not in the room"}),
    ]
    with pytest.raises(MatrixUnavailable) as limited:
        await homeserver.send_event(GHOST, ROOM, "m.call.hangup", {}, "1")
    assert limited.value.retry_after == 1.5
    with pytest.raises(MatrixUnavailable):
        await homeserver.send_event(GHOST, ROOM, "m.call.hangup", {}, "1")
    with pytest.raises(MatrixRefused, match="M_FORBIDDEN"):
        await homeserver.send_event(GHOST, ROOM, "m.call.hangup", {}, "1")
    around.away = True
    assert await homeserver.probe() == "HTTP 502"


async def test_members_are_asked_as_one_of_them(around: Surroundings, homeserver: Homeserver) -> None:
    members = await homeserver.joined_members(ROOM, "@anna:localhost")
    assert members == {"@anna:localhost", "@bruno:localhost"}
    assert around.requests[-1].query["user_id"] == "@anna:localhost"


async def test_a_ghost_may_exist_already(around: Surroundings, homeserver: Homeserver) -> None:
    await homeserver.register("_tel_+391")
    await homeserver.register("_tel_+391")
    assert around.registered == ["_tel_+391"]


async def test_nobody_listening_is_unavailable() -> None:
    homeserver = Homeserver("http://127.0.0.1:9", AS_TOKEN)
    for asking in (
        homeserver.send_event(GHOST, ROOM, "m.call.hangup", {}, "1"),
        homeserver.joined_members(ROOM, GHOST),
        homeserver.ping("unisono-telephone"),
    ):
        with pytest.raises(MatrixUnavailable):
            await asking
    assert await homeserver.probe()
    await homeserver.close()
