"""A meeting calls a telephone, through a whole bridge; only the SFU is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bridges.sip.meeting import link, visit
from bridges.sip.transport.api import Ended, EndedBy
from tests.bridges.sip.meeting.surroundings import ROOM_HZ, VISITOR, DialIn, brief, dial_in
from tests.bridges.sip.surroundings import SECRET
from tests.bridges.sip.test_app import ROOM, room_event
from tests.support.audio import decode_g711, tone_share
from tests.support.patience import PATIENCE
from tests.support.webrtc_peer import WebRtcPeer

CALL = "call-of-the-meeting"
PLAN = {
    "outcome": "ring",
    "caller": {"user_id": "@bruno:localhost", "name": "Bruno Bianchi", "number": "202"},
    "callee": {"user_id": "@anna:localhost", "name": "Anna Rossi", "number": "201"},
    "stages": [{"timeout": 45.0, "legs": [{"kind": "sip", "extension": "201"}]}],
}


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DialIn]:
    monkeypatch.setattr(visit, "spoken", brief)
    async with dial_in(tmp_path) as everything:
        everything.around.plan = PLAN
        yield everything


async def ask(desk: DialIn, method: str, path: str, body: Any = None, secret: str = SECRET) -> int:
    url = f"http://127.0.0.1:{desk.bridge.control_port}/v1/meetings/{path}"
    headers = {"Authorization": f"Bearer {secret}"}
    async with ClientSession() as http, http.request(method, url, json=body, headers=headers) as answer:
        return answer.status


async def dial(desk: DialIn, **more: Any) -> int:
    body = {"visitor_id": VISITOR, "meeting_id": "m", "number": "201", "call_id": CALL}
    return await ask(desk, "POST", "dial", {**body, "on_behalf_of": "@bruno:localhost", **more})


async def gone(desk: DialIn) -> list[tuple[str, str]]:
    await desk.around.until(lambda: desk.meeting.gone, "the visitor's end")
    return desk.meeting.gone


async def test_whoever_answers_is_in_the_meeting(desk: DialIn) -> None:
    assert await dial(desk) == 202
    call = await desk.phone.answer()
    assert call.caller.name == "Bruno Bianchi"
    entered = await desk.rooms.order(link.Enter)
    async with asyncio.timeout(PATIENCE):
        while entered.phone not in desk.rooms.said:
            await desk.phone.rtp.wait_packets(1)
    call.bye()
    record = await desk.around.record()
    assert (record["id"], record["via"], record["outcome"]) == (CALL, "meeting", "answered")
    assert (record["answered_on"], record["dialled"]) == ("desk_phone", "201")
    assert await gone(desk) == [(VISITOR, "normal")]
    # Who called is in the meeting, not on the phone; who answered is on the phone.
    assert {user for state in desk.around.states for user in state["users"]} == {"@anna:localhost"}


async def test_a_browser_that_answers_is_in_the_meeting_and_the_desk_phone_stops(desk: DialIn) -> None:
    browsers = {
        "kind": "matrix",
        "user_id": "@anna:localhost",
        "as_user": "@bruno:localhost",
        "room_id": ROOM,
    }
    stage = {"timeout": 45.0, "legs": [browsers, {"kind": "sip", "extension": "201"}]}
    desk.around.plan = {**PLAN, "stages": [stage]}
    async with WebRtcPeer(tone_hz=600) as browser:
        await dial(desk)
        await asyncio.wait_for(desk.phone.incoming.get(), PATIENCE)
        invite = await desk.around.event("m.call.invite")
        assert (invite["sender"], invite["room_id"]) == ("@bruno:localhost", ROOM)
        answer = {"type": "answer", "sdp": await browser.answer(invite["content"]["offer"]["sdp"])}
        content = {"call_id": invite["content"]["call_id"], "answer": answer}
        control = f"http://127.0.0.1:{desk.bridge.control_port}"
        event = room_event("@anna:localhost", "m.call.answer", content, "$1")
        assert await desk.around.push(control, "t1", event) == 200
        assert (await desk.phone.hears_of(Ended)).by is EndedBy.CANCEL
        number = (await desk.rooms.order(link.Enter)).phone
        await desk.around.event("m.call.select_answer")
        async with asyncio.timeout(PATIENCE):
            while tone_share(said_by(desk, number), 8000, 600) < 0.9:
                await desk.rooms.tick()
            while tone_share(browser.samples[-2000:], 8000, ROOM_HZ) < 0.9:
                await browser.more()
        hangup = room_event("@anna:localhost", "m.call.hangup", {"call_id": content["call_id"]}, "$2")
        await desk.around.push(control, "t2", hangup)
    assert (await desk.around.record())["answered_on"] == "matrix"
    assert await gone(desk) == [(VISITOR, "normal")]


def said_by(desk: DialIn, number: int) -> list[int]:
    """The last quarter second of what a telephone said in the meeting."""
    return decode_g711(b"".join(desk.rooms.said.get(number, [])[-13:]), ("PCMU", 8000))


async def test_whoever_is_busy_is_not_waited_for(desk: DialIn) -> None:
    await dial(desk)
    call = await asyncio.wait_for(desk.phone.incoming.get(), PATIENCE)
    call.reject(486)
    assert await gone(desk) == [(VISITOR, "busy")]
    assert (await desk.around.record())["outcome"] == "busy"
    assert not desk.rooms.orders


async def test_a_number_that_leads_nowhere_ends_the_visit(desk: DialIn) -> None:
    desk.around.plan = {"outcome": "refuse", "cause": "unreachable"}
    await dial(desk)
    assert await gone(desk) == [(VISITOR, "unreachable")]


async def test_a_moderator_who_changes_their_mind_stops_the_ringing(desk: DialIn) -> None:
    await dial(desk)
    await asyncio.wait_for(desk.phone.incoming.get(), PATIENCE)
    assert await ask(desk, "DELETE", f"visitors/{VISITOR}") == 204
    assert (await desk.phone.hears_of(Ended)).by is EndedBy.CANCEL
    assert await gone(desk) == [(VISITOR, "removed")]


async def test_a_removed_telephone_is_told_and_hung_up(desk: DialIn) -> None:
    await dial(desk)
    await desk.phone.answer()
    await desk.rooms.order(link.Enter)
    desk.meeting.state = "removed"
    assert await ask(desk, "DELETE", f"visitors/{VISITOR}") == 204
    ended: Ended = await asyncio.wait_for(desk.phone.hears_of(Ended), PATIENCE)
    assert ended.by is EndedBy.BYE
    assert await gone(desk) == [(VISITOR, "removed")]


async def test_the_same_call_is_placed_once(desk: DialIn) -> None:
    assert await dial(desk) == 202
    assert await dial(desk) == 202
    call = await desk.phone.answer()
    await desk.rooms.order(link.Enter)
    assert desk.phone.incoming.empty()
    call.bye()
    await gone(desk)


@pytest.mark.parametrize(
    "wrong", [{"number": ""}, {"visitor_id": 7}, {"call_id": "x" * 65}, {"on_behalf_of": None}]
)
async def test_a_malformed_order_is_refused(desk: DialIn, wrong: dict[str, Any]) -> None:
    assert await dial(desk, **wrong) == 400


async def test_strangers_order_nothing(desk: DialIn) -> None:
    assert await ask(desk, "POST", "dial", {}, "guess") == 401
    assert await ask(desk, "DELETE", f"visitors/{VISITOR}", None, "guess") == 401


async def test_an_unknown_visitor_is_nobodys(desk: DialIn) -> None:
    assert await ask(desk, "DELETE", "visitors/nobody") == 404
