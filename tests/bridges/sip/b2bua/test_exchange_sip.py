"""Calls that begin at a phone or a trunk, over fakes: races, refusals, hang-ups, re-offers."""

import asyncio
from typing import Any

import pytest

from bridges.sip.media.gateway import Peer
from bridges.sip.message import Flow, Transport
from bridges.sip.transport.api import Account, Acknowledged, Dtmf, FromPhone, FromTrunk, NameAddress, Reinvite
from tests.bridges.sip.b2bua.fakes import (
    ACKNOWLEDGED,
    ANNA,
    BRUNO,
    GHOST,
    HUNG_UP,
    MATRIX_LEG,
    NOW,
    PHONE_LEG,
    ROOM,
    SPARE_LEG,
    TRUNK_LEG,
    FakeIncoming,
    FakeOutgoing,
    House,
    answer_content,
    party,
    until,
)
from wire.record import CallRecord
from wire.route import Party
from wire.state import CallsOfUser


async def talking(house: House) -> tuple[FakeIncoming, FakeOutgoing]:
    """Anna's phone talks with Bruno's."""
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.rings()
    phone.answers()
    await house.did(caller, "answer")
    await until(lambda: house.records.last["answered_at"], "answered")
    return caller, phone


async def test_phone_calls_phone_and_both_talk() -> None:
    house = House()
    caller, phone = await talking(house)
    assert phone.sdp == "caller-offer>phone-1:RTP"
    assert phone.max_forwards == caller.max_forwards - 1
    assert caller.log == [("ring", 180, None), ("answer", "v=0 phone-answer>caller")]
    assert (phone.from_.name, phone.from_.uri) == ("Anna Rossi", "sip:201@localhost")
    assert house.exchange.telephony_state().users == {ANNA: CallsOfUser(1), BRUNO: CallsOfUser(1)}
    caller.happen(HUNG_UP)
    assert (await house.did(phone, "bye"))[1] == 16
    record = await house.ended()
    assert (record["outcome"], record["answered_on"], record["via"]) == ("answered", "desk_phone", "sip")
    assert house.exchange.telephony_state().users == {}
    assert house.records.live == {}
    assert house.gateway.deleted[-1] is None


async def test_callee_hangs_up() -> None:
    house = House()
    caller, phone = await talking(house)
    phone.happen(HUNG_UP)
    await house.did(caller, "bye")
    assert (await house.ended())["outcome"] == "answered"


async def test_the_route_is_asked_with_who_calls_and_who_is_registered() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.refuse("not_found")
    caller = await house.phone_calls("999")
    assert (await house.did(caller, "reject"))[1] == 404
    asked = house.router.asked[0]
    assert (asked.caller, asked.dialled, asked.via) == (Party(ANNA, "Anna Rossi", "201"), "999", "sip")
    assert asked.registered == ("202",)
    assert (await house.ended())["outcome"] == "failed"


@pytest.mark.parametrize(
    ("cause", "status", "outcome"),
    [("unreachable", 480, "unreachable"), ("no_trunk", 503, "failed"), ("own_number", 403, "failed")],
)
async def test_refused_routes(cause: str, status: int, outcome: str) -> None:
    house = House()
    house.refuse(cause)
    caller = await house.phone_calls()
    assert (await house.did(caller, "reject"))[1] == status
    assert (await house.ended())["outcome"] == outcome


async def test_nobody_registered_is_480_and_a_record() -> None:
    house = House()
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    assert (await house.did(caller, "reject"))[1] == 480
    assert (await house.ended())["outcome"] == "unreachable"


async def test_offer_without_common_codec_is_488() -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls(sdp="no-codec")
    assert (await house.did(caller, "reject"))[1] == 488
    assert (await house.ended())["reason"] == "not_acceptable"


async def test_answer_without_common_codec_ends_both_sides() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.answers("no-codec")
    assert (await house.did(caller, "reject"))[1] == 488
    await house.did(phone, "bye")


async def test_both_phones_ring_and_the_loser_learns_that_it_was_answered_elsewhere() -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    house.plan([PHONE_LEG])
    await house.phone_calls()
    first, second = await house.forks(2)
    second.answers()
    assert await house.did(first, "cancel") == ("cancel", 200)


async def test_two_phones_answer_at_once_and_one_is_hung_up() -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    first, second = await house.forks(2)
    first.answers("one")
    second.answers("two")
    assert await house.did(second, "bye") == ("bye", 200)
    assert await house.did(caller, "answer") == ("answer", "one>caller")
    assert not first.ended


async def test_caller_cancels_while_it_rings() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    caller.cancelled()
    await house.did(phone, "cancel")
    assert (await house.ended())["outcome"] == "cancelled"


async def test_an_answer_that_crosses_the_cancel_is_hung_up() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    caller.cancelled()
    phone.answers()
    await house.did(phone, "bye")
    assert not [entry for entry in caller.log if entry[0] == "answer"]


async def test_all_busy_is_busy() -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    for phone in await house.forks(2):
        phone.refuses(486)
    assert (await house.did(caller, "reject"))[1] == 486
    assert (await house.ended())["outcome"] == "busy"


async def test_matrix_clients_and_phones_ring_together_and_the_browser_answers() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([MATRIX_LEG, PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    invite = await house.sent("m.call.invite")
    assert house.homeserver.sent[0][:2] == (ANNA, ROOM)
    assert invite["offer"]["sdp"] == "caller-offer>matrix-1:WEBRTC"
    assert invite["invitee"] == BRUNO
    assert await house.did(caller, "ring") == ("ring", 180, None)
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b", invite["call_id"]))
    assert await house.did(caller, "answer") == ("answer", "v=0 web-answer>caller")
    assert await house.did(phone, "cancel") == ("cancel", 200)
    assert (await house.sent("m.call.select_answer"))["selected_party_id"] == "web-b"
    caller.happen(HUNG_UP)
    assert (await house.sent("m.call.hangup"))["reason"] == "user_hangup"
    record = await house.ended()
    assert (record["answered_on"], record["room_id"]) == ("matrix", ROOM)


async def test_phone_answers_and_the_browsers_stop() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([MATRIX_LEG, PHONE_LEG])
    await house.phone_calls()
    (phone,) = await house.forks(1)
    await house.sent("m.call.invite")
    phone.answers()
    assert (await house.sent("m.call.hangup"))["reason"] == "answered_elsewhere"


async def test_the_browser_declines_and_the_desk_phone_stops() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([MATRIX_LEG, PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    invite = await house.sent("m.call.invite")
    house.room_event(BRUNO, "m.call.reject", party("web-b", invite["call_id"]))
    assert (await house.did(caller, "reject"))[1] == 603
    await house.did(phone, "cancel")
    assert (await house.ended())["outcome"] == "rejected"


async def test_outside_call_shows_our_number_and_fails_over_to_the_spare_trunk() -> None:
    house = House()
    house.endpoint.trunks["carrier"] = False
    house.plan([TRUNK_LEG], [SPARE_LEG])
    caller = await house.phone_calls("+390698765432")
    (trunk,) = await house.forks(1)
    assert trunk.target.host == "spare"
    assert trunk.from_.uri == "sip:+390612345000@localhost"
    assert trunk.headers["P-Asserted-Identity"] == "<sip:+390612345000@localhost>"
    trunk.rings(183, "early")
    assert await house.did(caller, "ring") == ("ring", 183, "early>caller")
    trunk.answers("late")
    assert await house.did(caller, "answer") == ("answer", "late>caller")


async def test_a_withheld_number_is_shown_on_no_way_out() -> None:
    """Case 5: neither a colleague's phone nor an outside line shows who withholds the number; the provider
    is told whom to bill."""
    for legs, privacy in (([PHONE_LEG], None), ([TRUNK_LEG], "id")):
        house = House()
        house.endpoint.phones = {"202": 1}
        house.plan(legs, withheld=True)
        account = Account("201", "", "", ANNA, "Anna Rossi")
        call = FakeIncoming(FromPhone(account), "202")
        call.withheld = True
        await house.exchange.on_invite(call)
        (fork,) = await house.forks(1)
        assert house.router.asked[0].withheld
        assert fork.from_ == NameAddress("sip:anonymous@anonymous.invalid", "Anonymous")
        assert fork.headers.get("Privacy") == privacy
        assert ("P-Asserted-Identity" in fork.headers) == (privacy is not None)
        call.cancelled()
        record = await house.ended()
        assert (record["withheld"], record["caller"]["user_id"]) == (True, ANNA)


async def test_the_name_of_an_outside_caller_who_withholds_the_number_is_withheld_too() -> None:
    house = House()
    house.refuse("not_found")
    call = FakeIncoming(FromTrunk("carrier"), "+390612345202")
    call.caller, call.caller_number, call.withheld = NameAddress("sip:a@b", "Dario"), None, True
    await house.exchange.on_invite(call)
    await house.did(call, "reject")
    assert house.router.asked[0].caller == Party()


async def test_every_trunk_down_is_503() -> None:
    house = House()
    house.endpoint.trunks = {"carrier": False}
    house.plan([TRUNK_LEG], [SPARE_LEG])
    caller = await house.phone_calls("+390698765432")
    assert (await house.did(caller, "reject"))[1] == 503


async def test_a_call_from_outside_rings_as_its_ghost() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan(
        [MATRIX_LEG | {"as_user": GHOST, "room_id": "!ghost:localhost"}, PHONE_LEG],
        caller={"name": "+39 06 9876 5432", "number": "+390698765432"},
        ghost={"user_id": GHOST, "name": "+39 06 9876 5432"},
        room_id="!ghost:localhost",
    )
    await house.trunk_calls("+390612345202")
    (phone,) = await house.forks(1)
    await house.sent("m.call.invite")
    assert house.router.asked[0].via == "trunk:carrier"
    assert house.homeserver.sent[0][:2] == (GHOST, "!ghost:localhost")
    assert (phone.from_.name, phone.from_.uri) == ("+39 06 9876 5432", "sip:+390698765432@localhost")
    record = house.records.last
    assert (record["caller"]["user_id"], record["callee"]["user_id"]) == (GHOST, BRUNO)
    assert house.exchange.telephony_state().users == {}


async def test_web_away_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridges.sip.b2bua.call.ROUTE_PATIENCE", 0.0)
    house = House()
    caller = await house.phone_calls()
    assert (await house.did(caller, "reject"))[1] == 503
    assert (await house.ended())["reason"] == "unavailable"


async def test_hold_by_a_phone_reaches_the_other_phone() -> None:
    house = House()
    caller, phone = await talking(house)
    caller.happen(Reinvite("hold-offer"))
    assert await house.did(phone, "reinvite") == ("reinvite", "hold-offer>phone-1:RTP")
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "reinvite-answer>caller")


async def test_a_hold_that_the_other_side_will_not_hear_of_is_answered_here() -> None:
    house = House()
    caller, phone = await talking(house)
    phone.reinvite_answer = None
    caller.happen(Reinvite("hold-offer"))
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "v=0 phone-answer>caller")


async def test_a_refresh_is_answered_with_the_session_as_it_stands() -> None:
    house = House()
    caller, phone = await talking(house)
    caller.happen(Reinvite("caller-offer"))
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "v=0 phone-answer>caller")
    assert not [entry for entry in phone.log if entry[0] == "reinvite"]


async def test_a_reinvite_without_offer_gets_a_fresh_one_and_its_answer_is_carried_on() -> None:
    """Case 8: on each side; the other one is told of the resume by a re-INVITE of its own."""
    house = House()
    caller, phone = await talking(house)
    phone.happen(Reinvite(None))
    assert await house.did(phone, "accept_reinvite") == ("accept_reinvite", "caller>fresh>phone-1")
    phone.happen(Acknowledged("resumed"))
    assert await house.did(caller, "reinvite") == ("reinvite", "resumed>caller:RTP")
    caller.happen(Reinvite(None))
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "phone-1>fresh>caller")
    caller.happen(Acknowledged("resumed too"))
    assert await house.did(phone, "reinvite") == ("reinvite", "resumed too>phone-1:RTP")


async def test_a_reoffer_without_common_codec_is_refused_and_the_call_goes_on() -> None:
    house = House()
    caller, phone = await talking(house)
    phone.happen(Reinvite("no-codec"))
    await house.did(phone, "refuse_reinvite")
    assert not caller.ended


async def test_hold_towards_a_browser_is_negotiated() -> None:
    house = House()
    house.plan([MATRIX_LEG])
    caller = await house.phone_calls()
    invite = await house.sent("m.call.invite")
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b", invite["call_id"]))
    await house.did(caller, "answer")
    caller.happen(Reinvite("hold-offer"))
    offer = await house.sent("m.call.negotiate")
    assert offer["description"] == {"type": "offer", "sdp": "hold-offer>matrix-1:WEBRTC"}
    answer = {"description": {"type": "answer", "sdp": "v=0 hold-answer"}, "lifetime": 1000}
    house.room_event(BRUNO, "m.call.negotiate", party("web-b", invite["call_id"]) | answer)
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "v=0 hold-answer>caller")
    again = {"description": {"type": "offer", "sdp": "v=0 resume"}, "lifetime": 1000}
    house.room_event(BRUNO, "m.call.negotiate", party("web-b", invite["call_id"]) | again)
    assert await house.did(caller, "reinvite") == ("reinvite", "v=0 resume>caller:RTP")


async def test_caller_without_offer_gets_ours_and_answers_in_its_ack() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls(sdp=None)
    (phone,) = await house.forks(1)
    phone.answers()
    assert await house.did(caller, "answer") == ("answer", "v=0 phone-answer>caller")
    caller.happen(Acknowledged("ack-answer"))
    await until(lambda: house.records.last["answered_at"], "answered")
    assert house.gateway.joined[-1] == ("phone-1", "caller", "v=0 phone-answer")


async def test_caller_without_offer_that_never_answers_ours_is_ended() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls(sdp=None)
    (phone,) = await house.forks(1)
    phone.answers()
    await house.did(caller, "answer")
    caller.happen(Acknowledged(None))
    await house.did(phone, "bye")
    await house.ended()


async def test_a_key_by_info_goes_on_as_an_event() -> None:
    house = House()
    caller, _ = await talking(house)
    caller.happen(Dtmf("5"))
    await until(lambda: house.gateway.keys, "key")
    assert house.gateway.keys == [("phone-1", "5")]


async def test_lost_media_ends_both_sides() -> None:
    house = House()
    caller, phone = await talking(house)
    house.exchange.on_media_timeout(house.records.last["id"], "phone-1")
    await house.did(caller, "bye")
    await house.did(phone, "bye")
    assert (await house.ended())["reason"] == "media_failed"


@pytest.mark.parametrize(
    ("knows", "seconds", "ends"),
    [
        (True, 61.0, False),
        (True, 36_000.0, False),
        (None, 61.0, False),
        (None, 181.0, True),
        (False, 61.0, True),
    ],
)
async def test_case_10_a_silent_telephone_is_asked_and_its_call_ends_only_if_it_is_gone(
    knows: bool | None, seconds: int, ends: bool
) -> None:
    """Case 10: a minute without media ended the call of one who listened."""
    house = House()
    caller, phone = await talking(house)
    phone.knows = knows
    house.exchange.on_silence(house.records.last["id"], "phone-1", seconds)
    await house.did(phone, "probe")
    if ends:
        await house.did(caller, "bye")
        assert (await house.ended())["reason"] == "media_failed"
    else:
        await until(lambda: house.gateway.vouched, "vouched for")
        assert house.exchange.calls()[0]["bridge_state"] == "established"
        assert not phone.ended


async def test_shutdown_ends_calls_politely_and_closes_their_records() -> None:
    house = House()
    caller, phone = await talking(house)
    await house.exchange.shutdown()
    assert caller.ended
    assert phone.ended
    assert house.records.last["outcome"] == "interrupted"
    late = await house.phone_calls()
    assert late.log == [("reject", 503)]


async def test_telephones_that_a_dead_process_left_in_meetings_are_told_to_have_gone() -> None:
    house = House()
    record = CallRecord(id="call", via="sip", dialled="800", started_at=NOW, answered_at=NOW)
    legs = [{"sip": {"call": "x"}}, {"meeting": {"visitor_id": "visitor-1"}}]
    house.exchange.restore("call", "bridged", {"legs": legs, "record": record.to_json()}, NOW + 7000)
    assert house.meetings.forgotten == ["visitor-1"]
    assert house.records.last["outcome"] == "interrupted"
    assert house.endpoint.byes == [{"call": "x"}]


@pytest.mark.parametrize("leg", [PHONE_LEG, TRUNK_LEG])
async def test_nothing_is_sent_to_a_phone_that_a_kill_would_leave_ringing(leg: dict[str, Any]) -> None:
    house = House()
    house.endpoint.phones = {"202": 2}
    on_disk: list[Any] = []
    house.endpoint.on_sent = lambda call: on_disk.extend(house.records.disk.values())
    house.plan([leg])
    await house.phone_calls()
    calls = await house.forks(2 if leg is PHONE_LEG else 1)
    for kind, snapshot in on_disk:
        assert kind == "bridged"
        assert snapshot["legs"] == [{"sip": call.snapshot()} for call in calls]
    assert len(on_disk) == len(calls)


async def test_a_browser_is_called_when_its_call_is_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    written = asyncio.Event()

    async def flushed() -> None:
        if any(snapshot["legs"] for _, snapshot in house.records.live.values()):
            await written.wait()

    monkeypatch.setattr(house.records, "flushed", flushed)
    house.plan([MATRIX_LEG])
    await house.phone_calls()
    await until(lambda: any(snapshot["legs"] for _, snapshot in house.records.live.values()), "remembered")
    for _ in range(20):
        await asyncio.sleep(0)
    assert house.homeserver.sent == []
    written.set()
    await house.sent("m.call.invite")


async def test_a_call_that_a_kill_met_before_anything_rang_is_recorded_as_interrupted() -> None:
    house = House()
    await house.phone_calls()
    again = House()
    for call_id, (kind, snapshot) in house.records.live.items():
        again.exchange.restore(call_id, kind, snapshot, NOW + 7000)
    assert (again.records.last["outcome"], again.records.last["ended_at"]) == ("interrupted", NOW + 7000)
    await until(lambda: not again.records.live, "nothing left")


async def test_case_9_the_media_is_told_where_each_sides_signalling_comes_from() -> None:
    """Case 9: what an SDP says of a phone behind a router is not true; its signalling's address is."""
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    assert house.gateway.peers == {
        "caller": [Peer("192.0.2.1", authenticated=True)],
        "phone-1": [Peer("phone0", authenticated=True)],
    }
    phone.answers()
    await house.did(caller, "answer")
    # Its NAT gives it another address in mid call: its re-INVITE says so.
    caller.peer = Flow(Transport.UDP, "198.51.100.7", 5060)
    caller.happen(Reinvite("moved"))
    await house.did(caller, "accept_reinvite")
    assert house.gateway.peers["caller"][-1] == Peer("198.51.100.7", authenticated=True)


@pytest.mark.parametrize(("transport", "waits"), [(Transport.UDP, True), (Transport.TCP, False)])
async def test_a_line_known_by_one_datagram_has_shown_that_it_is_there_with_its_ack(
    transport: Transport, waits: bool
) -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    call = FakeIncoming(FromTrunk("carrier"), "+390612345202")
    call.peer = Flow(transport, "192.0.2.1", 5060)
    await house.exchange.on_invite(call)
    (phone,) = await house.forks(1)
    phone.answers()
    await house.did(call, "answer")
    assert house.gateway.peers["caller"][-1].proven is not waits
    if waits:
        assert house.exchange.calls()[0]["bridge_state"] == "answering"
        call.happen(ACKNOWLEDGED)
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "established", "established")
    assert house.gateway.peers["caller"][-1] == Peer("192.0.2.1", authenticated=False, proven=True)
