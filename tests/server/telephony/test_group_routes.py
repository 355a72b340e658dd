"""Routes to ring groups: who of them rings, where their calls go then, and what their logs say."""

from typing import Any

import pytest

from server.homeserver.client import Presence
from tests.server.telephony.test_http import RECORD
from tests.server.telephony.test_internal import ANNA, BRUNO, route
from tests.support.web import Browser, Web

CARLA = "@carla:localhost"
COMPANY, OUTSIDE = "+390612345300", "+390698765432"
PHONES = ("201", "202", "203")
FROM_CARLA = ("300", "sip", {"number": "203"})
SALES = {"user_id": None, "name": "Sales", "number": "300"}


@pytest.fixture
async def admin(web: Web) -> Browser:
    """Anna (201), Bruno (202), Carla (203); who makes groups."""
    for name, extension in (("Anna", "201"), ("Bruno", "202"), ("Carla", "203")):
        await web.enrol(name, extension)
    browser = web.browser()
    await browser.sign_in(await web.enrol("Dora", role="administrator"))
    return browser


async def group(admin: Browser, *members: str, **more: Any) -> str:
    body = {
        "name": "Sales",
        "extension": "300",
        "members": [{"user_id": one} for one in members or (ANNA, BRUNO)],
    }
    answer = await admin.ask("POST", "/api/v1/groups", body | more)
    assert answer.status == 201, answer
    return str(answer.body["group"]["id"])


def rung(plan: dict[str, Any]) -> list[list[str]]:
    """The extensions and kinds of each stage that rings."""
    stages = [stage for stage in plan["stages"] if stage.get("legs")]
    return [[leg.get("extension") or leg["kind"] for leg in stage["legs"]] for stage in stages]


async def quiet(web: Web, name: str) -> None:
    browser = web.browser()
    await browser.sign_in(f"{name}@unisono.example")
    assert (await browser.ask("PATCH", "/api/v1/services", {"do_not_disturb": True})).status == 200


async def test_all_members_ring_and_each_leg_says_whose_it_is(web: Web, admin: Browser) -> None:
    group_id = await group(admin, numbers=[COMPANY])
    web.homeserver.users |= {ANNA: "Anna"}
    web.homeserver.presences[ANNA] = Presence("online", None, True)
    plan = await route(web, COMPANY, "trunk:carrier", {"number": OUTSIDE}, PHONES)
    assert (plan["outcome"], plan["callee"]) == ("ring", SALES)
    assert plan["group"] == {"id": group_id, "name": "Sales", "number": "300"}
    (stage,) = plan["stages"]
    assert (stage["timeout"], rung(plan)) == (20.0, [["matrix", "201", "202"]])
    assert [leg["member"]["user_id"] for leg in stage["legs"]] == [ANNA, ANNA, BRUNO]


async def test_a_colleague_reaches_it_by_extension_and_does_not_call_themselves(
    web: Web, admin: Browser
) -> None:
    await group(admin, strategy="in_order", seconds=10)
    plan = await route(web, *FROM_CARLA, PHONES)
    assert (rung(plan), plan["stages"][0]["timeout"]) == ([["201"], ["202"]], 10.0)
    assert rung(await route(web, "300", "sip", {"number": "201"}, PHONES)) == [["202"]]
    carla = web.browser()
    await carla.sign_in("carla@unisono.example")
    dialled = (await carla.ask("POST", "/api/v1/dial", {"number": "300"})).body
    assert (dialled["user_id"], dialled["display"]) == ("@_tel_300:localhost", "Sales")
    assert rung(await route(web, dialled["user_id"], "matrix", {"user_id": CARLA}, PHONES)) == [
        ["201"],
        ["202"],
    ]


async def test_members_forwarding_does_not_count_but_not_being_disturbed_does(
    web: Web, admin: Browser
) -> None:
    await group(admin)
    anna = web.browser()
    await anna.sign_in("anna@unisono.example")
    to_carla = {"on": True, "target": {"kind": "colleague", "user_id": CARLA}}
    await anna.ask("PATCH", "/api/v1/services", {"always": to_carla})
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201", "202"]]
    await quiet(web, "bruno")
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201"]]
    await quiet(web, "anna")
    plan = await route(web, *FROM_CARLA, PHONES)
    assert (plan["outcome"], plan["cause"]) == ("refuse", "busy")


async def test_who_is_in_a_call_is_left_out(web: Web, admin: Browser) -> None:
    await group(admin)
    state = {"users": {ANNA: {"calls": 1}}, "registered": list(PHONES)}
    await web.internal("PUT", "/telephony-state", state)
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["202"]]


async def test_a_group_whose_members_have_no_device_is_not_reached(web: Web, admin: Browser) -> None:
    await group(admin)
    plan = await route(web, *FROM_CARLA, ("203",))
    assert (plan["outcome"], plan["cause"]) == ("refuse", "unreachable")


async def again(web: Web, plan: dict[str, Any]) -> dict[str, Any]:
    """What the bridge asks when nobody has taken it."""
    last = plan["stages"][-1]
    return await route(web, *FROM_CARLA, PHONES, forwarded=last["forward"], group=last["group"])


async def test_nobody_takes_it_and_it_goes_to_a_colleague_by_what_they_have_set(
    web: Web, admin: Browser
) -> None:
    await group(admin, ANNA, otherwise={"kind": "colleague", "user_id": BRUNO})
    plan = await route(web, *FROM_CARLA, PHONES)
    assert rung(plan) == [["201"]]
    plan = await again(web, plan)
    assert (rung(plan), plan["callee"]["user_id"], plan["group"]) == ([["202"]], BRUNO, None)
    assert plan["forwarded"] == [{"by": SALES, "why": "no_answer"}]
    await quiet(web, "anna")
    plan = await route(web, *FROM_CARLA, PHONES)
    assert (rung(plan), plan["forwarded"][0]["why"]) == ([["202"]], "busy")


async def test_nobody_takes_it_and_it_goes_outside_on_the_groups_behalf(web: Web, admin: Browser) -> None:
    mobile = "+393331234567"
    await group(admin, ANNA, numbers=[COMPANY], otherwise={"kind": "number", "number": "333 123 4567"})
    plan = await again(web, await route(web, *FROM_CARLA, PHONES))
    (leg,) = plan["stages"][0]["legs"]
    assert (leg["kind"], leg["number"], leg["from_number"]) == ("trunk", mobile, COMPANY)
    assert [one["number"] for one in leg["diversions"]] == [COMPANY]


async def test_nobody_takes_it_and_a_mailbox_answers(web: Web, admin: Browser) -> None:
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    assert (await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": True})).status in {200, 204}
    await group(admin, ANNA, otherwise={"kind": "voicemail", "user_id": BRUNO})
    plan = await again(web, await route(web, *FROM_CARLA, PHONES))
    (leg,) = plan["stages"][0]["legs"]
    assert (leg["kind"], leg["user_id"], plan["callee"]["user_id"]) == ("voicemail", BRUNO, BRUNO)


async def test_nobody_takes_it_and_another_group_rings_once(web: Web, admin: Browser) -> None:
    support = await group(admin, BRUNO, name="Support", extension="301")
    sales = await group(admin, ANNA, otherwise={"kind": "group", "group_id": support})
    plan = await again(web, await route(web, *FROM_CARLA, PHONES))
    assert (rung(plan), plan["group"]["name"], plan["forwarded"][0]["by"]) == ([["202"]], "Support", SALES)
    by_support = {"by": {"user_id": None, "name": "Support", "number": "301"}, "why": "no_answer"}
    back = [{"by": SALES, "why": "no_answer"}, by_support]
    looped = await route(web, *FROM_CARLA, PHONES, forwarded=back, group=sales)
    assert looped["outcome"] == "refuse", looped


def record(**change: Any) -> dict[str, Any]:
    rang = {"group": {"id": "1", "name": "Sales", "number": "300"}, "members": [ANNA, BRUNO]}
    caller = {"user_id": CARLA, "name": "Carla", "number": "203"}
    return {**RECORD, "dialled": "300", "caller": caller, "callee": SALES, "groups": [rang]} | change


async def logs(web: Web, *names: str) -> list[dict[str, Any]]:
    found = []
    for name in names:
        browser = web.browser()
        await browser.sign_in(f"{name}@unisono.example")
        body = (await browser.get("/api/v1/calls")).body
        found.append(body["calls"][0] | {"missed": body["missed"]})
    return found


async def test_a_call_that_nobody_took_was_missed_by_the_whole_group(web: Web, admin: Browser) -> None:
    body = record(ended_at=9_000, outcome="missed")
    assert (await web.internal("POST", "/call-records", {"records": [body]})).status == 204
    anna, bruno, carla = await logs(web, "anna", "bruno", "carla")
    for seen in (anna, bruno):
        assert (seen["group"], seen["peer"]["name"], seen["missed"]) == (SALES, "Carla", 1)
        assert (seen["outcome"], seen["picked_up_by"]) == ("missed", None)
    assert (carla["peer"], carla["group"], carla["direction"]) == (SALES, SALES, "outbound")


async def test_a_call_that_a_member_took_is_told_to_the_others_without_a_badge(
    web: Web, admin: Browser
) -> None:
    bruno_party = {"user_id": BRUNO, "name": "Bruno", "number": "202"}
    body = record(callee=bruno_party, answered_at=5_000, ended_at=9_000, outcome="answered")
    assert (await web.internal("POST", "/call-records", {"records": [body]})).status == 204
    anna, bruno, carla = await logs(web, "anna", "bruno", "carla")
    assert (anna["missed"], anna["answered_at"], anna["ended_at"]) == (0, None, 5_000)
    assert (anna["picked_up_by"], anna["group"]) == (bruno_party, SALES)
    assert (bruno["missed"], bruno["answered_at"], bruno["group"]) == (0, 5_000, SALES)
    assert carla["peer"] == bruno_party


async def test_who_declined_has_missed_nothing(web: Web, admin: Browser) -> None:
    declined = record(ended_at=9_000, outcome="missed")
    declined["groups"][0]["declined"] = [ANNA]
    assert (await web.internal("POST", "/call-records", {"records": [declined]})).status == 204
    anna, bruno = await logs(web, "anna", "bruno")
    assert (anna["outcome"], anna["missed"]) == ("rejected", 0)
    assert (bruno["outcome"], bruno["missed"]) == ("missed", 1)


async def test_a_caller_whom_a_member_has_blocked_rings_for_the_others(web: Web, admin: Browser) -> None:
    await group(admin, numbers=[COMPANY])
    anna = web.browser()
    await anna.sign_in("anna@unisono.example")
    assert (await anna.ask("POST", "/api/v1/blocked", {"number": OUTSIDE})).status == 200
    assert rung(await route(web, COMPANY, "trunk:carrier", {"number": OUTSIDE}, PHONES)) == [["202"]]
    assert rung(await route(web, COMPANY, "trunk:carrier", {"number": "+390611"}, PHONES)) == [["201", "202"]]


@pytest.mark.parametrize("strategy", ["longest_idle", "round_robin"])
async def test_of_two_calls_at_once_the_second_rings_for_the_next_member(
    web: Web, admin: Browser, strategy: str
) -> None:
    await group(admin, strategy=strategy)
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201"], ["202"]]
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["202"], ["201"]]


async def test_a_member_is_out_and_in_again_by_a_code(web: Web, admin: Browser) -> None:
    await group(admin)

    async def dials(code: str) -> str:
        plan = await route(web, code, "sip", {"number": "201", "user_id": ANNA})
        return str(plan["stages"][0]["legs"][0]["say"])

    assert await dials("#28*300#") == "group_out"
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["202"]]
    assert await dials("*28#") == "group_in"
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["201", "202"]]
    assert await dials("*28*301#") == "not_set"
    anna = web.browser()
    await anna.sign_in("anna@unisono.example")
    codes = (await anna.get("/api/v1/telephony")).body["codes"]
    assert {"does": "group_out", "dial": "#28*"} in codes


async def test_numbers_are_listed_with_the_group_that_has_them(web: Web, admin: Browser) -> None:
    group_id = await group(admin, numbers=[COMPANY])
    (row,) = (await admin.get("/api/v1/admin/numbers")).body["numbers"]
    assert (row["number"], row["person"]) == (COMPANY, None)
    assert row["group"] == {"id": group_id, "name": "Sales", "extension": "300"}


@pytest.mark.parametrize("strategy", ["longest_idle", "round_robin"])
async def test_the_order_follows_from_the_calls_that_were_taken(
    web: Web, admin: Browser, strategy: str
) -> None:
    group_id = await group(admin, strategy=strategy)
    rang = {"group": {"id": group_id, "name": "Sales", "number": "300"}, "members": [ANNA]}
    took = record(callee={"user_id": ANNA, "name": "Anna", "number": "201"}, groups=[rang], answered_at=5_000)
    await web.internal("POST", "/call-records", {"records": [took]})
    assert rung(await route(web, *FROM_CARLA, PHONES)) == [["202"], ["201"]]


async def test_somebody_has_their_calls_forwarded_to_a_group(web: Web, admin: Browser) -> None:
    await group(admin, BRUNO, extension="300", numbers=[COMPANY])
    carla = web.browser()
    await carla.sign_in("carla@unisono.example")
    to_group = {"on": True, "target": {"kind": "number", "number": "300"}}
    seen = (await carla.ask("PATCH", "/api/v1/services", {"always": to_group})).body["always"]["target"]
    assert (seen["kind"], seen["number"], seen["name"]) == ("number", "300", "Sales")
    plan = await route(web, "203", "sip", {"number": "201"}, PHONES)
    assert (plan["callee"]["number"], plan["group"]["number"]) == ("300", "300")
    assert [one["by"]["user_id"] for one in plan["forwarded"]] == ["@carla:localhost"]


async def test_a_number_that_becomes_a_groups_is_reached_within_the_house(web: Web, admin: Browser) -> None:
    carla = web.browser()
    await carla.sign_in("carla@unisono.example")
    outside = {"on": True, "target": {"kind": "number", "number": COMPANY}}
    assert (await carla.ask("PATCH", "/api/v1/services", {"always": outside})).status == 200
    plan = await route(web, "203", "sip", {"number": "201"}, PHONES)
    assert plan["stages"][0]["legs"][0]["kind"] == "trunk"
    await group(admin, BRUNO, extension="300", numbers=[COMPANY])
    plan = await route(web, "203", "sip", {"number": "201"}, PHONES)
    assert plan["group"]["number"] == "300"


async def test_a_group_and_a_person_that_forward_to_each_other_do_not_ring_for_ever(
    web: Web, admin: Browser
) -> None:
    carla = web.browser()
    await carla.sign_in("carla@unisono.example")
    otherwise = {"kind": "colleague", "user_id": "@carla:localhost"}
    await group(admin, BRUNO, extension="300", otherwise=otherwise)
    to_group = {"on": True, "target": {"kind": "number", "number": "300"}}
    assert (await carla.ask("PATCH", "/api/v1/services", {"always": to_group})).status == 200
    # Nobody of the group can ring: it goes to her, and rings there.
    plan = await route(web, "300", "sip", {"number": "201"}, ("201", "203"))
    assert [leg.get("extension") for leg in plan["stages"][0]["legs"]] == ["203"]
    plan = await route(web, "203", "sip", {"number": "201"}, ("201", "203"))
    assert plan["outcome"] in {"ring", "refuse"}
