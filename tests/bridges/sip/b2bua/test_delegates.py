"""Calls that ring for delegates, too: who takes one has it for whom it was."""

from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import ACKNOWLEDGED, BRUNO, HUNG_UP, MATRIX_LEG, PHONE_LEG, House
from tests.bridges.sip.b2bua.test_groups import CARLA, CARLA_PARTY, CARLAS, live
from tests.support.clock import let_pass

BRUNO_PARTY = {"user_id": BRUNO, "name": "Bruno Bianchi", "number": "202"}


def rings(house: House, *, together: bool) -> None:
    """For Bruno and Carla at once, or for her when he does not answer."""
    house.endpoint.phones = {"202": 1, "203": 1}
    house.plan(rings_elsewhere=False, room_id=None)
    assert house.router.plan is not None
    house.router.plan["stages"] = (
        [{"timeout": 20.0, "legs": [PHONE_LEG, CARLAS]}]
        if together
        else [
            {"timeout": 20.0, "legs": [PHONE_LEG]},
            {"timeout": 20.0, "legs": [CARLAS], "after": ["no_answer", "busy", "unreachable"]},
        ]
    )


async def test_a_delegate_takes_it_and_both_are_on_record() -> None:
    house = House()
    rings(house, together=True)
    anna = await house.phone_calls()
    bruno, carla = await house.forks(2)
    assert live(house) == {ANNA, BRUNO, CARLA}
    (seen,) = house.exchange.live_calls()[CARLA]
    assert (seen.on_behalf_of.user_id if seen.on_behalf_of else None, seen.peer.name) == (BRUNO, "Anna Rossi")
    assert house.exchange.live_calls()[BRUNO][0].on_behalf_of is None
    carla.answers("v=0 carlas-answer")
    await house.did(anna, "answer")
    await house.did(bruno, "cancel")
    anna.happen(ACKNOWLEDGED)
    assert live(house) == {ANNA, CARLA}
    anna.happen(HUNG_UP)
    record = await house.ended()
    assert (record["callee"], record["picked_up_from"]) == (CARLA_PARTY, BRUNO_PARTY)


async def test_browsers_are_told_that_a_delegate_has_taken_it() -> None:
    house = House()
    rings(house, together=True)
    assert house.router.plan is not None
    house.router.plan["stages"] = [{"timeout": 20.0, "legs": [MATRIX_LEG, CARLAS]}]
    await house.phone_calls()
    (carla,) = await house.forks(1)
    await house.sent("m.call.invite")
    carla.answers("v=0 carlas-answer")
    hangup = await house.sent("m.call.hangup")
    assert (hangup["reason"], hangup["org.unisono.answered_on"]) == ("answered_elsewhere", "colleague")


async def test_a_delegate_who_declines_leaves_it_to_whom_it_is_for() -> None:
    house = House()
    rings(house, together=True)
    anna = await house.phone_calls()
    bruno, carla = await house.forks(2)
    carla.refuses(603)
    bruno.answers("v=0 brunos-answer")
    await house.did(anna, "answer")
    anna.happen(ACKNOWLEDGED)
    anna.happen(HUNG_UP)
    record = await house.ended()
    assert (record["callee"], record["picked_up_from"]) == (BRUNO_PARTY, None)


async def test_a_delegate_who_is_none_any_more_is_rung_no_more() -> None:
    house = House()
    rings(house, together=True)
    anna = await house.phone_calls()
    bruno, carla = await house.forks(2)
    house.exchange.ring_no_more(CARLA, ANNA)
    house.exchange.ring_no_more(CARLA, BRUNO)
    await house.did(carla, "cancel")
    assert live(house) == {ANNA, BRUNO}
    bruno.answers("v=0 brunos-answer")
    await house.did(anna, "answer")


async def test_nor_when_nobody_answers() -> None:
    house = House()
    rings(house, together=False)
    anna = await house.phone_calls()
    (bruno,) = await house.forks(1)
    house.exchange.ring_no_more(CARLA, BRUNO)
    let_pass(21.0)
    await house.did(bruno, "cancel")
    assert (await house.did(anna, "reject"))[1] in {408, 480}
    assert len(await house.forks(1)) == 1


async def test_whom_it_is_for_declines_for_all() -> None:
    house = House()
    rings(house, together=True)
    anna = await house.phone_calls()
    bruno, carla = await house.forks(2)
    bruno.refuses(603)
    await house.did(carla, "cancel")
    assert (await house.did(anna, "reject"))[1] == 603


async def test_it_rings_for_a_delegate_when_nobody_answers() -> None:
    house = House()
    rings(house, together=False)
    anna = await house.phone_calls()
    (bruno,) = await house.forks(1)
    assert live(house) == {ANNA, BRUNO}
    let_pass(21.0)
    await house.did(bruno, "cancel")
    _, carla = await house.forks(2)
    carla.answers("v=0 carlas-answer")
    await house.did(anna, "answer")
    anna.happen(ACKNOWLEDGED)
    anna.happen(HUNG_UP)
    assert (await house.ended())["picked_up_from"] == BRUNO_PARTY


async def test_a_delegate_rings_after_a_while_and_at_once_where_nothing_else_does() -> None:
    for phones, waits in (({"202": 1, "203": 1}, True), ({"203": 1}, False)):
        house = House()
        rings(house, together=True)
        house.endpoint.phones = phones
        assert house.router.plan is not None
        house.router.plan["stages"][0]["legs"][1] = {**CARLAS, "delay": 10}
        await house.phone_calls()
        await house.forks(1)
        if waits:
            assert CARLA not in live(house)
            let_pass(10)
            await house.forks(2)
        assert CARLA in live(house)
