"""Routes to people who have a number outside among their devices."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from server.homeserver.client import Presence
from server.telephony.limits import BESIDE
from server.telephony.tables import outside_calls
from tests.server.telephony.test_forwarded_routes import (
    BRUNO_PARTY,
    FROM_ANNA,
    MOBILE,
    PHONES,
    TO_CARLA,
    let,
    rung,
)
from tests.server.telephony.test_http import RECORD
from tests.server.telephony.test_internal import ANNA, BRUNO, route
from tests.support.web import Browser, Web
from wire.route import OWN_DESK_PHONE, OWN_MOBILE

OTHER = "+393337654321"
FROM_OUTSIDE = ("+390612345202", "trunk:carrier", {"number": "+390698765432"})


@pytest.fixture
async def bruno(web: Web) -> Browser:
    """Bruno (202) has his mobile phone ring, too; Anna (201) calls, Carla (203) is there."""
    await web.enrol("Anna", "201", "06 12345201")
    await web.enrol("Carla", "203")
    browser = await web.signed_in("Bruno", "202", "06 12345202")
    assert (await browser.ask("POST", "/api/v1/services/mobiles", {"number": "333 123 4567"})).status == 200
    return browser


async def test_who_is_called_for_is_shown_and_said_on_it(web: Web, bruno: Browser) -> None:
    dora = await web.signed_in("Dora", "204", "06 12345204")
    body = {"delegates": [{"user_id": ANNA, "rings": "never", "calls": True}]}
    assert (await dora.ask("PUT", "/api/v1/delegates", body)).status == 200
    plan = await route(web, *FROM_ANNA, registered=PHONES, on_behalf_of="@dora:localhost")
    (leg,) = mobiles(plan)
    assert (leg["line"]["from_number"], leg["digits"]) == ("+390612345204", "204")


async def change(browser: Browser, number: str = MOBILE, **wanted: Any) -> None:
    path = f"/api/v1/services/mobiles/{number.replace('+', '%2B')}"
    answer = await browser.ask("PATCH", path, wanted)
    assert answer.status == 200, answer


def mobiles(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [leg for leg in plan["stages"][0].get("legs", ()) if leg["kind"] == "mobile"]


async def test_it_rings_beside_the_desk_phone_with_the_number_of_who_calls(web: Web, bruno: Browser) -> None:
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert rung(plan) == ["202", "mobile"]
    (leg,) = mobiles(plan)
    assert (leg["line"]["number"], leg["line"]["from_number"]) == (MOBILE, "+390612345201")
    assert (leg["language"], leg["digits"]) == ("it", "201")
    # The trunk of the demo carries no numbers but the house's.
    outside = mobiles(await route(web, *FROM_OUTSIDE, registered=PHONES))[0]
    assert outside["line"]["from_number"] == "+390612345202"
    assert outside["line"]["diversions"] == [{"number": "+390612345202", "why": "unknown"}]
    assert outside["digits"] == "0698765432"


async def test_nothing_is_said_of_who_withholds_their_number(web: Web, bruno: Browser) -> None:
    plan = await route(web, *FROM_ANNA, registered=PHONES, withheld=True)
    assert (plan["withheld"], mobiles(plan)[0].get("digits", "")) == (True, "")


async def test_it_rings_later_or_not_at_all_as_its_owner_wants(web: Web, bruno: Browser) -> None:
    await change(bruno, delay=10)
    assert mobiles(await route(web, *FROM_ANNA, registered=PHONES))[0]["delay"] == 10
    await change(bruno, on=False)
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202"]
    await change(bruno, on=True)
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202", "mobile"]
    await let(bruno, do_not_disturb=True)
    assert (await route(web, *FROM_ANNA, registered=PHONES))["cause"] == "busy"


@pytest.mark.parametrize(
    ("when", "rings"),
    [
        ("2027-01-15T07:59", False),
        ("2027-01-15T08:00", True),
        ("2027-01-15T21:59", True),
        ("2027-01-15T22:00", False),
        ("2027-01-16T12:00", False),
    ],
)
async def test_it_rings_in_its_hours(web: Web, bruno: Browser, when: str, rings: bool) -> None:
    hours = {"timezone": "Europe/Rome", "days": [0, 1, 2, 3, 4], "opens": "08:00", "closes": "22:00"}
    await change(bruno, hours=hours)
    at = datetime.fromisoformat(when).replace(tzinfo=ZoneInfo("Europe/Rome"))
    web.clock.now = int(at.timestamp() * 1000)
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert rung(plan) == (["202", "mobile"] if rings else ["202"])
    await change(bruno, hours=None)
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202", "mobile"]


async def test_who_calls_from_it_does_not_ring_it(web: Web, bruno: Browser) -> None:
    plan = await route(web, "+390612345202", "trunk:carrier", {"number": MOBILE}, PHONES)
    assert rung(plan) == ["202"]


async def test_whoever_has_only_that_is_reached_by_it(web: Web, bruno: Browser) -> None:
    await let(bruno, unreachable=TO_CARLA)
    assert rung(await route(web, *FROM_ANNA, registered=("203",))) == ["mobile"]


async def test_a_number_that_becomes_a_colleagues_is_none_of_the_outside_any_more(
    web: Web, bruno: Browser
) -> None:
    await web.enrol("Dora", "204", "333 123 4567")
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202"]


async def test_it_rings_within_what_its_owner_may_call(web: Web, bruno: Browser) -> None:
    async with web.engine.begin() as connection:
        for call in "abcd":
            row = {"id": call, "user_id": BRUNO, "trunk": "carrier", "reserved_at": web.clock.now}
            await connection.execute(insert(outside_calls).values(**row))
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202"]


async def reserved(web: Web) -> list[tuple[str, str]]:
    async with web.engine.connect() as connection:
        rows = await connection.execute(select(outside_calls.c.id, outside_calls.c.user_id))
        return [(row.id.partition(BESIDE)[0] + BESIDE * (BESIDE in row.id), row.user_id) for row in rows]


@pytest.mark.parametrize(("on", "left"), [("mobile", [("01CALL", BRUNO)]), ("desk_phone", [])])
async def test_the_line_is_kept_for_who_answers_by_it_and_free_otherwise(
    web: Web, bruno: Browser, on: str, left: list[tuple[str, str]]
) -> None:
    await route(web, *FROM_ANNA, registered=PHONES)
    assert await reserved(web) == [("01CALL~", BRUNO)]
    record = {**RECORD, "id": "01CALL", "revision": 1, "callee": BRUNO_PARTY, "started_at": web.clock.now}
    record |= {"answered_at": web.clock.now, "answered_on": on, "ended_at": None, "outcome": "in_progress"}
    assert (await web.internal("POST", "/call-records", {"records": [record]})).status == 204
    assert await reserved(web) == left


async def test_one_sends_a_call_there_whenever_it_rings_else(web: Web, bruno: Browser) -> None:
    await change(bruno, on=False, delay=20)
    await let(bruno, do_not_disturb=True)
    given = {"user_id": ANNA, "name": "Anna", "number": "201"}
    plan = await route(web, OWN_MOBILE, "sip", BRUNO_PARTY, PHONES, transferred=given)
    assert (rung(plan), mobiles(plan)[0].get("delay", 0), plan["callee"]["user_id"]) == (["mobile"], 0, BRUNO)
    plan = await route(web, OWN_DESK_PHONE, "sip", BRUNO_PARTY, PHONES, transferred=given)
    assert rung(plan) == ["202"]


async def test_a_ring_group_rings_it_for_its_member(web: Web, bruno: Browser) -> None:
    admin = web.browser()
    await admin.sign_in(await web.enrol("Dora", role="administrator"))
    group = {"name": "Sales", "extension": "500", "members": [{"user_id": BRUNO}]}
    made = await admin.ask("POST", "/api/v1/groups", group)
    assert made.status == 201, made
    plan = await route(web, "500", "sip", {"number": "201"}, PHONES)
    assert rung(plan) == ["202", "mobile"]
    assert mobiles(plan)[0]["member"]["user_id"] == BRUNO


async def test_a_browsers_call_has_it_ring_beside_what_rings_by_itself(web: Web, bruno: Browser) -> None:
    web.homeserver.presences[BRUNO] = Presence("online", "", True)
    plan = await route(web, BRUNO, "matrix", {"user_id": ANNA}, ())
    assert (plan["rings_elsewhere"], rung(plan)) == (True, ["mobile"])


# --- ring me now ---


async def test_a_try_rings_what_a_call_would_ring_and_nobody_else(web: Web, bruno: Browser) -> None:
    me = ("202", "ring-me", {"user_id": BRUNO})
    plan = await route(web, *me, registered=PHONES)
    assert (rung(plan), len(plan["stages"]), plan["callee"]["user_id"]) == (["202", "mobile"], 1, BRUNO)
    assert mobiles(plan)[0].get("digits", "") == ""
    await let(bruno, no_answer=TO_CARLA | {"after": 12})
    plan = await route(web, *me, registered=PHONES)
    assert [(stage["timeout"], stage.get("forward", [])) for stage in plan["stages"]] == [(12.0, [])]
    for set_ in ({"always": TO_CARLA}, {"always": {"on": False}, "do_not_disturb": True}):
        await let(bruno, **set_)
        assert (await route(web, *me, registered=PHONES))["outcome"] == "refuse"
    await let(
        bruno, do_not_disturb=False, unreachable=TO_CARLA, rings={"desk_phone": False, "clients": False}
    )
    await change(bruno, on=False)
    assert (await route(web, *me, registered=PHONES))["outcome"] == "refuse"


# --- what is set ---


async def test_it_is_seen_as_people_write_it_and_forgotten(web: Web, bruno: Browser) -> None:
    seen = (await bruno.ask("GET", "/api/v1/services")).body["mobiles"]
    assert seen == [
        {
            "number": MOBILE,
            "shown": "333 123 4567",
            "name": None,
            "on": True,
            "delay": 0,
            "hours": None,
            "trouble": None,
        }
    ]
    hours = {"timezone": "Europe/Rome", "days": [0, 4], "opens": "22:00", "closes": "06:00"}
    await change(bruno, hours=hours)
    assert (await bruno.ask("GET", "/api/v1/services")).body["mobiles"][0]["hours"] == hours
    gone = await bruno.ask("DELETE", f"/api/v1/services/mobiles/{MOBILE.replace('+', '%2B')}")
    assert (gone.status, gone.body["mobiles"]) == (200, [])


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("203", "not_a_mobile"),
        ("06 12345201", "not_a_mobile"),
        ("202", "own_number"),
        ("112", "not_a_target"),
        ("187", "not_a_mobile"),
        ("899 123456", "premium_number"),
        ("+1 212 555 0100", "country_not_allowed"),
        ("abc", "not_a_number"),
    ],
)
async def test_what_is_no_phone_that_one_may_call_is_none_of_ones_devices(
    web: Web, bruno: Browser, typed: str, code: str
) -> None:
    answer = await bruno.ask("POST", "/api/v1/services/mobiles", {"number": typed})
    assert answer.body["error"]["code"] == code, answer


async def test_there_are_only_so_many_of_them_each_once(web: Web, bruno: Browser) -> None:
    for typed in ("333 123 4567", "333 765 4321", "06 98765432"):
        assert (await bruno.ask("POST", "/api/v1/services/mobiles", {"number": typed})).status == 200
    answer = await bruno.ask("POST", "/api/v1/services/mobiles", {"number": "333 111 2222"})
    assert (answer.status, answer.body["error"]["code"]) == (409, "too_many_mobiles")
    for method, body in (("PATCH", {"on": False}), ("DELETE", None)):
        answer = await bruno.ask(method, "/api/v1/services/mobiles/%2B393331112222", body)
        assert (answer.status, answer.body["error"]["code"]) == (404, "unknown_mobile")


@pytest.mark.parametrize(
    "wrong",
    [
        {"delay": 31},
        {"delay": -1},
        {"hours": {"timezone": "Europe/Rome", "days": [], "opens": "08:00", "closes": "09:00"}},
        {"hours": {"timezone": "Europe/Rome", "days": [7], "opens": "08:00", "closes": "09:00"}},
        {"hours": {"timezone": "Mars/Olympus", "days": [0], "opens": "08:00", "closes": "09:00"}},
        {"hours": {"timezone": "Europe/Rome", "days": [0], "opens": "24:00", "closes": "09:00"}},
    ],
)
async def test_hours_and_delays_that_are_none_are_refused(
    web: Web, bruno: Browser, wrong: dict[str, Any]
) -> None:
    answer = await bruno.ask("PATCH", f"/api/v1/services/mobiles/{MOBILE.replace('+', '%2B')}", wrong)
    assert answer.status == 400, answer
