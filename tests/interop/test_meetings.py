"""Group calls through the whole server: a Matrix client's OpenID token opens its room's call only."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from typing import Any
from urllib.parse import quote

import pytest
from livekit import rtc

from server.homeserver.client import MatrixSession
from server.meetings import rules
from tests.support.patience import PATIENCE
from tests.support.sfu import connected, hear
from tests.support.stack import Stack, homeserver_client, wait_until


@pytest.fixture
def stack(bare_stack: Stack) -> Stack:
    return bare_stack


def openid(stack: Stack, who: MatrixSession) -> dict[str, Any]:
    path = f"/_matrix/client/v3/user/{quote(who.user_id)}/openid/request_token"
    status, body = stack.request("POST", path, b"{}", token=who.access_token)
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found


def post(stack: Stack, path: str, content: object) -> tuple[int, dict[str, Any]]:
    status, body = stack.request("POST", path, json.dumps(content).encode())
    return status, json.loads(body)


def test_clients_are_told_where_group_calls_are(stack: Stack) -> None:
    transport = {"type": "livekit", "livekit_service_url": f"{stack.url}/livekit"}
    assert stack.get("/.well-known/matrix/client")[1]["org.matrix.msc4143.rtc_foci"] == [transport]
    parts = stack.health()[1]["parts"]
    assert parts["sfu"] == {"ready": True, "why": None}


async def test_members_of_a_room_meet_and_strangers_do_not(stack: Stack) -> None:
    names = ("agnese", "berto", "cesira")
    await asyncio.to_thread(stack.add_people, *names)
    async with homeserver_client(stack) as homeserver:
        for name in names:
            await homeserver.ensure_user(name, name.title())
        anna, bruno, carla = [await homeserver.login(name, "PHONE", "x") for name in names]
        room = await homeserver.direct_room(anna.user_id, bruno.user_id)
    tickets = []
    for who in (anna, bruno):
        asked = {"room": room, "openid_token": openid(stack, who), "device_id": "PHONE"}
        status, ticket = post(stack, "/livekit/sfu/get", asked)
        assert status == 200, ticket
        assert ticket["url"] == f"ws://127.0.0.1:{stack.ports.web}/livekit"
        tickets.append(ticket)
    async with connected(**tickets[0]) as one, connected(**tickets[1]) as other:
        assert one.room.local_participant.identity == f"{anna.user_id}:PHONE"
        await one.speak(700)
        assert await hear(await other.next_track(rtc.TrackKind.KIND_AUDIO), 700) > 0.8
    status, refusal = post(
        stack,
        "/livekit/sfu/get",
        {"room": room, "openid_token": openid(stack, carla), "device_id": "PHONE"},
    )
    assert (status, refusal["errcode"]) == (403, "M_FORBIDDEN")
    newer = {
        "room_id": room,
        "slot_id": rules.ROOM_CALL,
        "openid_token": openid(stack, anna),
        "member": {"id": "m1", "claimed_device_id": "PHONE", "claimed_user_id": anna.user_id},
    }
    assert post(stack, "/livekit/get_token", newer)[0] == 200


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"room": "!r:localhost", "openid_token": "x", "device_id": "D"}, id="wrong shape"),
    ],
)
def test_requests_that_lack_what_is_needed_are_told_so(stack: Stack, asked: dict[str, Any]) -> None:
    status, refusal = post(stack, "/livekit/sfu/get", asked)
    assert (status, refusal["errcode"]) == (400, "M_BAD_JSON")


@pytest.mark.parametrize("server", ["localhost", "elsewhere.example"])
def test_made_up_tokens_open_nothing(stack: Stack, server: str) -> None:
    token = {"access_token": "made-up", "matrix_server_name": server}
    status, _ = post(
        stack, "/livekit/sfu/get", {"room": "!r:localhost", "openid_token": token, "device_id": "D"}
    )
    assert status == 403


def test_clients_of_other_origins_may_ask(stack: Stack) -> None:
    assert stack.request("OPTIONS", "/livekit/sfu/get")[0] == 204
    assert stack.request("OPTIONS", "/livekit/get_token")[0] == 204


def test_a_killed_unit_is_back_and_the_rest_goes_on(stack: Stack) -> None:
    before = stack.children()
    os.kill(before["sfu"], signal.SIGKILL)
    wait_until(lambda: stack.children().get("sfu", before["sfu"]) != before["sfu"], PATIENCE, stack.describe)
    wait_until(lambda: stack.health()[0] == 200, PATIENCE, stack.describe)
    assert {**stack.children(), "sfu": 0} == {**before, "sfu": 0}


def test_both_forms_of_signalling_say_why_they_refuse(stack: Stack) -> None:
    assert stack.request("GET", "/livekit/rtc/v1/validate?access_token=x")[0] == 401
    assert stack.request("GET", "/livekit/rtc/validate?access_token=x")[0] == 401
