"""Queues as routes reach them, as agents and administrators see them, and as a file."""

from typing import Any

import pytest

from tests.server.events.test_http import listening
from tests.server.telephony.test_code_settings import dials
from tests.server.telephony.test_http import RECORD
from tests.server.telephony.test_internal import ANNA, BRUNO, route
from tests.support.web import Browser, Web

OUTSIDE, PHONES = "+390698765432", ("201", "202")
HOTLINE: dict[str, Any] = {
    "name": "Hotline",
    "extension": "310",
    "numbers": ["+390612345310"],
    "strategy": "in_order",
    "members": [{"user_id": ANNA}, {"user_id": BRUNO}],
    "waiting": {"wrap_up": 20, "most": 1, "answered_within": 15},
}


@pytest.fixture
async def admin(web: Web) -> Browser:
    """Anna (201), Bruno (202), Carla (203); and who makes queues."""
    for name, extension in (("Anna", "201"), ("Bruno", "202"), ("Carla", "203")):
        await web.enrol(name, extension)
    browser = web.browser()
    await browser.sign_in(await web.enrol("Dora", role="administrator"))
    return browser


@pytest.fixture
async def anna(web: Web, admin: Browser) -> Browser:
    browser = web.browser()
    await browser.sign_in("anna@unisono.example")
    return browser


async def hotline(admin: Browser, **more: Any) -> str:
    answer = await admin.ask("POST", "/api/v1/groups", HOTLINE | more)
    assert answer.status == 201, answer
    return str(answer.body["group"]["id"])


async def comes(web: Web, call_id: str, **more: Any) -> dict[str, Any]:
    return await route(
        web, "+390612345310", "trunk:carrier", {"number": OUTSIDE}, PHONES, call_id=call_id, **more
    )


async def put(web: Web, plan: dict[str, Any], call_id: str, **more: Any) -> None:
    """The record of a call that waits."""
    record = RECORD | {
        "id": call_id,
        "caller": plan["caller"],
        "callee": plan["callee"],
        "groups": [{"group": plan["group"], "members": []}],
        "answered_on": "queue",
        "ended_at": None,
        "outcome": "in_progress",
    }
    answer = await web.internal("POST", "/call-records", {"records": [record | more]})
    assert answer.status == 204, answer


async def test_a_caller_waits_when_somebody_is_on_duty_and_one_is_enough(
    web: Web, admin: Browser, anna: Browser
) -> None:
    await hotline(admin)
    assert (await comes(web, "0"))["cause"] == "unreachable"
    assert (await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "on"})).body["state"] == "ready"
    plan = await comes(web, "1")
    (stage,) = plan["stages"]
    assert stage["legs"] == [{"kind": "queue", "language": "it", "announce": 45}]
    assert (plan["callee"]["name"], plan["group"]["name"]) == ("Hotline", "Hotline")
    assert (await comes(web, "2"))["cause"] == "busy"
    assert (await comes(web, "1"))["outcome"] == "ring"


async def test_who_cannot_wait_goes_where_those_go_that_nobody_takes(web: Web, admin: Browser) -> None:
    await hotline(admin, otherwise={"kind": "colleague", "user_id": "@carla:localhost"})
    plan = await route(web, "310", "sip", {"number": "202"}, ("203",))
    assert (plan["callee"]["name"], plan["forwarded"][0]["by"]["name"]) == ("Carla", "Hotline")


async def test_a_queue_sends_on_only_who_waits_in_it(web: Web, admin: Browser, anna: Browser) -> None:
    await hotline(admin, otherwise={"kind": "colleague", "user_id": "@carla:localhost"})
    await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "on"})
    waits = await comes(web, "1")
    await put(web, waits, "1", answered_at=1_700_000_000_000)
    given = {"transferred": waits["caller"] | {"user_id": f"@_tel_{OUTSIDE}:localhost"}}
    ask = ("sip", {"name": "Hotline", "number": "310"}, ("203",))
    plan = await route(web, "queue:elsewhere", *ask, call_id="2", queue="1", **given)
    assert (plan["outcome"], plan["callee"]["name"], plan["caller"]["number"]) == ("ring", "Carla", OUTSIDE)
    for way, queue in (("queue:agents", "1"), ("queue:elsewhere", "none"), ("201", "1")):
        plan = await route(web, way, *ask, call_id="3", queue=queue, **given)
        assert (plan["outcome"], plan["cause"]) == ("refuse", "no_such_call"), way
    assert (await route(web, "queue:agents", *ask, call_id="4"))["outcome"] == "refuse"


async def test_duty_on_the_page_by_code_and_for_agents_alone(web: Web, admin: Browser, anna: Browser) -> None:
    assert (await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "on"})).code == "not_an_agent"
    assert await dials(web, "*45#") == "not_set"
    await hotline(admin)
    codes = [one["does"] for one in (await anna.get("/api/v1/telephony")).body["codes"]]
    assert codes[-4:] == ["on_duty", "off_duty", "on_a_break", "off_a_break"]
    assert (await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "break"})).code == "not_on_duty"
    async with listening(anna) as stream:
        assert await dials(web, "*45#") == "on_duty"
        assert await stream.event() == ("queues", {"changed": True})
    body = {"duty": "break", "reason": " pranzo\1\n"}
    me = (await anna.ask("PUT", "/api/v1/queues/duty", body)).body
    assert (me["state"], me["reason"]) == ("paused", "pranzo")
    assert await dials(web, "#46#") == "on_duty"
    assert await dials(web, "*46#") == "on_a_break"
    assert await dials(web, "#45#") == "off_duty"
    assert (await anna.get("/api/v1/queues")).body["me"]["state"] == "off"


async def test_the_board_figures_and_history(web: Web, admin: Browser, anna: Browser) -> None:
    queue_id = await hotline(admin)
    await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "on"})
    await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "break"})
    await put(web, await comes(web, "1"), "1", answered_at=1_700_000_000_000)
    for browser, mine in ((anna, True), (admin, False)):
        board = (await browser.get("/api/v1/queues?timezone=Europe/Rome")).body
        (row,) = board["queues"]
        assert (row["mine"], row["answered_within"], row["today"]["calls"]) == (mine, 15, 1)
        (waits,) = row["waiting"]
        assert (waits["caller"]["number"], waits["rings"]) == ("06 9876 5432", False)
        assert [(one["name"], one["state"]) for one in row["agents"]] == [
            ("Anna", "paused"),
            ("Bruno", "off"),
        ]
        assert (board["me"] is not None) is mine
    place = await web.internal("GET", "/queues/calls/1")
    assert place.body == {"position": 1, "seconds": None}
    assert (await web.internal("GET", "/queues/calls/2")).status == 404
    at = f"/api/v1/queues/{queue_id}/calls"
    history = (await anna.get(f"{at}?timezone=Europe/Rome")).body
    assert [one["outcome"] for one in history["calls"]] == [None]
    await put(web, await comes(web, "1"), "1", revision=99, ended_at=1_900_000_000_000, outcome="answered")
    history = (await anna.get(at)).body
    assert [one["outcome"] for one in history["calls"]] == ["abandoned"]
    assert (history["days"][0]["calls"], history["days"][0]["service_level"]) == (1, 0.0)
    file = await anna.get(f"{at}.csv?timezone=Europe/Rome")
    assert file.status == 200
    carla = web.browser()
    await carla.sign_in("carla@unisono.example")
    assert (await carla.get("/api/v1/queues")).body["queues"] == []
    for path in (at, f"{at}.csv"):
        assert (await carla.get(path)).code == "unknown_queue"
        assert (await anna.get(f"{path}?timezone=Nowhere")).code == "unknown_timezone"


@pytest.mark.parametrize("removed", [True, False])
async def test_what_becomes_of_what_somebody_had_who_leaves(
    web: Web, admin: Browser, anna: Browser, removed: bool
) -> None:
    await hotline(admin)
    await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "on"})
    rule = f"/api/v1/recording-rules/person/{ANNA}"
    assert (await admin.ask("PUT", rule)).status == 200
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    assert (await bruno.ask("POST", "/api/v1/call-backs", {"user_id": ANNA})).status == 200
    people = (await admin.get("/api/v1/admin/people")).body["people"]
    path = "/api/v1/admin/people/" + next(one["id"] for one in people if one["user_id"] == ANNA)
    answer = await (admin.ask("DELETE", path) if removed else admin.ask("POST", f"{path}/disable"))
    assert answer.status in {200, 204}, answer
    # Nobody is there for those who wait any more.
    assert (await comes(web, "1"))["cause"] == "unreachable"
    assert (await bruno.get("/api/v1/call-backs")).body == {"call_backs": []}
    # A rule is its maker's: it holds again when somebody is back.
    rules = (await admin.get("/api/v1/recording-rules")).body["rules"]
    assert len(rules) == (0 if removed else 1)


async def test_who_asks_for_it_is_called_back_at_the_queues_expense(
    web: Web, admin: Browser, anna: Browser
) -> None:
    await hotline(admin, waiting=HOTLINE["waiting"] | {"call_back": "1"})
    await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "on"})
    waits = await comes(web, "1")
    assert waits["stages"][0]["legs"][0]["call_back"] == "1"
    at = web.clock.now
    await put(web, waits, "1", answered_at=at)
    assert (await web.internal("POST", "/queues/calls/1/call-back")).status == 204
    refused = await web.internal("POST", "/queues/calls/none/call-back")
    assert (refused.status, refused.code) == (404, "unknown_call")
    await put(web, waits, "1", answered_at=at, ended_at=at + 9_000, outcome="answered", revision=2)
    queue = ("sip", {"name": "Hotline", "number": "310"}, ("201",))
    shown: list[dict[str, Any]] = []
    while not any(one["call_back"] for one in shown):
        shown = (await anna.get("/api/v1/queues")).body["queues"][0]["waiting"]
    # A colleague on duty is called, and says who is to be called then.
    agent: dict[str, Any] = {"transferred": {"user_id": ANNA, "name": "Anna", "number": "201"}, "queue": "1"}
    early = await route(web, "queue:caller", *queue, call_id="0", **agent | {"queue": "none"})
    assert (early["outcome"], early["cause"]) == ("refuse", "no_such_call")
    plan = early
    while plan["cause"] == "no_such_call":
        web.clock.now += 1_000
        plan = await route(web, "queue:caller", *queue, call_id="3", **agent)
    assert (plan["outcome"], plan["callee"]["number"]) == ("ring", OUTSIDE)
    (leg,) = plan["stages"][0]["legs"]
    assert (leg["kind"], leg["from_number"]) == ("trunk", "+390612345310")
