"""From the mail to the first sign-in, and what happens to links that are late, used, stolen or made up."""

import asyncio

import aiohttp
import pytest

from tests.support.second_factor import SESSION, mail_link, messages
from tests.support.web import Answer, Browser, Web

CARLA = "carla@unisono.example"
STRONG = "violet tractor lagoon"
HOUR = 3_600_000


async def administrator(web: Web) -> Browser:
    browser = web.browser()
    email = await web.enrol("Ada", role="administrator")
    assert (await browser.sign_in(email)).status == 200
    return browser


async def invite(ada: Browser, **more: object) -> Answer:
    body = {"email": CARLA, "name": "Carla Verdi", "extensions": ["210"], "language": "it", **more}
    answer = await ada.ask("POST", "/api/v1/admin/invitations", body)
    assert answer.status == 201, answer
    return answer


async def look(browser: Browser, token: str) -> Answer:
    return await browser.ask("POST", "/api/v1/invitations/look", {"token": token})


async def accept(browser: Browser, token: str, password: str = STRONG) -> Answer:
    return await browser.ask("POST", "/api/v1/invitations/accept", {"token": token, "password": password})


async def test_an_invited_person_chooses_a_password_and_signs_in(web: Web) -> None:
    ada, carla = await administrator(web), web.browser()
    answer = await invite(ada)
    assert answer.body["invitation"]["state"] == "open"
    assert list(answer.body["sip_passwords"]) == ["210"]
    token = await mail_link(ada, CARLA)
    shown = await look(carla, token)
    assert (shown.body["name"], shown.body["email"], shown.body["language"]) == ("Carla Verdi", CARLA, "it")
    assert (await carla.sign_in(CARLA, STRONG)).code == "bad_credentials"
    assert (await accept(carla, token)).status == 204
    assert (await carla.sign_in(CARLA, STRONG)).body["person"]["extensions"] == ["210"]
    invitations = (await ada.get("/api/v1/admin/invitations")).body["invitations"]
    assert [(i["person"]["email"], i["state"]) for i in invitations] == [(CARLA, "used")]


async def test_the_mail_is_in_the_persons_language_as_text_and_html(web: Web) -> None:
    ada = await administrator(web)
    await invite(ada)
    await mail_link(ada, CARLA)
    (mail,) = await messages(ada, "mail")
    assert mail["subject"] == "Il tuo invito in Unisono demo"
    assert "72 ore" in mail["text"] and "Verifica" in mail["html"]


async def test_the_link_is_made_of_the_configured_address_alone(web: Web) -> None:
    ada = await administrator(web)
    body = {"email": CARLA, "name": "Carla"}
    headers = {"X-Unisono": "1", "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert (await ada.ask("POST", "/api/v1/admin/invitations", body, headers=headers)).status == 201
    await mail_link(ada, CARLA)
    (mail,) = await messages(ada, "mail")
    assert f"{web.config.web.origin}/#/invitation?token=" in mail["text"]
    assert "evil" not in mail["text"] + mail["html"]


async def test_a_link_works_once_even_when_used_at_once(web: Web) -> None:
    ada = await administrator(web)
    await invite(ada)
    token = await mail_link(ada, CARLA)
    browsers = [web.browser() for _ in range(4)]
    answers = await asyncio.gather(*(accept(browser, token) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [204, 410, 410, 410]
    assert {answer.code for answer in answers if answer.status == 410} == {"link_used"}


async def test_an_expired_link_says_so(web: Web) -> None:
    ada = await administrator(web)
    await invite(ada)
    token = await mail_link(ada, CARLA)
    web.clock.now += 72 * HOUR
    for answer in (await look(web.browser(), token), await accept(web.browser(), token)):
        assert (answer.status, answer.code) == (410, "link_expired")


async def test_a_link_sent_again_replaces_the_first(web: Web) -> None:
    ada = await administrator(web)
    person = (await invite(ada)).body["invitation"]["id"]
    old = await mail_link(ada, CARLA)
    newest = (await messages(ada, "mail"))[0]["id"]
    again = await ada.ask("POST", f"/api/v1/admin/invitations/{person}/send")
    assert again.body["invitation"]["state"] == "open"
    fresh = await mail_link(ada, CARLA, than=newest)
    assert (await look(web.browser(), old)).code == "link_revoked"
    assert (await accept(web.browser(), fresh)).status == 204
    late = await ada.ask("POST", f"/api/v1/admin/invitations/{person}/send")
    assert (late.status, late.code) == (409, "already_joined")


async def test_a_withdrawn_invitation_opens_nothing_and_frees_the_address(web: Web) -> None:
    ada = await administrator(web)
    person = (await invite(ada)).body["invitation"]["id"]
    token = await mail_link(ada, CARLA)
    assert (await ada.ask("DELETE", f"/api/v1/admin/invitations/{person}")).status == 204
    assert (await look(web.browser(), token)).code in {"link_revoked", "link_unknown"}
    assert (await ada.ask("DELETE", f"/api/v1/admin/invitations/{person}")).code == "invitation_not_found"
    await invite(ada)


@pytest.mark.parametrize("token", ["", "made-up", "x" * 256, "' OR 1=1 --", "\1"])
async def test_a_link_that_was_made_up_is_unknown(web: Web, token: str) -> None:
    for answer in (await look(web.browser(), token), await accept(web.browser(), token)):
        assert (answer.status, answer.code) == (404, "link_unknown")


async def test_making_links_up_is_slowed_down(web: Web) -> None:
    browser = web.browser()
    statuses = [(await look(browser, f"guess-{n}")).status for n in range(61)]
    assert statuses == [404] * 60 + [429]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "weak_password"),
        ("password123", "common_password"),
        ("Carla Verdi", "weak_password"),
        ("carlaverdi1", "guessable_password"),
        ("unisono demo 1", "guessable_password"),
        ("abcabcabcabc", "weak_password"),
        ("x" * 257, "weak_password"),
    ],
)
async def test_a_refused_password_leaves_the_link_as_it_was(web: Web, password: str, code: str) -> None:
    ada = await administrator(web)
    await invite(ada)
    token = await mail_link(ada, CARLA)
    refused = await accept(web.browser(), token, password)
    assert (refused.status, refused.code, refused.body["error"]["field"]) == (400, code, "password")
    assert (await accept(web.browser(), token)).status == 204


async def test_only_administrators_invite(web: Web) -> None:
    member, stranger = await web.signed_in("Bruno"), web.browser()
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("POST", "/someone/send"),
        ("DELETE", "/someone"),
    ):
        url = "/api/v1/admin/invitations" + path
        answer = await member.ask(method, url, {})
        assert (answer.status, answer.code) == (403, "administrators_only")
        assert (await stranger.ask(method, url, {})).status == 401


async def test_whom_the_directory_refuses_is_not_invited(web: Web) -> None:
    ada = await administrator(web)
    await invite(ada)
    taken = await ada.ask("POST", "/api/v1/admin/invitations", {"email": CARLA, "name": "Carla"})
    assert (taken.status, taken.code) == (409, "email_taken")
    broken = await ada.ask(
        "POST", "/api/v1/admin/invitations", {"email": "c@x.example\nBcc: e@x.example", "name": "C"}
    )
    assert (broken.status, broken.code) == (400, "invalid_email")


async def test_the_audit_log_says_who_invited_whom_and_never_the_link(web: Web) -> None:
    ada = await administrator(web)
    await invite(ada)
    token = await mail_link(ada, CARLA)
    await accept(web.browser(), token)
    entries = await web.features.account.audit.page()
    told = [(entry.action, entry.actor, entry.subject) for entry in entries]
    assert ("person.invited", "@ada:localhost", "@carla:localhost") in told
    assert ("invitation.accepted", "@carla:localhost", "@carla:localhost") in told
    assert token not in str(entries)


# Forgotten passwords


async def forgot(browser: Browser, email: str) -> Answer:
    return await browser.ask("POST", "/api/v1/password/forgotten", {"email": email})


async def reset(browser: Browser, token: str, password: str = STRONG) -> Answer:
    return await browser.ask("POST", "/api/v1/password/reset", {"token": token, "password": password})


async def test_a_forgotten_password_is_replaced_through_a_mail(web: Web) -> None:
    anna, other = await web.signed_in("Anna"), web.browser()
    assert (await forgot(other, " ANNA@unisono.example")).status == 202
    token = await mail_link(other, "anna@unisono.example")
    assert (await other.ask("POST", "/api/v1/password/look", {"token": token})).body["name"] == "Anna"
    assert (await reset(other, token)).status == 204
    assert (await anna.get(SESSION)).status == 401
    assert (await reset(other, token)).code == "link_used"
    assert (await other.sign_in("anna@unisono.example", STRONG)).status == 200


async def test_nothing_tells_whether_an_account_exists(web: Web) -> None:
    email = await web.enrol("Anna")
    browser = web.browser()
    known, unknown = await forgot(browser, email), await forgot(browser, "nobody@unisono.example")
    assert (known.status, known.body) == (unknown.status, unknown.body)
    await mail_link(browser, email)
    assert len(await messages(browser, "mail")) == 1
    for wanted in (email, "nobody@unisono.example"):
        assert [(await forgot(browser, wanted)).status for _ in range(5)] == [202] * 5


async def test_a_mailbox_is_not_flooded(web: Web) -> None:
    email = await web.enrol("Anna")
    browser = web.browser()
    for _ in range(8):
        await forgot(browser, email)
    # Requests are looked at in turn: once there is a mail to Bruno, Anna's are all done.
    await forgot(browser, await web.enrol("Bruno"))
    await mail_link(browser, "bruno@unisono.example")
    entries = await web.features.account.audit.page()
    told = [entry.subject for entry in entries if entry.action == "password.forgotten"]
    assert told == ["@bruno:localhost", *["@anna:localhost"] * 3]


async def test_who_asks_in_anothers_name_takes_nothing_from_them(web: Web) -> None:
    """A stranger's requests neither end the link that Anna has open nor use up her mails."""
    email = await web.enrol("Anna")
    anna = web.browser()
    await forgot(anna, email)
    token = await mail_link(anna, email)
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
    async with aiohttp.ClientSession(connector=connector) as http:
        stranger = Browser(web.base, http)
        for _ in range(8):
            await forgot(stranger, email)
        await forgot(anna, email)
        await forgot(anna, await web.enrol("Bruno"))
        await mail_link(anna, "bruno@unisono.example")
    entries = await web.features.account.audit.page()
    asked = [entry.address for entry in entries if entry.subject == "@anna:localhost"]
    assert asked == ["127.0.0.1", *["127.0.0.2"] * 3, "127.0.0.1"]
    newest = await mail_link(anna, email)
    assert newest != token
    assert (await reset(anna, token)).status == 204
    assert (await reset(anna, newest)).code == "link_revoked"


async def test_an_invitation_opens_no_reset_and_the_other_way_round(web: Web) -> None:
    ada = await administrator(web)
    await invite(ada)
    token = await mail_link(ada, CARLA)
    assert (await reset(web.browser(), token)).code == "link_unknown"
    await forgot(ada, "ada@unisono.example")
    other = await mail_link(ada, "ada@unisono.example")
    assert (await accept(web.browser(), other)).code == "link_unknown"
