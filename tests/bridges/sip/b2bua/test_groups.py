"""Calls for ring groups: each member decides for themselves, and the record says who took it."""

from typing import Any

from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import ACKNOWLEDGED, BRUNO, HUNG_UP, MATRIX_LEG, House, until
from tests.bridges.sip.b2bua.test_recovery import reborn
from tests.support.clock import let_pass
from wire.route import Party

CARLA = "@carla:localhost"
BRUNO_PARTY = {"user_id": BRUNO, "name": "Bruno Bianchi", "number": "202"}
CARLA_PARTY = {"user_id": CARLA, "name": "Carla Verdi", "number": "203"}
SALES = {"user_id": None, "name": "Sales", "number": "300"}
GROUP = {"id": "g1", "name": "Sales", "number": "300"}
BRUNOS = {"kind": "sip", "extension": "202", "member": BRUNO_PARTY}
CARLAS = {"kind": "sip", "extension": "203", "member": CARLA_PARTY}
FORWARD = {"timeout": 30.0, "forward": [{"by": SALES, "why": "no_answer"}], "group": "g1"}


def rings(house: House, *stages: list[dict[str, Any]], phones: int = 1) -> None:
    """Each stage for 20 s, whatever became of the one before."""
    house.endpoint.phones = {"202": phones, "203": 1, "204": 1}
    house.plan(callee=SALES, group=GROUP, rings_elsewhere=False, room_id=None)
    assert house.router.plan is not None
    house.router.plan["stages"] = [{"timeout": 20.0, "legs": legs} for legs in stages]


async def called(house: House, forks: int) -> tuple[FakeIncoming, list[FakeOutgoing]]:
    anna = await house.phone_calls("300")
    return anna, await house.forks(forks)


def live(house: House) -> set[str]:
    return set(house.exchange.live_calls())


async def test_all_ring_and_the_one_who_answers_is_on_record() -> None:
    house = House()
    rings(house, [BRUNOS, CARLAS])
    anna, (bruno, carla) = await called(house, 2)
    assert live(house) == {ANNA, BRUNO, CARLA}
    (seen,) = house.exchange.live_calls()[CARLA]
    assert (seen.state, seen.peer.name, seen.group) == ("ringing", "Anna Rossi", Party(None, "Sales", "300"))
    carla.answers("v=0 carlas-answer")
    await house.did(anna, "answer")
    await house.did(bruno, "cancel")
    anna.happen(ACKNOWLEDGED)
    assert live(house) == {ANNA, CARLA}
    assert house.exchange.live_calls()[CARLA][0].group == Party(None, "Sales", "300")
    anna.happen(HUNG_UP)
    record = await house.ended()
    assert (record["callee"], record["outcome"]) == (CARLA_PARTY, "answered")
    assert record["groups"] == ({"group": GROUP, "members": (BRUNO, CARLA), "declined": ()},)


async def test_who_declines_does_so_for_their_own_devices_alone() -> None:
    house = House()
    rings(house, [BRUNOS, CARLAS], phones=2)
    anna, (one, other, carla) = await called(house, 3)
    one.refuses(603)
    await house.did(other, "cancel")
    assert live(house) == {ANNA, CARLA}
    carla.answers("v=0 carlas-answer")
    await house.did(anna, "answer")
    anna.happen(ACKNOWLEDGED)
    anna.happen(HUNG_UP)
    record = await house.ended()
    assert record["groups"] == ({"group": GROUP, "members": (BRUNO, CARLA), "declined": (BRUNO,)},)


async def test_in_order_the_next_rings_when_one_declines_or_does_not_answer() -> None:
    house = House()
    rings(house, [BRUNOS], [CARLAS], [BRUNOS])
    anna, (bruno,) = await called(house, 1)
    assert live(house) == {ANNA, BRUNO}
    bruno.refuses(603)
    _, carla = await house.forks(2)
    assert live(house) == {ANNA, CARLA}
    let_pass(21.0)
    await house.did(carla, "cancel")
    again = (await house.forks(3))[-1]
    again.refuses(486)
    # Nobody took it: that one declined is not told.
    assert (await house.did(anna, "reject"))[1] == 480
    record = await house.ended()
    assert (record["callee"], record["outcome"]) == (SALES, "missed")
    assert record["groups"][0]["members"] == (BRUNO, CARLA)


async def test_a_call_that_nobody_takes_goes_on_as_the_groups() -> None:
    house = House()
    rings(house, [BRUNOS])
    assert house.router.plan is not None
    house.router.plan["stages"].append(FORWARD)
    anna, (bruno,) = await called(house, 1)
    house.plan(
        [{"kind": "sip", "extension": "203"}],
        callee=CARLA_PARTY,
        rings_elsewhere=False,
        room_id=None,
        forwarded=FORWARD["forward"],
    )
    bruno.refuses(603)
    _, carla = await house.forks(2)
    asked = house.router.asked[-1]
    assert (asked.group, asked.forwarded[-1].by) == ("g1", Party(None, "Sales", "300"))
    carla.answers("v=0 carlas-answer")
    await house.did(anna, "answer")
    anna.happen(ACKNOWLEDGED)
    anna.happen(HUNG_UP)
    record = await house.ended()
    assert (record["callee"], record["groups"][0]["members"]) == (CARLA_PARTY, (BRUNO,))


async def test_a_members_browser_is_called_in_their_own_room_and_finds_it_there() -> None:
    house = House()
    rings(house, [MATRIX_LEG | {"member": BRUNO_PARTY}, CARLAS])
    await called(house, 1)
    invite = await house.sent("m.call.invite")
    (seen,) = house.exchange.live_calls()[BRUNO]
    assert (seen.room_id, seen.matrix_call_id) == (MATRIX_LEG["room_id"], invite["call_id"])
    (hers,) = house.exchange.live_calls()[CARLA]
    assert (hers.room_id, hers.matrix_call_id) == (None, None)


async def test_the_next_process_knows_whose_each_device_is() -> None:
    house = House()
    rings(house, [BRUNOS, CARLAS], phones=2)
    await called(house, 3)
    again = reborn(house)
    one, other, carla = await again.forks(3)
    for phone in (one, other, carla):
        await again.did(phone, "resume")
    anna = await until(lambda: again.endpoint.received, "the caller's leg")
    assert live(again) == {ANNA, BRUNO, CARLA}
    one.refuses(603)
    await again.did(other, "cancel")
    await until(lambda: live(again) == {ANNA, CARLA}, "it rings for Carla alone")
    carla.answers("v=0 carlas-answer")
    await again.did(anna, "answer")
    assert live(again) == {ANNA, CARLA}
    anna.happen(ACKNOWLEDGED)
    anna.happen(HUNG_UP)
    record = await again.ended()
    assert (record["callee"], record["outcome"]) == (CARLA_PARTY, "answered")
