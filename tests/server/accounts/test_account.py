"""A person's own account: password, second factor, sessions, photo, language."""

import asyncio
import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageFile

from server.accounts import photo, rules
from tests.support.second_factor import MOBILE, Authenticator, messages, newest_mail, sms_code
from tests.support.web import PASSWORD, Answer, Browser, Web

ACCOUNT = "/api/v1/account"
STRONG = "violet tractor lagoon"
ANNA = "anna@unisono.example"


async def add(browser: Browser, method: str, password: str = PASSWORD, **more: Any) -> Answer:
    body = {"password": password, "method": method, **more}
    return await browser.ask("POST", f"{ACCOUNT}/factors", body)


async def verify(browser: Browser, code: str) -> Answer:
    return await browser.ask("POST", f"{ACCOUNT}/factors/verify", {"code": code})


async def with_totp(web: Web, browser: Browser) -> tuple[Authenticator, list[str]]:
    app = Authenticator(web, (await add(browser, "totp")).body["secret"])
    return app, (await verify(browser, app.code())).body["recovery_codes"]


async def test_an_account_says_what_it_has(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    details = (await anna.get(ACCOUNT)).body
    assert details["person"]["extensions"] == ["201"]
    assert (details["language"], details["factors"], details["photo"]) == ("it", [], None)
    assert (details["factor_required"], details["factors_available"]) == (False, ["totp", "sms"])
    assert (await web.browser().get(ACCOUNT)).status == 401


async def test_the_language_is_kept(web: Web) -> None:
    anna = await web.signed_in("Anna")
    assert (await anna.ask("PUT", f"{ACCOUNT}/language", {"language": "en"})).status == 204
    assert (await anna.get(ACCOUNT)).body["language"] == "en"
    assert (await anna.ask("PUT", f"{ACCOUNT}/language", {"language": "xx"})).status == 400


async def test_a_changed_password_ends_all_other_sessions(web: Web) -> None:
    anna, phone = await web.signed_in("Anna"), web.browser()
    await phone.sign_in(ANNA, layout="phone")
    body = {"current": PASSWORD, "password": STRONG}
    assert (await anna.ask("PUT", f"{ACCOUNT}/password", body)).status == 204
    assert (await anna.get(ACCOUNT)).status == 200
    assert (await phone.get(ACCOUNT)).status == 401
    mail = await newest_mail(anna)
    assert mail["to"] == ANNA and "password" in mail["text"]
    assert (await web.browser().sign_in(ANNA, PASSWORD)).status == 401
    assert (await web.browser().sign_in(ANNA, STRONG, "phone")).status == 200


class Judging:
    """In place of the judgement of a password: lasts until it is told that it is `done`."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done = threading.Event()
        self.timely = True

    def __call__(self, password: str, *_about: str) -> str:
        self.begun.append(password)
        self.timely &= self.done.wait(60)
        return password


@pytest.fixture
def judging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Judging]:
    judge = Judging()
    monkeypatch.setattr(rules, "check_chosen_password", judge)
    yield judge
    judge.done.set()


async def test_the_server_answers_while_a_new_password_is_judged(web: Web, judging: Judging) -> None:
    anna, bruno = await web.signed_in("Anna"), await web.signed_in("Bruno")
    body = {"current": PASSWORD, "password": STRONG}
    changes = [
        asyncio.create_task(browser.ask("PUT", f"{ACCOUNT}/password", body)) for browser in (anna, bruno)
    ]
    while not judging.begun:
        assert (await anna.get(ACCOUNT)).status == 200
    assert (await web.browser().sign_in("bruno@unisono.example", layout="phone")).status == 200
    assert len(judging.begun) == 1
    judging.done.set()
    assert [(await change).status for change in changes] == [204, 204]
    assert judging.timely and len(judging.begun) == 2


async def test_one_person_has_few_new_passwords_judged(web: Web) -> None:
    anna = await web.signed_in("Anna")
    body = {"current": PASSWORD, "password": "qwertyuiop12"}
    answers = [await anna.ask("PUT", f"{ACCOUNT}/password", body) for _ in range(21)]
    assert [answer.code for answer in answers] == ["common_password"] * 20 + ["too_many_attempts"]
    bruno = await web.signed_in("Bruno")
    assert (await bruno.ask("PUT", f"{ACCOUNT}/password", {**body, "password": STRONG})).status == 204


async def test_whoever_finds_a_browser_open_can_neither_change_password_nor_factor(web: Web) -> None:
    anna = await web.signed_in("Anna")
    wrong = "not her password"
    attempts = [
        await anna.ask("PUT", f"{ACCOUNT}/password", {"current": wrong, "password": STRONG}),
        await add(anna, "totp", wrong),
        await anna.ask("POST", f"{ACCOUNT}/factors/remove", {"password": wrong, "method": "totp"}),
        await anna.ask("POST", f"{ACCOUNT}/recovery-codes", {"password": wrong}),
    ]
    assert [(a.status, a.code) for a in attempts] == [(403, "wrong_password")] * 4
    assert (await verify(anna, "000000")).code == "sign_in_over"
    await add(anna, "totp", wrong)
    assert (await add(anna, "totp", wrong)).status == 429


async def test_an_authenticator_is_added_asked_for_and_removed(web: Web) -> None:
    anna = await web.signed_in("Anna")
    app, recovery = await with_totp(web, anna)
    assert len(recovery) == 10
    details = (await anna.get(ACCOUNT)).body
    assert [(f["method"], f["hint"]) for f in details["factors"]] == [("totp", "")]
    assert details["recovery_codes_left"] == 10
    other = web.browser()
    assert (await other.sign_in(ANNA, layout="phone")).body["step"] == "code"
    code = {"code": app.next_code(), "method": "totp"}
    assert (await other.ask("POST", "/api/v1/session/code", code)).status == 200
    remove = {"password": PASSWORD, "method": "totp"}
    assert (await anna.ask("POST", f"{ACCOUNT}/factors/remove", remove)).status == 204
    assert (await anna.ask("POST", f"{ACCOUNT}/factors/remove", remove)).code == "no_such_factor"
    assert "matrix" in (await web.browser().sign_in(ANNA, layout="phone")).body
    assert (await anna.get(ACCOUNT)).body["recovery_codes_left"] == 0


async def test_a_mobile_number_is_verified_before_it_counts_and_when_it_changes(web: Web) -> None:
    anna = await web.signed_in("Anna")
    setup = await add(anna, "sms", number="333 123 4567")
    assert setup.body["hint"] == "••• 67"
    assert (await anna.get(ACCOUNT)).body["factors"] == []
    assert (await messages(anna, "sms"))[0]["to"] == MOBILE
    assert (await verify(anna, await sms_code(anna))).status == 200
    await add(anna, "sms", number="+39 333 765 4321")
    assert (await verify(anna, "000000")).code == "wrong_code"
    assert [f["hint"] for f in (await anna.get(ACCOUNT)).body["factors"]] == ["••• 67"]
    assert (await verify(anna, await sms_code(anna))).body == {"recovery_codes": []}
    assert [f["hint"] for f in (await anna.get(ACCOUNT)).body["factors"]] == ["••• 21"]


async def test_a_change_is_bound_to_the_session_that_began_it(web: Web) -> None:
    anna, phone = await web.signed_in("Anna"), web.browser()
    await phone.sign_in(ANNA, layout="phone")
    await add(anna, "sms", number=MOBILE)
    assert (await verify(phone, await sms_code(anna))).code == "sign_in_over"


async def test_fresh_recovery_codes_void_the_old_ones(web: Web) -> None:
    anna = await web.signed_in("Anna")
    _, old = await with_totp(web, anna)
    fresh = (await anna.ask("POST", f"{ACCOUNT}/recovery-codes", {"password": PASSWORD})).body
    other = web.browser()
    await other.sign_in(ANNA, layout="phone")
    for code, status in ((old[0], 403), (fresh["recovery_codes"][0], 200)):
        body = {"code": code, "method": "recovery"}
        assert (await other.ask("POST", "/api/v1/session/code", body)).status == status


async def test_a_changed_factor_voids_trusted_browsers(web: Web) -> None:
    anna = await web.signed_in("Anna")
    app, _ = await with_totp(web, anna)
    other = web.browser()
    await other.sign_in(ANNA, layout="phone")
    body = {"code": app.next_code(), "method": "totp", "trust": True}
    assert (await other.ask("POST", "/api/v1/session/code", body)).status == 200
    web.clock.now += 60_000
    await add(anna, "sms", number=MOBILE)
    await verify(anna, await sms_code(anna))
    assert (await other.sign_in(ANNA, layout="phone")).body["step"] == "code"


async def test_sessions_are_listed_and_ended_and_those_of_others_are_out_of_reach(web: Web) -> None:
    anna, phone, bruno = await web.signed_in("Anna"), web.browser(), await web.signed_in("Bruno")
    await phone.sign_in(ANNA, layout="phone")
    sessions = (await anna.get(f"{ACCOUNT}/sessions")).body["sessions"]
    assert {(s["layout"], s["current"]) for s in sessions} == {("desktop", True), ("phone", False)}
    other = next(s["id"] for s in sessions if not s["current"])
    assert (await bruno.ask("DELETE", f"{ACCOUNT}/sessions/{other}")).code == "no_such_session"
    assert (await anna.ask("DELETE", f"{ACCOUNT}/sessions/{other}")).status == 204
    assert (await phone.get(ACCOUNT)).status == 401
    assert other not in web.homeserver.open_devices["@anna:localhost"]


# Photos


def picture(size: tuple[int, int] = (800, 600), kind: str = "PNG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


async def upload(browser: Browser, content: bytes) -> Answer:
    return await browser.ask("PUT", f"{ACCOUNT}/photo", data=content)


async def test_of_one_person_one_photo_is_drawn_at_a_time(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, drawing = await web.signed_in("Anna"), threading.Event()
    monkeypatch.setattr(photo, "portrait", lambda content: content if drawing.wait(60) else b"")
    uploads = [asyncio.create_task(upload(anna, picture())) for _ in range(3)]
    refused = await asyncio.wait(uploads, return_when=asyncio.FIRST_COMPLETED)
    assert {(await each).code for each in refused[0]} == {"too_many_attempts"}
    while sum(each.done() for each in uploads) < 2:
        assert (await anna.get(ACCOUNT)).status == 200
    drawing.set()
    assert sorted([(await each).status for each in uploads]) == [200, 429, 429]
    assert (await upload(anna, picture())).status == 200


async def test_a_photo_is_drawn_anew_and_shown_to_colleagues(web: Web) -> None:
    anna, bruno = await web.signed_in("Anna"), await web.signed_in("Bruno")
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    answer = await upload(anna, picture(kind="JPEG", exif=exif))
    assert answer.status == 200
    colleagues = (await bruno.get("/api/v1/people")).body["people"]
    url = next(p["photo"] for p in colleagues if p["name"] == "Anna")
    shown = await bruno.get(url)
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert b"taken at home" not in shown.body
    with Image.open(io.BytesIO(shown.body)) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (512, 512))
    assert web.homeserver.avatars["@anna:localhost"] == shown.body
    again = await bruno.ask("GET", url, headers={"If-None-Match": shown.headers["Etag"]})
    assert again.status == 304
    assert (await web.browser().get(url)).status == 401
    assert (await anna.ask("DELETE", f"{ACCOUNT}/photo")).status == 204
    assert (await bruno.get(url)).status == 404


def bomb() -> bytes:
    """A PNG of a few kilobytes, one bit a pixel, that would take a gigabyte of memory as colours."""
    content = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\0" * 20,
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 64,
        picture()[:300],
    ],
)
async def test_what_is_no_picture_is_refused(
    web: Web, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as whoever imports Synapse finds it
    anna = await web.signed_in("Anna")
    answer = await upload(anna, content)
    assert (answer.status, answer.code) == (400, "not_a_photo")


async def test_a_decompression_bomb_stays_packed(web: Web) -> None:
    answer = await upload(await web.signed_in("Anna"), bomb())
    assert (answer.status, answer.code) == (400, "not_a_photo")


async def test_a_photo_that_is_too_large_is_refused(web: Web) -> None:
    answer = await upload(await web.signed_in("Anna"), b"x" * 8_000_001)
    assert answer.status == 413
