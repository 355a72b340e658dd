"""What phones dial about calls in progress: the rules, and the route over a real directory."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.directory.service import Person
from server.telephony.pick_up_groups import PickUpGroups
from server.telephony.star_codes import (
    GROUP_CODES,
    MAILBOX_ACCESS,
    SETTING_CODES,
    VOICEMAIL,
    CallBackFrom,
    CallBackNot,
    Code,
    Disturb,
    Forward,
    ForwardNothing,
    InGroup,
    Merge,
    Move,
    Park,
    PickUp,
    Record,
    Setting,
    Slot,
    known_to,
    read,
    setting,
)
from tests.server.telephony.test_internal import route
from tests.support.web import Web, demo_config, running

SLOTS = ("700", "701")
#: What everybody may dial.
SET = [code.dial for code in SETTING_CODES]
ANNA, BRUNO, CHIARA = "@anna:localhost", "@bruno:localhost", "@chiara:localhost"


@pytest.mark.parametrize(
    ("dialled", "code"),
    [
        ("700", Slot("700")),
        ("702", None),
        ("*68", Park()),
        ("*8", PickUp()),
        ("**202", PickUp("202")),
        ("*8202", PickUp("202")),
        ("*868", PickUp("68")),
        ("*99", Move()),
        ("*3", Merge()),
        ("*1", Record()),
        ("*11", None),
        ("*33", None),
        ("**", None),
        ("**2", None),
        ("*81234567", None),
        ("**202#", None),
        ("*6", None),
        ("202", None),
        ("+39700", None),
        ("", None),
    ],
)
def test_codes(dialled: str, code: Code | None) -> None:
    assert read(dialled, SLOTS) == code


@pytest.mark.parametrize(
    ("slots", "pick_up", "group", "told"),
    [
        (SLOTS, True, True, ["*68", "700-701", "**", "*8", "*99", "*3", "*97", "*98"]),
        (("700",), True, False, ["*68", "700", "**", "*99", "*3", "*97", "*98"]),
        ((), False, True, ["*99", "*3", "*97", "*98"]),
    ],
)
def test_only_codes_that_work_are_told(
    slots: tuple[str, ...], pick_up: bool, group: bool, told: list[str]
) -> None:
    codes = known_to(slots, pick_up=pick_up, group=group)
    assert [code.dial for code in codes] == told
    for code in codes:
        dialled = code.dial.partition("-")[0] + ("202" if code.does == "pick_up" else "")
        assert dialled in (VOICEMAIL, MAILBOX_ACCESS) or read(dialled, slots) is not None


def person(name: str, extension: str, department: str = "", *, disabled: bool = False) -> Person:
    return Person(
        name, f"@{name}:localhost", name, "", "member", (extension,), (), department, disabled=disabled
    )


def test_a_group_is_configured_or_a_department() -> None:
    anna, bruno = person("anna", "201", "Sales"), person("bruno", "202", "Sales")
    chiara, gone = person("chiara", "203"), person("gone", "204", "Sales", disabled=True)
    everyone = [anna, bruno, chiara, gone]

    def group_of(me: Person, groups: list[list[str]]) -> tuple[str, ...]:
        return PickUpGroups(everyone, groups).group_of(me)

    assert group_of(anna, []) == (BRUNO,)
    assert group_of(chiara, []) == ()
    assert group_of(anna, [["201", "203"], ["204", "201"]]) == (CHIARA,)
    assert group_of(bruno, [["201", "203"]]) == (ANNA,)


@pytest.mark.parametrize(
    ("groups", "near"),
    [
        ([], {"anna": "bruno", "bruno": "anna", "chiara": "", "dario": ""}),
        ([["203", "204"]], {"anna": "bruno", "bruno": "anna", "chiara": "dario", "dario": "chiara"}),
        # Who is in a group has no department besides; who is in none sees the department.
        ([["201", "203"]], {"anna": "chiara", "bruno": "anna", "chiara": "anna", "dario": ""}),
    ],
)
def test_whom_one_is_told_of_unasked_is_a_group_or_a_department_that_has_a_name(
    groups: list[list[str]], near: dict[str, str]
) -> None:
    gone = person("gone", "205", "Sales", disabled=True)
    people = {
        "anna": person("anna", "201", "Sales"),
        "bruno": person("bruno", "202", "Sales"),
        "chiara": person("chiara", "203"),
        "dario": person("dario", "204"),
    }
    made = PickUpGroups([*people.values(), gone], groups)
    for name, me in people.items():
        expected = {people[near[name]].user_id} if near[name] else set()
        assert set(made.near(me)) == expected
        told = {people[other].user_id for other, seen in near.items() if seen == name}
        assert set(made.told(me)) == told
    assert not made.near(gone) and not made.told(gone)
    assert set(made.group_of(people["chiara"])) >= set(made.near(people["chiara"]))


async def service(web: Web, dialled: str, extension: str = "201") -> Any:
    """The service, or the cause of the refusal, or the outcome of an ordinary call."""
    plan = await route(web, dialled, "sip", {"number": extension})
    return plan["service"] or plan["cause"] or plan["outcome"]


async def test_codes_are_routed_to_services(web: Web) -> None:
    await web.enrol("Anna", "201")
    await web.enrol("Bruno", "202")
    await web.enrol("Chiara", "203")
    assert await service(web, "700") == {"kind": "park-slot", "slot": "700"}
    assert await service(web, "*68") == {"kind": "park-anywhere"}
    assert await service(web, "*99") == {"kind": "take-over"}
    assert await service(web, "*3") == {"kind": "merge-calls"}
    assert await service(web, "*1") == {"kind": "record-call"}
    assert await service(web, "**202") == {"kind": "pick-up", "user_ids": [BRUNO]}
    assert await service(web, "*8299") == "not_found"
    group = await service(web, "*8")
    assert sorted(group["user_ids"]) == [BRUNO, CHIARA]


@pytest.mark.parametrize(
    ("extension", "early", "service"),
    [
        ("203", True, {"kind": "pick-up", "user_ids": [BRUNO], "call_id": "01R"}),
        ("202", True, {"kind": "pick-up", "user_ids": [BRUNO], "call_id": "01R"}),
        ("202", False, {"kind": "take-over", "call_id": "01R"}),
        ("203", False, None),
    ],
)
async def test_rfc3891_what_rings_is_taken_and_what_talks_by_its_person_alone(
    web: Web, extension: str, early: bool, service: dict[str, Any] | None
) -> None:
    await web.enrol("Bruno", "202")
    await web.enrol("Chiara", "203")
    replaces = {"call_id": "01R", "user_id": BRUNO, "early": early}
    plan = await route(web, "202", "sip", {"number": extension}, replaces=replaces)
    assert (plan["service"], plan["cause"]) == (service, None if service else "no_such_call")
    # By no other way.
    plan = await route(web, "202", "matrix", {"user_id": CHIARA}, replaces=replaces)
    assert (plan["service"], plan["cause"]) == (None, "no_such_call")


async def test_a_slot_shadows_nobodys_extension_and_no_outside_call_reaches_it(web: Web) -> None:
    await web.enrol("Anna", "201")
    await web.enrol("Bruno", "700")
    assert await service(web, "700") == "unreachable"
    plan = await route(web, "701", "trunk:carrier", {"number": "+390698765432"})
    assert (plan["outcome"], plan["service"]) == ("refuse", None)


async def codes(web: Web, name: str, extension: str) -> list[str]:
    """What is told to somebody new."""
    page = await web.signed_in(name, extension)
    return [code["dial"] for code in (await page.get("/api/v1/telephony")).body["codes"]]


async def test_people_are_told_the_codes_that_work_for_them(web: Web) -> None:
    assert await codes(web, "Anna", "201") == ["*68", "700-719", "**", "*99", "*3", "*97", "*98", *SET]
    assert await codes(web, "Bruno", "202") == ["*68", "700-719", "**", "*8", "*99", "*3", "*97", "*98", *SET]


async def test_an_administrator_switches_pick_up_off(tmp_path: Path) -> None:
    """Of what rings for oneself nobody is kept."""
    config = demo_config()
    off = replace(config, telephony=replace(config.telephony, pick_up=False, park_slots=""))
    async with running(tmp_path, off) as web:
        await web.enrol("Anna", "201")
        await web.enrol("Bruno", "202")
        assert await codes(web, "Chiara", "203") == ["*99", "*3", "*97", "*98", *SET]
        assert await service(web, "**202") == "forbidden"
        assert await service(web, "*8") == "forbidden"
        assert await service(web, "700") == "not_found"
        assert await service(web, "*68") == "not_found"
        assert await service(web, "*99") == {"kind": "take-over"}
        replaces = {"call_id": "01R", "user_id": BRUNO, "early": True}
        for extension, cause in (("201", "forbidden"), ("202", None)):
            plan = await route(web, "202", "sip", {"number": extension}, replaces=replaces)
            assert plan["cause"] == cause


@pytest.mark.parametrize(
    ("dialled", "what"),
    [
        ("*21*203#", Forward("always", True, "203")),
        ("*21*+393331234567", Forward("always", True, "+393331234567")),
        ("*21#", Forward("always", True)),
        ("#21#", Forward("always", False)),
        ("##21#", Forward("always", False)),
        ("#21", Forward("always", False)),
        ("*67*203#", Forward("busy", True, "203")),
        ("*62*203#", Forward("unreachable", True, "203")),
        ("*61*203#", Forward("no_answer", True, "203")),
        ("*61*203**15#", Forward("no_answer", True, "203", 15)),
        ("*61*203*11*30#", Forward("no_answer", True, "203", 30)),
        ("*61*203**2#", Forward("no_answer", True, "203", 5)),
        ("*67*203**15#", Forward("busy", True, "203")),
        ("##002#", ForwardNothing()),
        ("*26#", Disturb(allowed=False)),
        ("#26#", Disturb(allowed=True)),
        ("*26", Disturb(allowed=False)),
        ("*37#", CallBackFrom(None)),
        ("*37*202#", CallBackFrom("202")),
        ("#37#", CallBackNot()),
        ("*28*300#", InGroup("300", here=True)),
        ("#28*300#", InGroup("300", here=False)),
        ("*28#", InGroup(None, here=True)),
        ("#28", InGroup(None, here=False)),
        ("*28*", None),
        ("*21*", None),
        ("*21*abc#", None),
        ("*21*203##", None),
        ("*22*203#", None),
        ("21", None),
        ("112", None),
        ("*", None),
    ],
)
def test_what_is_set_by_a_code(dialled: str, what: Setting | None) -> None:
    assert setting(dialled) == what


def test_no_code_means_two_things() -> None:
    for code in (*SETTING_CODES, *GROUP_CODES):
        dialled = f"{code.dial}203#" if code.dial.endswith("*") else code.dial
        assert setting(dialled) is not None and read(dialled, SLOTS) is None
