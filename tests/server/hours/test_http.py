"""Opening hours, as administrators write them."""

from typing import Any

import pytest

from tests.support.web import Answer, Browser, Web

OFFICE: dict[str, Any] = {
    "name": " The  office",
    "timezone": "Europe/Rome",
    "week": [
        {"day": 1, "opens": "09:00", "closes": "13:00"},
        {"day": 0, "opens": "09:00", "closes": "13:00"},
    ],
    "holidays": [{"date": "12-25", "name": "Christmas"}, {"date": "easter+1", "name": ""}],
    "exceptions": [
        {"begins": "2026-12-24T13:00", "ends": "2026-12-31T09:00", "state": "closed", "name": "Winter"}
    ],
}


@pytest.fixture
async def admin(web: Web) -> Browser:
    browser = web.browser()
    await browser.sign_in(await web.enrol("Chiara", role="administrator"))
    return browser


async def made(admin: Browser, **change: Any) -> Answer:
    return await admin.ask("POST", "/api/v1/hours", OFFICE | change)


async def test_hours_are_made_listed_changed_and_removed(admin: Browser) -> None:
    answer = await made(admin)
    assert answer.status == 201, answer
    hours = answer.body["hours"]
    assert (hours["name"], [one["day"] for one in hours["week"]]) == ("The office", [0, 1])
    assert (hours["holidays"], hours["exceptions"]) == (OFFICE["holidays"], OFFICE["exceptions"])
    at = f"/api/v1/hours/{hours['id']}"
    always = [{"day": day, "opens": "00:00", "closes": "00:00"} for day in range(7)]
    changed = await admin.ask(
        "PUT", at, OFFICE | {"week": always, "holidays": [], "exceptions": [], "name": "Always"}
    )
    assert changed.body["hours"]["now"] == {"state": "open", "name": ""}
    assert changed.body["hours"]["changes_at"] is None
    assert [one["name"] for one in (await admin.get("/api/v1/hours")).body["hours"]] == ["Always"]
    assert (await admin.ask("DELETE", at)).status == 204
    assert (await admin.ask("DELETE", at)).code == "unknown_hours"
    assert (await admin.ask("PUT", at, OFFICE)).code == "unknown_hours"
    audit = (await admin.get("/api/v1/admin/audit")).body["entries"]
    assert [one["action"] for one in audit[:3]] == ["hours.removed", "hours.changed", "hours.added"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "invalid_name"),
        ({"timezone": "Europe/Nowhere"}, "unknown_timezone"),
        ({"week": [{"day": 7, "opens": "09:00", "closes": "13:00"}]}, "invalid_field"),
        ({"week": [{"day": 0, "opens": "9:00", "closes": "13:00"}]}, "invalid_field"),
        ({"week": [{"day": 0, "opens": "09:00", "closes": "24:00"}]}, "invalid_field"),
        ({"holidays": [{"date": "02-30"}]}, "invalid_date"),
        ({"holidays": [{"date": "tomorrow"}]}, "invalid_field"),
        (
            {"exceptions": [{"begins": "2026-12-24T13:00", "ends": "2026-12-24T13:00", "state": "open"}]},
            "ends_before_it_begins",
        ),
    ],
)
async def test_what_cannot_be_is_refused_by_name(admin: Browser, change: dict[str, Any], code: str) -> None:
    assert (await made(admin, **change)).code == code
    assert (await admin.get("/api/v1/hours")).body["hours"] == []


async def test_a_name_is_had_once_and_only_administrators_write(web: Web, admin: Browser) -> None:
    await made(admin)
    again = await made(admin, name="The office")
    assert (again.status, again.code) == (409, "name_taken")
    bruno = web.browser()
    await bruno.sign_in(await web.enrol("Bruno", "202"))
    assert (await bruno.get("/api/v1/hours")).status == 403
