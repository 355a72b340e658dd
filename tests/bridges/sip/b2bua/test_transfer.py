"""Blind transfer by a desk phone's REFER, over fakes: success, every kind of failure, and all hang-ups."""

from typing import Any

import pytest

from bridges.sip.transport.api import Ended, EndedBy, NameAddress, Referred, Reinvite, Replaces
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import (
    ACKNOWLEDGED,
    BRUNO,
    GHOST,
    HUNG_UP,
    MATRIX_LEG,
    NOW,
    PHONE_LEG,
    TRUNK_LEG,
    FakeQueues,
    House,
    answer_content,
    party,
    until,
)
from wire.route import Party
from wire.state import CallsOfUser

CARLA = "@carla:localhost"
CARLAS_PHONE = {"kind": "sip", "extension": "203"}
REFER = Referred(7, "sip:203@localhost", None, "<sip:202@localhost>")


async def talking(house: House) -> tuple[FakeIncoming, FakeOutgoing]:
    """Anna's phone talks with Bruno's; Carla has one, too."""
    house.endpoint.phones = {"202": 1, "203": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.answers()
    await until(lambda: house.records.last["answered_at"], "answered")
    return caller, phone


def to_carla(house: House, *legs: dict[str, Any], **extra: Any) -> None:
    """The web will answer that Carla is to ring, for Anna."""
    carla = {"user_id": CARLA, "name": "Carla Verdi", "number": "203"}
    house.plan(list(legs) or [CARLAS_PHONE], callee=carla, rings_elsewhere=False, **extra)


async def transferring(house: House) -> tuple[FakeIncoming, FakeOutgoing, FakeOutgoing]:
    """Bruno transfers Anna to Carla, whose phone rings."""
    anna, bruno = await talking(house)
    to_carla(house)
    bruno.happen(REFER)
    _, carla = await house.forks(2)
    return anna, bruno, carla


def said(phone: FakeIncoming | FakeOutgoing, *words: str) -> list[tuple[object, ...]]:
    return [entry for entry in phone.log if entry[0] in words]


async def test_a_phone_transfers_and_is_out_and_the_other_two_talk() -> None:
    house = House()
    anna, bruno, carla = await transferring(house)
    assert said(bruno, "accept_refer") == [("accept_refer", 7)]
    asked = house.router.asked[-1]
    assert (asked.caller.user_id, asked.dialled, asked.transferred) == (
        BRUNO,
        "203",
        Party(ANNA, "Anna Rossi", "201"),
    )
    assert (carla.from_.name, carla.headers["Referred-By"]) == ("Anna Rossi", "<sip:202@localhost>")
    assert carla.sdp == "caller-offer>phone-2:RTP"
    carla.rings()
    await until(lambda: ("notify_refer", 180) in bruno.log, "ringing is told")
    carla.answers("carla")
    await house.did(bruno, "bye")
    assert said(bruno, "notify_refer", "bye") == [("notify_refer", 180), ("notify_refer", 200), ("bye", 16)]
    assert ("phone-2", "caller", "carla") in house.gateway.joined
    assert await house.did(anna, "reinvite") == ("reinvite", "carla>caller:RTP")
    await until(lambda: "phone-1" in house.gateway.deleted, "Bruno's media is gone")
    assert not anna.ended and not carla.ended
    carla.happen(HUNG_UP)
    await house.did(anna, "bye")


async def test_each_of_the_two_calls_has_its_record() -> None:
    house = House()
    _, _, carla = await transferring(house)
    first, second = (revisions[-1] for revisions in house.records.records.values())
    assert (second["caller"]["user_id"], second["outcome"]) == (ANNA, "in_progress")
    assert second["transfer"] == {
        "by": {"user_id": BRUNO, "name": "Bruno Bianchi", "number": "202"},
        "previous": first["id"],
        "to": None,
        "next": None,
        "joined": None,
        "conversation": first["id"],
    }
    assert house.exchange.telephony_state().users == {ANNA: CallsOfUser(1), BRUNO: CallsOfUser(1)}
    carla.answers()
    await until(lambda: house.records.records[first["id"]][-1]["ended_at"], "the first call is over")
    first, second = (revisions[-1] for revisions in house.records.records.values())
    assert (first["outcome"], first["transfer"]["to"]["user_id"], first["transfer"]["next"]) == (
        "answered",
        CARLA,
        second["id"],
    )
    assert house.exchange.telephony_state().users == {ANNA: CallsOfUser(1), CARLA: CallsOfUser(1)}
    assert [call["id"] for call in house.exchange.calls()] == [second["id"]]
    assert list(house.records.live) == [second["id"]]
    # Anna, who has talked on, may still name it as she did; whoever transferred her is out.
    assert (on := house.exchange.goes_on(first["id"], ANNA)) and on.id == second["id"]
    assert house.exchange.goes_on(first["id"], BRUNO) is None
    carla.happen(HUNG_UP)
    await until(lambda: not house.records.live, "nothing left")
    assert house.records.records[second["id"]][-1]["outcome"] == "answered"
    assert house.exchange.calls() == []
    assert house.exchange.goes_on(first["id"], ANNA) is None


async def test_who_stays_goes_on_counting_and_who_comes_begins() -> None:
    house = House()
    _, _, carla = await transferring(house)
    house.now += 60_000
    carla.answers()
    await until(lambda: house.exchange.calls()[-1]["answered_at"], "Carla has answered")
    live = house.exchange.telephony_state().live
    assert (live[ANNA][0].since, live[CARLA][0].since) == (NOW, NOW + 60_000)


async def test_who_moves_a_call_to_another_device_goes_on_counting() -> None:
    house = House()
    _, bruno = await talking(house)
    house.plan([CARLAS_PHONE], callee={"user_id": BRUNO, "name": "Bruno Bianchi", "number": "202"})
    bruno.happen(REFER)
    _, other = await house.forks(2)
    house.now += 60_000
    other.answers()
    await house.did(bruno, "bye")
    live = house.exchange.telephony_state().live
    assert (live[ANNA][0].since, live[BRUNO][0].since) == (NOW, NOW)


async def test_the_caller_may_transfer_as_well() -> None:
    house = House()
    anna, bruno = await talking(house)
    to_carla(house)
    anna.happen(REFER)
    _, carla = await house.forks(2)
    assert house.router.asked[-1].transferred == Party(BRUNO, "Bruno Bianchi", "202")
    assert carla.sdp == "v=0 phone-answer>phone-2:RTP"
    carla.answers("carla")
    await house.did(anna, "bye")
    assert await house.did(bruno, "reinvite") == ("reinvite", "carla>phone-1:RTP")


@pytest.mark.parametrize(("status", "told"), [(486, 486), (603, 603), (480, 480), (404, 404)])
async def test_a_transfer_that_fails_leaves_the_two_as_they_were(status: int, told: int) -> None:
    house = House()
    anna, bruno, carla = await transferring(house)
    carla.refuses(status)
    await until(lambda: ("notify_refer", told) in bruno.log, "the failure is told")
    assert not anna.ended and not bruno.ended
    assert len(house.exchange.calls()) == 1
    assert house.records.last["ended_at"]
    bruno.happen(REFER)
    _, _, again = await house.forks(3)
    again.answers()
    await house.did(bruno, "bye")


@pytest.mark.parametrize(("cause", "status"), [("class_of_service", 403), ("own_number", 403)])
async def test_a_target_that_who_transfers_may_not_call_is_told(cause: str, status: int) -> None:
    house = House()
    anna, bruno = await talking(house)
    house.refuse(cause)
    bruno.happen(REFER)
    await until(lambda: ("notify_refer", status) in bruno.log, "the refusal is told")
    assert not anna.ended and not bruno.ended


async def test_no_device_of_the_target_is_told_as_480() -> None:
    house = House()
    _, bruno = await talking(house)
    house.endpoint.phones.pop("203")
    to_carla(house)
    bruno.happen(REFER)
    await until(lambda: ("notify_refer", 480) in bruno.log, "the failure is told")


async def test_who_transfers_hangs_up_at_once_and_the_transfer_goes_on() -> None:
    house = House()
    anna, bruno, carla = await transferring(house)
    bruno.happen(HUNG_UP)
    await until(lambda: "phone-1" in house.gateway.deleted, "Bruno's media is gone")
    assert not anna.ended
    carla.answers("carla")
    assert await house.did(anna, "reinvite") == ("reinvite", "carla>caller:RTP")
    assert said(bruno, "bye") == []


async def test_who_transfers_has_hung_up_and_nobody_answers_ends_the_call() -> None:
    house = House()
    anna, bruno, carla = await transferring(house)
    bruno.happen(HUNG_UP)
    carla.refuses(486)
    assert await house.did(anna, "bye") == ("bye", 17)
    await until(lambda: not house.exchange.calls(), "over")
    assert [revisions[-1]["outcome"] for revisions in house.records.records.values()] == ["answered", "busy"]


async def test_the_one_transferred_hangs_up_and_nothing_rings_any_more() -> None:
    house = House()
    anna, bruno, carla = await transferring(house)
    anna.happen(HUNG_UP)
    await house.did(carla, "cancel")
    await house.did(bruno, "bye")
    await until(lambda: not house.exchange.calls(), "over")
    assert said(bruno, "notify_refer")[-1] == ("notify_refer", 480)


async def test_both_hang_up_at_once() -> None:
    house = House()
    anna, bruno, carla = await transferring(house)
    anna.happen(HUNG_UP)
    bruno.happen(HUNG_UP)
    await house.did(carla, "cancel")
    await until(lambda: not house.exchange.calls() and not house.records.live, "over")


async def test_an_answer_that_crosses_the_hang_up_is_hung_up() -> None:
    house = House()
    anna, _, carla = await transferring(house)
    anna.happen(HUNG_UP)
    carla.answers()
    await house.did(carla, "bye")


async def test_two_transfers_at_once_are_one() -> None:
    house = House()
    anna, bruno, carla = await transferring(house)
    anna.happen(Referred(3, "sip:204@localhost"))
    assert await house.did(anna, "refuse_refer") == ("refuse_refer", 503)
    carla.answers()
    await house.did(bruno, "bye")


async def test_a_transfer_before_anybody_talks_is_refused() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    await house.forks(1)
    caller.happen(REFER)
    assert await house.did(caller, "refuse_refer") == ("refuse_refer", 503)


async def test_a_transfer_right_after_the_answer_waits_until_the_two_talk() -> None:
    """A browser chooses among the devices that answer a moment later, and hears this one by then."""
    house = House()
    house.endpoint.phones = {"202": 1, "203": 1}
    house.plan([PHONE_LEG])
    house.browser_calls()
    (bruno,) = await house.forks(1)
    bruno.answers()
    answer = await house.sent("m.call.answer")
    bruno.happen(REFER)
    to_carla(house)
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": answer["party_id"]})
    _, carla = await house.forks(2)
    assert said(bruno, "accept_refer", "refuse_refer") == [("accept_refer", 7)]
    carla.answers("carla")
    await house.did(bruno, "bye")


async def test_a_transfer_right_after_the_answer_of_a_caller_who_hangs_up_leads_nowhere() -> None:
    house = House()
    house.endpoint.phones = {"202": 1, "203": 1}
    house.plan([PHONE_LEG])
    house.browser_calls()
    (bruno,) = await house.forks(1)
    bruno.answers()
    await house.sent("m.call.answer")
    bruno.happen(REFER)
    house.room_event(ANNA, "m.call.hangup", party("web-a"))
    await house.did(bruno, "bye")
    assert not said(bruno, "accept_refer")
    assert len(house.router.asked) == 1


@pytest.mark.parametrize("to", ["203", "*68"])
async def test_who_waits_in_a_queue_gives_their_place_to_nobody(to: str) -> None:
    house = House(queues=FakeQueues("phone-1"))
    anna, queue = await talking(house)
    anna.happen(Referred(7, f"sip:{to}@localhost", None, "<sip:201@localhost>"))
    assert await house.did(anna, "refuse_refer") == ("refuse_refer", 503)
    assert len(house.router.asked) == 1
    assert not anna.ended and not queue.ended


async def test_a_line_transfers_nobody() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    line = await house.trunk_calls("+390612345202")
    (phone,) = await house.forks(1)
    phone.answers()
    await house.did(line, "answer")
    line.happen(REFER)
    assert await house.did(line, "refuse_refer") == ("refuse_refer", 403)
    assert len(house.router.asked) == 1


@pytest.mark.parametrize(
    "refer", [Referred(7, "sip:localhost"), Referred(7, "sip:203@localhost", Replaces("c", "t", "f"))]
)
async def test_what_cannot_be_followed_is_refused(refer: Referred) -> None:
    house = House()
    _, bruno = await talking(house)
    bruno.happen(refer)
    await house.did(bruno, "refuse_refer")


async def test_a_held_caller_is_offered_and_told_as_if_it_were_not() -> None:
    """A phone lets the other wait before it transfers: whoever answers hears, and is heard."""
    house = House()
    anna, bruno = await talking(house)
    anna.reinvite_answer = "v=0\r\nm=audio 1 RTP/AVP 8\r\na=recvonly\r\n"
    bruno.happen(Reinvite("v=0\r\nm=audio 2 RTP/AVP 8\r\na=sendonly\r\n"))
    await house.did(bruno, "accept_reinvite")
    to_carla(house)
    bruno.happen(REFER)
    _, carla = await house.forks(2)
    assert carla.sdp is not None and "a=sendrecv" in carla.sdp and "recvonly" not in carla.sdp


async def test_to_a_browser_which_sees_who_is_transferred() -> None:
    house = House()
    anna, bruno = await talking(house)
    to_carla(house, MATRIX_LEG | {"user_id": CARLA, "as_user": ANNA, "room_id": "!carla:localhost"})
    bruno.happen(REFER)
    invite = await house.sent("m.call.invite")
    assert house.homeserver.sent[-1][:2] == (ANNA, "!carla:localhost")
    await until(lambda: ("notify_refer", 180) in bruno.log, "ringing is told")
    content = answer_content("web-c", invite["call_id"])
    house.room_event(CARLA, "m.call.answer", content, room="!carla:localhost")
    await house.did(bruno, "bye")
    assert await house.did(anna, "reinvite") == ("reinvite", "v=0 web-answer>caller:RTP")
    live = house.exchange.telephony_state().live
    assert (live[CARLA][0].matrix_call_id, live[CARLA][0].peer.user_id) == (invite["call_id"], ANNA)


async def test_a_browser_that_called_is_transferred_and_its_room_is_heard_still() -> None:
    house = House()
    house.endpoint.phones = {"202": 1, "203": 1}
    house.plan([PHONE_LEG])
    house.browser_calls()
    (bruno,) = await house.forks(1)
    bruno.answers()
    answer = await house.sent("m.call.answer")
    selected = {"call_id": "m1", "party_id": "web-a", "version": "1"}
    house.room_event(ANNA, "m.call.select_answer", selected | {"selected_party_id": answer["party_id"]})
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    to_carla(house)
    bruno.happen(REFER)
    _, carla = await house.forks(2)
    carla.answers("carla")
    offer = await house.sent("m.call.negotiate")
    assert offer["description"]["sdp"] == "carla>caller:WEBRTC"
    await until(lambda: len(house.exchange.calls()) == 1, "one call")
    live = house.exchange.telephony_state().live
    assert (live[ANNA][0].matrix_call_id, live[ANNA][0].peer.user_id) == ("m1", CARLA)
    house.room_event(ANNA, "m.call.hangup", selected)
    await house.did(carla, "bye")
    await until(lambda: not house.exchange.calls() and not house.records.live, "over")


@pytest.mark.parametrize("known", ["", "Carla's aunt"])
async def test_an_outside_caller_is_transferred_under_its_own_number(known: str) -> None:
    """And as whom it is given to knows it (docs/decisions/0007)."""
    house = House()
    house.endpoint.phones = {"202": 1, "203": 1}
    outside = {"name": "Bruno's dentist", "number": "+390698765432"}
    house.plan([PHONE_LEG], caller=outside, ghost={"user_id": GHOST, "name": "+39 06 9876 5432"})
    line = await house.trunk_calls("+390612345202")
    (bruno,) = await house.forks(1)
    bruno.answers()
    await house.did(line, "answer")
    line.happen(ACKNOWLEDGED)
    await until(lambda: house.records.last["answered_at"], "answered")
    to_carla(house, caller=outside | {"name": known})
    bruno.happen(REFER)
    _, carla = await house.forks(2)
    assert house.router.asked[-1].transferred == Party(GHOST, "", "+390698765432")
    assert carla.from_ == NameAddress("sip:+390698765432@localhost", known or "+390698765432")
    first, second = (revisions[-1] for revisions in house.records.records.values())
    assert (first["caller"]["name"], second["caller"]["name"]) == ("Bruno's dentist", known)
    carla.answers()
    await house.did(bruno, "bye")
    assert house.records.last["via"] == "trunk:carrier"
    line.happen(HUNG_UP)
    await house.did(carla, "bye")


async def test_to_an_outside_line_that_is_away() -> None:
    house = House()
    _, bruno = await talking(house)
    house.endpoint.trunks["carrier"] = False
    house.plan([TRUNK_LEG], callee={"number": "+390698765432"}, rings_elsewhere=False)
    bruno.happen(Referred(7, "tel:+390698765432"))
    await until(lambda: ("notify_refer", 503) in bruno.log, "the failure is told")
    assert house.router.asked[-1].dialled == "+390698765432"


async def test_a_phone_that_reboots_while_it_is_transferred() -> None:
    house = House()
    anna, _, carla = await transferring(house)
    anna.happen(Ended(EndedBy.TIMEOUT))
    await house.did(carla, "cancel")
    await until(lambda: not house.exchange.calls(), "over")
