"""Calls that ring for others are taken: by a code, by Replaces (RFC 3891), from the browser."""

import asyncio
from typing import Any

import pytest

from bridges.sip.b2bua.identity import PICK_UP_TAG, is_ours
from bridges.sip.call_control.commands import CallCommands
from bridges.sip.call_control.park import Park
from bridges.sip.transport.api import Account, FromPhone, Referred, Replaces
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import (
    ACKNOWLEDGED,
    BRUNO,
    GHOST,
    HUNG_UP,
    MATRIX_LEG,
    PHONE_LEG,
    ROOM,
    FakeQueues,
    House,
    answer_content,
    party,
    until,
)
from tests.bridges.sip.b2bua.test_recovery import reborn
from wire.commands import CommandAnswer, PickUp, PickUpRequest
from wire.route import PickUpRinging, Replaced

CARLA = "@carla:localhost"
BRUNO_PARTY = {"user_id": BRUNO, "name": "Bruno Bianchi", "number": "202"}
CARLA_PARTY = {"user_id": CARLA, "name": "Carla Verdi", "number": "203"}
CARLAS_PHONE = {"kind": "sip", "extension": "203"}
CARLAS_ROOM = "!anna-carla:localhost"
CARLAS_BROWSER = {"kind": "matrix", "user_id": CARLA, "as_user": ANNA, "room_id": CARLAS_ROOM}
PICK_UP = {"kind": "pick-up", "user_ids": [BRUNO]}


async def rings(house: House, *legs: dict[str, Any]) -> tuple[FakeIncoming, FakeOutgoing]:
    """Anna's phone calls Bruno, whose desk phone rings."""
    house.endpoint.phones = {"202": 1, "203": 1}
    house.plan(list(legs) or [PHONE_LEG])
    anna = await house.phone_calls(sdp="v=0 caller-offer")
    anna.call_id = "anna"
    (bruno,) = await house.forks(1)
    bruno.call_id = "bruno"
    bruno.rings()
    return anna, bruno


async def calls(
    house: House, service: dict[str, Any] | None = PICK_UP, who: dict[str, Any] = CARLA_PARTY, **what: Any
) -> FakeIncoming:
    """A phone calls, and the route answers with a service; with None it refuses."""
    house.router.plan = {
        "outcome": "service" if service else "refuse", "cause": None if service else "no_such_call",
        "caller": who, "callee": {"number": "**202"}, "service": service,
    }  # fmt: skip
    account = Account(who["number"], "", "", who["user_id"], who["name"])
    call = FakeIncoming(FromPhone(account), "**202", "offer-of-the-other")
    call.call_id = "other"
    call.replaces = what.get("replaces")
    await house.ingress.on_invite(call)
    return call


def lamp(call_id: str, *, early_only: bool = False) -> Replaces:
    return Replaces(call_id, PICK_UP_TAG, PICK_UP_TAG, early_only)


def records(house: House) -> list[dict[str, Any]]:
    return [revisions[-1] for revisions in house.records.records.values()]


def refused(call: FakeIncoming) -> int | None:
    return next((int(entry[1]) for entry in call.log if entry[0] == "reject"), None)


async def is_carlas(house: House) -> dict[str, Any]:
    """Anna talks with Carla, and the record says for whom it rang."""
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    record = records(house)[0]
    assert (record["caller"]["user_id"], record["callee"]["user_id"]) == (ANNA, CARLA)
    assert record["picked_up_from"]["user_id"] == BRUNO
    assert record["transfer"]["by"] is None
    return record


async def test_a_phone_takes_what_rings_at_another_one() -> None:
    house = House()
    anna, bruno = await rings(house)
    carla = await calls(house)
    assert (await house.did(bruno, "cancel"))[1] == 200
    assert (await house.did(carla, "answer"))[1].startswith("v=0 caller-offer")
    assert (await house.did(anna, "answer"))[1].startswith("offer-of-the-other")
    record = await is_carlas(house)
    assert (record["outcome"], record["answered_on"]) == ("in_progress", "desk_phone")
    asked_for = records(house)[1]  # the call to the code became that one
    assert (asked_for["transfer"]["to"]["user_id"], asked_for["transfer"]["next"]) == (ANNA, record["id"])
    assert (asked_for["outcome"], asked_for["answered_at"]) == ("answered", None)
    carla.happen(HUNG_UP)
    await house.did(anna, "bye")


async def test_nothing_rings_any_more_or_only_for_others_or_for_whom_one_calls_oneself() -> None:
    house = House()
    anna, bruno = await rings(house)
    assert (await house.did(await calls(house, PICK_UP | {"user_ids": [ANNA]}), "reject"))[1] == 404
    own = await calls(house, who={"user_id": ANNA, "name": "Anna Rossi", "number": "201"})
    assert (await house.did(own, "reject"))[1] == 404
    anna.cancelled()
    await house.did(bruno, "cancel")
    assert (await house.did(await calls(house), "reject"))[1] == 404


# --- browsers alone ---


async def browsers_ring(house: House) -> None:
    """Anna's browser calls Bruno's; he has no desk phone."""
    house.plan()
    house.browser_calls()
    await until(
        lambda: house.exchange.calls() and house.exchange.calls()[0]["bridge_state"] == "lingering", "it"
    )


async def test_a_phone_takes_what_rings_in_browsers_alone() -> None:
    house = House()
    await browsers_ring(house)
    carla = await calls(house)
    answer = await house.sent("m.call.answer")
    assert is_ours(answer["party_id"])
    assert house.homeserver.sent[0][:2] == (BRUNO, ROOM)
    await house.did(carla, "answer")
    house.room_event(BRUNO, "m.call.answer", answer)
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": answer["party_id"]})
    record = await is_carlas(house)
    assert (record["via"], record["answered_on"]) == ("matrix", "desk_phone")
    live = house.exchange.live_calls()
    assert BRUNO not in live
    assert (live[CARLA][0].peer.user_id, live[CARLA][0].room_id) == (ANNA, None)
    carla.happen(HUNG_UP)
    await house.sent("m.call.hangup")
    assert (await until(lambda: records(house)[0]["ended_at"] and records(house)[0], "over"))[
        "outcome"
    ] == "answered"


async def test_the_callees_browser_was_faster_than_who_picks_up() -> None:
    house = House()
    await browsers_ring(house)
    carla = await calls(house)
    await house.sent("m.call.answer")
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": "web-b"})
    await house.did(carla, "bye")
    record = records(house)[0]
    assert (record["callee"]["user_id"], record["picked_up_from"], record["ended_at"]) == (BRUNO, None, None)
    assert record["answered_on"] == "matrix"


async def test_a_phone_takes_what_a_phone_lets_ring_in_browsers_alone() -> None:
    house = House()
    house.plan([MATRIX_LEG])
    anna = await house.phone_calls(sdp="v=0 caller-offer")
    await house.sent("m.call.invite")
    carla = await calls(house)
    hangup = await house.sent("m.call.hangup")
    assert hangup["reason"] == "answered_elsewhere"
    assert hangup["org.unisono.answered_on"] == "colleague"
    await house.did(carla, "answer")
    await house.did(anna, "answer")
    await is_carlas(house)


async def test_a_line_that_calls_keeps_its_private_name_to_whom_it_rang_for() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG], caller={"name": "My dentist", "number": "+390698765432"})
    line = await house.trunk_calls("+390612345202")
    await house.forks(1)
    await until(lambda: records(house)[0]["caller"]["name"] == "My dentist", "named")
    await calls(house)
    await house.did(line, "answer")
    line.happen(ACKNOWLEDGED)
    await until(lambda: records(house)[0]["answered_at"], "answered")
    assert records(house)[0]["caller"] == {"user_id": None, "name": "", "number": "+390698765432"}


# --- Replaces ---


@pytest.mark.parametrize("early_only", [False, True])
@pytest.mark.parametrize("by", ["lamp", "dialog"])
async def test_rfc3891_3_what_rings_is_named_by_a_lamp_or_by_the_dialog_of_the_phone(
    by: str, early_only: bool
) -> None:
    house = House()
    anna, bruno = await rings(house)
    call_id = records(house)[0]["id"]
    named = lamp(call_id) if by == "lamp" else Replaces("bruno", "local", "remote")
    carla = await calls(house, PICK_UP | {"call_id": call_id}, replaces=named._replace(early_only=early_only))
    await house.did(bruno, "cancel")
    await house.did(carla, "answer")
    await house.did(anna, "answer")
    assert house.router.asked[-1].replaces == Replaced(call_id, BRUNO, early=True)
    await is_carlas(house)


async def test_a_lamp_names_what_rings_in_browsers_alone() -> None:
    house = House()
    await browsers_ring(house)
    call_id = records(house)[0]["id"]
    carla = await calls(house, PICK_UP | {"call_id": call_id}, replaces=lamp(call_id, early_only=True))
    await house.did(carla, "answer")
    assert house.router.asked[-1].replaces == Replaced(call_id, BRUNO, early=True)
    assert is_ours((await house.sent("m.call.answer"))["party_id"])


@pytest.mark.parametrize(
    "named",
    [
        Replaces("bruno", "local", "other"),
        Replaces("bruno", "remote", "local"),
        Replaces("unknown", "local", "remote"),
        # An early dialog that the other side has begun.
        Replaces("anna", "local", "remote"),
        lamp("unknown"),
        Replaces("unknown", PICK_UP_TAG, PICK_UP_TAG, early_only=True),
    ],
)
async def test_rfc3891_3_there_is_no_such_dialog(named: Replaces) -> None:
    house = House()
    await rings(house)
    carla = await calls(house, replaces=named)
    assert refused(carla) == 481
    assert len(records(house)) == 1  # nobody was called
    assert len(house.router.asked) == 1


async def test_a_dialog_that_is_over_and_one_that_a_line_names_are_not_there() -> None:
    house = House()
    anna, bruno = await rings(house)
    call_id = records(house)[0]["id"]
    line = FakeIncoming((await house.trunk_calls("+390612345999")).origin, "202")
    line.replaces = lamp(call_id)
    await house.ingress.on_invite(line)
    assert refused(line) == 481
    anna.cancelled()
    await house.did(bruno, "cancel")
    await until(lambda: records(house)[0]["ended_at"], "over")
    for named in (lamp(call_id), Replaces("bruno", "local", "remote")):
        assert refused(await calls(house, replaces=named)) == 481


async def test_it_ended_while_the_route_was_asked() -> None:
    house = House()
    await rings(house)
    carla = await calls(house, PICK_UP | {"call_id": "another"}, replaces=lamp(records(house)[0]["id"]))
    assert (await house.did(carla, "reject"))[1] == 481


async def talk(house: House) -> tuple[FakeIncoming, FakeOutgoing]:
    anna, bruno = await rings(house)
    bruno.answers()
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    return anna, bruno


async def test_rfc3891_3_one_takes_over_ones_own_call_on_another_phone() -> None:
    house = House()
    anna, bruno = await talk(house)
    call_id = records(house)[0]["id"]
    service = {"kind": "take-over", "call_id": call_id}
    second = await calls(house, service, BRUNO_PARTY, replaces=Replaces("bruno", "local", "remote"))
    await house.did(second, "answer")
    await house.did(bruno, "bye")
    assert house.router.asked[-1].replaces == Replaced(call_id, BRUNO, early=False)
    assert not anna.ended
    assert records(house)[1]["transfer"]["previous"] == call_id


async def test_who_waits_in_a_queue_keeps_their_place_at_the_phone_where_they_wait() -> None:
    house = House(queues=FakeQueues("caller"))
    queue, bruno = await talk(house)
    service = {"kind": "take-over", "call_id": records(house)[0]["id"]}
    second = await calls(house, service, BRUNO_PARTY, replaces=Replaces("bruno", "local", "remote"))
    assert (await house.did(second, "reject"))[1] == 503
    assert not queue.ended and not bruno.ended


@pytest.mark.parametrize(
    ("who", "named", "status"),
    [
        (BRUNO_PARTY, Replaces("bruno", "local", "remote", early_only=True), 486),
        (CARLA_PARTY, Replaces("bruno", "local", "remote", early_only=True), 481),
        (CARLA_PARTY, Replaces("anna", "local", "remote", early_only=True), 481),
    ],
)
async def test_rfc3891_3_early_only_of_a_call_that_is_answered(
    who: dict[str, Any], named: Replaces, status: int
) -> None:
    house = House()
    _, bruno = await talk(house)
    assert refused(await calls(house, None, who, replaces=named)) == status
    assert len(house.router.asked) == 1
    assert not bruno.ended


@pytest.mark.parametrize("name", ["bruno", "anna", "lamp"])
async def test_a_call_of_others_is_the_routes_to_refuse_and_stays_what_it_was(name: str) -> None:
    house = House()
    anna, bruno = await talk(house)
    call_id = records(house)[0]["id"]
    named = lamp(call_id) if name == "lamp" else Replaces(name, "local", "remote")
    carla = await calls(house, None, replaces=named)
    assert (await house.did(carla, "reject"))[1] == 481
    owner = ANNA if name == "anna" else BRUNO
    assert house.router.asked[-1].replaces == Replaced(call_id, owner, early=False)
    assert not anna.ended
    assert not bruno.ended


async def test_what_who_parked_a_call_calls_a_number_outside_is_not_passed_on() -> None:
    slots = Park(["700"], 120.0, lambda: None)
    house = House(parking=slots)
    house.endpoint.phones = {"202": 1, "203": 1}
    dentist = {"user_id": GHOST, "name": "Bruno's dentist", "number": "+390698765432"}
    house.plan([PHONE_LEG], caller=dentist)
    line = await house.trunk_calls("+390612345202")
    (bruno,) = await house.forks(1)
    bruno.answers()
    await house.did(line, "answer")
    line.happen(ACKNOWLEDGED)
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "talking", "talking")
    service = {"kind": "park-slot", "slot": "700"}
    parker = BRUNO_PARTY | {"number": "700"}
    house.router.plan = {"outcome": "service", "service": service, "caller": dentist, "callee": parker}
    bruno.happen(Referred(7, "sip:700@localhost", None, "<sip:202@localhost>"))
    await house.did(bruno, "bye")
    await house.did(await calls(house, service), "answer")
    _, parked, fetched = records(house)
    assert parked["caller"] == dentist
    assert (fetched["caller"], fetched["callee"]) == (CARLA_PARTY, dentist | {"name": ""})
    slots.close()


async def test_who_is_transferred_is_picked_up_where_it_rings() -> None:
    """Anna talks with Bruno, who gives her to Dario; Carla answers there."""
    house = House()
    anna, bruno = await talk(house)
    dario = {"user_id": "@dario:localhost", "name": "Dario", "number": "204"}
    house.endpoint.phones["204"] = 1
    house.plan([{"kind": "sip", "extension": "204"}], callee=dario)
    bruno.happen(Referred(7, "sip:204@localhost"))
    _, phone = await house.forks(2)
    phone.call_id = "dario"
    phone.rings()
    await until(
        lambda: len(records(house)) == 2 and records(house)[1]["callee"]["user_id"], "rings for Dario"
    )
    carla = await calls(house, PICK_UP | {"user_ids": ["@dario:localhost"]})
    await house.did(carla, "answer")
    await house.did(phone, "cancel")
    await house.did(bruno, "bye")
    record = records(house)[1]
    assert (record["callee"]["user_id"], record["picked_up_from"]["name"]) == (CARLA, "Dario")
    assert record["transfer"]["by"]["user_id"] == BRUNO
    assert not anna.ended


# --- from the browser ---


async def wanted(house: House, user_id: str = CARLA, device: str | None = None) -> CommandAnswer:
    what = PickUp(extension="202", to="here" if device else None)
    request = PickUpRequest(user_id, what, device, PickUpRinging((BRUNO,)))
    return await CallCommands(house.exchange).pick_up(request)


async def carla_wants_it(house: House, *legs: dict[str, Any], device: str | None = None) -> CommandAnswer:
    house.plan(list(legs), callee=CARLA_PARTY)
    return await wanted(house, device=device)


async def test_a_browser_takes_what_rings_at_a_desk_phone() -> None:
    house = House()
    anna, bruno = await rings(house)
    answer = await carla_wants_it(house, CARLAS_BROWSER, device="PAGE")
    assert (answer.call_id, answer.refused) == (records(house)[0]["id"], None)
    asked = house.router.asked[-1]
    assert (asked.caller.user_id, asked.dialled, asked.device) == (BRUNO, CARLA, "PAGE")
    assert asked.transferred is not None
    assert asked.transferred.user_id == ANNA
    invite = await house.sent("m.call.invite")
    assert not bruno.ended  # it rings on until somebody has answered
    assert house.exchange.live_calls()[BRUNO][0].matrix_call_id is None
    assert CARLA not in house.exchange.live_calls()
    house.room_event(CARLA, "m.call.answer", answer_content("web-c", invite["call_id"]), CARLAS_ROOM)
    assert (await house.did(bruno, "cancel"))[1] == 200
    await house.did(anna, "answer")
    record = await is_carlas(house)
    assert record["answered_on"] == "matrix"
    (live,) = house.exchange.live_calls()[CARLA]
    assert (live.matrix_call_id, live.room_id) == (invite["call_id"], CARLAS_ROOM)


async def test_a_browser_takes_what_rings_in_browsers_alone() -> None:
    house = House()
    await browsers_ring(house)
    assert (await carla_wants_it(house, CARLAS_BROWSER)).refused is None
    invite = await house.sent("m.call.invite")
    house.room_event(CARLA, "m.call.answer", answer_content("web-c", invite["call_id"]), CARLAS_ROOM)
    answer = await house.sent("m.call.answer")
    house.room_event(BRUNO, "m.call.answer", answer)
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": answer["party_id"]})
    await is_carlas(house)


async def test_a_desk_phone_of_theirs_rings_until_the_callee_answers() -> None:
    house = House()
    anna, bruno = await rings(house)
    task = asyncio.create_task(carla_wants_it(house, CARLAS_PHONE))
    _, phone = await house.forks(2)
    phone.rings(183, "early")  # nobody is to hear it
    assert (await task).refused is None
    bruno.answers()
    assert (await house.did(phone, "cancel"))[1] == 200
    await house.did(anna, "answer")
    record = records(house)[0]
    assert (record["callee"]["user_id"], record["picked_up_from"]) == (BRUNO, None)


async def test_who_wants_it_and_does_not_answer_leaves_it_ringing() -> None:
    house = House()
    anna, bruno = await rings(house)
    assert (await carla_wants_it(house, CARLAS_BROWSER)).refused is None
    invite = await house.sent("m.call.invite")
    house.room_event(CARLA, "m.call.reject", party("web-c", invite["call_id"]), CARLAS_ROOM)
    await until(lambda: "matrix-2" in house.gateway.deleted, "gone")
    assert not bruno.ended
    assert refused(anna) is None
    bruno.refuses(486)
    assert (await house.did(anna, "reject"))[1] == 486


async def test_the_next_process_knows_who_wants_it() -> None:
    house = House()
    await rings(house)
    assert (await carla_wants_it(house, CARLAS_BROWSER)).refused is None
    invite = await house.sent("m.call.invite")
    again = reborn(house)
    anna = await until(lambda: again.endpoint.received, "the caller's leg")
    await until(lambda: again.exchange.calls()[0]["bridge_state"] == "ringing", "ringing")
    again.room_event(CARLA, "m.call.answer", answer_content("web-c", invite["call_id"]), CARLAS_ROOM)
    await again.did(anna, "answer")
    await is_carlas(again)


@pytest.mark.parametrize(
    ("cause", "code"),
    [("own_number", "not_allowed"), ("unreachable", "target_not_reachable"), (None, "target_not_reachable")],
)
async def test_why_it_does_not_come(cause: str | None, code: str) -> None:
    house = House()
    _, bruno = await rings(house)
    if cause is not None:
        house.refuse(cause)
    else:
        house.plan([{"kind": "sip", "extension": "299"}], callee=CARLA_PARTY)  # no phone of that number
    assert (await wanted(house)).refused == code
    assert not bruno.ended


async def test_only_what_rings_for_others_is_wanted() -> None:
    house = House()
    assert (await wanted(house)).refused == "call_not_found"
    anna, bruno = await rings(house)
    assert (await wanted(house, ANNA)).refused == "call_not_found"
    assert (await wanted(house, BRUNO)).refused == "not_possible_now"
    bruno.answers()
    await house.did(anna, "answer")
    assert (await wanted(house)).refused == "call_not_found"
    assert len(house.router.asked) == 1
