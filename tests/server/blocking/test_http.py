"""Blocked callers, as a person's pages and the route of a call meet them."""

from typing import Any

import pytest

from tests.server.events.test_http import listening
from tests.server.telephony.test_http import RECORD
from tests.support.web import Browser, Web

NUMBER = "+390698765432"


@pytest.fixture
async def anna(web: Web) -> Browser:
    return await web.signed_in("Anna", "201", "06 12345201")


async def called(web: Web, number: str, dialled: str = "+390612345201") -> tuple[str, str | None]:
    body = {
        "call_id": "01CALL",
        "caller": {"number": number},
        "dialled": dialled,
        "via": "trunk:carrier",
        "registered": ["201"],
    }
    plan: dict[str, Any] = (await web.internal("POST", "/route", body)).body
    return plan["outcome"], plan["cause"]


async def block(browser: Browser, number: str | None) -> Any:
    return await browser.ask("POST", "/api/v1/blocked", {"number": number})


async def test_a_blocked_number_hears_busy_in_whatever_form_it_was_typed(web: Web, anna: Browser) -> None:
    assert (await called(web, NUMBER))[0] == "ring"
    answer = await block(anna, "06 9876 5432")
    assert [one["number"] for one in answer.body["numbers"]] == [NUMBER]
    assert await called(web, NUMBER) == ("refuse", "blocked")
    assert (await called(web, "+390698765433"))[0] == "ring"
    assert (await called(web, "anonymous"))[0] == "ring"
    assert (await anna.ask("DELETE", f"/api/v1/blocked/numbers/{NUMBER}")).body["numbers"] == []
    assert (await called(web, NUMBER))[0] == "ring"


async def test_nor_does_a_blocked_number_come_by_way_of_a_colleague(web: Web, anna: Browser) -> None:
    bruno = await web.signed_in("Bruno", "202", "06 12345202")
    to_anna = {"on": True, "target": {"kind": "colleague", "user_id": "@anna:localhost"}}
    assert (await bruno.ask("PATCH", "/api/v1/services", {"always": to_anna})).status == 200
    assert (await called(web, NUMBER, "+390612345202"))[0] == "ring"
    await block(anna, NUMBER)
    assert await called(web, NUMBER, "+390612345202") == ("refuse", "blocked")


async def test_callers_who_withhold_their_number_are_blocked_by_choice(web: Web, anna: Browser) -> None:
    assert (await block(anna, None)).body == {"withheld": True, "numbers": []}
    assert await called(web, "anonymous") == ("refuse", "blocked")
    assert (await called(web, NUMBER))[0] == "ring"
    assert (await anna.ask("DELETE", "/api/v1/blocked/withheld")).body["withheld"] is False
    assert (await called(web, "anonymous"))[0] == "ring"


@pytest.mark.parametrize(
    ("typed", "status", "code"),
    [
        ("112", 409, "emergency_number"),
        ("call me", 400, "not_a_number"),
        ("", 400, "not_a_number"),
        ("9" * 60, 400, "not_a_number"),
    ],
)
async def test_what_cannot_be_blocked_is_refused(anna: Browser, typed: str, status: int, code: str) -> None:
    answer = await block(anna, typed)
    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert (await anna.get("/api/v1/blocked")).body == {"withheld": False, "numbers": []}


async def test_no_call_is_refused_for_an_hour_after_an_emergency_call_of_the_house(
    web: Web, anna: Browser
) -> None:
    """Whoever helps may call back from any number, and the number that was shown may be anybody's."""
    await block(anna, NUMBER)
    await block(anna, None)
    now = web.clock()
    help_ = {**RECORD, "callee": {"user_id": None, "name": "112", "number": "112"}, "dialled": "112"}
    too_early = {**help_, "id": "01", "started_at": now - 3_600_001}
    await web.internal("POST", "/call-records", {"records": [too_early]})
    assert await called(web, NUMBER) == ("refuse", "blocked")
    await web.internal(
        "POST", "/call-records", {"records": [{**help_, "id": "02", "started_at": now - 3_600_000}]}
    )
    assert (await called(web, NUMBER))[0] == "ring"
    assert (await called(web, "anonymous"))[0] == "ring"


async def test_all_pages_of_the_person_are_told(anna: Browser) -> None:
    async with listening(anna) as stream:
        await block(anna, NUMBER)
        name, data = await stream.event()
        assert (name, [one["number"] for one in data["numbers"]]) == ("blocked", [NUMBER])
