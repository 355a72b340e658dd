"""Attended transfer: a phone names a second call of its own, and the other sides of both are one call."""

from typing import Any

import pytest

from bridges.sip.transport.api import Account, FromPhone, Referred, Replaces
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeCall, FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import (
    BRUNO,
    HUNG_UP,
    MATRIX_LEG,
    PHONE_LEG,
    TRUNK_LEG,
    FakeQueues,
    House,
    answer_content,
    until,
)
from wire.state import CallsOfUser

CARLA = "@carla:localhost"
BRUNO_PARTY = {"user_id": BRUNO, "name": "Bruno Bianchi", "number": "202"}
CARLA_PARTY = {"user_id": CARLA, "name": "Carla Verdi", "number": "203"}
CARLAS_PHONE = {"kind": "sip", "extension": "203"}


class Consultation:
    """Anna has called Bruno, who has called Carla from the same phone; all are answered."""

    def __init__(self, queues: FakeQueues | None = None) -> None:
        self.house = House(queues=queues)
        self.house.endpoint.phones = {"202": 1, "203": 1}

    async def begin(self, *legs: dict[str, Any], callee: dict[str, Any] = CARLA_PARTY) -> "Consultation":
        house = self.house
        house.plan([PHONE_LEG])
        self.anna = await house.phone_calls()
        (self.bruno,) = await house.forks(1)
        self.bruno.call_id = "first"
        self.bruno.answers()
        await until(lambda: house.records.last["answered_at"], "answered")
        house.plan(list(legs) or [CARLAS_PHONE], caller=BRUNO_PARTY, callee=callee)
        self.second = FakeIncoming(FromPhone(Account("202", "", "", BRUNO, "Bruno Bianchi")), "203", "offer")
        self.second.call_id = "second"
        await house.ingress.on_invite(self.second)
        return self

    async def answered(self) -> FakeOutgoing:
        _, carla = await self.house.forks(2)
        carla.call_id = "carla"
        carla.answers("carla")
        await self.house.did(self.second, "answer")
        await until(lambda: self.house.exchange.calls()[1]["bridge_state"] == "talking", "talking")
        return carla

    def refer(self, call_id: str = "second", to_tag: str = "local", from_tag: str = "remote") -> None:
        self.bruno.happen(Referred(5, "sip:203@localhost", Replaces(call_id, to_tag, from_tag)))

    def records(self) -> list[dict[str, Any]]:
        return [revisions[-1] for revisions in self.house.records.records.values()]


async def out(house: House, *calls: FakeCall) -> None:
    for call in calls:
        await house.did(call, "bye")


async def test_the_other_sides_of_two_calls_talk_and_who_asked_is_out() -> None:
    both = await Consultation().begin()
    carla, house = await both.answered(), both.house
    both.refer()
    await out(house, both.bruno, both.second)
    assert ("notify_refer", 200) in both.bruno.log
    assert ("joined-2", "caller", "connected") in house.gateway.joined
    assert not both.anna.ended and not carla.ended
    first, second, third = both.records()
    assert [one["outcome"] for one in (first, second, third)] == ["answered", "answered", "in_progress"]
    assert (third["caller"]["user_id"], third["callee"]["user_id"]) == (ANNA, CARLA)
    assert (third["transfer"]["by"]["user_id"], third["transfer"]["joined"]) == (BRUNO, second["id"])
    assert (first["transfer"]["to"]["user_id"], first["transfer"]["next"]) == (CARLA, third["id"])
    assert (second["transfer"]["to"]["user_id"], second["transfer"]["next"]) == (ANNA, third["id"])
    await until(lambda: len(house.exchange.calls()) == 1, "one call")
    assert house.exchange.telephony_state().users == {ANNA: CallsOfUser(1), CARLA: CallsOfUser(1)}
    carla.happen(HUNG_UP)
    await house.did(both.anna, "bye")
    await until(lambda: not house.exchange.calls() and not house.records.live, "over")


async def test_what_who_asks_calls_a_number_outside_is_not_passed_on() -> None:
    dentist = {"user_id": None, "name": "Bruno's dentist", "number": "+390698765432"}
    both = await Consultation().begin(TRUNK_LEG, callee=dentist)
    await both.answered()
    both.refer()
    await out(both.house, both.bruno, both.second)
    first, second, third = both.records()
    assert second["callee"] == dentist
    assert first["transfer"]["to"] == third["callee"] == dentist | {"name": ""}


async def test_either_of_the_two_hangs_up_afterwards() -> None:
    both = await Consultation().begin()
    carla = await both.answered()
    both.refer()
    await out(both.house, both.bruno, both.second)
    both.anna.happen(HUNG_UP)
    await both.house.did(carla, "bye")


async def test_on_two_media_servers_the_second_leg_is_offered_anew() -> None:
    both = await Consultation().begin()
    carla = await both.answered()
    both.house.gateway.apart = True
    both.refer()
    assert await both.house.did(carla, "reinvite") == ("reinvite", "caller-offer>joined-2:RTP")
    await out(both.house, both.bruno, both.second)
    assert ("joined-2", "caller", "reinvite-answer") in both.house.gateway.joined


async def test_one_who_takes_no_new_offer_leaves_both_calls_as_they_were() -> None:
    both = await Consultation().begin()
    carla = await both.answered()
    both.house.gateway.apart, carla.reinvite_answer = True, None
    both.refer()
    await until(lambda: ("notify_refer", 503) in both.bruno.log, "the failure is told")
    assert both.house.gateway.joined[-1][:2] == ("phone-1", "caller")
    assert len(both.house.exchange.calls()) == 2
    carla.reinvite_answer = "other"
    both.refer()
    await out(both.house, both.bruno, both.second)


@pytest.mark.parametrize(
    ("call_id", "to_tag", "from_tag"),
    [("nothing", "local", "remote"), ("second", "x", "remote"), ("second", "local", "x")],
)
async def test_a_dialog_that_is_not_there_is_481(call_id: str, to_tag: str, from_tag: str) -> None:
    both = await Consultation().begin()
    await both.answered()
    both.refer(call_id, to_tag, from_tag)
    assert await both.house.did(both.bruno, "refuse_refer") == ("refuse_refer", 481)


async def test_the_dialog_of_somebody_else_is_403() -> None:
    both = await Consultation().begin()
    await both.answered()
    both.refer("carla")
    assert await both.house.did(both.bruno, "refuse_refer") == ("refuse_refer", 403)
    assert len(both.house.exchange.calls()) == 2


async def test_a_queue_that_was_consulted_keeps_the_place_of_who_waits_in_it() -> None:
    both = await Consultation(FakeQueues("phone-1")).begin()
    queue = await both.answered()
    both.refer()
    assert await both.house.did(both.bruno, "refuse_refer") == ("refuse_refer", 503)
    assert len(both.house.exchange.calls()) == 2
    assert not both.anna.ended and not queue.ended


async def test_its_own_call_is_refused() -> None:
    both = await Consultation().begin()
    await both.answered()
    both.refer("first")
    assert await both.house.did(both.bruno, "refuse_refer") == ("refuse_refer", 481)


async def test_a_second_call_that_rings_still_is_given_up_and_its_callee_rings_for_the_other() -> None:
    both = await Consultation().begin()
    _, first_try = await both.house.forks(2)
    both.refer()
    await both.house.did(both.second, "reject")
    await both.house.did(first_try, "cancel")
    _, _, carla = await both.house.forks(3)
    assert both.house.router.asked[-1].transferred is not None
    carla.answers("carla")
    await both.house.did(both.bruno, "bye")
    assert await both.house.did(both.anna, "reinvite") == ("reinvite", "carla>caller:RTP")
    assert len(both.house.exchange.calls()) == 1


async def test_a_browser_that_was_consulted_goes_over_and_its_room_is_heard_still() -> None:
    leg = MATRIX_LEG | {"user_id": CARLA, "as_user": BRUNO, "room_id": "!carla:localhost"}
    both = await Consultation().begin(leg)
    house = both.house
    invite = await house.sent("m.call.invite")
    content = answer_content("web-c", invite["call_id"])
    house.room_event(CARLA, "m.call.answer", content, room="!carla:localhost")
    await until(lambda: house.exchange.calls()[1]["bridge_state"] == "talking", "talking")
    both.refer()
    await out(house, both.bruno, both.second)
    await until(lambda: len(house.exchange.calls()) == 1, "one call")
    assert house.exchange.telephony_state().live[CARLA][0].matrix_call_id == invite["call_id"]
    hangup = {"call_id": invite["call_id"], "party_id": "web-c", "version": "1"}
    house.room_event(CARLA, "m.call.hangup", hangup, room="!carla:localhost")
    await house.did(both.anna, "bye")


async def test_the_one_who_is_fetched_hangs_up_at_the_same_moment() -> None:
    both = await Consultation().begin()
    carla = await both.answered()
    both.refer()
    carla.happen(HUNG_UP)
    await out(both.house, both.second)
    await until(lambda: len(both.house.exchange.calls()) <= 1, "one call at most")
    both.bruno.happen(HUNG_UP)
    both.anna.happen(HUNG_UP)
    await until(lambda: not both.house.exchange.calls() and not both.house.records.live, "over")
