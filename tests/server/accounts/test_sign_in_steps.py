"""Sign-in with a second factor, step by step, and what attackers try between the steps."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.second_factor import (
    MOBILE,
    SESSION,
    enrol_sms,
    enrol_totp,
    give_code,
    messages,
    newest_mail,
    sms_code,
    strict,
)
from tests.support.web import PASSWORD, Browser, Web, running

MINUTE = 60_000


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """Everybody needs a second factor."""
    async with running(tmp_path, strict()) as web:
        yield web


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("unisono.db*"))


async def at_code(web: Web, email: str, layout: str = "phone") -> Browser:
    """A browser whose sign-in waits for the code."""
    browser = web.browser()
    answer = await browser.sign_in(email, layout=layout)
    assert answer.body["step"] == "code", answer
    return browser


async def test_the_first_sign_in_adds_an_authenticator_and_gives_recovery_codes(web: Web) -> None:
    browser, email = web.browser(), await web.enrol("Anna")
    answer = await browser.sign_in(email)
    assert answer.body == {"step": "enrol", "methods": ["totp", "sms"]}
    assert (await browser.get(SESSION)).status == 401
    setup = (await browser.ask("POST", f"{SESSION}/enrol", {"method": "totp"})).body
    assert setup["uri"].startswith("otpauth://totp/Unisono%20demo:anna%40unisono.example?")
    assert setup["secret"] in setup["uri"]
    assert setup["qr"].startswith("<svg ")
    _, recovery = await enrol_totp(web, web.browser(), email)
    assert len(set(recovery)) == 10


async def test_afterwards_each_sign_in_asks_for_a_code(web: Web) -> None:
    email = await web.enrol("Anna")
    app, _ = await enrol_totp(web, web.browser(), email)
    browser = await at_code(web, email)
    assert (await browser.get(f"{SESSION}/step")).body["methods"] == ["totp"]
    wrong = await give_code(browser, "000000")
    assert (wrong.status, wrong.code, wrong.body["error"]["field"]) == (403, "wrong_code", "code")
    answer = await give_code(browser, f" {app.next_code()[:3]} {app.code()[3:]} ")
    assert answer.body["person"]["email"] == email
    assert (await browser.get(SESSION)).status == 200
    assert (await browser.get(f"{SESSION}/step")).code == "sign_in_over"


async def test_a_code_that_was_seen_works_nowhere_else(web: Web) -> None:
    """Whoever watched Anna type has half a minute, and nothing to do with it."""
    email = await web.enrol("Anna")
    app, _ = await enrol_totp(web, web.browser(), email)
    hers, thief = await at_code(web, email), await at_code(web, email)
    code = app.next_code()
    assert (await give_code(hers, code)).status == 200
    assert (await give_code(thief, code)).code == "wrong_code"


async def test_case_31_a_clock_that_was_ahead_locks_nobody_out_and_each_code_works_once(web: Web) -> None:
    """Case 31: sign in with a code while the clock is two hours ahead, then set it right."""
    email, ahead = await web.enrol("Anna"), 2 * 3_600_000
    app, _ = await enrol_totp(web, web.browser(), email)
    web.clock.now += ahead
    early = app.next_code()
    assert (await give_code(await at_code(web, email), early)).status == 200
    for _ in range(5):
        await give_code(await at_code(web, email), "000000")
    web.clock.now -= ahead
    for _ in range(3):
        code = app.next_code()
        assert (await give_code(await at_code(web, email), code)).status == 200
        assert (await give_code(await at_code(web, email), code)).code == "wrong_code"
    web.clock.now += ahead - 3 * 30_000
    assert app.code() == early
    assert (await give_code(await at_code(web, email), early)).code == "wrong_code"
    assert (await give_code(await at_code(web, email), app.next_code())).status == 200


async def test_case_31_a_factor_that_was_added_while_the_clock_was_ahead_works_when_it_is_right(
    web: Web,
) -> None:
    """Case 31: the same, with the authenticator added meanwhile."""
    email, ahead = await web.enrol("Anna"), 2 * 3_600_000
    web.clock.now += ahead
    app, _ = await enrol_totp(web, web.browser(), email)
    early = app.code()
    web.clock.now -= ahead
    assert (await give_code(await at_code(web, email), app.next_code())).status == 200
    web.clock.now += ahead - 30_000
    assert app.code() == early
    assert (await give_code(await at_code(web, email), early)).code == "wrong_code"


@pytest.mark.parametrize("number", ["+39 899 123456", "+881 6 1234 5678", "06 1234 5678", "112"])
async def test_a_code_goes_to_a_mobile_telephone_alone(web: Web, number: str) -> None:
    browser = web.browser()
    await browser.sign_in(await web.enrol("Anna"))
    answer = await browser.ask("POST", f"{SESSION}/enrol", {"method": "sms", "number": number})
    assert (answer.status, answer.code) == (400, "not_a_number")
    assert await messages(browser, "sms") == []


async def test_the_house_sends_a_bounded_number_of_text_messages_a_day(tmp_path: Path) -> None:
    config = strict()
    async with running(tmp_path, replace(config, sms=replace(config.sms, messages_a_day=3))) as web:
        for place, name in enumerate(("Anna", "Bruno", "Carla")):
            await enrol_sms(web.browser(), await web.enrol(name), f"+39333123450{place}")
        dario = web.browser()
        await dario.sign_in(await web.enrol("Dario"))
        body = {"method": "sms", "number": "+393331234509"}
        refused = await dario.ask("POST", f"{SESSION}/enrol", body)
        assert (refused.status, refused.code) == (429, "too_many_attempts")
        web.clock.now += 24 * 3_600_000
        await dario.sign_in("dario@unisono.example")
        assert (await dario.ask("POST", f"{SESSION}/enrol", body)).status == 200


async def test_of_codes_given_at_once_one_works(web: Web) -> None:
    email = await web.enrol("Anna")
    app, _ = await enrol_totp(web, web.browser(), email)
    browsers = [await at_code(web, email) for _ in range(4)]
    code = app.next_code()
    answers = await asyncio.gather(*(give_code(browser, code) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [200, 403, 403, 403]


async def test_a_text_message_carries_the_code(web: Web) -> None:
    email = await web.enrol("Anna")
    await enrol_sms(web.browser(), email)
    browser = web.browser()
    answer = await browser.sign_in(email, layout="phone")
    assert answer.body["method"] == "sms"
    assert (answer.body["hint"], answer.body["sent"]) == ("••• 67", True)
    (newest, *_) = await messages(browser, "sms")
    assert newest["to"] == MOBILE
    assert (await give_code(browser, await sms_code(browser), "sms")).status == 200


async def test_a_sent_code_belongs_to_the_browser_that_asked(web: Web) -> None:
    email = await web.enrol("Anna")
    await enrol_sms(web.browser(), email)
    hers = await at_code(web, email)
    code = await sms_code(hers)
    thief = await at_code(web, email)
    assert (await give_code(thief, code, "sms")).code == "wrong_code"
    assert (await give_code(hers, code, "sms")).status == 200


async def test_of_one_sent_code_given_twice_at_once_one_works(web: Web) -> None:
    email = await web.enrol("Anna")
    await enrol_sms(web.browser(), email)
    browser = await at_code(web, email)
    code = await sms_code(browser)
    answers = await asyncio.gather(*(give_code(browser, code, "sms") for _ in range(4)))
    assert [answer.status for answer in answers].count(200) == 1


async def test_a_sent_code_expires_and_is_replaced_by_the_next(web: Web) -> None:
    email = await web.enrol("Anna")
    await enrol_sms(web.browser(), email)
    browser = await at_code(web, email)
    old = await sms_code(browser)
    again = await browser.ask("POST", f"{SESSION}/code/send")
    assert (again.body["step"], again.body["sent"]) == ("code", True)
    assert (await give_code(browser, old, "sms")).code == "wrong_code"
    web.clock.now += 5 * MINUTE
    assert (await give_code(browser, await sms_code(browser), "sms")).code == "wrong_code"


async def test_text_messages_cannot_be_sent_without_end(web: Web) -> None:
    email = await web.enrol("Anna")
    await enrol_sms(web.browser(), email)
    browser = await at_code(web, email)
    assert (await browser.ask("POST", f"{SESSION}/code/send")).status == 200
    refused = await browser.ask("POST", f"{SESSION}/code/send")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "30")
    again = await web.browser().sign_in(email, layout="phone")
    assert (again.body["step"], again.body["sent"]) == ("code", False)


async def test_guessing_codes_is_slowed_down_across_sign_ins(web: Web) -> None:
    email = await web.enrol("Anna")
    app, _ = await enrol_totp(web, web.browser(), email)
    tried = [(await give_code(await at_code(web, email), f"{n:06}")).status for n in range(6)]
    assert tried == [403, 403, 403, 403, 403, 429]
    assert (await give_code(await at_code(web, email), app.next_code())).status == 200


async def test_a_recovery_code_works_once_and_is_told_by_mail(web: Web) -> None:
    email = await web.enrol("Anna")
    _, recovery = await enrol_totp(web, web.browser(), email)
    browser, second = await at_code(web, email), await at_code(web, email)
    typed = recovery[0].upper().replace("-", " ")
    assert (await give_code(browser, typed, "recovery")).status == 200
    assert (await give_code(second, recovery[0], "recovery")).code == "wrong_code"
    assert "codice di recupero" in (await newest_mail(browser))["text"]


async def test_a_trusted_browser_is_asked_for_no_code_for_thirty_days(web: Web) -> None:
    email = await web.enrol("Anna")
    app, _ = await enrol_totp(web, web.browser(), email)
    browser = await at_code(web, email)
    answer = await give_code(browser, app.next_code(), trust=True)
    assert answer.status == 200
    assert "matrix" in (await browser.sign_in(email, layout="phone")).body
    web.clock.now += 30 * 24 * 60 * MINUTE
    assert (await browser.sign_in(email, layout="phone")).body["step"] == "code"


async def test_trust_ends_when_the_person_says_so(web: Web) -> None:
    email = await web.enrol("Anna")
    app, _ = await enrol_totp(web, web.browser(), email)
    browser = await at_code(web, email)
    assert "matrix" in (await give_code(browser, app.next_code(), trust=True)).body
    assert (await web.browser().ask("DELETE", "/api/v1/account/trusted-browsers")).code == "not_signed_in"
    assert (await browser.ask("DELETE", "/api/v1/account/trusted-browsers")).status == 204
    assert (await browser.sign_in(email, layout="phone")).body["step"] == "code"


async def test_trust_is_of_one_person_and_cannot_be_made_up(web: Web) -> None:
    anna, bruno = await web.enrol("Anna"), await web.enrol("Bruno")
    app, _ = await enrol_totp(web, web.browser(), anna)
    await enrol_totp(web, web.browser(), bruno)
    browser = await at_code(web, anna)
    await give_code(browser, app.next_code(), trust=True)
    assert (await browser.sign_in(bruno, layout="phone")).body["step"] == "code"
    value = next(c.value for c in browser.http.cookie_jar if c.key == "unisono_trust")
    whose, expires, tag = value.split(".")
    forged = [f"{whose}.{int(expires) + 1}.{tag}", f"{whose}.{expires}.{tag[:-1]}0x", "..", ""]
    for cookie in forged:
        headers = {"X-Unisono": "1", "Cookie": f"unisono_trust={cookie}"}
        body = {"email": anna, "password": PASSWORD, "layout": "phone"}
        answer = await web.browser().ask("POST", SESSION, body, headers=headers)
        assert answer.body["step"] == "code", cookie


async def test_a_planted_ticket_is_not_carried_over_the_password(web: Web) -> None:
    """Session fixation: the attacker's ticket in Anna's browser never becomes one that she has proved."""
    email = await web.enrol("Anna")
    app, _ = await enrol_totp(web, web.browser(), email)
    attacker = await at_code(web, email)
    planted = next(c.value for c in attacker.http.cookie_jar if c.key == "unisono_ticket")
    body = {"email": email, "password": PASSWORD, "layout": "phone"}
    headers = {"X-Unisono": "1", "Cookie": f"unisono_ticket={planted}"}
    victim = web.browser()
    answer = await victim.ask("POST", SESSION, body, headers=headers)
    fresh = next(c.value for c in victim.http.cookie_jar if c.key == "unisono_ticket")
    assert answer.body["step"] == "code" and fresh != planted
    assert (await give_code(victim, app.next_code())).status == 200
    assert (await attacker.get(f"{SESSION}/step")).code == "sign_in_over"


async def test_the_ticket_is_out_of_reach_and_does_not_last(web: Web) -> None:
    email = await web.enrol("Anna")
    browser = web.browser()
    answer = await browser.sign_in(email)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("unisono_ticket=")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=600" in cookie
    web.clock.now += 10 * MINUTE
    late = await browser.ask("POST", f"{SESSION}/enrol", {"method": "totp"})
    assert (late.status, late.code) == (401, "sign_in_over")


async def test_the_password_alone_neither_enrols_nor_skips_a_step(web: Web) -> None:
    email = await web.enrol("Anna")
    early = web.browser()
    await early.sign_in(email, layout="phone")
    await enrol_totp(web, web.browser(), email)
    late = await early.ask("POST", f"{SESSION}/enrol", {"method": "totp"})
    assert late.code == "sign_in_over"
    browser = await at_code(web, email)
    for path, body in (
        ("enrol", {"method": "totp"}),
        ("enrol", {"method": "sms", "number": MOBILE}),
        ("enrol/verify", {"code": "000000"}),
        ("enrol/finish", None),
        ("confirm", None),
    ):
        answer = await browser.ask("POST", f"{SESSION}/{path}", body)
        assert (answer.status, answer.code) == (409, "wrong_step"), path
    assert (await browser.get(SESSION)).status == 401


async def test_without_a_ticket_no_step_is_taken(web: Web) -> None:
    stranger = web.browser()
    for method, path, body in (
        ("GET", "step", None),
        ("POST", "code", {"code": "1", "method": "totp"}),
        ("POST", "code/send", None),
        ("POST", "enrol", {"method": "totp"}),
        ("POST", "enrol/verify", {"code": "1"}),
        ("POST", "enrol/finish", None),
        ("POST", "confirm", None),
    ):
        answer = await stranger.ask(method, f"{SESSION}/{path}", body)
        assert (answer.status, answer.code) == (401, "sign_in_over"), path


async def test_a_number_that_is_none_is_refused(web: Web) -> None:
    browser = web.browser()
    await browser.sign_in(await web.enrol("Anna"))
    answer = await browser.ask("POST", f"{SESSION}/enrol", {"method": "sms", "number": "call me"})
    assert (answer.status, answer.code) == (400, "not_a_number")


async def test_giving_up_forgets_the_sign_in(web: Web) -> None:
    browser = web.browser()
    await browser.sign_in(await web.enrol("Anna"))
    assert (await browser.ask("DELETE", f"{SESSION}/step")).status == 204
    assert (await browser.get(f"{SESSION}/step")).code == "sign_in_over"


async def test_no_table_holds_a_code_a_secret_or_a_cookie(web: Web, tmp_path: Path) -> None:
    email = await web.enrol("Anna")
    browser = web.browser()
    _, recovery = await enrol_totp(web, browser, email)
    await enrol_sms(web.browser(), await web.enrol("Bruno"))
    pending = await at_code(web, "bruno@unisono.example")
    secrets = [*recovery, *(code.replace("-", "") for code in recovery), MOBILE, PASSWORD]
    secrets += [cookie.value for b in (browser, pending) for cookie in b.http.cookie_jar]
    content = await asyncio.to_thread(everything_in, tmp_path)
    assert [secret for secret in secrets if secret.encode() in content] == []
