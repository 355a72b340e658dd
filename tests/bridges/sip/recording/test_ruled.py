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
        self.refuses = 0

    async def terms(self, asked: TermsAsked, *, patient: bool) -> Terms | None:
        assert patient
        self.asked += 1
        return Terms(rule=asked.callee.user_id == RULED)

    async def bring_in(self, call_id: str) -> bool:
        self.came.append(call_id)
        return len(self.came) > self.refuses


async def settled(calls: RuledCalls) -> None:
    await asyncio.gather(*calls._beside.values())


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
    under_way = list(calls._beside.values())
    calls.stop()
    await asyncio.gather(*under_way, return_exceptions=True)
    assert house.came == []


async def test_a_call_is_waited_for_as_long_as_it_is_one() -> None:
    house, waited = House(), list[float]()
    over = asyncio.Event()

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 1000:
            over.set()
        await asyncio.sleep(0)

    calls = RuledCalls(house, lambda call_id: len(waited) > 500 and call_id == "1", house.bring_in, pause)
    calls.look([call("1"), call("2")])
    waiting = calls._beside["2"]
    # The answer was taken long after the call began: the web was away.
    await calls._beside["1"]
    assert house.came == ["1"]
    await over.wait()
    calls.look([])
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled() and house.came == ["1"]


async def test_what_does_not_come_is_asked_again_a_few_times() -> None:
    house, waited = House(), list[float]()
    house.refuses = 2

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    calls = RuledCalls(house, lambda _call_id: True, house.bring_in, pause)
    calls.look([call("1")])
    await settled(calls)
    assert (house.came, waited) == (["1"] * 3, [0.0, 5.0, 30.0])
