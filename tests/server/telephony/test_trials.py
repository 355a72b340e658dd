"""Whose a try is, how often there may be one, and a bridge that does not answer."""

from itertools import count
from typing import Literal

import pytest

from server.directory.service import Person
from server.telephony.refusals import CallNotFound, NotPossibleNow, TooManyCommands
from server.telephony.trials import Trials
from wire.commands import RingMeAnswer, RingMeRequest, RungDevice

ANNA, BRUNO = (
    Person(place, f"@{name.lower()}:localhost", name, f"{name.lower()}@unisono.example", "member", (number,))
    for place, name, number in (("1", "Anna", "201"), ("2", "Bruno", "202"))
)


class Bridge:
    def __init__(self) -> None:
        self.asked: list[RingMeRequest] = []
        self.away = False

    async def ring_me(self, request: RingMeRequest) -> RingMeAnswer | None:
        self.asked.append(request)
        return None if self.away else RingMeAnswer(request.call_id)

    async def rung(self, call_id: str) -> RingMeAnswer | None:
        return None if self.away else RingMeAnswer(call_id, (RungDevice("matrix", "", "rings"),))


async def italian(_user_id: str) -> Literal["it", "en"]:
    return "it"


def trials(bridge: Bridge, allowed: int = 2) -> Trials:
    ids, left = count(1), iter([True] * allowed)
    return Trials(bridge, italian, lambda _user_id: next(left, False), lambda: f"try-{next(ids)}")


async def test_a_try_is_seen_by_who_began_it_alone() -> None:
    bridge = Bridge()
    tries = trials(bridge)
    assert (await tries.ring(ANNA)).call_id == "try-1"
    assert (bridge.asked[0].person.user_id, bridge.asked[0].language) == (ANNA.user_id, "it")
    assert (await tries.look(ANNA, "try-1")).devices[0].state == "rings"
    for whose, call_id in ((BRUNO, "try-1"), (ANNA, "try-2")):
        with pytest.raises(CallNotFound):
            await tries.look(whose, call_id)


async def test_there_are_not_too_many_and_none_without_the_bridge() -> None:
    bridge = Bridge()
    tries = trials(bridge)
    bridge.away = True
    with pytest.raises(NotPossibleNow):
        await tries.ring(ANNA)
    with pytest.raises(NotPossibleNow):
        await tries.look(ANNA, "try-1")
    bridge.away = False
    await tries.ring(ANNA)
    with pytest.raises(TooManyCommands):
        await tries.ring(ANNA)
