"""Calls of two browsers that a rule is about come into the house, each once."""

import asyncio

from bridges.sip.recording.ruled import RuledCalls
from wire.record import CallRecord
from wire.recording import Terms, TermsAsked
from wire.route import Party

RULED = "@bruno:localhost"


def call(call_id: str, callee: str = RULED) -> CallRecord:
    return CallRecord(
        id=call_id, via="matrix", started_at=1, caller=Party("@anna:localhost"), callee=Party(callee)
    )


class House:
    """Knows the terms, and what was brought in."""

    def __init__(self) -> None:
        self.asked = 0
        self.came: list[str] = []

    async def terms(self, asked: TermsAsked, *, patient: bool) -> Terms | None:
        assert patient
        self.asked += 1
        return Terms(rule=asked.callee.user_id == RULED)

    async def bring_in(self, call_id: str) -> bool:
        self.came.append(call_id)
        return True


async def settled(calls: RuledCalls) -> None:
    await asyncio.gather(*calls._beside)


async def test_only_those_that_a_rule_is_about_come_and_each_is_asked_for_once() -> None:
    house = House()
    calls = RuledCalls(house, lambda _call_id: True, house.bring_in)
    calls.look([call("1"), call("2", "@chiara:localhost")])
    await settled(calls)
    calls.look([call("2", "@chiara:localhost"), call("3")])
    await settled(calls)
    assert (house.came, house.asked) == (["1", "3"], 3)


async def test_what_is_under_way_is_left_to_the_next_process() -> None:
    house = House()
    calls = RuledCalls(house, lambda _call_id: True, house.bring_in)
    calls.look([call("1")])
    calls.stop()
    await asyncio.gather(*calls._beside, return_exceptions=True)
    assert house.came == []
