"""The process is killed and the next one reads its calls from disk: they go on, in every phase."""

import json
from typing import Any

import pytest

from bridges.sip.b2bua.recovery import ASIDE
from bridges.sip.transport.api import Acknowledged, Ended, EndedBy, Referred, Reinvite, Replaces
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import BRUNO, NOW, House, answer_content, party, until
from tests.bridges.sip.b2bua.test_attended_transfer import Consultation
from wire.record import CallRecord
from wire.state import CallsOfUser

PHONE_LEG = {"kind": "sip", "extension": "202"}
TRUNK_LEG = {"kind": "trunk", "trunk": "carrier", "number": "+3906"}
MATRIX_LEG = {"kind": "matrix", "user_id": BRUNO, "as_user": ANNA, "room_id": "!direct:localhost"}


def reborn(house: House, *, media: bool = True) -> House:
    """A new process that finds what the old one left on disk; `media`: what carries the calls lives on."""
    again = House()
    again.recovery = type(again.recovery)(again.exchange, again.services, lambda _: media)
    again.gateway.legs = house.gateway.legs
    again.router.plan = house.router.plan
    again.endpoint.phones = house.endpoint.phones
    again.records.live = json.loads(json.dumps(house.records.live))
    for call_id, (kind, snapshot) in sorted(again.records.live.items(), key=lambda row: row[1][0] == ASIDE):
        again.recovery.restore(call_id, kind, snapshot, NOW + 7000)
    return again


async def ringing(house: House, leg: dict[str, Any] = PHONE_LEG) -> tuple[FakeIncoming, FakeOutgoing]:
    """Anna's phone calls, and Bruno's rings."""
    house.endpoint.phones = {"202": 1}
    house.plan([leg])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.rings()
    await house.did(caller, "ring")
    return caller, phone


async def talking(house: House) -> tuple[FakeIncoming, FakeOutgoing]:
    caller, phone = await ringing(house)
    phone.answers()
    await house.did(caller, "answer")
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    return caller, phone


async def going_on(house: House) -> tuple[FakeIncoming, FakeOutgoing]:
    """The two legs of the one call in the next process."""
    caller = await until(lambda: house.endpoint.received, "the caller's leg")
    (phone,) = await house.forks(1)
    await house.did(caller, "resume")
    await house.did(phone, "resume")
    return caller, phone


# --- telephones ---


@pytest.mark.parametrize("hangs_up", [0, 1])
async def test_a_call_goes_on_and_is_ended_by_either_side(hangs_up: int) -> None:
    house = House()
    await talking(house)
    again = reborn(house)
    legs = await going_on(again)
    assert again.exchange.calls()[0]["bridge_state"] == "talking"
    assert again.exchange.telephony_state().users == {ANNA: CallsOfUser(1), BRUNO: CallsOfUser(1)}
    legs[hangs_up].happen(Ended(EndedBy.BYE))
    await again.did(legs[1 - hangs_up], "bye")
    record = await again.ended()
    assert (record["outcome"], record["reason"]) == ("answered", "normal")
    assert record["answered_at"] == house.records.last["answered_at"]
    assert record["revision"] > house.records.last["revision"]
    assert len(again.records.records) == 1
    await until(lambda: not again.records.live, "nothing left")
    assert again.gateway.deleted == [None]


async def test_a_call_goes_on_and_is_held_and_resumed() -> None:
    house = House()
    await talking(house)
    again = reborn(house)
    caller, phone = await going_on(again)
    caller.happen(Reinvite("v=0 a=sendonly"))
    assert (await again.did(phone, "reinvite"))[1] == "v=0 a=sendonly>phone-1:RTP"
    await again.did(caller, "accept_reinvite")
    twice = reborn(again)
    caller, phone = await going_on(twice)
    phone.happen(Reinvite("v=0 phone"))
    await twice.did(caller, "reinvite")
    await twice.did(phone, "accept_reinvite")


async def test_one_who_hung_up_while_nobody_listened_ends_the_call() -> None:
    house = House()
    _, phone = await talking(house)
    again = House()
    again.endpoint.knows = False
    again.gateway.legs = house.gateway.legs
    for call_id, (kind, snapshot) in house.records.live.items():
        again.recovery.restore(call_id, kind, snapshot, NOW + 7000)
    caller, phone = await going_on(again)
    await again.did(caller, "bye")
    assert (await again.ended())["outcome"] == "answered"
    assert phone.ended


@pytest.mark.parametrize("leg", [PHONE_LEG, TRUNK_LEG])
async def test_a_call_that_rings_goes_on_ringing_and_is_answered(leg: dict[str, Any]) -> None:
    house = House()
    await ringing(house, leg)
    again = reborn(house)
    caller, phone = await going_on(again)
    assert again.records.records == {}  # nothing has happened to it
    phone.answers()
    assert (await again.did(caller, "answer"))[1] == "v=0 phone-answer>caller"
    await until(lambda: again.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    caller.happen(Ended(EndedBy.BYE))
    assert (await again.ended())["outcome"] == "answered"


async def test_a_caller_that_gives_up_after_the_kill_takes_the_ringing_back() -> None:
    house = House()
    await ringing(house)
    again = reborn(house)
    caller, phone = await going_on(again)
    caller.cancelled()
    await again.did(phone, "cancel")
    assert (await again.ended())["outcome"] == "cancelled"


async def test_the_next_stage_rings_when_the_first_refuses_after_the_kill() -> None:
    house = House()
    house.plan([TRUNK_LEG], [{**TRUNK_LEG, "trunk": "spare"}])
    caller = await house.phone_calls()
    await house.forks(1)
    again = reborn(house)
    caller, first = await going_on(again)
    first.refuses(503)
    _, second = await again.forks(2)
    assert second.target.host == "spare"
    second.answers()
    await again.did(caller, "answer")


async def test_early_media_goes_on() -> None:
    house = House()
    house.plan([TRUNK_LEG])
    caller = await house.phone_calls()
    (line,) = await house.forks(1)
    line.rings(183, "v=0 early")
    await house.did(caller, "ring")
    again = reborn(house)
    caller, line = await going_on(again)
    line.answers("v=0 early")
    await again.did(caller, "answer")
    await until(lambda: again.records.records and again.records.last["answered_at"], "answered")


async def test_an_answer_that_the_kill_met_on_its_way_is_given() -> None:
    """The line was picked up, and the caller had not been told."""
    house = House()
    await ringing(house)
    ((_, (_, snapshot)),) = house.records.live.items()
    phone = next(leg for leg in snapshot["legs"] if leg["name"] == "phone-1")
    phone |= {"answered": True, "description": "v=0 phone-answer"}
    again = reborn(house)
    caller, _ = await going_on(again)
    assert (await again.did(caller, "answer"))[1] == "v=0 phone-answer>caller"
    await until(lambda: again.exchange.calls()[0]["bridge_state"] == "talking", "talking")


async def test_a_caller_of_a_line_is_confirmed_after_the_kill() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.trunk_calls("+3906202")
    (phone,) = await house.forks(1)
    phone.answers()
    await house.did(caller, "answer")
    again = reborn(house)
    caller, _ = await going_on(again)
    assert again.exchange.calls()[0]["bridge_state"] == "answering"
    caller.happen(Acknowledged(None))
    await until(lambda: again.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    assert ("answer", "v=0 phone-answer>caller") not in caller.log


async def test_the_route_is_asked_again_for_a_call_that_waited_for_it() -> None:
    house = House()
    await house.phone_calls()
    again = reborn(house)
    again.endpoint.phones = {"202": 1}
    again.plan([PHONE_LEG])
    caller = await until(lambda: again.endpoint.received, "the caller's leg")
    (phone,) = await again.forks(1)
    phone.answers()
    await again.did(caller, "answer")
    assert again.router.asked[0].call_id == next(iter(house.records.records))


async def test_a_call_whose_media_ended_too_is_closed_and_both_sides_are_told() -> None:
    house = House()
    caller, phone = await talking(house)
    again = reborn(house, media=False)
    assert again.endpoint.byes == [caller.snapshot(), phone.snapshot()]
    record = again.records.last
    assert (record["outcome"], record["ended_at"]) == ("interrupted", NOW + 7000)
    await until(lambda: not again.records.live, "nothing left")


async def test_what_cannot_be_read_is_ended() -> None:
    house = House()
    await talking(house)
    ((_, (_, snapshot)),) = house.records.live.items()
    del snapshot["dialling"]["machine"]["state"]
    again = reborn(house)
    assert len(again.endpoint.byes) == 2
    assert again.records.last["outcome"] == "interrupted"


async def test_a_leg_of_a_kind_that_is_not_known_keeps_no_other_from_being_ended() -> None:
    house = House()
    record = CallRecord(id="call", via="sip", dialled="800", started_at=NOW, answered_at=NOW)
    legs = [{"name": "pigeon-1", "pigeon": {}}, {"name": "phone-1", "sip": {"call": "x"}}]
    assert not house.recovery.restore("call", "bridged", {"legs": legs, "record": record.to_json()}, NOW)
    assert house.records.last["outcome"] == "interrupted"
    assert house.endpoint.byes == [{"call": "x"}]


async def test_telephones_that_a_dead_process_left_in_meetings_are_told_to_have_gone() -> None:
    house = House()
    record = CallRecord(id="call", via="sip", dialled="800", started_at=NOW, answered_at=NOW)
    legs = [{"sip": {"call": "x"}}, {"meeting": {"visitor_id": "visitor-1"}}]
    house.recovery.restore("call", "bridged", {"legs": legs, "record": record.to_json()}, NOW + 7000)
    assert house.meetings.forgotten == ["visitor-1"]
    assert house.records.last["outcome"] == "interrupted"
    assert house.endpoint.byes == [{"call": "x"}]


# --- transfers ---


async def transferring(house: House) -> None:
    """Bruno transfers Anna to Carla, whose phone rings."""
    _, bruno = await talking(house)
    house.endpoint.phones = {"202": 1, "203": 1}
    carla = {"user_id": "@carla:localhost", "name": "Carla Verdi", "number": "203"}
    house.plan([{"kind": "sip", "extension": "203"}], callee=carla, rings_elsewhere=False)
    bruno.happen(Referred(7, "sip:203@localhost"))
    await house.forks(2)


def outcomes(house: House) -> list[str]:
    return [revisions[-1]["outcome"] for revisions in house.records.records.values()]


async def test_one_who_is_being_transferred_talks_with_the_next_after_the_kill() -> None:
    house = House()
    await transferring(house)
    again = reborn(house)
    anna = await until(lambda: again.endpoint.received, "the caller's leg")
    bruno, carla = await again.forks(2)
    assert again.exchange.calls()[0]["bridge_state"] == "replacing"
    carla.answers("carla")
    await again.did(bruno, "bye")
    assert (await again.did(anna, "reinvite"))[1] == "carla>caller:RTP"
    twice = reborn(again)
    anna = await until(lambda: twice.endpoint.received, "the caller's leg")
    (carla,) = await twice.forks(1)
    assert [call["bridge_state"] for call in twice.exchange.calls()] == ["talking"]
    carla.happen(Ended(EndedBy.BYE))
    await twice.did(anna, "bye")
    assert (await twice.ended())["outcome"] == "answered"
    assert (outcomes(again)[0], outcomes(twice)) == ("answered", ["answered"])
    await until(lambda: not twice.records.live, "nothing left")


async def test_a_transfer_that_fails_after_the_kill_leaves_the_call_as_it_was() -> None:
    house = House()
    await transferring(house)
    again = reborn(house)
    bruno, carla = await again.forks(2)
    carla.refuses(486)
    await until(lambda: again.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    await until(lambda: outcomes(again) == ["busy"], "the second record is closed")
    bruno.happen(Ended(EndedBy.BYE))
    await until(lambda: not again.records.live, "nothing left")
    assert outcomes(again) == ["busy", "answered"]


@pytest.mark.parametrize("hangs_up", [0, 1])
async def test_two_whose_calls_were_joined_talk_on(hangs_up: int) -> None:
    """Bruno joins Anna and Carla: her leg is of another call than it began in."""
    both = await Consultation().begin()
    await both.answered()
    both.second.happen(Referred(5, "sip:201@localhost", Replaces("first", "local", "remote")))
    await both.house.did(both.bruno, "bye")
    await until(lambda: len(both.house.exchange.calls()) == 1, "one call")
    again = reborn(both.house)
    anna = await until(lambda: again.endpoint.received, "the leg of who called")
    (carla,) = await again.forks(1)
    assert [call["bridge_state"] for call in again.exchange.calls()] == ["talking"]
    legs = (anna, carla)
    legs[hangs_up].happen(Ended(EndedBy.BYE))
    await again.did(legs[1 - hangs_up], "bye")
    assert (await again.ended())["outcome"] == "answered"


async def test_the_record_of_a_transfer_that_cannot_go_on_is_closed_as_well() -> None:
    house = House()
    await transferring(house)
    again = reborn(house, media=False)
    await until(lambda: not again.records.live, "nothing left")
    assert outcomes(again) == ["interrupted", "interrupted"]


# --- browsers ---


async def browser_rings_phone(house: House) -> FakeOutgoing:
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    house.browser_calls()
    (phone,) = await house.forks(1)
    return phone


async def browser_talks_with_phone(house: House) -> FakeOutgoing:
    phone = await browser_rings_phone(house)
    phone.answers()
    answer = await house.sent("m.call.answer")
    house.room_event(BRUNO, "m.call.answer", answer)
    selected = {"selected_party_id": answer["party_id"]}
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | selected)
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    return phone


async def test_a_browsers_call_with_a_phone_goes_on_and_the_browser_hangs_up() -> None:
    house = House()
    await browser_talks_with_phone(house)
    again = reborn(house)
    (phone,) = await again.forks(1)
    again.room_event(ANNA, "m.call.hangup", party("web-a"))
    await again.did(phone, "bye")
    record = await again.ended()
    assert (record["outcome"], record["answered_on"]) == ("answered", "desk_phone")
    assert len(again.records.records) == 1


async def test_a_browsers_call_with_a_phone_goes_on_and_the_phone_hangs_up() -> None:
    house = House()
    await browser_talks_with_phone(house)
    again = reborn(house)
    (phone,) = await again.forks(1)
    phone.happen(Ended(EndedBy.BYE))
    hangup, answer = await again.sent("m.call.hangup"), await house.sent("m.call.answer")
    assert (hangup["call_id"], hangup["party_id"]) == ("m1", answer["party_id"])
    assert (await again.ended())["outcome"] == "answered"


async def test_a_browsers_call_goes_on_ringing_at_the_phone_which_answers() -> None:
    house = House()
    await browser_rings_phone(house)
    again = reborn(house)
    (phone,) = await again.forks(1)
    assert again.homeserver.sent == []
    phone.answers()
    answer = await again.sent("m.call.answer")
    again.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": answer["party_id"]})
    await until(lambda: again.exchange.calls()[0]["bridge_state"] == "talking", "talking")


async def test_a_browser_that_answers_after_the_kill_silences_the_phone() -> None:
    house = House()
    await browser_rings_phone(house)
    again = reborn(house)
    (phone,) = await again.forks(1)
    again.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    assert await again.did(phone, "cancel") == ("cancel", 200)
    await until(lambda: again.records.records and again.records.last["answered_on"] == "matrix", "answered")
    assert reborn(again).endpoint.calls == []


async def test_a_phone_that_had_refused_is_left_alone() -> None:
    house = House()
    phone = await browser_rings_phone(house)
    phone.happen(Ended(EndedBy.REFUSED, 486))
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "lingering", "lingering")
    again = reborn(house)
    assert again.endpoint.calls == again.endpoint.byes == []
    again.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    await until(lambda: again.records.records and again.records.last["answered_at"], "answered")


async def test_a_browser_that_rings_goes_on_ringing_and_answers() -> None:
    house = House()
    house.plan([MATRIX_LEG])
    await house.phone_calls(sdp="v=0")
    invite = await house.sent("m.call.invite")
    again = reborn(house)
    caller = await until(lambda: again.endpoint.received, "the caller's leg")
    again.room_event(BRUNO, "m.call.answer", answer_content("web-b", invite["call_id"]))
    await again.did(caller, "answer")
    assert (await again.sent("m.call.select_answer"))["selected_party_id"] == "web-b"
    again.room_event(BRUNO, "m.call.hangup", party("web-b", invite["call_id"]))
    await again.did(caller, "bye")
    assert (await again.ended())["outcome"] == "answered"


async def test_a_ringing_browser_is_told_when_its_call_could_not_go_on() -> None:
    house = House()
    house.plan([MATRIX_LEG])
    await house.phone_calls()
    invite = await house.sent("m.call.invite")
    again = reborn(house, media=False)
    assert (await again.sent("m.call.hangup"))["call_id"] == invite["call_id"]
    assert again.homeserver.sent[0][0] == ANNA
    assert again.records.last["outcome"] == "interrupted"


async def test_a_part_that_cannot_go_on_leaves_the_call_to_the_browsers() -> None:
    house = House()
    phone = await browser_rings_phone(house)
    again = reborn(house, media=False)
    assert again.endpoint.byes == [phone.snapshot()]
    assert again.homeserver.sent == []
    again.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    await until(lambda: again.records.records and again.records.last["answered_at"], "answered")


async def test_a_part_that_had_answered_and_cannot_go_on_ends_the_call() -> None:
    house = House()
    phone = await browser_talks_with_phone(house)
    again = reborn(house, media=False)
    assert again.endpoint.byes == [phone.snapshot()]
    assert (await again.sent("m.call.hangup"))["call_id"] == "m1"
    assert again.records.last["outcome"] == "interrupted"


async def test_a_call_between_browsers_is_watched_to_its_end() -> None:
    house = House()
    await browser_rings_phone(house)
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    await until(lambda: house.records.last["answered_at"], "answered")
    again = reborn(house)
    assert again.exchange.telephony_state().users == {ANNA: CallsOfUser(1), BRUNO: CallsOfUser(1)}
    again.room_event(ANNA, "m.call.hangup", party("web-a"))
    record = await again.ended()
    assert (record["outcome"], record["answered_on"]) == ("answered", "matrix")
    assert again.homeserver.sent == []
