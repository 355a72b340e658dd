"""Delegates: who is rung for somebody's calls, in which stage; and who may name whom."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from server.bridge_control.client import BridgeControl
from server.delegates.rules import Delegate, Principal, Standing, ringing
from server.directory.service import Person
from server.notifications.service import Mail
from server.telephony.call_services import CallServices, ServiceRules
from server.telephony.dialplan import Refusal
from tests.server.telephony.test_group_routes import PHONES, quiet, rung
from tests.server.telephony.test_internal import ANNA, BRUNO, route
from tests.support.web import Browser, Web
from wire.route import PickUpRinging, Replaced

CARLA = "@carla:localhost"
USUAL = {"answers": True, "calls": False, "sees": True}
FROM_CARLA = ("201", "sip", {"number": "203"})


@pytest.mark.parametrize(
    ("standing", "without", "expected"),
    [
        (Standing(), (), ("@b",)),
        (Standing(quiet=True), (), ()),
        (Standing(on_the_phone=True), (), ()),
        (Standing(), ("@b",), ()),
        (None, (), ()),
    ],
)
def test_who_is_rung(standing: Standing | None, without: tuple[str, ...], expected: tuple[str, ...]) -> None:
    named = (Delegate("@b", "with"), Delegate("@c", "never"), Delegate("@d"))
    around = {"@c": Standing(), "@d": Standing()} | ({"@b": standing} if standing else {})
    assert tuple(one.user_id for one in ringing(named, around, "with", without)) == expected
    assert ringing(named, around, "unanswered", without) == (Delegate("@d"),)


@pytest.fixture
async def anna(web: Web) -> Browser:
    for name, extension in (("Bruno", "202"), ("Carla", "203")):
        await web.enrol(name, extension)
    return await web.signed_in("Anna", "201")


async def name(anna: Browser, *delegates: tuple[str, str]) -> Any:
    body = {"delegates": [{"user_id": who, "rings": rings} for who, rings in delegates]}
    return await anna.ask("PUT", "/api/v1/delegates", body)


async def test_they_ring_together_or_afterwards(web: Web, anna: Browser) -> None:
    assert (await name(anna, (BRUNO, "with"))).status == 200
    plan = await route(web, *FROM_CARLA, PHONES)
    assert rung(plan) == [["201", "202"]]
    assert [leg.get("member", {}).get("user_id") for leg in plan["stages"][0]["legs"]] == [None, BRUNO]
    await name(anna, (BRUNO, "unanswered"))
    plan = await route(web, *FROM_CARLA, PHONES)
    assert rung(plan) == [["201"], ["202"]]
    assert plan["stages"][1]["after"] == ["no_answer", "busy", "unreachable"]
    # Also where nothing of one's own is there to ring.
    assert rung(await route(web, *FROM_CARLA, ("202", "203"))) == [["202"]]
    await name(anna, (BRUNO, "never"))
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201"]]


async def test_they_ring_with_ones_own_after_a_while(web: Web, anna: Browser) -> None:
    body = {"delegates": [{"user_id": BRUNO, "rings": "with", "after": 15}]}
    answer = await anna.ask("PUT", "/api/v1/delegates", body)
    assert [one["after"] for one in answer.body["delegates"]] == [15]
    plan = await route(web, *FROM_CARLA, PHONES)
    assert rung(plan) == [["201", "202"]]
    assert [leg.get("delay", 0) for leg in plan["stages"][0]["legs"]] == [0, 15]
    body["delegates"][0]["after"] = 61
    assert (await anna.ask("PUT", "/api/v1/delegates", body)).code == "invalid_field"


async def test_nobody_is_rung_who_calls_or_is_not_to_be_disturbed(web: Web, anna: Browser) -> None:
    await name(anna, (BRUNO, "with"), (CARLA, "with"))
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201", "202"]]
    await quiet(web, "bruno")
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201"]]


async def test_nobody_is_rung_whose_own_hours_are_over(web: Web, anna: Browser) -> None:
    await name(anna, (BRUNO, "with"))
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    # Some other day than today is the only one on which they work.
    today = datetime.fromtimestamp(web.clock.now / 1000, UTC).weekday()
    hours = [{"day": (today + 3) % 7, "opens": "09:00", "closes": "09:05"}]
    away = {"on": True, "target": {"kind": "colleague", "user_id": CARLA}}
    answer = await bruno.ask("PATCH", "/api/v1/services", {"hours": hours, "outside_hours": away})
    assert answer.status == 200, answer
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201"]]


async def test_delegates_of_delegates_are_not_rung_and_no_forward_of_theirs_is_followed(
    web: Web, anna: Browser
) -> None:
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    to_carla = {"on": True, "target": {"kind": "colleague", "user_id": CARLA}}
    await bruno.ask("PATCH", "/api/v1/services", {"always": to_carla})
    await name(bruno, (ANNA, "with"))
    await name(anna, (BRUNO, "with"))
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201", "202"]]


async def test_what_is_named_is_listed_on_both_sides_and_audited(web: Web, anna: Browser) -> None:
    answer = await name(anna, (BRUNO, "with"))
    bruno_party = {"user_id": BRUNO, "name": "Bruno", "number": "202"}
    assert answer.body == {
        "delegates": [{"person": bruno_party, "rings": "with", "after": 0, **USUAL}],
        "principals": [],
    }
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    seen = (await bruno.get("/api/v1/delegates")).body
    anna_party = {"user_id": ANNA, "name": "Anna", "number": "201"}
    assert seen == {"delegates": [], "principals": [{"person": anna_party, **USUAL}]}
    live = {
        "call_id": "c", "direction": "inbound", "state": "ringing", "since": 1,
        "peer": {"user_id": CARLA, "name": "Carla", "number": "203"},
    }  # fmt: skip
    state = {"users": {}, "registered": [], "live": {ANNA: [live]}}
    await web.internal("PUT", "/telephony-state", state)
    (near,) = (await bruno.get("/api/v1/calls/live")).body["ringing_near"]
    assert (near["call_id"], near["callee"]["user_id"]) == ("c", ANNA)


@pytest.mark.parametrize(
    ("delegates", "status", "code"),
    [
        (((ANNA, "with"),), 404, "unknown_person"),
        ((("@nobody:localhost", "with"),), 404, "unknown_person"),
        (((BRUNO, "with"), (BRUNO, "never")), 400, "delegate_twice"),
    ],
)
async def test_what_cannot_be_changes_nothing(
    anna: Browser, delegates: tuple[tuple[str, str], ...], status: int, code: str
) -> None:
    await name(anna, (CARLA, "never"))
    answer = await name(anna, *delegates)
    assert (answer.status, answer.code) == (status, code)
    assert len((await anna.get("/api/v1/delegates")).body["delegates"]) == 1


async def test_who_is_named_is_told_by_mail_once_and_may_step_down(
    web: Web, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails: list[tuple[str, str]] = []

    async def send(to: str, mail: Mail, _lives: int) -> None:
        mails.append((to, mail.subject))

    monkeypatch.setattr(web.features.account.outbox, "send", send)
    await name(anna, (BRUNO, "with"))
    await name(anna, (BRUNO, "never"), (CARLA, "with"))
    assert [to for to, _ in mails] == ["bruno@unisono.example", "carla@unisono.example"]
    for _ in range(3):
        await name(anna)
        await name(anna, (BRUNO, "never"), (CARLA, "with"))
    assert len(mails) == 2
    web.clock.now += 24 * 3_600_000
    await name(anna)
    await name(anna, (BRUNO, "never"), (CARLA, "with"))
    assert len(mails) == 4
    assert "Anna" in mails[0][1]
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    path = f"/api/v1/delegates/principals/{quote(ANNA)}"
    for _ in range(2):
        assert (await bruno.ask("DELETE", path)).body == {"delegates": [], "principals": []}
    assert [one["person"]["user_id"] for one in (await anna.get("/api/v1/delegates")).body["delegates"]] == [
        CARLA
    ]
    assert (await bruno.ask("DELETE", f"/api/v1/delegates/principals/{quote(CARLA)}")).status == 200


class Staff:
    """Three people, of whom Bruno answers for Anna."""

    def __init__(self) -> None:
        self.people = [
            Person(name, f"@{name}:localhost", name, "", "member", (extension,))
            for name, extension in (("anna", "201"), ("bruno", "202"), ("carla", "203"))
        ]

    async def by_user_id(self, user_id: str) -> Person | None:
        return next((one for one in self.people if one.user_id == user_id), None)

    async def by_extension(self, extension: str) -> Person | None:
        return next((one for one in self.people if extension in one.extensions), None)

    async def everyone(self) -> Sequence[Person]:
        return self.people

    async def delegates_of(self, person_id: str) -> Sequence[Delegate]:
        return (Delegate(BRUNO, "never"),) if person_id == "anna" else ()

    async def principals_of(self, person_id: str) -> Sequence[Principal]:
        return (Principal(ANNA),) if person_id == "bruno" else ()


async def test_delegates_see_and_take_what_rings_though_nobody_else_does() -> None:
    staff = Staff()
    services = CallServices(staff, ServiceRules(pick_up=False), "IT", delegates=staff)
    assert await services.near(BRUNO) == (ANNA,)
    assert await services.told(ANNA) == (BRUNO,)
    rings = Replaced("c", ANNA, early=True)
    taken = PickUpRinging((ANNA,), "c")
    assert await services.replaced(rings, BRUNO) == taken
    assert await services.pick_up("201", BRUNO) == PickUpRinging((ANNA,))
    for allowed in (await services.replaced(rings, CARLA), await services.pick_up("201", CARLA)):
        assert allowed is Refusal.FORBIDDEN
    assert await services.near(CARLA) == await services.told(BRUNO) == ()


async def test_who_may_not_answer_is_not_rung_and_takes_nothing(web: Web, anna: Browser) -> None:
    body = {"delegates": [{"user_id": BRUNO, "rings": "with", "answers": False, "calls": True}]}
    answer = await anna.ask("PUT", "/api/v1/delegates", body)
    assert (
        answer.body["delegates"][0] | {"answers": False, "calls": True, "sees": True}
        == (answer.body["delegates"][0])
    )
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201"]]
    services = CallServices(Onlooker(), ServiceRules(pick_up=False), "IT", delegates=Onlooker())
    assert await services.near(BRUNO) == ()
    assert await services.told(ANNA) == ()
    assert await services.pick_up("201", BRUNO) is Refusal.FORBIDDEN


class Onlooker(Staff):
    """Bruno may only call for Anna."""

    async def delegates_of(self, person_id: str) -> Sequence[Delegate]:
        mine = await super().delegates_of(person_id)
        return tuple(replace(one, answers=False, sees=False, calls=True) for one in mine)

    async def principals_of(self, person_id: str) -> Sequence[Principal]:
        mine = await super().principals_of(person_id)
        return tuple(replace(one, answers=False, sees=False, calls=True) for one in mine)


async def test_who_may_answer_no_more_is_rung_no_more(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []

    async def ask(
        _bridge: BridgeControl, _method: str, path: str, _patience: float = 0, body: Any = None
    ) -> dict[str, Any]:
        if path == "/v1/calls/ring-no-more":
            told.append((body["user_id"], body["callee"]))
        return {}

    anna = await web.signed_in("Anna", "201")
    bruno = await web.signed_in("Bruno", "202")
    monkeypatch.setattr(BridgeControl, "_ask", ask)
    one: dict[str, Any] = {"user_id": ANNA, "rings": "with"}
    steps: Sequence[tuple[list[dict[str, Any]], list[tuple[str, str]]]] = (
        ([one], []),
        ([{**one, "calls": True}], []),
        ([{**one, "answers": False}], [(ANNA, BRUNO)]),
        ([], []),
        ([one], []),
        ([], [(ANNA, BRUNO)]),
        ([one], []),
    )
    for wanted, expected in steps:
        told.clear()
        assert (await bruno.ask("PUT", "/api/v1/delegates", {"delegates": wanted})).status == 200
        assert told == expected, wanted
    path = f"/api/v1/delegates/principals/{quote(BRUNO, safe='')}"
    assert (await anna.ask("DELETE", path)).status == 200
    assert told == [(ANNA, BRUNO)]
