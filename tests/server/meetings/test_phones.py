"""Telephones: in with a PIN, out by a number, and what the bridge is told."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from aiohttp import web as aio

from server.meetings.bridge import MeetingBridge
from server.sfu.signal.token import verify
from tests.server.meetings.conftest import ANNA, BRUNO, CHIARA, House
from tests.support.web import Answer

OUTSIDE = {"user_id": None, "number": "+390698765421", "name": "Mario"}
DESK = {"user_id": BRUNO, "number": "202", "name": "Bruno Bianchi"}


async def dial_in(
    house: House, caller: dict[str, Any], pin: str | None = None, via: str = "trunk:provider"
) -> Answer:
    body = {"pin": pin or house.meeting["dial_in"]["pin"], "call_id": "c1", "caller": caller, "via": via}
    return await house.web.internal("POST", "/meetings/pin", body)


async def ask(house: House, visitor_id: str, **known: Any) -> Answer:
    query = "&".join(f"{name}={value}" for name, value in known.items())
    return await house.web.internal("GET", f"/meetings/visitors/{visitor_id}?{query}")


async def test_a_caller_from_outside_waits_for_a_member(house: House) -> None:
    entered = await dial_in(house, OUTSIDE)
    assert entered.status == 200
    visitor_id = entered.body["visitor_id"]
    assert entered.body == {
        "visitor_id": visitor_id, "meeting_id": house.meeting["id"], "title": "Budget",
        "state": "waiting", "started": False, "encrypted": False,
    }  # fmt: skip
    (seen,) = await house.visitors()
    assert (seen["kind"], seen["name"], seen["number"]) == ("phone", "+39 06 ••• 5421", "+39 06 ••• 5421")
    waiting = asyncio.create_task(ask(house, visitor_id, wait=20, state="waiting", started="false"))
    now = (await ask(house, visitor_id)).body
    assert now == {"state": "waiting", "started": False, "sfu": None, "place": None}
    assert (await house.decide(visitor_id)).status == 204
    state = (await waiting).body
    assert (state["state"], state["started"]) == ("admitted", False)
    sfu = state["sfu"]
    assert sfu["url"] == f"ws://127.0.0.1:{house.media.port}"
    assert sfu["identity"] == f"@_tel_meeting_{visitor_id}:localhost:{visitor_id}"
    assert (sfu["room"], sfu["secret"]) == (house.call, None)
    claims = verify(sfu["token"], {"unisono": house.web.secrets.sfu_secret}, time.time())
    assert (claims.sub, claims.name) == (sfu["identity"], "+39 06 ••• 5421")
    assert claims.attributes == {"kind": "phone"}
    # Its number is in nothing that others read.
    assert "5421" not in sfu["identity"]


async def test_the_music_ends_when_somebody_is_there(house: House) -> None:
    visitor_id = (await dial_in(house, DESK)).body["visitor_id"]
    waiting = asyncio.create_task(ask(house, visitor_id, wait=20, state="admitted", started="false"))
    await house.media.join(house.call, f"{ANNA}:D")
    assert (await waiting).body["started"] is True
    later = await ask(house, visitor_id, wait=0, state="admitted", started="true")
    assert later.body["state"] == "admitted"


async def test_a_colleagues_desk_phone_needs_nobody(house: House) -> None:
    entered = (await dial_in(house, DESK)).body
    assert entered["state"] == "admitted"
    (seen,) = await house.visitors()
    assert (seen["name"], seen["number"]) == ("Bruno Bianchi", "202")
    chiara = {"user_id": "@chiara:localhost", "number": "203", "name": "Chiara"}
    assert (await dial_in(house, chiara)).body["state"] == "waiting"


async def test_a_withheld_number_has_a_name_too(house: House) -> None:
    await dial_in(house, {"user_id": None, "number": None, "name": None})
    (seen,) = await house.visitors()
    assert (seen["name"], seen["number"]) == ("Numero nascosto", None)


async def test_pins_are_not_guessed(house: House) -> None:
    for _ in range(5):
        wrong = await dial_in(house, OUTSIDE, "000000000")
        assert (wrong.status, wrong.code) == (404, "unknown_pin")
    blocked = await dial_in(house, OUTSIDE, "000000000")
    assert (blocked.status, blocked.code) == (429, "too_many_attempts")
    assert int(blocked.headers["Retry-After"]) >= 1
    other = await dial_in(house, {**OUTSIDE, "number": "+390698765000"}, "000000000")
    assert (other.status, other.code) == (404, "unknown_pin")


async def test_a_right_pin_passes_whoever_guessed_before(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pause(_seconds: float) -> None: ...

    monkeypatch.setattr("server.meetings.phones.pause", pause)
    withheld = {"user_id": None, "number": None, "name": None}
    for each in range(20):
        for _ in range(3):  # what one call may try
            await dial_in(house, {**OUTSIDE, "number": f"+3906987651{each:02}"}, "000000000")
    for _ in range(6):
        guessed = await dial_in(house, withheld, "000000000")
    assert guessed.status == 429
    for caller in (DESK, OUTSIDE, {**OUTSIDE, "number": "+390698765100"}, withheld):
        assert (await dial_in(house, caller)).status == 200


async def test_who_guesses_makes_their_own_line_slow_and_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    monkeypatch.setattr("server.meetings.phones.pause", pause)
    for each in range(70):
        await dial_in(house, {**OUTSIDE, "number": f"+3906987651{each:02}"}, "000000000")
    assert paused[:60] == [0.0] * 60
    assert paused[60:] == [1.0] * 10
    paused.clear()
    assert (await dial_in(house, OUTSIDE)).status == 200
    assert (await dial_in(house, DESK)).status == 200
    assert (await dial_in(house, OUTSIDE, via="trunk:other")).status == 200
    assert paused == [1.0, 0.0]


async def test_in_the_call_and_gone_again(house: House) -> None:
    visitor_id = (await dial_in(house, DESK)).body["visitor_id"]
    sfu = (await ask(house, visitor_id)).body["sfu"]
    ghost = f"@_tel_meeting_{visitor_id}:localhost"
    room = house.rooms.rooms[house.room_id]
    assert room.members[ghost] == "Bruno Bianchi (telefono)"
    await house.media.join(house.call, sfu["identity"])
    assert room.in_call[ghost]["device_id"] == visitor_id
    gone = await house.web.internal("DELETE", f"/meetings/visitors/{visitor_id}", {"reason": "hung_up"})
    assert gone.status == 204
    assert ghost not in room.members and ghost not in room.in_call
    assert ghost in house.rooms.gone
    assert (await ask(house, visitor_id, wait=20, state="left", started="false")).body["state"] == "left"
    unknown = await ask(house, "nobody")
    assert (unknown.status, unknown.code) == (404, "visitor_not_found")


async def test_an_encrypted_meeting_takes_a_telephone_by_a_moderators_word_alone(house: House) -> None:
    made = await house.anna.ask(
        "POST", "/api/v1/meetings", {"title": "Secret", "encrypted": True, "people": [BRUNO]}
    )
    house.meeting = made.body
    entered = (await dial_in(house, DESK)).body
    assert (entered["state"], entered["encrypted"]) == ("waiting", True)
    visitor_id = entered["visitor_id"]
    plain = await house.decide(visitor_id)
    assert (plain.status, plain.code) == (409, "encrypted_meeting")
    allowed = {"decision": "admit", "allow_unencrypted": True, "secret": "k3y"}
    member = await house.bruno.ask("POST", house.path(f"/visitors/{visitor_id}"), allowed)
    assert (member.status, member.code) == (403, "moderators_only")
    assert (await house.decide(visitor_id, allow_unencrypted=True, secret="k3y")).status == 204
    sfu = (await ask(house, visitor_id)).body["sfu"]
    assert sfu["secret"] == "k3y"
    claims = verify(sfu["token"], {"unisono": house.web.secrets.sfu_secret}, time.time())
    assert claims.attributes == {"kind": "phone", "unencrypted": "1"}
    refused = await house.anna.ask("POST", house.path("/phones"), {"number": "202"})
    assert (refused.status, refused.code) == (409, "encrypted_meeting")


@dataclass
class Bridge:
    """The bridge's control address."""

    dialled: list[dict[str, Any]] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    status: int = 202

    async def dial(self, request: aio.Request) -> aio.Response:
        self.dialled.append(await request.json())
        return aio.Response(status=self.status)

    async def hang_up(self, request: aio.Request) -> aio.Response:
        self.hung_up.append(request.match_info["vid"])
        return aio.Response(status=204)


@pytest.fixture
async def bridge(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bridge]:
    found, app = Bridge(), aio.Application()
    app.router.add_post("/v1/meetings/dial", found.dial)
    app.router.add_delete("/v1/meetings/visitors/{vid}", found.hang_up)
    runner = aio.AppRunner(app)
    await runner.setup()
    await aio.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    real = MeetingBridge._ask

    async def redirected(self: Any, method: str, path: str, body: object = None) -> int | None:
        self._url = url
        return await real(self, method, path, body)

    monkeypatch.setattr("server.meetings.bridge.MeetingBridge._ask", redirected)
    yield found
    await runner.cleanup()


async def test_members_call_telephones_in(house: House, bridge: Bridge) -> None:
    called = await house.bruno.ask("POST", house.path("/phones"), {"number": "06 9876 5421"})
    assert called.status == 202
    visitor = called.body["visitor"]
    assert (visitor["state"], visitor["name"]) == ("calling", "+39 06 ••• 5421")
    (dialled,) = bridge.dialled
    assert dialled == {
        "visitor_id": visitor["id"], "meeting_id": house.meeting["id"], "number": "+390698765421",
        "on_behalf_of": BRUNO, "call_id": dialled["call_id"],
    }  # fmt: skip
    state = (await ask(house, visitor["id"])).body
    assert state["state"] == "admitted"
    await house.media.join(house.call, state["sfu"]["identity"])
    assert [one["state"] for one in await house.visitors()] == ["admitted"]
    removed = await house.anna.ask("DELETE", house.path(f"/participants/{state['sfu']['identity']}"))
    assert removed.status == 204
    assert bridge.hung_up == [visitor["id"]]


async def test_an_extension_is_called_by_its_owners_name(house: House, bridge: Bridge) -> None:
    called = await house.bruno.ask("POST", house.path("/phones"), {"number": "203"})
    assert called.body["visitor"]["name"] == "Chiara Conti"
    assert bridge.dialled[0]["number"] == "203"


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("busy", "busy"),
        ("no_answer", "no_answer"),
        ("rejected", "rejected"),
        ("unreachable", "unreachable"),
        ("no_trunk", "failed"),
        ("not_found", "failed"),
        ("removed", None),
        ("cancelled", None),
    ],
)
async def test_members_are_told_why_a_telephone_did_not_come(
    house: House, bridge: Bridge, reason: str, told: str | None
) -> None:
    called = await house.bruno.ask("POST", house.path("/phones"), {"number": "203"})
    visitor = called.body["visitor"]
    assert visitor["not_reached"] is None
    path = f"/meetings/visitors/{visitor['id']}"
    assert (await house.web.internal("DELETE", path, {"reason": reason})).status == 204
    assert [(one["state"], one["not_reached"]) for one in await house.visitors()] == [("left", told)]


async def test_a_telephone_that_came_was_reached_however_it_ends(house: House, bridge: Bridge) -> None:
    visitor = (await house.bruno.ask("POST", house.path("/phones"), {"number": "203"})).body["visitor"]
    await house.media.join(house.call, visitor["identity"])
    path = f"/meetings/visitors/{visitor['id']}"
    assert (await house.web.internal("DELETE", path, {"reason": "busy"})).status == 204
    assert [(one["state"], one["not_reached"]) for one in await house.visitors()] == [("left", None)]


async def test_of_thirty_telephones_called_at_once_four_ring(house: House, bridge: Bridge) -> None:
    ask = partial(house.bruno.ask, "POST", house.path("/phones"), {"number": "06 9876 5421"})
    answers = await asyncio.gather(*(ask() for _ in range(30)))
    codes = sorted(answer.code if answer.status != 202 else "" for answer in answers)
    assert codes == [""] * 4 + ["too_many_calls"] * 26
    assert len(bridge.dialled) == len(await house.visitors()) == 4
    # The route of a call that was counted is not counted again.
    for dialled in bridge.dialled:
        body = {"call_id": dialled["call_id"], "caller": {"user_id": BRUNO}, "via": "meeting"}
        plan = await house.web.internal("POST", "/route", {**body, "dialled": dialled["number"]})
        assert plan.body["outcome"] == "ring"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("899 123456", "premium_number"),
        ("+881 6 12345678", "premium_number"),
        ("+53 5 2123456", "country_not_allowed"),
    ],
)
async def test_a_meeting_calls_no_number_that_people_may_not(
    house: House, bridge: Bridge, number: str, code: str
) -> None:
    answer = await house.bruno.ask("POST", house.path("/phones"), {"number": number})
    assert (answer.status, answer.code) == (403, code)
    assert bridge.dialled == await house.visitors() == []


async def test_a_call_that_the_bridge_does_not_take_counts_no_longer(house: House, bridge: Bridge) -> None:
    bridge.status = 503
    for _ in range(5):
        answer = await house.bruno.ask("POST", house.path("/phones"), {"number": "06 9876 5421"})
        assert (answer.status, answer.code) == (503, "telephones_unavailable")


@pytest.mark.parametrize("number", ["", "call me", "1-800-FLOWERS", "99"])
async def test_what_is_no_number_is_not_dialled(house: House, bridge: Bridge, number: str) -> None:
    answer = await house.bruno.ask("POST", house.path("/phones"), {"number": number})
    assert (answer.status, answer.code) == (400, "not_a_number")
    assert bridge.dialled == []


async def test_a_bridge_that_cannot_dial_leaves_nobody_ringing(house: House, bridge: Bridge) -> None:
    bridge.status = 503
    answer = await house.bruno.ask("POST", house.path("/phones"), {"number": "203"})
    assert (answer.status, answer.code) == (503, "telephones_unavailable")
    assert [one["state"] for one in await house.visitors()] == ["left"]


async def test_who_refuses_a_telephone_hangs_it_up(house: House, bridge: Bridge) -> None:
    visitor_id = (await dial_in(house, OUTSIDE)).body["visitor_id"]
    assert (await house.decide(visitor_id, decision="refuse")).status == 204
    assert bridge.hung_up == [visitor_id]


async def test_only_the_bridge_gets_in(house: House) -> None:
    for method, path in (("POST", "/meetings/pin"), ("GET", "/meetings/visitors/x")):
        answer = await house.web.browser().ask(method, "/internal/v1" + path, headers={})
        assert (answer.status, answer.code) == (401, "not_authorised")


async def test_who_talks_in_a_call_that_goes_on_as_the_meeting_is_in_it_at_once(house: House) -> None:
    path = f"/meetings/{house.meeting['id']}/phones"
    brought = await house.web.internal("POST", path, {"caller": OUTSIDE, "by": ANNA})
    assert brought.status == 200
    state = (await ask(house, brought.body["visitor_id"])).body
    assert (state["state"], state["sfu"]["room"]) == ("admitted", house.call)
    (seen,) = await house.visitors()
    assert (seen["name"], seen["state"]) == ("+39 06 ••• 5421", "calling")
    # By nobody's leave who is not in its room.
    for by in ("@nobody:localhost", CHIARA):
        assert (await house.web.internal("POST", path, {"caller": OUTSIDE, "by": by})).status == 404
