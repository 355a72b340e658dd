"""What a phone sets by dialling a code: the route answers with what is said, and the pages are told."""

from typing import Any

import pytest

from tests.server.events.test_http import listening
from tests.server.telephony.test_internal import route
from tests.support.web import Browser, Web

ANNA = "@anna:localhost"
TO_CARLA = {"kind": "colleague", "user_id": "@carla:localhost", "name": "Carla", "number": "203"}


@pytest.fixture
async def anna(web: Web) -> Browser:
    await web.enrol("Carla", "203")
    return await web.signed_in("Anna", "201")


async def dials(web: Web, code: str, **more: Any) -> str:
    plan = await route(web, code, "sip", {"number": "201", "user_id": ANNA}, **more)
    legs = [leg for stage in plan["stages"] for leg in stage["legs"]]
    return str(legs[0]["say"]) if legs else f"refuse {plan['cause']}"


async def test_a_number_is_set_switched_off_and_on_again(web: Web, anna: Browser) -> None:
    async def always() -> object:
        return (await anna.get("/api/v1/services")).body["always"]

    assert await dials(web, "*21*203#") == "forwarding_on"
    assert await always() == {"on": True, "target": TO_CARLA}
    assert await dials(web, "#21#") == "forwarding_off"
    assert await always() == {"on": False, "target": TO_CARLA}
    assert await dials(web, "*21#") == "forwarding_on"
    assert await always() == {"on": True, "target": TO_CARLA}
    assert await dials(web, "*61*203**90#") == "forwarding_on"
    assert (await anna.get("/api/v1/services")).body["no_answer"]["after"] == 45
    assert await dials(web, "##002#") == "forwarding_off"
    services = (await anna.get("/api/v1/services")).body
    assert (services["always"]["on"], services["no_answer"]["on"]) == (False, False)


async def test_the_code_of_the_mailbox_stands_for_it(web: Web, anna: Browser) -> None:
    assert await dials(web, "*21**97#") == "not_set"
    await anna.ask("PUT", "/api/v1/voicemail/settings", {"on": True})
    for code in ("*21**97#", "*61**97**15#"):
        assert await dials(web, code) == "forwarding_on"
    services = (await anna.get("/api/v1/services")).body
    assert services["always"]["target"] == services["no_answer"]["target"] == {"kind": "voicemail"}
    assert services["no_answer"]["after"] == 15


async def test_the_pages_of_the_person_hear_of_it(web: Web, anna: Browser) -> None:
    async with listening(anna) as stream:
        assert await dials(web, "*26#") == "do_not_disturb_on"
        name, services = await stream.event()
        assert (name, services["do_not_disturb"]) == ("services", True)
    assert await dials(web, "#26#") == "do_not_disturb_off"


@pytest.mark.parametrize("code", ["*21*201#", "*21*299#", "*21*112#", "*62#", "*21*899123456#"])
async def test_what_cannot_be_set_is_said_and_changes_nothing(web: Web, anna: Browser, code: str) -> None:
    before = (await anna.get("/api/v1/services")).body
    assert await dials(web, code) == "not_set"
    assert (await anna.get("/api/v1/services")).body == before


async def test_who_is_transferred_to_a_code_sets_nothing(web: Web, anna: Browser) -> None:
    given = {"user_id": "@carla:localhost", "name": "Carla", "number": "203"}
    assert await dials(web, "*26#", transferred=given) == "refuse not_found"
    assert (await anna.get("/api/v1/services")).body["do_not_disturb"] is False


async def test_codes_are_listed_with_the_others(anna: Browser) -> None:
    codes = {code["does"]: code["dial"] for code in (await anna.get("/api/v1/telephony")).body["codes"]}
    assert (codes["forward_always"], codes["forward_always_off"], codes["do_not_disturb"]) == (
        "*21*", "#21#", "*26#",
    )  # fmt: skip


async def test_calls_to_codes_do_not_stand_in_the_log(web: Web, anna: Browser) -> None:
    record = {
        "id": "01CODE", "via": "sip", "started_at": 1000, "answered_at": 1001, "ended_at": 9000,
        "outcome": "answered", "answered_on": "announcement", "dialled": "*26#",
        "caller": {"user_id": ANNA, "name": "Anna", "number": "201"}, "callee": {"number": "*26#"},
    }  # fmt: skip
    assert (await web.internal("POST", "/call-records", {"records": [record]})).status == 204
    assert (await anna.get("/api/v1/calls")).body["calls"] == []
