"""A phone with several flows: it is called over one, and over the next where that has failed."""

import pytest

from bridges.sip.transport.api import Ended, EndedBy
from tests.bridges.sip.b2bua.fake_sip import FakeIncoming
from tests.bridges.sip.b2bua.fakes import PHONE_LEG, House


async def called(further: int = 1) -> tuple[House, FakeIncoming]:
    house = House()
    house.endpoint.phones, house.endpoint.further_flows = {"202": 1}, further
    house.plan([PHONE_LEG])
    return house, await house.phone_calls()


@pytest.mark.parametrize(
    "failure",
    [
        Ended(EndedBy.TIMEOUT, 408),
        Ended(EndedBy.TRANSPORT, 503),
        Ended(EndedBy.REFUSED, 430),
    ],
)
async def test_a_failed_flow_is_left_for_the_next(failure: Ended) -> None:
    house, caller = await called()
    (first,) = await house.forks(1)
    first.happen(failure)
    _, second = await house.forks(2)
    assert (second.target.host, house.endpoint.failed_flows) == ("phone0-1", ["phone0"])
    second.answers("there")
    assert await house.did(caller, "answer") == ("answer", "there>caller")


async def test_all_flows_are_tried_before_the_phone_counts_as_away() -> None:
    house, caller = await called(further=2)
    for count in (1, 2, 3):
        (await house.forks(count))[-1].happen(Ended(EndedBy.TIMEOUT, 408))
    assert (await house.did(caller, "reject"))[1] == 480
    assert house.endpoint.failed_flows == ["phone0", "phone0-1", "phone0-2"]


@pytest.mark.parametrize("status", [486, 480, 408, 503])
async def test_what_the_phone_itself_answers_holds_for_all_its_flows(status: int) -> None:
    house, caller = await called()
    (phone,) = await house.forks(1)
    phone.refuses(status)
    await house.did(caller, "reject")
    assert len(house.endpoint.calls) == 1


async def test_a_phone_that_rang_is_not_rung_again() -> None:
    house, caller = await called()
    (phone,) = await house.forks(1)
    phone.rings()
    phone.happen(Ended(EndedBy.TIMEOUT, 408))
    await house.did(caller, "reject")
    assert len(house.endpoint.calls) == 1


async def test_a_caller_who_gives_up_between_two_flows_leaves_nothing_ringing() -> None:
    house, caller = await called()
    (first,) = await house.forks(1)
    first.happen(Ended(EndedBy.TIMEOUT, 408))
    caller.cancelled()
    await house.ended()
    assert all(call.ended for call in house.endpoint.calls)
