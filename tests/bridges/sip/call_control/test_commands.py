"""Commands about calls in progress, over an exchange with fakes around it."""

import asyncio

import pytest

from bridges.sip.call_control.commands import CallCommands
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import (
    BRUNO,
    HUNG_UP,
    MATRIX_LEG,
    PHONE_LEG,
    House,
    answer_content,
    party,
    until,
)
from wire.commands import (
    Add,
    Command,
    CommandRequest,
    HangUp,
    Hold,
    Move,
    Park,
    PickUp,
    PickUpRequest,
    Resume,
    Transfer,
)
from wire.route import OWN_CLIENTS, OWN_DESK_PHONE


async def ringing(house: House) -> tuple[FakeIncoming, FakeOutgoing]:
    """Anna's phone calls, Bruno's rings."""
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.rings()
    return caller, phone


async def commanded(house: House, user_id: str, command: Command, call_id: str = "") -> str | None:
    call_id = call_id or house.exchange.calls()[0]["id"]
    answer = await CallCommands(house.exchange).command(call_id, CommandRequest(user_id, command))
    return answer.refused


@pytest.mark.parametrize("user_id", [ANNA, BRUNO])
async def test_either_of_two_who_talk_hangs_up(user_id: str) -> None:
    house = House()
    caller, phone = await ringing(house)
    phone.answers()
    await house.did(caller, "answer")
    await until(lambda: house.records.last["answered_at"], "answered")
    assert await commanded(house, user_id, HangUp()) is None
    assert (await house.did(phone, "bye"))[1] == 16
    await house.did(caller, "bye")
    assert (await house.ended())["outcome"] == "answered"


async def test_the_caller_gives_up_from_the_browser() -> None:
    house = House()
    caller, phone = await ringing(house)
    assert await commanded(house, ANNA, HangUp()) is None
    await house.did(phone, "cancel")
    await house.did(caller, "reject")
    assert (await house.ended())["outcome"] == "cancelled"


async def test_the_callee_declines_from_the_browser() -> None:
    house = House()
    caller, phone = await ringing(house)
    assert await commanded(house, BRUNO, HangUp()) is None
    await house.did(phone, "cancel")
    assert (await house.did(caller, "reject"))[1] == 603
    assert (await house.ended())["outcome"] == "rejected"


async def test_a_call_of_others_is_left_alone() -> None:
    house = House()
    _, phone = await ringing(house)
    assert await commanded(house, "@chiara:localhost", HangUp()) == "not_your_call"
    assert not phone.log


async def test_a_call_that_is_over_is_not_found() -> None:
    house = House()
    caller, _ = await ringing(house)
    call_id = house.exchange.calls()[0]["id"]
    caller.cancelled()
    await house.ended()
    for name in (call_id, "01NEVER"):
        assert await commanded(house, ANNA, HangUp(), name) == "call_not_found"


async def test_browsers_that_talk_to_each_other_hang_up_by_themselves() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    house.browser_calls()
    (phone,) = await house.forks(1)
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    await house.did(phone, "cancel")
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": "web-b"})
    await until(lambda: house.records.last["answered_at"], "answered")
    await until(lambda: house.exchange.calls()[0]["bridge_state"] is None, "watched only")
    assert await commanded(house, ANNA, HangUp()) == "not_possible_now"


async def talking(house: House) -> tuple[FakeIncoming, FakeOutgoing]:
    """Anna and Bruno talk by their desk phones."""
    caller, phone = await ringing(house)
    phone.answers()
    await house.did(caller, "answer")
    await until(lambda: house.records.last["answered_at"], "answered")
    return caller, phone


async def test_one_lets_the_other_wait_and_talks_again() -> None:
    house = House()
    caller, _ = await talking(house)
    assert await commanded(house, BRUNO, Hold()) is None
    await house.did(caller, "reinvite")
    (live,) = await until(lambda: house.exchange.live_calls()[BRUNO], "live")
    assert (live.state, live.held_by) == ("held", "me")
    assert await commanded(house, BRUNO, Resume()) is None
    assert house.exchange.live_calls()[BRUNO][0].state == "talking"


async def test_a_call_is_given_to_somebody_else_and_who_gave_it_is_out() -> None:
    house = House()
    caller, phone = await talking(house)
    house.endpoint.phones["203"] = 1
    house.plan([PHONE_LEG | {"extension": "203"}], callee={"user_id": "@chiara:localhost", "number": "203"})
    given = asyncio.ensure_future(commanded(house, BRUNO, Transfer("203")))
    _, other = await house.forks(2)
    other.rings()
    assert await given is None
    assert set(house.gateway.playing) == {"caller"}
    other.answers()
    await house.did(phone, "bye")
    asked = house.router.asked[-1]
    assert (asked.dialled, asked.caller.user_id) == ("203", BRUNO)
    assert asked.transferred is not None
    assert asked.transferred.user_id == ANNA
    caller.happen(HUNG_UP)
    await house.did(other, "bye")


async def test_nobody_is_given_a_call_that_they_may_not_get() -> None:
    house = House()
    await talking(house)
    house.refuse("class_of_service")
    assert await commanded(house, BRUNO, Transfer("899123456")) == "not_allowed"
    house.refuse("not_found")
    assert await commanded(house, BRUNO, Transfer("299")) == "target_not_reachable"
    assert await commanded(house, BRUNO, Transfer(consult="01NEVER")) == "call_not_found"


@pytest.mark.parametrize(
    ("to", "dialled", "device"),
    [("here", OWN_CLIENTS, "PAGE"), ("OTHER", OWN_CLIENTS, "OTHER"), ("desk_phone", OWN_DESK_PHONE, None)],
)
async def test_a_call_goes_on_where_its_person_wants_it(to: str, dialled: str, device: str | None) -> None:
    house = House()
    await talking(house)
    house.plan([MATRIX_LEG | ({"device": device} if device else {})])
    call_id = house.exchange.calls()[0]["id"]
    commands = CallCommands(house.exchange)
    assert (await commands.command(call_id, CommandRequest(BRUNO, Move(to), "PAGE"))).refused is None
    asked = house.router.asked[-1]
    assert (asked.dialled, asked.device, asked.caller.user_id) == (dialled, device, BRUNO)
    assert (await house.sent("m.call.invite")).get("org.unisono.device") == device
    # They talk on until it answers.
    assert house.gateway.playing == {}


@pytest.mark.parametrize("command", [Hold(), Park(), Transfer("203"), Move("desk_phone")])
async def test_what_rings_cannot_be_given_on(command: Command) -> None:
    house = House()
    await ringing(house)
    assert await commanded(house, ANNA, command) == "not_possible_now"


async def test_what_is_not_carried_out_yet_says_so() -> None:
    house = House()
    await talking(house)
    assert await commanded(house, ANNA, Add("203")) == "not_possible_now"  # no conferences here
    answer = await CallCommands(house.exchange).pick_up(PickUpRequest(ANNA, PickUp(extension="202")))
    assert answer.refused == "call_not_found"


async def test_an_empty_slot_holds_no_call() -> None:
    answer = await CallCommands(House().exchange).pick_up(PickUpRequest(ANNA, PickUp(slot="701")))
    assert answer.refused == "call_not_found"
