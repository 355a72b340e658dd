"""`/api/v1/services`, as a person's pages use it."""

import asyncio
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.server.events.test_http import Stream, listening
from tests.support.patience import PATIENCE
from tests.support.web import Answer, Browser, Web

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
NOTHING = {
    "always": {"on": False, "target": None},
    "busy": {"on": False, "target": None},
    "no_answer": {"on": False, "target": None, "after": 20},
    "unreachable": {"on": False, "target": None},
    "outside_hours": {"on": False, "target": None},
    "do_not_disturb": False,
    "do_not_disturb_until": None,
    "hours": [],
    "quiet": {"on": False, "times": []},
    "now": {"outside_hours": False, "quiet": False, "until": None, "appointment": False},
    "timezone": "Europe/Rome",
    "rings": {"desk_phone": True, "clients": True},
    "mobiles": [],
    "after_most": 45,
    "troubles": [],
}
TO_BRUNO = {"kind": "colleague", "user_id": BRUNO, "name": "Bruno", "number": "202"}
TO_MOBILE = {"kind": "number", "number": "+393331234567", "shown": "333 123 4567", "name": None}


@pytest.fixture
async def anna(web: Web) -> Browser:
    await web.enrol("Bruno", "202", "06 12345202")
    return await web.signed_in("Anna", "201", "06 12345201")


async def change(browser: Browser, **wanted: Any) -> Answer:
    return await browser.ask("PATCH", "/api/v1/services", wanted)


async def services_told(page: Stream) -> Any:
    """What a page hears next of services, whatever else it hears of people meanwhile."""
    while True:
        name, told = await page.event()
        if name == "services":
            return told


async def test_at_first_nothing_is_set(anna: Browser) -> None:
    assert (await anna.get("/api/v1/services")).body == NOTHING


async def test_each_rule_is_set_by_itself_and_stays(anna: Browser) -> None:
    to_bruno = {"on": True, "target": {"kind": "colleague", "user_id": BRUNO}}
    assert (await change(anna, always=to_bruno)).status == 200
    to_mobile = {"on": True, "target": {"kind": "number", "number": "333 123 4567"}, "after": 12}
    assert (await change(anna, no_answer=to_mobile)).status == 200
    assert (await change(anna, do_not_disturb=True)).status == 200
    assert (await change(anna, rings={"desk_phone": False, "clients": True})).status == 200
    answer = await change(anna, always={"on": False})
    expected = {
        **NOTHING,
        "always": {"on": False, "target": TO_BRUNO},
        "no_answer": {"on": True, "target": TO_MOBILE, "after": 12},
        "do_not_disturb": True,
        "rings": {"desk_phone": False, "clients": True},
    }
    assert answer.body == (await anna.get("/api/v1/services")).body == expected
    assert (await change(anna, always={"target": None})).body["always"] == {"on": False, "target": None}


@pytest.mark.parametrize("typed", ["202", "06 12345202", "+39 06 12345202"])
async def test_a_number_of_a_colleague_is_that_colleague(anna: Browser, typed: str) -> None:
    rule = {"on": True, "target": {"kind": "number", "number": typed}}
    assert (await change(anna, busy=rule)).body["busy"] == {"on": True, "target": TO_BRUNO}


@pytest.mark.parametrize(
    ("rule", "status", "code", "field"),
    [
        ({"on": True}, 409, "no_target", "busy"),
        ({"on": True, "target": None}, 409, "no_target", "busy"),
        ({"on": True, "target": {"kind": "number", "number": "201"}}, 409, "own_number", "busy"),
        ({"on": True, "target": {"kind": "colleague", "user_id": ANNA}}, 409, "own_number", "busy"),
        ({"on": True, "target": {"kind": "number", "number": "112"}}, 409, "not_a_target", "busy"),
        ({"on": True, "target": {"kind": "number", "number": "800"}}, 409, "not_a_target", "busy"),
        ({"on": True, "target": {"kind": "number", "number": "299"}}, 404, "unknown_number", "busy"),
        ({"target": {"kind": "colleague", "user_id": "@x:localhost"}}, 404, "unknown_person", "busy"),
        ({"target": {"kind": "number", "number": "Bruno"}}, 400, "not_a_number", "number"),
        ({"target": {"kind": "number", "number": BRUNO}}, 400, "invalid_field", "busy.target.number"),
        ({"target": {"kind": "number", "number": "899 123456"}}, 403, "premium_number", "busy"),
        ({"target": {"kind": "number", "number": "+247 12345"}}, 403, "country_not_allowed", "busy"),
        ({"target": {"kind": "group"}}, 400, "invalid_field", "busy.target.kind"),
        ({"target": {"kind": "voicemail"}}, 409, "mailbox_off", "busy"),
        ({"target": {"kind": "number", "number": "*97"}}, 409, "mailbox_off", "busy"),
        ({"on": "yes"}, 400, "invalid_field", "busy.on"),
    ],
)
async def test_what_cannot_be_set_says_why_and_changes_nothing(
    anna: Browser, rule: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = await change(anna, busy=rule, do_not_disturb=True)
    error = answer.body["error"]
    assert (answer.status, error["code"], error["field"]) == (status, code, field)
    assert (await anna.get("/api/v1/services")).body == NOTHING


@pytest.mark.parametrize("target", [{"kind": "voicemail"}, {"kind": "number", "number": "*97"}])
async def test_calls_go_to_the_own_mailbox_while_it_takes_messages(
    anna: Browser, target: dict[str, Any]
) -> None:
    await anna.ask("PUT", "/api/v1/voicemail/settings", {"on": True})
    answer = (await change(anna, busy={"on": True, "target": target})).body
    assert (answer["busy"], answer["troubles"]) == ({"on": True, "target": {"kind": "voicemail"}}, [])
    await anna.ask("PUT", "/api/v1/voicemail/settings", {"on": False})
    troubles = (await anna.get("/api/v1/services")).body["troubles"]
    assert troubles == [{"situation": "busy", "why": "mailbox_off", "through": ["Anna"]}]


@pytest.mark.parametrize("after", [4, 46, 121])
async def test_nobody_rings_shorter_or_longer_than_anybody(anna: Browser, after: int) -> None:
    answer = await change(anna, no_answer={"after": after})
    assert (answer.status, answer.body["error"]["field"]) == (400, "no_answer.after")


async def test_a_ring_of_people_is_told_to_each_of_them(web: Web, anna: Browser) -> None:
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    await change(bruno, always={"on": True, "target": {"kind": "colleague", "user_id": ANNA}})
    rule = {"on": True, "target": {"kind": "colleague", "user_id": BRUNO}}
    answer = await change(anna, no_answer=rule)
    loop = {"situation": "no_answer", "why": "loop", "through": ["Anna", "Bruno"]}
    assert answer.body["troubles"] == [loop]


async def test_the_other_pages_of_a_person_hear_of_a_change_and_nobody_elses(web: Web, anna: Browser) -> None:
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    async with listening(anna) as mine, listening(bruno) as others:
        seen = (await change(anna, do_not_disturb=True)).body
        assert await services_told(mine) == seen
        theirs = (await change(bruno, do_not_disturb=True)).body
        assert await services_told(others) == theirs


async def test_strangers_neither_read_nor_set(web: Web) -> None:
    assert (await web.browser().get("/api/v1/services")).status == 401
    assert (await change(web.browser(), do_not_disturb=True)).status == 401


async def test_clients_of_others_are_told_when_they_are_to_be_silent(web: Web, anna: Browser) -> None:
    told = web.homeserver.rings

    async def next_told() -> tuple[str, bool]:
        return await asyncio.wait_for(told.get(), PATIENCE)

    rule = {"on": True, "target": {"kind": "colleague", "user_id": BRUNO}}
    for wanted, rings in (
        ({"do_not_disturb": True}, False),
        ({"do_not_disturb": False}, True),
        ({"rings": {"desk_phone": True, "clients": False}}, False),
        ({"rings": {"desk_phone": True, "clients": True}}, True),
        ({"busy": rule}, True),
        ({"always": rule}, False),
    ):
        await change(anna, **wanted)
        assert await next_told() == (ANNA, rings)
    web.homeserver.away = True
    assert (await change(anna, always={"on": False})).status == 200
    web.homeserver.away = False
    assert await next_told() == (ANNA, True)


WEEK = [{"day": day, "opens": "09:00", "closes": "18:00"} for day in range(5)]
HOUR = 3_600_000


def written(web: Web, moment: str) -> int:
    """The clock of the house stands at this, as it is written in Rome; as milliseconds since 1970."""
    web.clock.now = int(
        datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Rome")).timestamp() * 1000
    )
    return web.clock.now


async def test_hours_of_ones_own_say_where_calls_go_outside_of_them(web: Web, anna: Browser) -> None:
    written(web, "2026-11-30T20:00")
    away = {"on": True, "target": {"kind": "colleague", "user_id": BRUNO}}
    assert (await change(anna, outside_hours=away)).code == "no_hours"
    seen = (await change(anna, outside_hours=away, hours=WEEK)).body
    assert (seen["hours"], seen["outside_hours"]) == (WEEK, {"on": True, "target": TO_BRUNO})
    morning = written(web, "2026-12-01T09:00")
    plans = {"outside_hours": True, "quiet": False, "until": morning, "appointment": False}
    assert seen["now"] == plans
    assert (await anna.get("/api/v1/services")).body["now"]["outside_hours"] is False
    nobody = {"on": True, "target": {"kind": "nobody"}}
    assert (await change(anna, outside_hours=nobody)).body["outside_hours"]["target"] == {"kind": "nobody"}
    assert (await change(anna, always=nobody)).code == "not_a_target"
    assert (await change(anna, hours=[])).code == "no_hours"
    assert (await change(anna, quiet={"on": True})).code == "no_hours"
    lunch = [{"day": 1, "opens": "12:00", "closes": "13:00"}]
    quiet = {"on": True, "times": lunch}
    assert (await change(anna, quiet=quiet)).body["quiet"] == quiet
    for wrong in (
        [{"day": 7, "opens": "09:00", "closes": "18:00"}],
        [{"day": 1, "opens": "9:00", "closes": "18:00"}],
        [{"day": 1, "opens": "09:00", "closes": "24:00"}],
        WEEK * 9,
    ):
        assert (await change(anna, hours=wrong)).code == "invalid_field"


async def test_a_do_not_disturb_with_an_end_ends_by_itself(web: Web, anna: Browser) -> None:
    now = web.clock.now
    for wrong in (now, now - 1, now + 367 * 24 * HOUR):
        assert (await change(anna, do_not_disturb_until=wrong)).code == "until_passed"
    seen = (await change(anna, do_not_disturb_until=now + HOUR)).body
    assert (seen["do_not_disturb"], seen["do_not_disturb_until"]) == (True, now + HOUR)
    # Another press has no end, or ends it.
    assert (await change(anna, do_not_disturb=True)).body["do_not_disturb_until"] is None
    await change(anna, do_not_disturb_until=now + HOUR)
    assert (await change(anna, do_not_disturb=False)).body["do_not_disturb"] is False
    await change(anna, do_not_disturb_until=now + HOUR)
    web.clock.now += HOUR
    seen = (await anna.get("/api/v1/services")).body
    assert (seen["do_not_disturb"], seen["do_not_disturb_until"]) == (False, None)


async def test_pages_and_clients_of_others_are_told_when_something_else_holds(
    web: Web, anna: Browser
) -> None:
    told = web.homeserver.rings
    end = written(web, "2026-11-30T18:00")
    web.clock.now -= 50
    async with listening(anna) as mine:
        nobody = {"on": True, "target": {"kind": "nobody"}}
        await change(anna, outside_hours=nobody, hours=WEEK)
        assert (await services_told(mine))["now"]["outside_hours"] is False
        assert await asyncio.wait_for(told.get(), PATIENCE) == (ANNA, True)
        web.clock.now = end
        assert (await services_told(mine))["now"]["outside_hours"] is True
        assert await asyncio.wait_for(told.get(), PATIENCE) == (ANNA, False)
