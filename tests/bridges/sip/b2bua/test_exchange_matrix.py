"""Calls that begin in a Matrix client, over fakes; and what a restart makes of calls."""

from typing import Any

import pytest

from bridges.sip.b2bua.identity import is_ours
from bridges.sip.transport.api import Reinvite
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import (
    BRUNO,
    GHOST,
    HUNG_UP,
    MATRIX_LEG,
    NOW,
    PHONE_LEG,
    ROOM,
    TRUNK_LEG,
    House,
    answer_content,
    party,
    until,
)
from wire.route import Party
from wire.state import CallsOfUser

GHOST_ROOM = "!ghost:localhost"


async def ringing(house: House) -> FakeOutgoing:
    """Anna's browser calls Bruno, whose desk phone rings too."""
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    house.browser_calls()
    (phone,) = await house.forks(1)
    return phone


async def talking(house: House) -> FakeOutgoing:
    """Bruno answered on his desk phone, and Anna's browser selected that."""
    phone = await ringing(house)
    phone.answers()
    answer = await house.sent("m.call.answer")
    house.room_event(BRUNO, "m.call.answer", answer)
    selected = {"selected_party_id": answer["party_id"]}
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | selected)
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    return phone


async def test_browser_calls_and_the_desk_phone_answers_as_the_callee() -> None:
    house = House()
    phone = await talking(house)
    assert phone.sdp == "v=0>phone-1:RTP"
    asked = house.router.asked[0]
    assert (asked.caller, asked.dialled, asked.via) == (Party(user_id=ANNA), BRUNO, "matrix")
    assert asked.registered == ("202",)
    answer = await house.sent("m.call.answer")
    assert is_ours(answer["party_id"])
    assert answer["answer"]["sdp"] == "v=0 phone-answer>caller"
    assert house.homeserver.sent[0][:2] == (BRUNO, ROOM)
    phone.happen(HUNG_UP)
    assert (await house.sent("m.call.hangup"))["party_id"] == answer["party_id"]
    record = await house.ended()
    assert (record["outcome"], record["answered_on"], record["via"]) == ("answered", "desk_phone", "matrix")
    assert house.exchange.telephony_state().users == {}
    await until(lambda: not house.records.live, "nothing left")


async def test_a_video_call_taken_by_a_desk_phone_is_recorded_without_picture() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    house.browser_calls(sdp="v=0\r\nm=video 9 x")
    (phone,) = await house.forks(1)
    await until(lambda: house.records.last["video"], "a video call")
    phone.answers()
    house.room_event(BRUNO, "m.call.answer", await house.sent("m.call.answer"))
    await until(lambda: house.records.last["answered_at"], "answered")
    assert house.records.last["video"] is False


async def test_who_holds_before_the_browser_has_chosen_is_told_of_afterwards() -> None:
    house = House()
    phone = await ringing(house)
    phone.answers()
    answer = await house.sent("m.call.answer")
    phone.happen(Reinvite("v=0\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"))
    await until(lambda: any("sendonly" in str(each) for each in house.gateway.offered), "the hold")
    house.room_event(BRUNO, "m.call.answer", answer)
    selected = {"selected_party_id": answer["party_id"]}
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | selected)
    assert (await house.sent("m.call.negotiate"))["description"]["type"] == "offer"


async def test_the_browser_that_called_hangs_up() -> None:
    house = House()
    phone = await talking(house)
    house.room_event(ANNA, "m.call.hangup", party("web-a"))
    await house.did(phone, "bye")
    assert (await house.ended())["outcome"] == "answered"


async def test_another_browser_answers_and_the_call_is_watched_to_its_end() -> None:
    house = House()
    phone = await ringing(house)
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    assert await house.did(phone, "cancel") == ("cancel", 200)
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": "web-b"})
    await until(lambda: house.records.last["answered_at"], "answered")
    assert house.exchange.telephony_state().users == {ANNA: CallsOfUser(1), BRUNO: CallsOfUser(1)}
    assert house.homeserver.sent == []
    house.room_event(BRUNO, "m.call.hangup", party("web-b"))
    record = await house.ended()
    assert (record["outcome"], record["answered_on"]) == ("answered", "matrix")


async def test_phone_and_browser_answer_at_once_and_the_caller_chooses_the_browser() -> None:
    house = House()
    phone = await ringing(house)
    phone.answers()
    await house.sent("m.call.answer")
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": "web-b"})
    assert await house.did(phone, "bye") == ("bye", 200)
    assert "m.call.hangup" not in house.homeserver.types()
    house.room_event(ANNA, "m.call.hangup", party("web-a"))
    assert (await house.ended())["answered_on"] == "matrix"


async def test_the_browser_declines_and_the_desk_phone_stops() -> None:
    house = House()
    phone = await ringing(house)
    house.room_event(BRUNO, "m.call.reject", party("web-b"))
    await house.did(phone, "cancel")
    assert (await house.ended())["outcome"] == "rejected"
    assert house.homeserver.sent == []


async def test_the_desk_phone_declines_for_the_person() -> None:
    house = House()
    phone = await ringing(house)
    phone.refuses(603)
    assert (await house.sent("m.call.reject"))["reason"] == "Decline"
    assert (await house.ended())["outcome"] == "rejected"


async def test_a_busy_desk_phone_leaves_the_call_to_the_browsers() -> None:
    house = House()
    phone = await ringing(house)
    phone.refuses(486)
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": "web-b"})
    house.room_event(ANNA, "m.call.hangup", party("web-a"))
    assert (await house.ended())["outcome"] == "answered"
    assert house.homeserver.sent == []


async def test_a_busy_desk_phone_ends_the_call_when_nothing_else_rings() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG], rings_elsewhere=False)
    house.browser_calls()
    (phone,) = await house.forks(1)
    phone.refuses(486)
    assert (await house.sent("m.call.reject"))["reason"] == "Busy Here"
    assert (await house.ended())["outcome"] == "busy"


@pytest.mark.parametrize(("reason", "outcome"), [("user_hangup", "cancelled"), ("invite_timeout", "missed")])
async def test_the_caller_gives_up(reason: str, outcome: str) -> None:
    house = House()
    phone = await ringing(house)
    house.room_event(ANNA, "m.call.hangup", party("web-a") | {"reason": reason})
    await house.did(phone, "cancel")
    assert (await house.ended())["outcome"] == outcome


@pytest.mark.parametrize("reason", ["", 5, "x" * 300, ["user_busy"], None])
async def test_case_18_a_hangup_with_an_odd_reason_stops_the_desk_phone(reason: object) -> None:
    """Case 18: the desk phone rang on to the end of its time."""
    house = House()
    phone = await ringing(house)
    house.room_event(ANNA, "m.call.hangup", party("web-a") | {"reason": reason})
    await house.did(phone, "cancel")
    assert (await house.ended())["outcome"] == "cancelled"


@pytest.mark.parametrize("odd", [{"party_id": None}, {"party_id": []}, {"version": None}, {"version": {}}])
async def test_case_18_a_hangup_whose_party_or_version_is_odd_ends_the_call(odd: dict[str, Any]) -> None:
    """Case 18, beside the reason: who hung up is known by the user alone."""
    house = House()
    phone = await talking(house)
    house.room_event(ANNA, "m.call.hangup", party("web-a") | odd)
    await house.did(phone, "bye")
    assert (await house.ended())["outcome"] == "answered"


async def test_case_18_an_invitation_of_which_only_the_offer_can_be_read_rings() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    odd = {"version": 1.5, "party_id": 7, "lifetime": "long", "invitee": 5, "capabilities": "all"}
    house.room_event(ANNA, "m.call.invite", {"call_id": "m1", "offer": {"sdp": "v=0"}} | odd)
    (phone,) = await house.forks(1)
    house.room_event(ANNA, "m.call.hangup", {"call_id": "m1", "party_id": 7})
    await house.did(phone, "cancel")


async def test_case_19_a_call_in_a_room_of_three_rings_the_invitee_it_names() -> None:
    """Case 19: the desk phone did not ring."""
    house = House()
    house.members.rooms["!three:localhost"] = {ANNA, BRUNO, "@helpdesk-bot:localhost"}
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    invite = {"lifetime": 60000, "offer": {"type": "offer", "sdp": "v=0"}, "invitee": BRUNO}
    house.room_event(ANNA, "m.call.invite", party("web-a") | invite, room="!three:localhost")
    (phone,) = await house.forks(1)
    assert house.router.asked[0].dialled == BRUNO
    phone.answers()
    answer = await house.sent("m.call.answer")
    assert house.homeserver.sent[0][:2] == (BRUNO, "!three:localhost")
    # What a bot of the room says about the call is none of it; Bruno's other devices are heard.
    house.room_event("@helpdesk-bot:localhost", "m.call.reject", party("bot"), room="!three:localhost")
    selected = party("web-a") | {"selected_party_id": answer["party_id"]}
    house.room_event(ANNA, "m.call.select_answer", selected, room="!three:localhost")
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "talking", "talking")


async def test_case_19_a_callee_who_was_only_invited_is_let_in_and_rings() -> None:
    house = House()
    house.members.rooms["!new:localhost"] = {ANNA}
    house.members.invited["!new:localhost"] = {BRUNO}
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    house.browser_calls(room="!new:localhost")
    (phone,) = await house.forks(1)
    assert house.members.rooms["!new:localhost"] == {ANNA, BRUNO}
    phone.answers()
    await house.sent("m.call.answer")
    assert house.homeserver.sent[0][:2] == (BRUNO, "!new:localhost")


async def test_case_19_all_devices_of_caller_and_callee_take_part_under_one_call() -> None:
    """Case 19, several devices: another of the caller's says nothing, any of the callee's may answer."""
    house = House()
    phone = await ringing(house)
    house.room_event(ANNA, "m.call.hangup", party("phone-a"))
    house.room_event(ANNA, "m.call.answer", answer_content("phone-a"))
    house.room_event(BRUNO, "m.call.hangup", party("tablet-b") | {"reason": "user_media_failed"})
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    assert await house.did(phone, "cancel") == ("cancel", 200)


async def test_nobody_reachable_is_told_at_once() -> None:
    house = House()
    house.refuse("unreachable")
    house.browser_calls()
    assert (await house.sent("m.call.reject"))["reason"] == "Temporarily Unavailable"
    assert (await house.ended())["outcome"] == "unreachable"


async def test_web_away_leaves_the_call_to_the_browsers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridges.sip.b2bua.dialling.ROUTE_PATIENCE", 0.0)
    house = House()
    house.browser_calls()
    await until(lambda: house.router.asked, "asked")
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    house.room_event(ANNA, "m.call.hangup", party("web-a"))
    assert (await house.ended())["outcome"] == "answered"
    assert house.homeserver.sent == []


async def test_browser_calls_outside_through_its_ghost() -> None:
    house = House()
    house.plan([TRUNK_LEG], callee={"number": "+390698765432"}, ghost={"user_id": GHOST})
    house.browser_calls(room=GHOST_ROOM)
    (trunk,) = await house.forks(1)
    trunk.rings(183, "early")
    trunk.answers()
    await house.sent("m.call.answer")
    assert house.homeserver.sent[0][:2] == (GHOST, GHOST_ROOM)


async def test_an_outside_number_that_is_busy_ends_the_browsers_call() -> None:
    house = House()
    house.plan([TRUNK_LEG], ghost={"user_id": GHOST})
    house.browser_calls(room=GHOST_ROOM)
    (trunk,) = await house.forks(1)
    trunk.refuses(486)
    assert (await house.sent("m.call.reject"))["reason"] == "Busy Here"
    assert (await house.ended())["outcome"] == "busy"


async def test_homeserver_away_during_a_call_the_phone_hangs_up_and_the_hangup_is_sent_later() -> None:
    house = House()
    phone = await talking(house)
    house.homeserver.fail()
    phone.happen(HUNG_UP)
    await house.ended()
    await until(lambda: house.gateway.deleted[-1:] == [None], "media ended")
    assert [kind for kind, _ in house.records.live.values()] == ["farewell"]
    house.homeserver.down = False
    await house.homeserver.something_sent.wait()
    assert house.homeserver.types()[-1] == "m.call.hangup"
    await until(lambda: not house.records.live, "nothing left")


async def test_a_call_over_before_the_homeserver_came_back_never_rings() -> None:
    house = House()
    house.homeserver.fail()
    house.plan([MATRIX_LEG])
    caller = await house.phone_calls()
    await until(lambda: house.router.asked, "asked")
    await house.did(caller, "ring")
    caller.cancelled()
    await house.ended()
    house.homeserver.down = False
    await house.homeserver.something_sent.wait()
    assert house.homeserver.types() == ["m.call.hangup"]


async def test_an_old_invitation_is_only_recorded() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    house.browser_calls(age=61.0)
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"), age=50.0)
    house.room_event(ANNA, "m.call.hangup", party("web-a"), age=20.0)
    record = await house.ended()
    assert (record["outcome"], record["answered_at"]) == ("answered", NOW - 50_000)
    assert record["ended_at"] == NOW - 20_000
    assert house.router.asked == []
    assert house.endpoint.calls == []


@pytest.mark.parametrize(
    "content",
    [
        party("web-a") | {"lifetime": 60000, "offer": {"type": "offer", "sdp": "hello"}},
        party("unisono-phone-X-matrix-1") | {"lifetime": 60000, "offer": {"type": "offer", "sdp": "v=0"}},
        party("web-a")
        | {"lifetime": 60000, "offer": {"type": "offer", "sdp": "v=0"}, "invitee": "@x:localhost"},
        "nonsense",
    ],
)
async def test_invitations_that_are_malformed_ours_or_for_another_are_ignored(content: Any) -> None:
    house = House()
    house.room_event(ANNA, "m.call.invite", content)
    house.room_event(ANNA, "m.call.hangup", party("web-a"))
    await until(lambda: house.ingress.idle, "handled")
    assert house.records.records == {}


async def test_calls_in_group_rooms_are_none_of_ours() -> None:
    house = House()
    house.browser_calls(room="!group:localhost")
    await until(lambda: house.ingress.idle, "handled")
    assert house.records.records == {}


async def test_the_same_invitation_twice_is_one_call() -> None:
    house = House()
    await ringing(house)
    house.browser_calls()
    await until(lambda: house.ingress.idle, "handled")
    assert len(house.endpoint.calls) == len(house.records.records) == 1


async def test_shutdown_leaves_a_call_between_browsers_alone() -> None:
    house = House()
    phone = await ringing(house)
    await house.exchange.shutdown()
    assert phone.ended
    assert house.homeserver.sent == []
    assert [kind for kind, _ in house.records.live.values()] == ["watched"]
    assert house.records.last["ended_at"] is None
