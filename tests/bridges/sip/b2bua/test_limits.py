"""Calls outside have limits: what the web refuses rings nowhere, and emergency calls find ports."""

import pytest

from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import TRUNK_LEG, House
from wire.route import Party, Plan, RouteRequest, parse_plan

ALLOWED = 4


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """The web allows four calls, and emergency calls always."""
    made = House()

    async def route(request: RouteRequest) -> Plan:
        emergency = request.dialled == "112"
        if not emergency and sum(asked.dialled != "112" for asked in made.router.asked) >= ALLOWED:
            return Plan("refuse", "too_many_calls", Party(ANNA, "Anna Rossi", "201"))
        made.router.asked.append(request)
        return parse_plan(
            {
                "outcome": "ring",
                "stages": [{"timeout": 120, "legs": [{**TRUNK_LEG, "number": request.dialled}]}],
                "emergency": emergency,
            }
        )

    monkeypatch.setattr(made.router, "route", route)
    return made


async def test_of_a_burst_of_invites_as_many_ring_as_are_allowed_and_112_does(house: House) -> None:
    callers = [await house.phone_calls("+390698765432") for _ in range(30)]
    helped = await house.phone_calls("112")
    await house.forks(ALLOWED + 1)
    refused = [(await house.did(caller, "reject"))[1] for caller in callers[ALLOWED:]]
    assert refused == [403] * (30 - ALLOWED)
    assert not any(entry[0] == "reject" for caller in [*callers[:ALLOWED], helped] for entry in caller.log)
    assert len(house.endpoint.calls) == ALLOWED + 1


async def test_only_an_emergency_call_asks_for_the_ports_that_are_kept(house: House) -> None:
    await house.phone_calls("+390698765432")
    await house.forks(1)
    assert house.gateway.emergencies == set()
    await house.phone_calls("112")
    await house.forks(2)
    assert len(house.gateway.emergencies) == 1
