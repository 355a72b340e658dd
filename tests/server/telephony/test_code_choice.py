"""What phones dial for what, as an administrator chooses."""

from __future__ import annotations

import pytest

from server.config.star_codes import PAIRS, PLAIN, clash, is_code
from server.telephony.code_choice import table
from server.telephony.star_codes import (
    DUTY_CODES,
    GROUP_CODES,
    SETTING_CODES,
    CodeTable,
    StarCode,
    known_to,
)
from tests.server.telephony.test_internal import route
from tests.support.web import Browser, Web

PATH = "/api/v1/star-codes"
OURS = {**PLAIN, **PAIRS}


def test_our_own_codes_can_be_told_apart_and_stay_as_they_are() -> None:
    assert clash(OURS) is None and all(is_code(*each) for each in OURS.items())
    table = CodeTable()
    plain = ("*68", "**202", "*8", "*8202", "*868")
    pairs = ("*21*0612#", "##21#", "#26", "*37*202#", "*21**97#", "*61*1**9#")
    for each in (*plain, *pairs, "202", "+39061", "112", "*123456", "#", "own:any"):
        assert table.ours(each) == each


@pytest.mark.parametrize(
    ("chosen", "dialled", "ours"),
    [
        ({"park": "*5"}, "*5", "*68"),
        ({"park": "*5"}, "*68", None),
        ({"pick_up_group": "*5"}, "*5", "*8"),
        ({"pick_up_group": "*5"}, "*5202", "*8202"),
        ({"pick_up_group": "*5"}, "*8202", None),
        ({"pick_up": "#7"}, "#7202", "**202"),
        ({"pick_up": "#7"}, "**202", None),
        ({"pick_up": "#7"}, "#7", "#7"),
        ({"forward_always": "72"}, "*72*202#", "*21*202#"),
        ({"forward_always": "72"}, "#72#", "#21#"),
        ({"forward_always": "72"}, "##72#", "##21#"),
        ({"forward_always": "72"}, "*21#", None),
        ({"forward_always": "72"}, "*720", "*720"),
        ({"forward_always": "67", "forward_busy": "21"}, "*67*202#", "*21*202#"),
        ({"voicemail": "#5"}, "*21*#5#", "*21**97#"),
        ({"voicemail": "*5"}, "*61**5**20#", "*61**97**20#"),
        ({"voicemail": "*5"}, "*61**55#", "*61**55#"),
        ({"voicemail": "*98", "voicemail_of": "*97"}, "*97", "*98"),
        ({"duty": "72"}, "#72#", "#45#"),
    ],
)
def test_a_code_that_was_chosen_takes_the_place_of_ours(
    chosen: dict[str, str], dialled: str, ours: str | None
) -> None:
    assert CodeTable(chosen).ours(dialled) == ours


def test_each_code_that_people_are_told_is_the_one_that_was_chosen() -> None:
    chosen = {name: f"{code}9" if name != "pick_up" else "*7" for name, code in OURS.items()}
    table = CodeTable(chosen)
    told = (*known_to(("700", "709"), pick_up=True, group=True), *SETTING_CODES, *GROUP_CODES, *DUTY_CODES)
    for code in told:
        shown = table.shown(code)
        same = shown.dial == code.dial
        assert same if code.does == "fetch" else not same
        assert code.does in {"fetch", "pick_up"} or table.ours(shown.dial) == code.dial
    assert table.shown(StarCode("pick_up", "**")).dial == "*7"
    assert table.shown(StarCode("forward_off", "##002#")).dial == "##0029#"


@pytest.mark.parametrize(
    ("changed", "pair"),
    [
        ({"park": "*97"}, {"park", "voicemail"}),
        ({"forward_busy": "21"}, {"forward_busy", "forward_always"}),
        ({"park": "*21"}, {"park", "forward_always"}),
        ({"park": "#26"}, {"park", "do_not_disturb"}),
        ({"park": "*820"}, {"park", "pick_up_group"}),
        ({"call_back": "8202"}, {"call_back", "pick_up_group"}),
        ({"pick_up": "*82"}, {"pick_up", "pick_up_group"}),
        ({"pick_up": "*8", "pick_up_group": "*82"}, {"pick_up", "pick_up_group"}),
    ],
)
def test_codes_that_cannot_be_told_apart_are_found(changed: dict[str, str], pair: set[str]) -> None:
    assert set(clash({**OURS, **changed}) or ()) == pair


def test_a_code_of_a_new_version_gives_way_to_one_that_was_chosen_before() -> None:
    settled = table({}, {"duty": "29", "park": "*70"}).codes
    assert (settled["duty"], settled["park"], settled["call_for"]) == ("29", "*70", "71")
    assert clash(settled) is None
    # Of what was configured itself nothing gives way.
    assert table({"park": "*5"}, {"duty": "46", "break": "46"}).codes == {**OURS, "park": "*5"}


@pytest.mark.parametrize("code", ["202", "", "*", "***", "*12345", "+5", "*2a", "*2#", "٢"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert not is_code("park", code)


@pytest.fixture
async def admin(web: Web) -> Browser:
    browser = web.browser()
    await browser.sign_in(await web.enrol("Dora", role="administrator"))
    return browser


async def test_an_administrator_chooses_what_phones_dial(web: Web, admin: Browser) -> None:
    anna = await web.signed_in("Anna", "201")
    assert (await admin.get(PATH)).body == {"codes": OURS, "configured": OURS}
    assert (await anna.get(PATH)).status == 403
    chosen = await admin.ask("PUT", PATH, {"codes": {"park": "*5", "do_not_disturb": "78"}})
    assert chosen.body["codes"] == OURS | {"park": "*5", "do_not_disturb": "78"}
    refused = await admin.ask("PUT", PATH, {"codes": {"move": "*5"}})
    assert (refused.status, refused.code) == (409, "codes_clash")
    assert (await admin.ask("PUT", PATH, {"codes": {"move": "202"}})).code == "invalid_code"
    assert (await admin.ask("PUT", PATH, {"codes": {"nothing": "*5"}})).code == "invalid_code"
    told = [code["dial"] for code in (await anna.get("/api/v1/telephony")).body["codes"]]
    assert {"*5", "*78#", "#78#"} < set(told) and not {"*68", "*26#"} & set(told)
    phone = {"number": "201"}
    assert (await route(web, "*5", "sip", phone))["service"] == {"kind": "park-anywhere"}
    assert (await route(web, "park:any", "sip", phone))["service"] == {"kind": "park-anywhere"}
    gone = await route(web, "*68", "sip", phone)
    assert (gone["outcome"], gone["cause"]) == ("refuse", "not_found")
    ((leg,),) = [stage["legs"] for stage in (await route(web, "*78#", "sip", phone))["stages"]]
    assert leg["say"] == "do_not_disturb_on"
    await admin.ask("PUT", PATH, {"codes": {"park": "*68"}})
    assert (await route(web, "*68", "sip", phone))["outcome"] == "service"
