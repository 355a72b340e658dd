"""The server's client of the homeserver against a real Synapse."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from server.homeserver.client import HomeserverClient, MatrixSession
from server.homeserver.errors import HomeserverUnreachable, MatrixRefusal
from tests.support.patience import PATIENCE
from tests.support.stack import Stack, homeserver_client

ANNA = "@anna:localhost"
BRUNO = "@bruno:localhost"


@pytest.fixture
def stack(bare_stack: Stack) -> Stack:
    return bare_stack


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[HomeserverClient]:
    async with homeserver_client(stack) as ready:
        await ready.ensure_user("anna", "Anna Rossi")
        await ready.ensure_user("bruno", "Bruno Bianchi")
        yield ready


class Device:
    """A Matrix client of one person, through the front."""

    def __init__(self, stack: Stack, session: MatrixSession) -> None:
        self._url = stack.url
        self._headers = {"Authorization": f"Bearer {session.access_token}"}

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        async with (
            aiohttp.ClientSession(headers=self._headers) as http,
            http.get(f"{self._url}/_matrix/client/v3{path}") as response,
        ):
            return response.status, await response.json()

    async def call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with (
            aiohttp.ClientSession(headers=self._headers) as http,
            http.request(method, f"{self._url}/_matrix/client/v3{path}", json=body) as response,
        ):
            answer: dict[str, Any] = await response.json()
            assert response.status == 200, answer
            return answer


async def test_a_login_is_for_the_chosen_device_and_ends_the_one_before(
    stack: Stack, client: HomeserverClient
) -> None:
    first = await client.login("anna", "DESK", "Browser")
    assert (first.user_id, first.device_id) == (ANNA, "DESK")
    assert (await Device(stack, first).get("/account/whoami"))[1]["device_id"] == "DESK"
    second = await client.login("anna", "DESK", "Browser")
    assert (await Device(stack, first).get("/account/whoami"))[0] == 401
    assert (await Device(stack, second).get("/account/whoami"))[0] == 200


async def test_deleting_the_device_ends_a_running_long_poll(stack: Stack, client: HomeserverClient) -> None:
    session = await client.login("anna", "TAB", "Browser")
    device = Device(stack, session)

    async def poll() -> None:
        """Until the homeserver does not know it any more; news of others are no end."""
        status, answer = await device.get("/sync")
        while status != 401:
            status, answer = await device.get(f"/sync?timeout=300000&since={answer['next_batch']}")

    polling = asyncio.create_task(poll())
    done, _ = await asyncio.wait({polling}, timeout=0.5)
    assert not done
    await client.delete_device(ANNA, "TAB")
    await asyncio.wait_for(polling, PATIENCE)
    assert (await device.get("/account/whoami"))[0] == 401


async def test_deleting_what_is_not_there_is_fine(client: HomeserverClient) -> None:
    await client.delete_device(ANNA, "NEVER")
    await client.delete_device("@nobody:localhost", "NEVER")


async def test_a_login_of_somebody_unknown_is_refused(client: HomeserverClient) -> None:
    with pytest.raises(MatrixRefusal) as refused:
        await client.login("nobody", "X", "Browser")
    assert refused.value.status in {403, 404}


async def test_a_person_is_renamed_not_registered_twice(stack: Stack, client: HomeserverClient) -> None:
    assert await client.ensure_user("anna", "Anna Verdi") == ANNA
    device = Device(stack, await client.login("anna", "D", "Browser"))
    assert (await device.get(f"/profile/{ANNA}/displayname"))[1] == {"displayname": "Anna Verdi"}
    async with homeserver_client(stack) as another:
        assert await another.ensure_user("anna", "Anna Rossi") == ANNA
    assert (await device.get(f"/profile/{ANNA}/displayname"))[1] == {"displayname": "Anna Rossi"}


async def test_one_direct_room_for_a_pair_whoever_asks_and_however_often(
    stack: Stack, client: HomeserverClient
) -> None:
    rooms = await asyncio.gather(
        client.direct_room(ANNA, BRUNO), client.direct_room(BRUNO, ANNA), client.direct_room(ANNA, BRUNO)
    )
    assert len(set(rooms)) == 1
    for name, other in (("anna", BRUNO), ("bruno", ANNA)):
        device = Device(stack, await client.login(name, "M", "Browser"))
        user = f"@{name}:localhost"
        assert (await device.get(f"/user/{user}/account_data/m.direct"))[1] == {other: [rooms[0]]}
        members = (await device.get(f"/rooms/{rooms[0]}/joined_members"))[1]["joined"]
        assert set(members) == {ANNA, BRUNO}
    assert (await device.get(f"/rooms/{rooms[0]}/state/m.room.encryption"))[0] == 404
    async with homeserver_client(stack) as after_restart:
        assert await after_restart.direct_room(BRUNO, ANNA) == rooms[0]


async def test_a_room_made_by_another_client_is_found_and_joined(
    stack: Stack, client: HomeserverClient
) -> None:
    await client.ensure_user("carla", "Carla")
    dario = await client.ensure_user("dario", "Dario")
    carla = Device(stack, await client.login("carla", "E", "Element"))
    invitation = {"is_direct": True, "invite": [dario], "preset": "trusted_private_chat"}
    made = await carla.call("POST", "/createRoom", invitation)
    await carla.call("PUT", "/user/@carla:localhost/account_data/m.direct", {dario: [made["room_id"]]})
    assert await client.direct_room(dario, "@carla:localhost") == made["room_id"]


async def test_an_encrypted_direct_room_is_left_alone(stack: Stack, client: HomeserverClient) -> None:
    await client.ensure_user("elena", "Elena")
    elena = Device(stack, await client.login("elena", "E", "Element"))
    encryption = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    invitation = {"is_direct": True, "invite": [ANNA], "initial_state": [encryption]}
    made = await elena.call("POST", "/createRoom", invitation)
    await elena.call("PUT", "/user/@elena:localhost/account_data/m.direct", {ANNA: [made["room_id"]]})
    assert await client.direct_room("@elena:localhost", ANNA) != made["room_id"]


async def test_an_outside_number_has_a_ghost_with_a_direct_room(
    stack: Stack, client: HomeserverClient
) -> None:
    ghost = await client.ensure_ghost("+390698765432", "06 9876 5432")
    assert ghost == "@_tel_+390698765432:localhost"
    room = await client.direct_room(ghost, ANNA)
    assert await client.direct_room(ANNA, ghost) == room
    device = Device(stack, await client.login("anna", "G", "Browser"))
    members = (await device.get(f"/rooms/{room}/joined_members"))[1]["joined"]
    assert members[ghost]["display_name"] == "06 9876 5432"
    assert await client.ensure_ghost(None, "Hidden number") == "@_tel_anonymous:localhost"


async def test_presence_is_busy_until_it_is_taken_back(client: HomeserverClient) -> None:
    await client.set_presence(BRUNO, "busy")
    assert (await client.presence(BRUNO)).state == "busy"
    await client.set_presence(BRUNO, "online")
    assert (await client.presence(BRUNO)).state == "online"


async def test_a_client_with_a_pusher_can_be_woken(stack: Stack, client: HomeserverClient) -> None:
    device = Device(stack, await client.login("bruno", "PUSH", "A telephone"))
    assert not await client.is_woken_by_push(BRUNO)
    pusher = {
        "app_id": "org.example.app",
        "pushkey": "key",
        "app_display_name": "App",
        "device_display_name": "A telephone",
        "lang": "it",
        "kind": "http",
        "data": {"url": "https://push.example/_matrix/push/v1/notify"},
    }
    await device.call("POST", "/pushers/set", pusher)
    assert await client.is_woken_by_push(BRUNO)
    await client.delete_device(BRUNO, "PUSH")
    assert not await client.is_woken_by_push(BRUNO)


async def test_a_homeserver_that_is_away_has_an_error_of_its_own() -> None:
    away = HomeserverClient("http://127.0.0.1:9", "localhost", "x", "y")
    await away.start()
    try:
        with pytest.raises(HomeserverUnreachable):
            await away.presence(ANNA)
    finally:
        await away.close()


async def test_calls_ring_at_the_clients_of_a_person_as_the_house_and_they_want(
    stack: Stack, client: HomeserverClient
) -> None:
    device = Device(stack, await client.login("anna", "RINGS", "Browser"))
    rule = "/pushrules/global/underride/.m.rule.call/enabled"

    async def rings() -> bool:
        return bool((await device.get(rule))[1]["enabled"])

    for on in (False, False, True, True):
        await client.let_ring(ANNA, on=on)
        assert await rings() == on
    await device.call("PUT", rule, {"enabled": False})
    for on in (False, True):
        await client.let_ring(ANNA, on=on)
        assert not await rings(), "she has switched it off herself"
    await device.call("PUT", rule, {"enabled": True})
