"""Calls in the name of a colleague: who may make them, what is shown, who pays, and in whose log they are."""

from typing import Any

import pytest

from server.notifications.service import Mail
from server.telephony import star_codes
from server.telephony.log.rules import entries
from server.telephony.records import seen_by
from server.telephony.star_codes import CallFor, CodeTable
from tests.server.telephony.test_internal import ANNA, BRUNO, route
from tests.support.web import Browser, Web
from wire.record import CallRecord
from wire.route import Party

CARLA = "@carla:localhost"
OUTSIDE = "+390698765432"
ANNA_CALLS = ("sip", {"number": "201"})


@pytest.fixture
async def bruno(web: Web) -> Browser:
    """Bruno (202, a number) lets Anna (201, another) call in his name; Carla is 203."""
    await web.enrol("Anna", "201", "06 12345201")
    await web.enrol("Bruno", "202", "06 12345202")
    await web.enrol("Carla", "203")
    browser = web.browser()
    await browser.sign_in("bruno@unisono.example")
    await lets(browser, calls=True)
    return browser


@pytest.fixture
async def admin(web: Web) -> Browser:
    browser = web.browser()
    await browser.sign_in(await web.enrol("Ada", role="administrator"))
    return browser


async def lets(bruno: Browser, *, calls: bool) -> None:
    body = {"delegates": [{"user_id": ANNA, "rings": "never", "calls": calls}]}
    assert (await bruno.ask("PUT", "/api/v1/delegates", body)).status == 200


async def for_bruno(web: Web, dialled: str, *phones: str, **more: Any) -> dict[str, Any]:
    return await route(web, dialled, *ANNA_CALLS, phones, on_behalf_of=BRUNO, **more)


def shown_outside(plan: dict[str, Any]) -> str:
    number: str = plan["stages"][0]["legs"][0]["from_number"]
    return number


async def test_outside_sees_the_principals_number_and_inside_both_names(web: Web, bruno: Browser) -> None:
    own = await route(web, OUTSIDE, *ANNA_CALLS)
    assert (shown_outside(own), own["on_behalf"]) == ("+390612345201", None)
    plan = await for_bruno(web, OUTSIDE)
    assert shown_outside(plan) == "+390612345202"
    assert plan["caller"]["user_id"] == ANNA
    plan = await for_bruno(web, "203", "203")
    principal = {"user_id": BRUNO, "name": "Bruno", "number": "202"}
    assert plan["on_behalf"] == {
        "principal": principal,
        "shown": {"user_id": ANNA, "name": "Anna per Bruno", "number": "202"},
    }
    assert plan["caller"] == {"user_id": ANNA, "name": "Anna", "number": "201"}


async def test_a_desk_phone_dials_a_code_before_the_number(web: Web, bruno: Browser) -> None:
    plan = await route(web, f"*29*202*{OUTSIDE}", *ANNA_CALLS)
    assert shown_outside(plan) == "+390612345202"
    plan = await route(web, "*29*202*203#", *ANNA_CALLS, ("203",))
    assert plan["on_behalf"]["principal"]["user_id"] == BRUNO
    for dialled, cause in (("*29*299*203", "not_found"), ("*29*203*202", "forbidden")):
        plan = await route(web, dialled, *ANNA_CALLS, ("202", "203"))
        assert (plan["outcome"], plan["cause"]) == ("refuse", cause)


async def test_only_who_may_calls_so_and_only_as_long_as_they_may(web: Web, bruno: Browser) -> None:
    await lets(bruno, calls=False)
    plan = await for_bruno(web, OUTSIDE)
    assert (plan["outcome"], plan["cause"], plan["on_behalf"]) == ("refuse", "forbidden", None)
    await lets(bruno, calls=True)
    # Nor the other way round, nor for whom the principal may call.
    plan = await route(web, OUTSIDE, "sip", {"number": "202"}, on_behalf_of=ANNA)
    assert plan["cause"] == "forbidden"
    # Do-not-disturb is about calls that come.
    assert (await bruno.ask("PATCH", "/api/v1/services", {"do_not_disturb": True})).status == 200
    assert (await for_bruno(web, OUTSIDE))["outcome"] == "ring"
    assert (await for_bruno(web, "202", "202"))["cause"] == "own_number"


async def test_who_is_disabled_is_called_for_no_more(web: Web, bruno: Browser, admin: Browser) -> None:
    rows = (await admin.get("/api/v1/admin/people")).body["people"]
    row = next(one for one in rows if one["user_id"] == BRUNO)
    answer = await admin.ask("POST", f"/api/v1/admin/people/{row['id']}/disable")
    assert answer.status < 300, answer
    assert (await for_bruno(web, OUTSIDE))["cause"] == "forbidden"


async def test_who_calls_for_help_says_who_they_are(web: Web, bruno: Browser) -> None:
    await lets(bruno, calls=False)
    for dialled in ("112", "*29*202*112", "*29*299*112"):
        plan = await for_bruno(web, dialled)
        assert (plan["emergency"], plan["on_behalf"]) == (True, None)
        assert shown_outside(plan) == "+390612345201"


@pytest.mark.parametrize("who", ["anna", "bruno"])
async def test_both_must_be_allowed_to_call_there(web: Web, bruno: Browser, admin: Browser, who: str) -> None:
    rows = (await admin.get("/api/v1/admin/people")).body["people"]
    row = next(one for one in rows if one["user_id"] == f"@{who}:localhost")
    path = f"/api/v1/admin/people/{row['id']}"
    assert (await admin.ask("PATCH", path, {"calls_outside": "inside"})).status == 200
    assert (await for_bruno(web, OUTSIDE))["cause"] == "class_of_service"
    assert (await for_bruno(web, "203", "203"))["outcome"] == "ring"
    # Anna is told whose bound it is, before she calls.
    anna = web.browser()
    await anna.sign_in("anna@unisono.example")
    answer = await anna.ask("POST", "/api/v1/dial", {"number": OUTSIDE, "on_behalf_of": BRUNO})
    assert answer.code == {"anna": "class_of_service", "bruno": "not_for_them"}[who]


async def test_administrators_are_told_whose_bound_was_reached(
    web: Web, bruno: Browser, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []

    async def send(_recipient: str, mail: Mail, _lives: int) -> None:
        texts.append(mail.text)

    monkeypatch.setattr(web.features.account.outbox, "send", send)
    for call_id in "abcd":
        own = {"call_id": call_id, "caller": {"number": "202"}, "dialled": OUTSIDE, "via": "sip"}
        assert (await web.internal("POST", "/route", own)).body["outcome"] == "ring"
    assert (await for_bruno(web, OUTSIDE))["cause"] == "too_many_calls"
    (text,) = texts
    assert "Bruno (202)" in text
    assert "Anna" not in text


async def test_it_is_audited_once_and_the_page_may_ask_before(
    web: Web, bruno: Browser, admin: Browser
) -> None:
    await for_bruno(web, "203", "203")
    # Whom nobody has, or a country that is not allowed: nobody was called.
    for dialled in ("299", "+5352123456"):
        assert (await for_bruno(web, dialled))["outcome"] == "refuse"
    entries = (await admin.get("/api/v1/admin/audit")).body["entries"]
    called = [one for one in entries if one["action"] == "delegates.called"]
    assert [(one["actor"], one["subject"], one["details"]) for one in called] == [
        (ANNA, BRUNO, {"dialled": "203"})
    ]
    anna = web.browser()
    await anna.sign_in("anna@unisono.example")
    wanted = {"number": OUTSIDE, "on_behalf_of": BRUNO}
    assert (await anna.ask("POST", "/api/v1/dial", wanted)).status == 200
    codes = [one["does"] for one in (await anna.get("/api/v1/telephony")).body["codes"]]
    assert "call_for" in codes
    await lets(bruno, calls=False)
    answer = await anna.ask("POST", "/api/v1/dial", wanted)
    assert (answer.status, answer.code) == (403, "not_their_delegate")


def test_it_is_in_the_log_of_both_and_a_withheld_one_names_nobody() -> None:
    anna, carla, principal = Party(ANNA, "Anna"), Party(CARLA, "Carla"), Party(BRUNO, "Bruno", "202")
    record = CallRecord(
        id="c", via="sip", started_at=1, caller=anna, callee=carla, on_behalf_of=principal, room_id="!r"
    )
    kinds = {one.user_id: (one.kind, one.peer) for one in entries(record)}
    assert kinds == {ANNA: ("made", CARLA), BRUNO: ("made", CARLA), CARLA: ("received", ANNA)}
    hers, his, theirs = (seen_by(record, who) for who in (ANNA, BRUNO, CARLA))
    assert (hers.on_behalf_of, hers.made_by) == (principal, None)
    assert (his.direction, his.peer, his.made_by, his.room_id) == ("outbound", carla, anna, None)
    assert (theirs.peer, theirs.on_behalf_of) == (anna, principal)
    record.withheld = True
    assert seen_by(record, CARLA).on_behalf_of is None


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [
        ("*29*202*0612345678", CallFor("202", "0612345678")),
        ("*29*202*+39061#", CallFor("202", "+39061")),
        ("*29*2*0612345678", None),
        ("*29*2020202*06", None),
        ("*29*202*", None),
        ("*29*202**97", None),
        ("*29#", None),
    ],
)
def test_the_code(dialled: str, expected: CallFor | None) -> None:
    assert star_codes.call_for(dialled) == expected


def test_another_code_may_be_chosen_and_ours_stands_for_nothing_then() -> None:
    table = CodeTable({"call_for": "77"})
    assert table.ours("*77*202*0612345678") == "*29*202*0612345678"
    assert table.ours("*29*202*0612345678") is None
