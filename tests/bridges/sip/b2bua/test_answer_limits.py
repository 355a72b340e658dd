"""A line's limits of unanswered calls, and of answers that come too early."""

import asyncio

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import CallInput, Gone
from bridges.sip.b2bua.sip_leg import SipCaller
from bridges.sip.transport.api import FromTrunk
from bridges.sip.trunk import AnswerLimits
from tests.bridges.sip.b2bua.fake_sip import FakeIncoming
from tests.bridges.sip.b2bua.fakes import SPARE_LEG, TRUNK_LEG, House


async def test_a_call_in_that_nobody_answers_in_time_is_refused_as_unanswered() -> None:
    posted: list[CallInput] = []
    call = FakeIncoming(FromTrunk("carrier"), "+390612345202")
    leg = SipCaller(call, posted.append, limits=AnswerLimits(within=180.0))
    due = leg.get_timer()
    assert due is not None
    assert 179.0 < due - asyncio.get_running_loop().time() <= 180.0
    leg.handle_timer(due)
    assert call.log == [("reject", 480)]
    assert posted == [Gone("caller", Cause.NO_ANSWER)]


async def test_a_call_in_that_was_answered_is_left_alone() -> None:
    call = FakeIncoming(FromTrunk("carrier"), "+390612345202")
    leg = SipCaller(call, lambda event: None, limits=AnswerLimits(within=180.0))
    leg.accept("answer")
    assert leg.get_timer() is None


async def test_the_limit_of_its_line_ends_a_call_in_as_missed() -> None:
    house = House()
    house.endpoint.limits = AnswerLimits(within=0.0)
    house.plan([TRUNK_LEG])
    call = await house.trunk_calls("+390612345202")
    assert await house.did(call, "reject") == ("reject", 480)
    assert (await house.ended())["outcome"] == "missed"


async def test_the_calls_of_phones_know_no_such_limit() -> None:
    house = House()
    house.endpoint.limits = AnswerLimits(not_before=5.0, within=0.0)
    house.endpoint.phones = {"202": 1}
    house.plan([{"kind": "sip", "extension": "202"}])
    call = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.answers("at once")
    assert await house.did(call, "answer") == ("answer", "at once>caller")


async def test_a_call_out_that_is_answered_too_early_is_hung_up_and_goes_by_the_next_line() -> None:
    house = House()
    house.endpoint.limits = AnswerLimits(not_before=5.0)
    house.plan([TRUNK_LEG], [SPARE_LEG])
    caller = await house.phone_calls("+390698765432")
    (first,) = await house.forks(1)
    first.answers("machine")
    await house.did(first, "bye")
    _, spare = await house.forks(2)
    assert spare.target.host == "spare"
    assert not any(entry[0] == "answer" for entry in caller.log)


async def test_nobody_hangs_up_on_emergency_services() -> None:
    house = House()
    house.endpoint.limits = AnswerLimits(not_before=5.0)
    house.plan([TRUNK_LEG], emergency=True)
    caller = await house.phone_calls("112")
    (line,) = await house.forks(1)
    line.answers("help")
    assert await house.did(caller, "answer") == ("answer", "help>caller")
