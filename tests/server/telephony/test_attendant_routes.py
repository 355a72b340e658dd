"""Routes to attendants: what answers by the hours, and where callers go who choose."""

from typing import Any

import pytest

from tests.server.telephony.test_group_routes import FROM_CARLA, OUTSIDE, PHONES, rung
from tests.server.telephony.test_group_routes import group as make_group
from tests.server.telephony.test_internal import ANNA, BRUNO, route
from tests.support.web import Answer, Browser, Web

COMPANY = "+390612345400"
FRONT = {"user_id": None, "name": "Front desk", "number": "400"}
TO_BRUNO = {"kind": "colleague", "user_id": BRUNO}
MENU: dict[str, Any] = {
    "kind": "menu",
    "prompt": {"text": "Premete 1 per le vendite."},
    "keys": {
        "1": TO_BRUNO,
        "2": {"kind": "voicemail", "user_id": BRUNO},
        "3": {"kind": "number", "number": "06 98765432"},
        "8": {"kind": "name"},
        "9": {"kind": "extension"},
        "0": {"kind": "menu", "prompt": {"text": "Ancora"}, "keys": {"1": TO_BRUNO, "*": {"kind": "back"}}},
    },
    "otherwise": {"kind": "hang_up"},
}


@pytest.fixture
async def admin(web: Web) -> Browser:
    """Anna (201), Bruno (202), Carla (203); who builds attendants."""
    for name, extension in (("Anna", "201"), ("Bruno", "202"), ("Carla", "203")):
        await web.enrol(name, extension)
    browser = web.browser()
    await browser.sign_in(await web.enrol("Dora", role="administrator"))
    return browser


pytestmark = pytest.mark.usefixtures("spoken")


async def made(admin: Browser, **more: Any) -> Answer:
    body = {"name": "Front desk", "extension": "400", "numbers": [COMPANY], "open": MENU}
    return await admin.ask("POST", "/api/v1/attendants", body | more)


async def attendant(admin: Browser, **more: Any) -> str:
    answer = await made(admin, **more)
    assert answer.status == 201, answer
    return str(answer.body["attendant"]["id"])


async def hours(admin: Browser, *, open_: bool, holiday: bool = False) -> str:
    """Always open, or never."""
    week = [{"day": day, "opens": "00:00", "closes": "00:00"} for day in range(7)]
    always = {"begins": "2000-01-01T00:00", "ends": "2100-01-01T00:00", "state": "holiday", "name": "x"}
    body = {
        "name": f"{open_} {holiday}",
        "timezone": "Europe/Rome",
        "week": week if open_ else [],
        "exceptions": [always] if holiday else [],
    }
    return str((await admin.ask("POST", "/api/v1/hours", body)).body["hours"]["id"])


async def press(web: Web, to: str, **more: Any) -> dict[str, Any]:
    """What the bridge asks when a caller has pressed a key; they called from outside."""
    caller = {"user_id": "@_tel_" + OUTSIDE + ":localhost", "number": OUTSIDE}
    return await route(web, to, "sip", FRONT, PHONES, transferred=caller, by_menu=True, **more)


async def test_it_answers_with_its_menu_whoever_calls(web: Web, admin: Browser) -> None:
    attendant_id = await attendant(admin)
    for asked in ((COMPANY, "trunk:carrier", {"number": OUTSIDE}), ("400", "sip", {"number": "203"})):
        plan = await route(web, *asked)
        assert (plan["outcome"], plan["callee"]) == ("ring", FRONT)
        ((leg,),) = [stage["legs"] for stage in plan["stages"]]
        assert (leg["kind"], leg["attendant"], leg["language"]) == ("attendant", attendant_id, "it")
        keys = leg["menu"]["keys"]
        assert keys["1"] == {"kind": "go", "to": f"menu:{attendant_id}:open.1:"}
        assert keys["0"]["keys"]["*"] == {"kind": "back"}
        sound = await web.internal("GET", f"/attendants/sounds/{leg['menu']['prompt']}")
        assert sound.status == 200


async def test_a_browser_dials_it(web: Web, admin: Browser) -> None:
    await attendant(admin)
    carla = web.browser()
    await carla.sign_in("carla@unisono.example")
    dialled = (await carla.ask("POST", "/api/v1/dial", {"number": "400"})).body
    assert (dialled["user_id"], dialled["display"]) == ("@_tel_400:localhost", "Front desk")


async def test_a_key_leads_to_what_it_stands_for(web: Web, admin: Browser) -> None:
    attendant_id = await attendant(admin)
    plan = await press(web, f"menu:{attendant_id}:open.1:")
    assert (rung(plan), plan["callee"]["user_id"]) == ([["202"]], BRUNO)
    assert plan["caller"]["number"] == OUTSIDE
    assert rung(await press(web, f"menu:{attendant_id}:open.0.1:")) == [["202"]]
    assert rung(await press(web, f"menu:{attendant_id}:open.9:201")) == [["201"]]
    assert rung(await press(web, f"menu:{attendant_id}:open.8:{ANNA}")) == [["201"]]
    outside = await press(web, f"menu:{attendant_id}:open.3:", call_id="c1")
    assert outside["callee"]["number"] == "+390698765432"


@pytest.mark.parametrize(
    "chosen",
    ["open.7:", "open.9:999", "open.9:0698765432", "open.8:@nobody:localhost", "closed.1:", "open.0:", ":"],
)
async def test_what_leads_nowhere_is_refused(web: Web, admin: Browser, chosen: str) -> None:
    attendant_id = await attendant(admin)
    plan = await press(web, f"menu:{attendant_id}:{chosen}")
    assert (plan["outcome"], plan["cause"]) == ("refuse", "not_found")


async def test_nobody_is_given_on_by_what_they_dial_themselves(web: Web, admin: Browser) -> None:
    attendant_id = await attendant(admin)
    plan = await route(web, f"menu:{attendant_id}:open.1:", "sip", {"number": "203"}, PHONES)
    assert plan["outcome"] == "refuse"


@pytest.mark.parametrize(
    ("open_", "holiday", "rings"),
    [(True, False, [["attendant"]]), (False, False, [["201"]]), (True, True, [["202"]])],
)
async def test_the_hours_decide_what_answers(
    web: Web, admin: Browser, open_: bool, holiday: bool, rings: list[list[str]]
) -> None:
    by = await hours(admin, open_=open_, holiday=holiday)
    to_anna = {"kind": "colleague", "user_id": ANNA}
    await attendant(admin, hours=by, closed=to_anna, holiday=TO_BRUNO)
    assert rung(await route(web, COMPANY, "trunk:carrier", {"number": OUTSIDE}, PHONES)) == rings
    refused = await admin.ask("DELETE", f"/api/v1/hours/{by}")
    assert (refused.status, refused.code) == (409, "in_use")


async def test_a_queue_an_attendant_and_the_queue_again_are_cut(web: Web, admin: Browser) -> None:
    anna = web.browser()
    await anna.sign_in("anna@unisono.example")
    queue_id = await make_group(admin, ANNA, waiting={"longest": 10})
    to_attendant = {"kind": "attendant", "attendant_id": await attendant(admin)}
    body = {"name": "Sales", "extension": "300", "members": [{"user_id": ANNA}], "waiting": {"longest": 10}}
    body |= {"otherwise": to_attendant}
    assert (await admin.ask("PUT", f"/api/v1/groups/{queue_id}", body)).status == 200
    assert (await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "on"})).status == 200
    plan = await route(web, *FROM_CARLA, PHONES, call_id="w1")
    assert rung(plan) == [["queue"]]
    # Its time is over: the bridge sends the caller on, and says by whom they came.
    sales: dict[str, Any] = {"by": {"name": "Sales", "number": "300"}, "why": "no_answer"}
    given = {"transferred": plan["caller"], "queue": "w1", "forwarded": [sales]}
    plan = await route(web, "queue:elsewhere", "sip", sales["by"], PHONES, call_id="2", **given)
    assert (rung(plan), [one["by"]["name"] for one in plan["forwarded"]]) == ([["attendant"]], ["Sales"])
    # Who chooses nothing there is sent to the queue again, which has had them.
    silent = MENU | {"otherwise": {"kind": "group", "group_id": queue_id}}
    changed = {"name": "Front desk", "extension": "400", "open": silent}
    attendant_id = to_attendant["attendant_id"]
    answer = await admin.ask("PUT", f"/api/v1/attendants/{attendant_id}", changed)
    assert answer.status in {200, 409}, answer
    again = await press(web, f"menu:{attendant_id}:open.otherwise:", forwarded=plan["forwarded"])
    assert (again["outcome"], again["forwarded"][0]["by"]["name"]) == ("refuse", "Sales")


async def test_a_queue_keeps_the_way_by_which_somebody_came(web: Web, admin: Browser) -> None:
    anna = web.browser()
    await anna.sign_in("anna@unisono.example")
    first = await make_group(admin, ANNA)
    body = {"name": "Support", "extension": "310", "members": [{"user_id": ANNA}], "waiting": {}}
    body |= {"otherwise": {"kind": "group", "group_id": first}}
    assert (await admin.ask("POST", "/api/v1/groups", body)).status == 201
    await anna.ask("PUT", "/api/v1/queues/duty", {"duty": "on"})
    plan = await route(web, "310", "sip", {"number": "203"}, PHONES, call_id="w1")
    came: list[dict[str, Any]] = [
        {"by": {"name": "Sales", "number": "300"}, "why": "no_answer"},
        {"by": {"name": "Support", "number": "310"}, "why": "no_answer"},
    ]
    given = {"transferred": plan["caller"], "queue": "w1", "forwarded": came}
    plan = await route(web, "queue:elsewhere", "sip", came[1]["by"], PHONES, call_id="2", **given)
    assert (plan["outcome"], [one["by"]["name"] for one in plan["forwarded"]]) == ("refuse", ["Sales"])


async def test_a_group_sends_on_to_it_and_a_loop_is_cut(web: Web, admin: Browser) -> None:
    group_id = await make_group(admin, ANNA)
    silent = MENU | {"otherwise": {"kind": "group", "group_id": group_id}}
    attendant_id = await attendant(admin, open=silent)
    sales = {
        "name": "Sales",
        "extension": "300",
        "members": [{"user_id": ANNA}],
        "otherwise": {"kind": "attendant", "attendant_id": attendant_id},
    }
    assert (await admin.ask("PUT", f"/api/v1/groups/{group_id}", sales)).status == 200
    plan = await route(web, *FROM_CARLA, ())  # nobody is there
    assert rung(plan) == [["attendant"]]
    came = plan["forwarded"]
    assert [one["by"]["name"] for one in came] == ["Sales"]
    again = await press(web, f"menu:{attendant_id}:open.otherwise:", forwarded=came)
    assert (again["outcome"], again["callee"]) == ("refuse", FRONT)
    # A key is somebody's wish.
    keyed = MENU | {"keys": {"1": {"kind": "group", "group_id": group_id}}}
    body = {"name": "Front desk", "extension": "400", "open": keyed}
    assert (await admin.ask("PUT", f"/api/v1/attendants/{attendant_id}", body)).status == 200
    assert rung(await press(web, f"menu:{attendant_id}:open.1:", forwarded=came))[0] == ["201"]
    answer = await admin.ask("PUT", f"/api/v1/attendants/{attendant_id}", body | {"open": silent})
    assert (answer.status, answer.code) == (409, "loop")


async def test_a_key_a_number_and_a_code_lead_to_the_door_of_all_mailboxes(web: Web, admin: Browser) -> None:
    door = {"kind": "voicemail", "user_id": "", "language": "it", "access": True}
    to_mailboxes = {"kind": "mailbox_access"}
    attendant_id = await attendant(admin, open=MENU | {"keys": {"7": to_mailboxes}})
    plan = await press(web, f"menu:{attendant_id}:open.7:")
    assert (plan["outcome"], plan["callee"]) == ("ring", FRONT)
    assert [stage["legs"] for stage in plan["stages"]] == [[door]]
    number = "+390612345401"
    await attendant(
        admin, name="Voicemail", extension="401", numbers=[number], language="en", open=to_mailboxes
    )
    plan = await route(web, number, "trunk:carrier", {"number": OUTSIDE})
    assert [stage["legs"] for stage in plan["stages"]] == [[door | {"language": "en"}]]
    assert plan["callee"]["name"] == "Voicemail"
    plan = await route(web, "*98", "sip", {"number": "203"})
    assert [stage["legs"] for stage in plan["stages"]] == [[door]]
