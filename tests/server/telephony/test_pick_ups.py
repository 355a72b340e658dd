"""Calls that ring for colleagues: who is told of them, and who may take them."""

from collections.abc import Sequence

import msgspec
import pytest

from server.directory.service import Person
from server.telephony.call_services import CallServices, ServiceRules
from server.telephony.dialplan import Refusal
from server.telephony.pick_ups import PickUps, RingingCall
from server.telephony.state import PhoneState, Snapshot
from wire.commands import PickUp
from wire.route import Party, PickUpRinging
from wire.state import LiveCall

ANNA, BRUNO, CHIARA, DARIO = (f"@{name}:localhost" for name in ("anna", "bruno", "chiara", "dario"))
DENTIST = Party("@_tel_+39061:localhost", "My dentist", "+39061")
RINGS = LiveCall("01R", "inbound", DENTIST, "ringing", 1_000)
FROM_ANNA = LiveCall("01A", "inbound", Party(ANNA, "Anna", "201"), "ringing", 500)
TALKS = LiveCall("01T", "inbound", DENTIST, "talking", 2_000, "desk_phone")
SHOWN = RingingCall("01R", Party(BRUNO, "Bruno", "202"), Party(DENTIST.user_id, "", "+39061"), 1_000)


class Office:
    """Anna and Bruno of Sales, Chiara of Support, Dario of no department."""

    def __init__(self, rules: ServiceRules | None = None) -> None:
        self.people = [
            Person(name, f"@{name.lower()}:localhost", name, "", "member", (extension,), (), department)
            for name, extension, department in (
                ("Anna", "201", "Sales"),
                ("Bruno", "202", "Sales"),
                ("Chiara", "203", "Support"),
                ("Dario", "204", ""),
            )
        ]
        self.state = PhoneState()
        self.told: list[tuple[str, str, list[RingingCall]]] = []
        services = CallServices(self, rules or ServiceRules(), "IT")
        self.pick_ups = PickUps(services, self.state, self, self, "localhost")

    async def by_user_id(self, user_id: str) -> Person | None:
        return next((one for one in self.people if one.user_id == user_id), None)

    async def by_extension(self, extension: str) -> Person | None:
        return next((one for one in self.people if extension in one.extensions), None)

    async def everyone(self) -> Sequence[Person]:
        return self.people

    def publish(self, event: str, data: object, to: str | None = None) -> None:
        said = msgspec.convert(data, dict[str, object])
        assert event == "ringing_near"
        calls = msgspec.convert(said["calls"], list[RingingCall])
        self.told.append((to or "", str(said["user_id"]), calls))

    async def hears(self, **live: tuple[LiveCall, ...]) -> None:
        calls = {f"@{name}:localhost": calls for name, calls in live.items()}
        await self.pick_ups.tell(self.state.replace(Snapshot(live=calls)).ringing)


async def test_who_is_near_is_told_when_it_rings_and_when_it_does_no_more() -> None:
    office = Office()
    await office.hears(bruno=(RINGS,))
    assert office.told == [(ANNA, BRUNO, [SHOWN])]
    assert await office.pick_ups.near(ANNA) == (SHOWN,)
    for user_id in (BRUNO, CHIARA, DARIO):
        assert await office.pick_ups.near(user_id) == ()
    await office.hears(bruno=(RINGS,), chiara=(TALKS,))
    await office.hears(bruno=(TALKS,))
    assert office.told[1:] == [(ANNA, BRUNO, [])]
    assert await office.pick_ups.near(ANNA) == ()


async def test_ones_own_call_to_a_colleague_is_none_to_take() -> None:
    office = Office(ServiceRules(groups=[["201", "202", "204"]]))
    await office.hears(bruno=(FROM_ANNA, RINGS))
    assert await office.pick_ups.near(ANNA) == (SHOWN,)
    assert [call.call_id for call in await office.pick_ups.near(DARIO)] == ["01A", "01R"]
    assert {to: [call.call_id for call in calls] for to, _, calls in office.told} == {
        ANNA: ["01R"],
        DARIO: ["01A", "01R"],
    }


@pytest.mark.parametrize(
    ("what", "found"),
    [
        (PickUp(call_id="01R"), PickUpRinging((BRUNO,), "01R")),
        (PickUp(call_id="01T"), Refusal.NOT_FOUND),
        (PickUp(call_id="01X"), Refusal.NOT_FOUND),
        (PickUp(extension="202"), PickUpRinging((BRUNO,))),
        (PickUp(extension="299"), Refusal.NOT_FOUND),
    ],
)
async def test_what_rings_may_be_taken_by_anybody_as_by_the_code(
    what: PickUp, found: PickUpRinging | Refusal
) -> None:
    office = Office()
    await office.hears(bruno=(RINGS,), chiara=(TALKS,))
    assert await office.pick_ups.allowed(what, DARIO) == found


async def test_nobody_is_told_where_nothing_is_picked_up() -> None:
    office = Office(ServiceRules(pick_up=False))
    await office.hears(bruno=(RINGS,))
    assert office.told == []
    assert await office.pick_ups.near(ANNA) == ()
    assert await office.pick_ups.allowed(PickUp(call_id="01R"), ANNA) is Refusal.FORBIDDEN
    assert await office.pick_ups.allowed(PickUp(extension="202"), ANNA) is Refusal.FORBIDDEN
