"""Ring groups, as administrators make them and as their members are in them."""

from typing import Any

import pytest

from tests.server.events.test_http import listening
from tests.support.web import Answer, Browser, Web

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
SALES: dict[str, Any] = {
    "name": " Sales  team",
    "extension": "300",
    "numbers": ["06 12345300"],
    "strategy": "in_order",
    "members": [{"user_id": BRUNO}, {"user_id": ANNA, "here": False}],
    "otherwise": {"kind": "voicemail", "user_id": ANNA},
}


@pytest.fixture
async def admin(web: Web) -> Browser:
    """Anna (201, a number) and Bruno (202) are there, and an administrator."""
    await web.enrol("Anna", "201", "06 12345201")
    await web.enrol("Bruno", "202")
    browser = web.browser()
    await browser.sign_in(await web.enrol("Chiara", role="administrator"))
    return browser


async def made(admin: Browser, **change: Any) -> Answer:
    return await admin.ask("POST", "/api/v1/groups", SALES | change)


async def test_a_group_is_made_listed_changed_and_removed(admin: Browser) -> None:
    answer = await made(admin)
    assert answer.status == 201, answer
    group = answer.body["group"]
    assert (group["name"], group["extension"], group["seconds"]) == ("Sales team", "300", 20)
    assert group["numbers"] == [{"number": "+390612345300", "display": "06 1234 5300"}]
    assert [(one["name"], one["extension"], one["here"]) for one in group["members"]] == [
        ("Bruno", "202", True),
        ("Anna", "201", False),
    ]
    assert (group["otherwise"], group["otherwise_name"]) == (SALES["otherwise"], "Anna")
    assert (await admin.get("/api/v1/groups")).body["groups"] == [group]
    change = SALES | {"strategy": "all", "numbers": [], "extension": "301", "otherwise": None}
    changed = await admin.ask("PUT", f"/api/v1/groups/{group['id']}", change)
    assert (changed.body["group"]["extension"], changed.body["group"]["numbers"]) == ("301", [])
    audit = (await admin.get("/api/v1/admin/audit")).body["entries"]
    assert [one["action"] for one in audit[:2]] == ["group.changed", "group.added"]
    assert (await admin.ask("DELETE", f"/api/v1/groups/{group['id']}")).status == 204
    assert (await admin.ask("DELETE", f"/api/v1/groups/{group['id']}")).code == "unknown_group"
    assert (await admin.get("/api/v1/groups")).body["groups"] == []


async def test_who_may_listen_stands_in_the_audit_log_also_that_nobody_may_any_more(admin: Browser) -> None:
    heard = {"listening": True, "supervisors": [BRUNO]}
    group = (await made(admin, waiting=heard)).body["group"]
    without: tuple[dict[str, Any] | None, ...] = ({}, None)
    for waiting in without:
        answer = await admin.ask("PUT", f"/api/v1/groups/{group['id']}", SALES | {"waiting": waiting})
        assert answer.status == 200, answer
    audit = (await admin.get("/api/v1/admin/audit")).body["entries"]
    said = [[one["details"].get(key) for key in ("listening", "supervisors")] for one in audit[:3]]
    assert said == [[None, None], ["off", ""], ["on", BRUNO]]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": "  "}, "invalid_name", "name"),
        ({"extension": "1"}, "invalid_extension", "extension"),
        ({"extension": "112"}, "extension_reserved", "extension"),
        ({"extension": "201"}, "extension_taken", "extension"),
        ({"numbers": ["06 12345201"]}, "number_taken", "number"),
        ({"numbers": ["red"]}, "invalid_number", "number"),
        ({"members": [{"user_id": ANNA}, {"user_id": ANNA}]}, "member_twice", "members"),
        ({"members": [{"user_id": "@nobody:localhost"}]}, "unknown_person", "members"),
        ({"otherwise": {"kind": "colleague", "user_id": "@nobody:localhost"}}, "unknown_target", "otherwise"),
        ({"otherwise": {"kind": "group", "group_id": "none"}}, "unknown_target", "otherwise"),
        ({"otherwise": {"kind": "number", "number": "112"}}, "not_a_target", "otherwise"),
        ({"otherwise": {"kind": "number", "number": "0612345300"}}, "loop", "otherwise"),
        ({"seconds": 1}, "invalid_field", "seconds"),
        ({"strategy": "nobody"}, "invalid_field", "strategy"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    admin: Browser, change: dict[str, Any], code: str, field: str
) -> None:
    answer = await made(admin, **change)
    assert (answer.code, answer.body["error"]["field"]) == (code, field)
    assert (await admin.get("/api/v1/groups")).body["groups"] == []


async def test_calls_do_not_go_round_for_ever(admin: Browser) -> None:
    sales = (await made(admin)).body["group"]["id"]
    to_sales = {"otherwise": {"kind": "group", "group_id": sales}, "numbers": [], "extension": "301"}
    support = (await made(admin, **to_sales)).body["group"]["id"]
    to_support = SALES | {"otherwise": {"kind": "group", "group_id": support}}
    answer = await admin.ask("PUT", f"/api/v1/groups/{sales}", to_support)
    assert (answer.status, answer.code) == (409, "loop")
    to_itself = SALES | {"otherwise": {"kind": "group", "group_id": sales}}
    assert (await admin.ask("PUT", f"/api/v1/groups/{sales}", to_itself)).code == "loop"


async def test_a_number_is_a_persons_or_a_groups(admin: Browser) -> None:
    await made(admin)
    assert (await made(admin, numbers=[])).code == "extension_taken"
    assert (await made(admin, extension="301")).code == "number_taken"
    people = (await admin.get("/api/v1/admin/people")).body["people"]
    bruno = next(one["id"] for one in people if one["name"] == "Bruno")
    at = f"/api/v1/admin/people/{bruno}"
    assert (await admin.ask("POST", f"{at}/extensions", {"extension": "300"})).code == "extension_taken"
    assert (await admin.ask("POST", f"{at}/numbers", {"number": "0612345300"})).code == "number_taken"
    assert (await admin.ask("POST", f"{at}/extensions", {"extension": "302"})).status == 201


async def test_a_member_is_out_for_now_and_their_pages_learn_it(web: Web, admin: Browser) -> None:
    group = (await made(admin)).body["group"]["id"]
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    mine = {"id": group, "name": "Sales team", "extension": "300", "here": True}
    assert (await bruno.get("/api/v1/groups/mine")).body == {"groups": [mine]}
    async with listening(bruno) as events:
        answer = await bruno.ask("PUT", f"/api/v1/groups/{group}/here", {"here": False})
        assert answer.body == mine | {"here": False}
        assert await events.event() == ("groups", {"changed": True})
    members = (await admin.get("/api/v1/groups")).body["groups"][0]["members"]
    assert [one["here"] for one in members] == [False, False]
    chiara = await admin.ask("PUT", f"/api/v1/groups/{group}/here", {"here": True})
    assert (chiara.status, chiara.code) == (404, "not_a_member")
    assert (await bruno.get("/api/v1/groups")).status == 403


async def test_who_leaves_is_in_no_group(admin: Browser) -> None:
    await made(admin)
    people = (await admin.get("/api/v1/admin/people")).body["people"]
    bruno = next(one["id"] for one in people if one["name"] == "Bruno")
    assert (await admin.ask("DELETE", f"/api/v1/admin/people/{bruno}")).status == 204
    members = (await admin.get("/api/v1/groups")).body["groups"][0]["members"]
    assert [one["name"] for one in members] == ["Anna"]
