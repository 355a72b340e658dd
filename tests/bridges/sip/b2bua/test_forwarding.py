"""Calls that are forwarded: the route is asked once more when ringing was in vain, and what all are told."""

from typing import Any

import pytest

from bridges.sip.call_control.commands import CallCommands
from bridges.sip.transport.api import FromTrunk
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import (
    ACKNOWLEDGED,
    BRUNO,
    HUNG_UP,
    MATRIX_LEG,
    PHONE_LEG,
    ROOM,
    House,
    answer_content,
    party,
    until,
)
from tests.bridges.sip.b2bua.test_recovery import reborn
from tests.support.clock import let_pass
from wire.commands import CommandRequest, HangUp
from wire.route import Forwarded, Party

CARLA = "@carla:localhost"
BRUNO_PARTY = {"user_id": BRUNO, "name": "Bruno Bianchi", "number": "202"}
CARLA_PARTY = {"user_id": CARLA, "name": "Carla Verdi", "number": "203"}
MOBILE = {"user_id": "@_tel_+393331234567:localhost", "name": "+39 333 123 4567", "number": "+393331234567"}
CARLAS_PHONE = {"kind": "sip", "extension": "203"}
AFTER = {
    "busy": ["busy", "rejected"],
    "no_answer": ["no_answer"],
    "unreachable": ["unreachable", "unavailable"],
}


def forward(why: str) -> dict[str, Any]:
    return {"timeout": 30.0, "after": AFTER[why], "forward": [{"by": BRUNO_PARTY, "why": why}]}


def rings_then_goes_on(house: House, *whys: str, **more: Any) -> None:
    """Bruno's phone rings, and the call goes on for each of these reasons."""
    house.endpoint.phones = {"202": 1, "203": 1}
    house.plan([PHONE_LEG], rings_elsewhere=False, room_id=None)
    assert house.router.plan is not None
    house.router.plan["stages"][0] |= more
    house.router.plan["stages"] += [forward(why) for why in whys]


def goes_to_carla(house: House, why: str, *legs: dict[str, Any]) -> None:
    """What the route answers when it is asked again."""
    house.plan(
        list(legs) or [CARLAS_PHONE],
        callee=CARLA_PARTY,
        rings_elsewhere=False,
        room_id=None,
        forwarded=[{"by": BRUNO_PARTY, "why": why}],
    )


async def rings(house: House) -> tuple[FakeIncoming, FakeOutgoing]:
    anna = await house.phone_calls()
    (bruno,) = await house.forks(1)
    bruno.rings()
    await house.did(anna, "ring")
    return anna, bruno


@pytest.mark.parametrize(("status", "why"), [(486, "busy"), (603, "busy"), (480, "unreachable")])
async def test_the_call_goes_on_by_how_the_phone_refused_it(status: int, why: str) -> None:
    house = House()
    rings_then_goes_on(house, "busy", "no_answer", "unreachable")
    anna, bruno = await rings(house)
    goes_to_carla(house, why)
    bruno.refuses(status)
    _, carla = await house.forks(2)
    assert house.router.asked[-1].forwarded == (Forwarded(Party(**BRUNO_PARTY), why),)  # type: ignore[arg-type]
    assert house.router.asked[-1].call_id == house.router.asked[0].call_id
    carla.answers("v=0 carlas-answer")
    await house.did(anna, "answer")
    anna.happen(ACKNOWLEDGED)
    anna.happen(HUNG_UP)
    record = await house.ended()
    assert (record["callee"]["user_id"], record["outcome"]) == (CARLA, "answered")
    assert list(record["forwarded"]) == [{"by": BRUNO_PARTY, "why": why}]


async def test_a_phone_that_nobody_answers_is_given_up_before_the_next_rings() -> None:
    house = House()
    rings_then_goes_on(house, "busy", "no_answer", timeout=30.0)
    _, bruno = await rings(house)
    goes_to_carla(house, "no_answer")
    let_pass(31.0)
    await house.did(bruno, "cancel")
    _, carla = await house.forks(2)
    said = dict(carla.headers)
    assert said["Diversion"] == '"Bruno Bianchi" <sip:202@localhost>;reason=no-answer;counter=1'
    assert house.exchange.live_calls().keys() == {ANNA, CARLA}
    (seen,) = house.exchange.live_calls()[CARLA]
    assert seen.forwarded_by == Party(**BRUNO_PARTY)


@pytest.mark.parametrize("contact", ["sip:203@localhost", "tel:203"])
async def test_a_phone_that_names_somebody_else_sends_the_call_on(contact: str) -> None:
    house = House()
    rings_then_goes_on(house)
    anna, bruno = await rings(house)
    goes_to_carla(house, "deflected")
    bruno.sends_on(contact)
    _, carla = await house.forks(2)
    asked = house.router.asked[-1]
    assert (asked.sent_to, asked.forwarded) == ("203", (Forwarded(Party(**BRUNO_PARTY), "deflected"),))
    assert dict(carla.headers)["Diversion"].split(";")[1] == "reason=deflection"
    carla.answers()
    await house.did(anna, "answer")
    anna.happen(ACKNOWLEDGED)
    anna.happen(HUNG_UP)
    record = await house.ended()
    assert (record["callee"]["user_id"], record["outcome"]) == (CARLA, "answered")


async def test_a_phone_of_several_speaks_for_all_and_names_somebody_once() -> None:
    """The next who is asked for is no longer whom the phone named."""
    house = House()
    house.endpoint.phones = {"202": 2, "203": 1}
    house.plan([PHONE_LEG], rings_elsewhere=False, room_id=None)
    anna = await house.phone_calls()
    first, second = await house.forks(2)
    goes_to_carla(house, "deflected")
    assert house.router.plan is not None
    house.router.plan["stages"] += [forward("busy")]
    first.sends_on("sip:203@localhost")
    await house.did(second, "cancel")
    carla = (await house.forks(3))[-1]
    carla.refuses(486)
    await until(lambda: len(house.router.asked) == 3, "it goes on by a rule")
    assert house.router.asked[-1].sent_to is None
    anna.happen(HUNG_UP)
    await house.ended()


@pytest.mark.parametrize("contact", ["sip:localhost", "sip:@localhost"])
async def test_a_phone_that_names_nobody_is_not_reached(contact: str) -> None:
    house = House()
    rings_then_goes_on(house)
    anna, bruno = await rings(house)
    bruno.sends_on(contact)
    assert (await house.did(anna, "reject"))[1] == 480
    assert len(house.router.asked) == 1


async def test_a_situation_without_a_rule_ends_the_call_as_ever() -> None:
    house = House()
    rings_then_goes_on(house, "no_answer")
    anna, bruno = await rings(house)
    bruno.refuses(486)
    assert (await house.did(anna, "reject"))[1] == 486
    assert len(house.router.asked) == 1


@pytest.mark.parametrize("answer", ["refuse", "silence"])
async def test_a_call_that_cannot_go_on_ends_as_it_would_have(answer: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("bridges.sip.b2bua.dialling.ROUTE_PATIENCE", 0.1)
    house = House()
    rings_then_goes_on(house, "busy")
    anna, bruno = await rings(house)
    if answer == "refuse":
        house.refuse("minutes_used")
    else:
        house.router.plan = None
    bruno.refuses(486)
    assert (await house.did(anna, "reject"))[1] == 486
    record = await house.ended()
    assert (record["callee"], record["outcome"], record["forwarded"]) == (BRUNO_PARTY, "busy", ())


async def test_a_caller_who_gives_up_while_it_is_asked_where_the_call_goes_rings_nobody() -> None:
    house = House()
    rings_then_goes_on(house, "busy")
    anna, bruno = await rings(house)
    house.router.plan = None
    bruno.refuses(486)
    await until(lambda: len(house.router.asked) > 1, "the second question")
    anna.happen(HUNG_UP)
    assert (await house.ended())["outcome"] == "cancelled"
    assert len(house.endpoint.calls) == 1


async def test_browsers_that_ring_by_themselves_get_their_time_before_the_call_goes_on() -> None:
    """Their phone says busy at once; the browser rings on, until the time of the rule is over."""
    house = House()
    rings_then_goes_on(house, "no_answer", timeout=30.0)
    assert house.router.plan is not None
    house.router.plan |= {"rings_elsewhere": True, "room_id": ROOM}
    house.browser_calls()
    (bruno,) = await house.forks(1)
    goes_to_carla(house, "no_answer")
    bruno.refuses(486)
    await until(lambda: house.gateway.deleted, "his phone is given up")
    assert len(house.router.asked) == 1
    let_pass(31.0)
    _, carla = await house.forks(2)
    assert (await until(lambda: house.exchange.live_calls().get(CARLA), "it rings"))[0].room_id is None
    carla.refuses(486)
    await house.sent("m.call.reject")
    record = await house.ended()
    assert list(record["forwarded"]) == [{"by": BRUNO_PARTY, "why": "no_answer"}]


@pytest.mark.parametrize("phone", [True, False])
async def test_who_declines_a_browsers_call_at_the_house_has_it_go_on(phone: bool) -> None:
    house = House()
    rings_then_goes_on(house, "busy")
    assert house.router.plan is not None
    house.router.plan |= {"rings_elsewhere": True, "room_id": ROOM}
    if not phone:
        house.router.plan["stages"][0]["legs"] = []
    house.browser_calls()
    if phone:
        (bruno,) = await house.forks(1)
    await until(lambda: house.exchange.live_calls().get(BRUNO), "it rings for him")
    (seen,) = house.exchange.live_calls()[BRUNO]
    bridged = house.exchange.bridged(seen.call_id)
    assert bridged is not None
    await until(lambda: bridged.ringing, "the route is known")
    goes_to_carla(house, "busy")
    commands = CallCommands(house.exchange)
    answer = await commands.command(seen.call_id, CommandRequest(BRUNO, HangUp()))
    assert answer.refused is None
    carla = (await house.forks(2 if phone else 1))[-1]
    if phone:
        await house.did(bruno, "cancel")
    assert house.router.asked[-1].forwarded == (Forwarded(Party(**BRUNO_PARTY), "busy"),)
    carla.refuses(486)
    await house.sent("m.call.reject")
    assert list((await house.ended())["forwarded"]) == [{"by": BRUNO_PARTY, "why": "busy"}]


async def test_who_declines_at_the_house_without_a_rule_ends_the_call() -> None:
    house = House()
    rings_then_goes_on(house, "no_answer")
    anna, bruno = await rings(house)
    (seen,) = house.exchange.live_calls()[BRUNO]
    await CallCommands(house.exchange).command(seen.call_id, CommandRequest(BRUNO, HangUp()))
    assert (await house.did(anna, "reject"))[1] == 603
    await house.did(bruno, "cancel")
    assert (await house.ended())["outcome"] == "rejected"


async def test_a_browser_that_answers_in_its_time_has_the_call() -> None:
    house = House()
    rings_then_goes_on(house, "no_answer", timeout=30.0)
    assert house.router.plan is not None
    house.router.plan |= {"rings_elsewhere": True, "room_id": ROOM}
    house.browser_calls()
    (bruno,) = await house.forks(1)
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": "web-b"})
    await house.did(bruno, "cancel")
    assert len(house.router.asked) == 1


async def test_the_invitation_to_a_browser_says_whose_call_it_was() -> None:
    house = House()
    rings_then_goes_on(house, "busy")
    _, bruno = await rings(house)
    goes_to_carla(house, "busy", MATRIX_LEG | {"user_id": CARLA, "room_id": "!anna-carla:localhost"})
    bruno.refuses(486)
    invite = await house.sent("m.call.invite")
    assert invite["org.unisono.forwarded_by"] == {"name": "Bruno Bianchi", "number": "202"}


async def test_a_line_is_told_by_whom_a_call_is_forwarded_and_its_caller_not_where_to() -> None:
    house = House()
    rings_then_goes_on(house, "busy")
    anna, bruno = await rings(house)
    leg = {
        "kind": "trunk", "trunk": "carrier", "number": "+393331234567", "from_number": "+390612345202",
        "diversions": [{"number": "+390612345202", "why": "busy"}],
    }  # fmt: skip
    goes_to_carla(house, "busy", leg)
    assert house.router.plan is not None
    house.router.plan["callee"] = MOBILE
    bruno.refuses(486)
    _, mobile = await house.forks(2)
    said = dict(mobile.headers)
    assert said["Diversion"] == "<sip:+390612345202@localhost>;reason=user-busy;counter=1"
    assert said["History-Info"].startswith("<sip:+390612345202@localhost>;index=1, <sip:+393331234567@")
    mobile.answers("v=0 mobile")
    await house.did(anna, "answer")
    anna.happen(ACKNOWLEDGED)
    (seen,) = house.exchange.live_calls()[ANNA]
    assert seen.peer == Party(**BRUNO_PARTY)
    anna.happen(HUNG_UP)
    record = await house.ended()
    assert (record["answered_on"], record["callee"]["number"]) == ("outside", "+393331234567")


async def test_what_nobody_takes_outside_is_the_call_of_who_forwarded_it_again() -> None:
    """Their mailbox is asked for, and the record knows nothing of the mobile any more."""
    house = House()
    rings_then_goes_on(house, "busy")
    anna, bruno = await rings(house)
    leg = {"kind": "trunk", "trunk": "carrier", "number": "+393331234567", "from_number": "+390612345202"}
    goes_to_carla(house, "busy", leg)
    assert house.router.plan is not None
    way = [{"by": BRUNO_PARTY, "why": "busy"}, {"by": MOBILE, "why": "unreachable"}]
    house.router.plan["callee"] = MOBILE
    house.router.plan["stages"] += [{"timeout": 30.0, "after": ["no_answer", "no_trunk"], "forward": way}]
    bruno.refuses(486)
    _, mobile = await house.forks(2)
    house.plan([PHONE_LEG], callee=BRUNO_PARTY, rings_elsewhere=False, room_id=None)
    mobile.refuses(503)
    await house.forks(3)
    assert [one.by.user_id for one in house.router.asked[-1].forwarded] == [BRUNO, MOBILE["user_id"]]
    anna.happen(HUNG_UP)
    record = await house.ended()
    assert (record["callee"], record["forwarded"]) == (BRUNO_PARTY, ())


async def test_what_a_network_says_of_a_call_is_asked_and_a_phones_word_is_not() -> None:
    house = House()
    rings_then_goes_on(house)
    said = {"diversion": ["<sip:+390698765432@carrier.example>;reason=no-answer"]}
    for origin in (FromTrunk("carrier"), None):
        call = FakeIncoming(origin, "202") if origin else await house.phone_calls()
        if origin:
            call.headers = said
            await house.ingress.on_invite(call)
    await until(lambda: len(house.router.asked) == 2, "both routes")
    told = {one.via: one.forwarded for one in house.router.asked}
    assert told == {
        "trunk:carrier": (Forwarded(Party(number="+390698765432"), "no_answer"),),
        "sip": (),
    }


async def test_a_process_that_dies_while_it_asks_is_followed_by_one_that_asks_again() -> None:
    house = House()
    rings_then_goes_on(house, "busy")
    _, bruno = await rings(house)
    house.router.plan = None
    bruno.refuses(486)
    await until(lambda: len(house.router.asked) > 1, "the second question")
    goes_to_carla(house, "busy")
    plan, house.router.plan = house.router.plan, None
    later = reborn(house)
    later.router.plan = plan
    (carla,) = await later.forks(1)
    assert later.router.asked[-1].forwarded == (Forwarded(Party(**BRUNO_PARTY), "busy"),)
    carla.answers("v=0 carla")
    assert later.endpoint.received is not None
    await later.did(later.endpoint.received, "answer")
