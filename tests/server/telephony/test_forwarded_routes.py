"""Routes to people who have their calls forwarded, who are not to be disturbed, or let some devices ring."""

from typing import Any

import pytest
from sqlalchemy import insert

from server.homeserver.client import Presence
from server.telephony.tables import outside_calls
from tests.server.telephony.test_internal import ANNA, BRUNO, route
from tests.support.web import Browser, Web
from wire.route import OWN_DESK_PHONE

CARLA = "@carla:localhost"
MOBILE = "+393331234567"
BRUNO_PARTY = {"user_id": BRUNO, "name": "Bruno", "number": "202"}
TO_CARLA = {"on": True, "target": {"kind": "colleague", "user_id": CARLA}}
TO_MOBILE = {"on": True, "target": {"kind": "number", "number": MOBILE}}
FROM_ANNA = ("202", "sip", {"number": "201"})
PHONES = ("201", "202", "203")


@pytest.fixture
async def bruno(web: Web) -> Browser:
    """Bruno (202), whose rules are set; Anna (201) calls, Carla (203) is there."""
    await web.enrol("Anna", "201")
    await web.enrol("Carla", "203")
    return await web.signed_in("Bruno", "202", "06 12345202")


async def let(browser: Browser, **wanted: Any) -> None:
    answer = await browser.ask("PATCH", "/api/v1/services", wanted)
    assert answer.status == 200, answer


def rung(plan: dict[str, Any]) -> list[str]:
    return [leg.get("extension") or leg["kind"] for leg in plan["stages"][0].get("legs", ())]


def by(why: str, who: dict[str, Any] = BRUNO_PARTY) -> dict[str, Any]:
    return {"by": who, "why": why}


async def test_all_calls_go_to_a_colleague(web: Web, bruno: Browser) -> None:
    await let(bruno, always=TO_CARLA)
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (plan["callee"]["user_id"], rung(plan), plan["forwarded"]) == (CARLA, ["203"], [by("always")])
    await let(bruno, always={"on": False})
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202"]


async def test_ringing_comes_first_and_each_situation_after_it(web: Web, bruno: Browser) -> None:
    await let(bruno, no_answer=TO_CARLA | {"after": 12}, busy=TO_MOBILE, unreachable=TO_CARLA)
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), plan["stages"][0]["timeout"], plan["forwarded"]) == (["202"], 12.0, [])
    further = [(stage["after"][0], stage["forward"]) for stage in plan["stages"][1:]]
    assert further == [(why, [by(why)]) for why in ("busy", "no_answer", "unreachable")]
    again = await route(web, *FROM_ANNA, registered=PHONES, forwarded=[by("no_answer")])
    assert (rung(again), again["forwarded"]) == (["203"], [by("no_answer")])
    await let(bruno, no_answer={"on": False})
    late = await route(web, *FROM_ANNA, registered=PHONES, forwarded=[by("no_answer")])
    assert (late["outcome"], late["cause"]) == ("refuse", "unreachable")


async def test_who_cannot_be_reached_and_who_talks_are_not_rung(web: Web, bruno: Browser) -> None:
    await let(bruno, unreachable=TO_CARLA, busy=TO_CARLA)
    plan = await route(web, *FROM_ANNA, registered=("203",))
    assert (rung(plan), plan["forwarded"]) == (["203"], [by("unreachable")])
    state = {"users": {BRUNO: {"calls": 1}}, "registered": list(PHONES)}
    await web.internal("PUT", "/telephony-state", state)
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), plan["forwarded"]) == (["203"], [by("busy")])


async def test_who_is_not_to_be_disturbed_is_busy_for_browsers_too(web: Web, bruno: Browser) -> None:
    web.homeserver.presences[BRUNO] = Presence("online", "", True)
    await let(bruno, do_not_disturb=True)
    for call in (FROM_ANNA, (BRUNO, "matrix", {"user_id": ANNA})):
        plan = await route(web, *call, registered=PHONES)
        assert (plan["outcome"], plan["cause"], plan["callee"]["user_id"]) == ("refuse", "busy", BRUNO)
    await let(bruno, busy=TO_CARLA)
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), plan["forwarded"]) == (["203"], [by("do_not_disturb")])
    # A device of one's own that is asked for rings all the same.
    own = await route(
        web, OWN_DESK_PHONE, "sip", BRUNO_PARTY, PHONES, transferred={"user_id": ANNA, "name": "Anna"}
    )
    assert rung(own) == ["202"]


WEEK = [{"day": day, "opens": "09:00", "closes": "18:00"} for day in range(5)]
MONDAY_NOON, EVENING = 1_796_036_400_000, 1_796_065_200_000


async def test_outside_ones_hours_calls_go_where_one_says(web: Web, bruno: Browser) -> None:
    await let(bruno, outside_hours=TO_CARLA, hours=WEEK)
    web.clock.now = MONDAY_NOON
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), plan["forwarded"]) == (["202"], [])
    # Nothing was changed: what was remembered of the rules holds, and the hour has come.
    web.clock.now = EVENING
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), plan["forwarded"]) == (["203"], [by("outside_hours")])
    await let(bruno, outside_hours={"on": True, "target": {"kind": "nobody"}})
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (plan["outcome"], plan["cause"]) == ("refuse", "busy")


async def test_nobody_disturbs_at_quiet_times_and_until_a_moment(web: Web, bruno: Browser) -> None:
    web.clock.now = MONDAY_NOON
    lunch = [{"day": 0, "opens": "12:00", "closes": "13:00"}]
    await let(bruno, quiet={"on": True, "times": lunch})
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (plan["outcome"], plan["cause"]) == ("refuse", "busy")
    web.clock.now += 3_600_000
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202"]
    await let(bruno, do_not_disturb_until=web.clock.now + 1000)
    assert (await route(web, *FROM_ANNA, registered=PHONES))["cause"] == "busy"
    web.clock.now += 1000
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202"]


async def test_devices_that_are_not_to_ring_do_not(web: Web, bruno: Browser) -> None:
    web.homeserver.presences[BRUNO] = Presence("online", "", True)
    await let(bruno, rings={"desk_phone": False, "clients": True})
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["matrix"]
    await let(bruno, rings={"desk_phone": True, "clients": False})
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202"]
    plan = await route(web, BRUNO, "matrix", {"user_id": ANNA}, PHONES)
    assert (rung(plan), plan["rings_elsewhere"]) == (["202"], False)
    await let(bruno, rings={"desk_phone": False, "clients": False})
    assert (await route(web, *FROM_ANNA, registered=PHONES))["cause"] == "unreachable"


async def test_a_browser_that_rings_by_itself_has_its_time_too(web: Web, bruno: Browser) -> None:
    web.homeserver.presences[BRUNO] = Presence("online", "", True)
    await let(bruno, no_answer=TO_CARLA)
    plan = await route(web, BRUNO, "matrix", {"user_id": ANNA}, ())
    assert (plan["rings_elsewhere"], rung(plan), plan["stages"][0]["timeout"]) == (True, [], 20.0)
    assert plan["stages"][1]["forward"] == [by("no_answer")]
    # Who declines it has it go on, too: the bridge waits beside the browsers.
    await let(bruno, no_answer={"on": False}, busy=TO_CARLA)
    plan = await route(web, BRUNO, "matrix", {"user_id": ANNA}, ())
    assert (rung(plan), plan["stages"][0]["timeout"]) == ([], 45.0)
    assert plan["stages"][1]["forward"] == [by("busy")]


async def test_a_mailbox_answers_what_goes_on_to_nobody(web: Web, bruno: Browser) -> None:
    assert (await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": True})).status == 200
    await let(bruno, no_answer=TO_CARLA)
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert [bool(stage.get("forward")) for stage in plan["stages"]] == [False, True, False]
    assert plan["stages"][-1]["legs"][0]["kind"] == "voicemail"
    await let(bruno, no_answer={"on": False})
    late = await route(web, *FROM_ANNA, registered=PHONES, forwarded=[by("no_answer")])
    assert (rung(late), late["callee"]["user_id"], late["forwarded"]) == (["voicemail"], BRUNO, [])
    await let(bruno, do_not_disturb=True)
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["voicemail"]


def answers(plan: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [
        (leg["kind"], stage.get("after"))
        for stage in plan["stages"]
        for leg in stage.get("legs", ())
        if leg["kind"] == "voicemail"
    ]


async def test_a_rule_may_name_the_mailbox(web: Web, bruno: Browser) -> None:
    await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": True})
    mailbox = {"on": True, "target": {"kind": "voicemail"}}
    await let(bruno, busy=mailbox, no_answer=mailbox | {"after": 12})
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), plan["stages"][0]["timeout"]) == (["202"], 12.0)
    assert [after for _, after in answers(plan)][:2] == [["busy", "rejected"], ["no_answer"]]
    await let(bruno, always=mailbox)
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), plan["callee"]["user_id"], plan["forwarded"]) == (["voicemail"], BRUNO, [])
    await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": False})
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), answers(plan)) == (["202"], [])


async def test_what_nobody_takes_outside_comes_back_to_the_mailbox_of_who_forwards(
    web: Web, bruno: Browser
) -> None:
    await let(bruno, always=TO_MOBILE)
    assert [leg["kind"] for leg in (await route(web, *FROM_ANNA))["stages"][-1]["legs"]] == ["trunk"]
    await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": True})
    back = (await route(web, *FROM_ANNA))["stages"][-1]
    assert {"busy", "no_answer", "no_trunk"} < set(back["after"])
    assert "rejected" not in back["after"]
    plan = await route(web, *FROM_ANNA, forwarded=back["forward"])
    assert (rung(plan), plan["callee"], plan["forwarded"]) == (["voicemail"], BRUNO_PARTY, [])
    await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": False})
    late = await route(web, *FROM_ANNA, forwarded=back["forward"])
    assert (late["outcome"], late["cause"]) == ("refuse", "unreachable")


async def test_who_is_blocked_reaches_nobody_by_a_forward(web: Web, bruno: Browser) -> None:
    carla = web.browser()
    await carla.sign_in("carla@unisono.example")
    await let(bruno, always=TO_CARLA)
    call = ("+390612345202", "trunk:carrier", {"number": "+390698765432"}, PHONES)
    assert rung(await route(web, *call)) == ["203"]
    assert (await carla.ask("POST", "/api/v1/blocked", {"number": "+390698765432"})).status == 200
    plan = await route(web, *call)
    assert (plan["outcome"], plan["cause"], plan["callee"]["user_id"]) == ("refuse", "blocked", CARLA)
    assert plan["forwarded"] == [by("always")]
    # She forwards it herself: it does not pass her by either.
    await let(carla, always=TO_MOBILE)
    assert (await route(web, *call))["cause"] == "blocked"


async def test_a_ring_of_people_is_cut_and_nobody_forwards_to_who_calls(web: Web, bruno: Browser) -> None:
    carla = web.browser()
    await carla.sign_in("carla@unisono.example")
    await let(bruno, always=TO_CARLA)
    await let(carla, always={"on": True, "target": {"kind": "colleague", "user_id": BRUNO}})
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), plan["forwarded"]) == (["203"], [by("always")])
    await let(bruno, always={"on": True, "target": {"kind": "colleague", "user_id": ANNA}})
    assert rung(await route(web, *FROM_ANNA, registered=PHONES)) == ["202"]


async def test_an_outside_call_leaves_with_the_number_of_who_forwards_it(web: Web, bruno: Browser) -> None:
    await let(bruno, always=TO_MOBILE)
    plan = await route(web, "+390612345202", "trunk:carrier", {"number": "+390698765432"})
    (leg,) = plan["stages"][0]["legs"]
    assert (leg["kind"], leg["number"], leg["from_number"]) == ("trunk", MOBILE, "+390612345202")
    assert leg["diversions"] == [{"number": "+390612345202", "why": "always"}]
    assert plan["callee"]["user_id"] == f"@_tel_{MOBILE}:localhost"
    assert plan["ghost"]["number"] == plan["caller"]["number"] == "+390698765432"
    assert plan["forwarded"] == [by("always")]


async def test_a_forward_to_what_became_a_colleagues_number_stays_inside(web: Web, bruno: Browser) -> None:
    await let(bruno, always={"on": True, "target": {"kind": "number", "number": "06 12345209"}})
    await web.enrol("Dario", "209", "06 12345209")
    plan = await route(web, *FROM_ANNA, registered=("209",))
    assert (rung(plan), plan["callee"]["user_id"]) == (["209"], "@dario:localhost")


async def test_who_forwards_pays_and_rings_where_they_may_not(web: Web, bruno: Browser) -> None:
    """Bruno has as many calls outside as he may: his phone rings instead."""
    await let(bruno, always=TO_MOBILE)
    most = web.config.telephony.calls_at_once
    now = web.clock()
    rows = [
        {"id": f"01LIVE{n}", "user_id": BRUNO, "trunk": "carrier", "reserved_at": now} for n in range(most)
    ]
    async with web.engine.begin() as connection:
        await connection.execute(insert(outside_calls), rows)
    plan = await route(web, *FROM_ANNA, registered=PHONES)
    assert (rung(plan), plan["forwarded"]) == (["202"], [])
    await let(bruno, always={"on": False}, no_answer=TO_MOBILE)
    late = await route(web, *FROM_ANNA, registered=PHONES, forwarded=[by("no_answer")])
    assert (late["outcome"], late["cause"]) == ("refuse", "too_many_calls")


async def test_a_call_that_came_back_from_outside_is_not_sent_there_again(web: Web, bruno: Browser) -> None:
    carla = web.browser()
    await carla.sign_in("carla@unisono.example")
    await let(carla, always={"on": True, "target": {"kind": "colleague", "user_id": BRUNO}})
    network = {"by": {"user_id": None, "name": "", "number": "06 12345202"}, "why": "no_answer"}
    await web.enrol("Dario", "209", "06 12345209")
    dario = web.browser()
    await dario.sign_in("dario@unisono.example")
    await let(dario, always={"on": True, "target": {"kind": "colleague", "user_id": BRUNO}})
    plan = await route(
        web, "+390612345209", "trunk:carrier", {"number": "+390698765432"}, ("209",), forwarded=[network]
    )
    assert rung(plan) == ["209"]
    assert plan["forwarded"] == [
        {"by": {"user_id": None, "name": "", "number": "+390612345202"}, "why": "no_answer"}
    ]


@pytest.mark.parametrize(
    ("typed", "reached"),
    [
        ("203", ["203"]),
        ("+39 333 1234567", ["trunk"]),
        ("*97", ["voicemail"]),
        ("202", ["voicemail"]),
        ("201", ["voicemail"]),
        ("299", ["voicemail"]),
        ("112", ["voicemail"]),
        ("899 123456", ["voicemail"]),
        ("bruno", ["voicemail"]),
    ],
)
async def test_a_phone_sends_a_call_on_to_whom_its_owner_may_call(
    web: Web, bruno: Browser, typed: str, reached: list[str]
) -> None:
    """To themselves, who calls, nobody, or where they may not: then their mailbox answers."""
    await bruno.ask("PUT", "/api/v1/voicemail/settings", {"on": True})
    way = [by("deflected")]
    plan = await route(web, *FROM_ANNA, registered=PHONES, forwarded=way, sent_to=typed)
    assert rung(plan) == reached
    if reached == ["voicemail"]:
        assert (plan["callee"]["user_id"], plan["forwarded"]) == (BRUNO, [])
    else:
        assert plan["forwarded"] == way


async def test_phones_that_send_a_call_on_to_each_other_are_cut(web: Web, bruno: Browser) -> None:
    carla = {"user_id": CARLA, "name": "Carla", "number": "203"}
    way = [by("deflected"), by("deflected", carla)]
    plan = await route(web, *FROM_ANNA, registered=PHONES, forwarded=way, sent_to="202")
    assert (plan["outcome"], plan["cause"], plan["callee"]["user_id"]) == ("refuse", "unreachable", CARLA)


async def test_emergency_calls_know_nothing_of_it(web: Web, bruno: Browser) -> None:
    await let(bruno, always=TO_MOBILE, do_not_disturb=True)
    plan = await route(web, "112", "sip", {"number": "202"})
    assert (plan["outcome"], plan["emergency"], plan["forwarded"]) == ("ring", True, [])


async def test_each_reads_a_forwarded_call_from_their_side(web: Web, bruno: Browser) -> None:
    anna, carla = web.browser(), web.browser()
    await anna.sign_in("anna@unisono.example")
    await carla.sign_in("carla@unisono.example")
    record = {
        "id": "01FORWARDED", "via": "sip", "started_at": 1000, "answered_at": 2000, "ended_at": 9000,
        "outcome": "answered", "answered_on": "desk_phone", "revision": 3, "dialled": "202",
        "caller": {"user_id": ANNA, "name": "Anna", "number": "201"},
        "callee": {"user_id": CARLA, "name": "Carla", "number": "203"},
        "forwarded": [by("no_answer")],
    }  # fmt: skip
    for _ in range(2):
        assert (await web.internal("POST", "/call-records", {"records": [record]})).status == 204
    seen = {
        name: (await browser.get("/api/v1/calls")).body["calls"]
        for name, browser in (("anna", anna), ("bruno", bruno), ("carla", carla))
    }
    assert [len(calls) for calls in seen.values()] == [1, 1, 1]
    assert (seen["anna"][0]["peer"]["name"], seen["anna"][0]["direction"]) == ("Carla", "outbound")
    assert (seen["carla"][0]["peer"]["name"], seen["carla"][0]["forwarded"]) == ("Anna", [by("no_answer")])
    (mine,) = seen["bruno"]
    assert (mine["peer"]["name"], mine["direction"], mine["answered_on"]) == ("Anna", "inbound", None)
    assert (mine["forwarded_to"]["name"], mine["forwarded"], mine["ended_at"]) == ("Carla", [], 2000)


async def test_to_which_number_outside_somebody_forwards_is_not_told_to_who_calls(
    web: Web, bruno: Browser
) -> None:
    anna = web.browser()
    await anna.sign_in("anna@unisono.example")
    record = {
        "id": "01OUT", "via": "sip", "started_at": 1000, "outcome": "cancelled", "ended_at": 9000,
        "caller": {"user_id": ANNA, "name": "Anna", "number": "201"},
        "callee": {"user_id": f"@_tel_{MOBILE}:localhost", "name": "Mobile", "number": MOBILE},
        "forwarded": [by("always")],
    }  # fmt: skip
    assert (await web.internal("POST", "/call-records", {"records": [record]})).status == 204
    (hers,) = (await anna.get("/api/v1/calls")).body["calls"]
    assert (hers["peer"], MOBILE in str(hers)) == (BRUNO_PARTY, False)
    (his,) = (await bruno.get("/api/v1/calls")).body["calls"]
    assert his["forwarded_to"]["number"] == MOBILE
