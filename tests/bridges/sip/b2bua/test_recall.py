"""Calls between Matrix clients alone that come into the house, over fakes."""

import asyncio
from typing import Any

import pytest

from bridges.sip.b2bua.call import BridgedCall
from bridges.sip.b2bua.recall import LIFETIME, NotRecalled, Recalls
from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import BRUNO, House, answer_content, party, until
from tests.support.clock import let_pass


def invites(house: House) -> list[tuple[str, dict[str, Any]]]:
    """Who was made to say what: the invitations."""
    return [(sent[0], sent[3]) for sent in house.homeserver.sent if sent[2] == "m.call.invite"]


async def browsers_talk(house: House) -> str:
    """Anna's browser has called Bruno's; the call's record."""
    house.plan()
    house.browser_calls()
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": "web-b"})
    await until(lambda: house.exchange.calls() and house.exchange.calls()[0]["answered_at"], "answered")
    call_id = str(house.exchange.calls()[0]["id"])
    await until(lambda: house.exchange.bridged(call_id) is None, "our part has ended")
    return call_id


async def called(house: House, call_id: str) -> "asyncio.Task[BridgedCall]":
    """Both are being called by the house."""
    recalling = asyncio.create_task(Recalls(house.exchange, house.services).recall(call_id))
    await until(lambda: len(invites(house)) == 2, "two invitations")
    return recalling


def answers(house: House, who: str, call_id: str, sdp: str) -> None:
    house.room_event(who, "m.call.answer", answer_content(f"web-{who[1]}", call_id, sdp))


async def recalled(house: House) -> tuple[str, BridgedCall]:
    call_id = await browsers_talk(house)
    recalling = await called(house, call_id)
    answers(house, ANNA, f"{call_id}-matrix-1", "v=0 anna")
    answers(house, BRUNO, f"{call_id}-matrix-2", "v=0 bruno")
    return call_id, await recalling


async def test_each_is_called_in_the_name_of_the_other_by_what_takes_the_place_of_their_call() -> None:
    house = House()
    await called(house, await browsers_talk(house))
    (to_anna_as, to_anna), (to_bruno_as, to_bruno) = invites(house)
    assert (to_anna_as, to_anna["invitee"], to_anna["org.unisono.replaces"]) == (BRUNO, ANNA, "m1")
    assert (to_bruno_as, to_bruno["invitee"], to_bruno["org.unisono.replaces"]) == (ANNA, BRUNO, "m1")
    assert to_anna["call_id"] != to_bruno["call_id"]


async def test_whoever_wants_it_before_the_caller_has_chosen_waits_for_that() -> None:
    house = House()
    house.plan()
    house.browser_calls()
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b"))
    await until(lambda: house.exchange.calls() and house.exchange.calls()[0]["answered_at"], "answered")
    call_id = str(house.exchange.calls()[0]["id"])
    recalling = asyncio.create_task(Recalls(house.exchange, house.services).recall(call_id))
    house.room_event(ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": "web-b"})
    await until(lambda: len(invites(house)) == 2, "two invitations")
    answers(house, ANNA, f"{call_id}-matrix-1", "v=0 anna")
    answers(house, BRUNO, f"{call_id}-matrix-2", "v=0 bruno")
    assert (await recalling).state == "talking"


async def test_both_answer_and_talk_under_the_record_that_they_have() -> None:
    house = House()
    call_id, bridged = await recalled(house)
    assert bridged.state == "talking"
    assert house.gateway.joined[-1][:2] == ("matrix-2", "matrix-1")
    assert "house" in house.gateway.deleted
    assert [call["id"] for call in house.exchange.calls()] == [call_id]
    seen = house.exchange.live_calls()
    assert [call.matrix_call_id for call in seen[ANNA]] == [f"{call_id}-matrix-1"]
    assert [call.matrix_call_id for call in seen[BRUNO]] == [f"{call_id}-matrix-2"]
    house.room_event(BRUNO, "m.call.hangup", party("web-b", f"{call_id}-matrix-2"))
    record = await house.ended()
    assert (record["outcome"], record["answered_on"], record["via"]) == ("answered", "matrix", "matrix")
    await until(lambda: not house.records.live, "nothing left")


async def test_the_call_that_they_had_ends_and_that_is_not_the_end() -> None:
    house = House()
    call_id = await browsers_talk(house)
    recalling = await called(house, call_id)
    answers(house, ANNA, f"{call_id}-matrix-1", "v=0 anna")
    house.room_event(ANNA, "m.call.hangup", party("web-a") | {"reason": "replaced"})
    answers(house, BRUNO, f"{call_id}-matrix-2", "v=0 bruno")
    assert (await recalling).state == "talking"
    house.room_event(BRUNO, "m.call.hangup", party("web-b") | {"reason": "replaced"})
    await until(lambda: house.ingress.idle, "heard")
    assert house.records.last["ended_at"] is None


async def test_one_who_declines_leaves_the_call_as_it_was() -> None:
    house = House()
    call_id = await browsers_talk(house)
    recalling = await called(house, call_id)
    answers(house, ANNA, f"{call_id}-matrix-1", "v=0 anna")
    house.room_event(BRUNO, "m.call.reject", party("web-b", f"{call_id}-matrix-2"))
    with pytest.raises(NotRecalled):
        await recalling
    assert (await house.sent("m.call.hangup"))["call_id"] == f"{call_id}-matrix-1"
    assert house.records.last["ended_at"] is None
    assert house.gateway.legs == {}
    house.room_event(ANNA, "m.call.hangup", party("web-a"))
    assert (await house.ended())["outcome"] == "answered"


async def test_they_hung_up_meanwhile() -> None:
    house = House()
    call_id = await browsers_talk(house)
    recalling = await called(house, call_id)
    house.room_event(ANNA, "m.call.hangup", party("web-a"))
    house.room_event(BRUNO, "m.call.reject", party("web-b", f"{call_id}-matrix-2"))
    with pytest.raises(NotRecalled):
        await recalling
    assert (await house.ended())["outcome"] == "answered"


async def test_nobody_answers() -> None:
    house = House()
    call_id = await browsers_talk(house)
    brought = asyncio.create_task(Recalls(house.exchange, house.services).bring_in(call_id))
    await until(lambda: len(invites(house)) == 2, "two invitations")
    let_pass(LIFETIME)
    assert not await brought
    await until(lambda: house.homeserver.types().count("m.call.hangup") == 2, "both are silent")
    assert house.records.last["ended_at"] is None


async def test_what_is_asked_twice_is_done_once() -> None:
    house = House()
    call_id = await browsers_talk(house)
    recalls = Recalls(house.exchange, house.services)
    asked = [asyncio.create_task(recalls.recall(call_id)) for _ in range(2)]
    await until(lambda: len(invites(house)) == 2, "two invitations")
    answers(house, ANNA, f"{call_id}-matrix-1", "v=0 anna")
    answers(house, BRUNO, f"{call_id}-matrix-2", "v=0 bruno")
    one, other = await asyncio.gather(*asked)
    assert one is other is await recalls.recall(call_id)
    assert await recalls.bring_in(call_id)
    assert len(invites(house)) == 2


async def test_a_call_that_rings_or_that_nobody_knows_is_not_recalled() -> None:
    house = House()
    house.plan()
    house.browser_calls()
    call_id = str((await until(house.exchange.calls, "a call"))[0]["id"])
    for unknown in (call_id, "nobody's"):
        with pytest.raises(NotRecalled):
            await Recalls(house.exchange, house.services).recall(unknown)
    assert invites(house) == []
