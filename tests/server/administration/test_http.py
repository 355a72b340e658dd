"""The administration over HTTP."""

from typing import Any

import pytest

from server.directory import rules as directory_rules
from tests.support.second_factor import newest_mail
from tests.support.web import PASSWORD, Browser, Web


async def two(web: Web) -> tuple[Browser, Browser]:
    ada = web.browser()
    await ada.sign_in(await web.enrol("Ada Neri", "209", role="administrator"))
    return ada, await web.signed_in("Bruno Bianchi", "202", "+390612345202")


async def row(ada: Browser, name: str) -> Any:
    people = (await ada.ask("GET", "/api/v1/admin/people", params={"q": name})).body["people"]
    assert len(people) == 1, people
    return people[0]


async def actions(ada: Browser) -> list[str]:
    """What was done, newest first, apart from signing in."""
    entries = (await ada.get("/api/v1/admin/audit")).body["entries"]
    return [entry["action"] for entry in entries if not entry["action"].startswith("sign_in.")]


async def test_people_are_found_by_name_mail_extension_and_number(web: Web) -> None:
    ada, _ = await two(web)
    for query in ("bruno", "bruno@unisono", "202", "06 12345202", "BIAN bru"):
        assert (await row(ada, query))["name"] == "Bruno Bianchi", query
    page = (await ada.get("/api/v1/admin/people?limit=1")).body
    assert ([p["name"] for p in page["people"]], page["total"], page["next"]) == (["Ada Neri"], 2, 1)


async def test_a_changed_person_is_found_by_what_is_new(web: Web) -> None:
    ada, bruno = await two(web)
    path = f"/api/v1/admin/people/{(await row(ada, 'bruno'))['id']}"
    change = {"name": "Bruno Verdi", "email": "b.verdi@unisono.example", "department": " Sales  team "}
    person = (await ada.ask("PATCH", path, change)).body["person"]
    assert (person["name"], person["email"], person["department"]) == (
        "Bruno Verdi", "b.verdi@unisono.example", "Sales team",
    )  # fmt: skip
    assert (await row(ada, "sales"))["name"] == "Bruno Verdi"
    me = (await bruno.get("/api/v1/session")).body["person"]
    assert (me["name"], me["department"]) == ("Bruno Verdi", "Sales team")
    assert web.homeserver.users["@bruno:localhost"] == "Bruno Verdi"
    assert (await ada.ask("PATCH", path, {"email": "ada@unisono.example"})).code == "email_taken"
    entry = (await ada.get("/api/v1/admin/audit")).body["entries"][0]
    assert (entry["action"], entry["actor"], entry["subject"]) == (
        "person.changed", "@ada:localhost", "@bruno:localhost",
    )  # fmt: skip
    assert entry["details"]["department"] == " -> Sales team"


async def test_what_opens_an_account_asks_for_the_password_again(web: Web) -> None:
    ada, _ = await two(web)
    person = f"/api/v1/admin/people/{(await row(ada, 'bruno'))['id']}"
    invited = {"email": "carla@unisono.example", "name": "Carla", "role": "administrator"}

    async def attempts() -> list[tuple[int, str]]:
        answers = [
            await ada.ask("PATCH", person, {"email": "thief@unisono.example"}),
            await ada.ask("PATCH", person, {"role": "administrator"}),
            await ada.ask("POST", f"{person}/second-factor/reset"),
            await ada.ask("POST", "/api/v1/admin/invitations", invited),
        ]
        return [(answer.status, answer.code if answer.status >= 400 else "") for answer in answers]

    web.clock.now += 10 * 60_000
    assert await attempts() == [(403, "password_again")] * 4
    unchanged = await row(ada, "bruno")
    assert (unchanged["email"], unchanged["role"]) == ("bruno@unisono.example", "member")
    same = {"name": "Bruno Verdi", "email": "Bruno@unisono.example", "role": "member"}
    assert (await ada.ask("PATCH", person, same)).status == 200
    wrong = await ada.ask("PUT", "/api/v1/account/proof", {"password": "not hers"})
    assert (wrong.status, wrong.code) == (403, "wrong_password")
    assert await attempts() == [(403, "password_again")] * 4
    assert (await ada.ask("PUT", "/api/v1/account/proof", {"password": PASSWORD})).status == 204
    web.clock.now += 10 * 60_000 - 1
    assert await attempts() == [(200, ""), (200, ""), (204, ""), (201, "")]
    web.clock.now += 1
    assert (await ada.ask("PATCH", person, {"role": "member"})).code == "password_again"


async def test_a_proof_is_the_sessions_alone_and_none_of_a_clock_that_was_ahead(web: Web) -> None:
    ada, _ = await two(web)
    person = f"/api/v1/admin/people/{(await row(ada, 'bruno'))['id']}"
    phone = web.browser()
    await phone.sign_in("ada@unisono.example", layout="phone")
    web.clock.now += 10 * 60_000
    await phone.ask("PUT", "/api/v1/account/proof", {"password": PASSWORD})
    assert (await ada.ask("PATCH", person, {"role": "administrator"})).code == "password_again"
    web.clock.now -= 60 * 60_000
    for browser in (ada, phone):
        assert (await browser.ask("PATCH", person, {"role": "administrator"})).code == "password_again"


async def test_the_old_address_is_told_of_a_new_one(web: Web) -> None:
    ada, _ = await two(web)
    person = f"/api/v1/admin/people/{(await row(ada, 'bruno'))['id']}"
    await ada.ask("PATCH", person, {"name": "Bruno Verdi", "department": "Sales"})
    await ada.ask("PATCH", person, {"email": "thief@unisono.example"})
    mail = await newest_mail(ada)
    assert mail["to"] == "bruno@unisono.example"
    assert "l'indirizzo e-mail del tuo account è stato cambiato" in mail["text"]
    assert await actions(ada) == ["person.changed", "person.changed"]


async def test_whose_factor_is_reset_is_told(web: Web) -> None:
    ada, _ = await two(web)
    person = f"/api/v1/admin/people/{(await row(ada, 'bruno'))['id']}"
    assert (await ada.ask("POST", f"{person}/second-factor/reset")).status == 204
    mail = await newest_mail(ada)
    assert mail["to"] == "bruno@unisono.example" and "secondo fattore" in mail["text"]


async def test_a_disabled_person_is_out_at_once_and_back_when_enabled(web: Web) -> None:
    ada, bruno = await two(web)
    web.homeserver.open_devices["@bruno:localhost"].add("ELEMENT")
    path = f"/api/v1/admin/people/{(await row(ada, 'bruno'))['id']}"
    assert (await ada.ask("POST", f"{path}/disable")).body["person"]["disabled"] is True
    assert (await bruno.get("/api/v1/session")).status == 401
    assert web.homeserver.open_devices["@bruno:localhost"] == set()
    assert (await bruno.sign_in("bruno@unisono.example")).code == "bad_credentials"
    assert (await web.internal("GET", "/sip/accounts/202")).code == "unknown_account"
    people = (await ada.get("/api/v1/people")).body["people"]
    assert [person["name"] for person in people] == ["Ada Neri"]
    assert (await ada.get("/api/v1/search?q=bruno")).body["results"] == []
    assert (await ada.ask("POST", "/api/v1/dial", {"number": "202"})).code == "unknown_number"
    # What is theirs stays theirs meanwhile.
    mine = f"/api/v1/admin/people/{(await row(ada, 'ada'))['id']}/extensions"
    assert (await ada.ask("POST", mine, {"extension": "202"})).code == "extension_taken"
    assert (await ada.ask("POST", f"{path}/enable")).body["person"]["disabled"] is False
    assert (await bruno.sign_in("bruno@unisono.example")).status == 200
    assert (await web.internal("GET", "/sip/accounts/202")).status == 200
    assert (await actions(ada))[:2] == ["person.enabled", "person.disabled"]


async def test_a_removed_person_is_gone_for_good(web: Web) -> None:
    ada, bruno = await two(web)
    path = f"/api/v1/admin/people/{(await row(ada, 'bruno'))['id']}"
    await ada.ask("POST", f"{path}/disable")
    assert (await ada.ask("DELETE", path)).status == 204
    assert (await ada.get(path)).code == "unknown_person"
    assert (await bruno.sign_in("bruno@unisono.example")).code == "bad_credentials"
    assert (await actions(ada))[0] == "person.removed"


async def test_nobody_locks_the_organisation_out(web: Web) -> None:
    ada, _ = await two(web)
    own, other = [f"/api/v1/admin/people/{(await row(ada, name))['id']}" for name in ("ada", "bruno")]
    for method, path, body in (
        ("POST", f"{own}/disable", None),
        ("DELETE", own, None),
        ("PATCH", own, {"role": "member"}),
    ):
        answer = await ada.ask(method, path, body)
        assert (answer.status, answer.code) == (409, "own_account")
    assert (await ada.ask("PATCH", other, {"role": "administrator"})).status == 200
    bruno = web.browser()
    await bruno.sign_in("bruno@unisono.example")
    assert (await bruno.ask("PATCH", own, {"role": "member"})).status == 200
    assert (await ada.get("/api/v1/admin/people")).code == "administrators_only"


async def test_an_extensions_password_is_shown_once_and_renewed(web: Web) -> None:
    ada, _ = await two(web)
    path = f"/api/v1/admin/people/{(await row(ada, 'bruno'))['id']}/extensions"
    device = (await ada.ask("POST", path, {"extension": "212"})).body
    assert device["person"]["extensions"] == ["202", "212"]
    phones = {"baresip", "linphone", "yealink", "snom"}
    assert {one["phone"] for one in device["settings"]} == phones | {f"{phone} (TLS)" for phone in phones}
    assert device["qr_svg"].startswith("<svg")

    async def digests() -> tuple[str, str]:
        account = (await web.internal("GET", "/sip/accounts/212")).body
        return account["ha1_md5"], account["ha1_sha256"]

    assert await digests() == directory_rules.ha1("212", "localhost", device["sip_password"])
    again = (await ada.ask("POST", "/api/v1/admin/extensions/212/password")).body
    assert again["sip_password"] != device["sip_password"]
    assert await digests() == directory_rules.ha1("212", "localhost", again["sip_password"])
    assert (await ada.ask("DELETE", "/api/v1/admin/extensions/212")).body["person"]["extensions"] == ["202"]
    assert (await ada.ask("DELETE", "/api/v1/admin/extensions/212")).code == "unknown_extension"
    log = str((await ada.get("/api/v1/admin/audit")).body)
    assert device["sip_password"] not in log and again["sip_password"] not in log


async def test_numbers_are_given_and_taken_away(web: Web) -> None:
    ada, _ = await two(web)
    path = f"/api/v1/admin/people/{(await row(ada, 'ada'))['id']}/numbers"
    given = await ada.ask("POST", path, {"number": "06 12345209"})
    assert (given.status, given.body["person"]["numbers"]) == (201, ["+390612345209"])
    assert (await ada.ask("POST", path, {"number": "+390612345202"})).code == "number_taken"
    assert (await ada.ask("POST", path, {"number": "abc"})).code == "invalid_number"
    numbers = (await ada.get("/api/v1/admin/numbers")).body["numbers"]
    assert [(n["number"], n["person"]["name"]) for n in numbers] == [
        ("+390612345202", "Bruno Bianchi"),
        ("+390612345209", "Ada Neri"),
    ]
    assert (await ada.ask("DELETE", "/api/v1/admin/numbers/%2B390612345209")).status == 200
    assert (await ada.ask("DELETE", "/api/v1/admin/numbers/%2B390612345209")).code == "unknown_number"


async def test_the_audit_log_is_read_page_by_page(web: Web) -> None:
    ada, _ = await two(web)
    path = f"/api/v1/admin/people/{(await row(ada, 'bruno'))['id']}"
    for action in ("disable", "enable", "disable"):
        await ada.ask("POST", f"{path}/{action}")
    seen: list[str] = []
    before = ""
    while True:
        page = (await ada.get(f"/api/v1/admin/audit?limit=2{before}")).body
        seen += [entry["action"] for entry in page["entries"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert [action for action in seen if action.startswith("person.")] == [
        "person.disabled", "person.enabled", "person.disabled",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "people"), ("GET", "audit"), ("GET", "numbers"), ("GET", "trunks"), ("GET", "registrations")],
)
async def test_only_administrators_are_let_in(web: Web, method: str, path: str) -> None:
    _, bruno = await two(web)
    answer = await bruno.ask(method, f"/api/v1/admin/{path}")
    assert (answer.status, answer.code) == (403, "administrators_only")
    assert (await web.browser().ask(method, f"/api/v1/admin/{path}")).code == "not_signed_in"
