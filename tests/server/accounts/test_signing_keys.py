"""Cross-signing keys are replaced by whoever has a device and the password."""

from typing import Any

import pytest

from server.accounts.rules import ACCOUNT_THROTTLE
from server.accounts.signing_keys_http import BODY_MAX, PATH
from tests.support.second_factor import messages
from tests.support.web import PASSWORD, Answer, Web

FIRST, SECOND = {"master_key": {"keys": {"a": "1"}}}, {"master_key": {"keys": {"b": "2"}}}


class Device:
    """Of any Matrix client."""

    def __init__(self, web: Web, token: str) -> None:
        self._browser, self._token = web.browser(), token

    async def upload(self, keys: dict[str, Any], auth: Any = None) -> Answer:
        body = keys if auth is None else {**keys, "auth": auth}
        return await self._browser.ask("POST", PATH, body, headers={"Authorization": f"Bearer {self._token}"})


@pytest.fixture
async def device(web: Web) -> Device:
    await web.enrol("Anna Rossi")
    await web.homeserver.ensure_user("anna", "Anna Rossi")
    domain = web.config.organisation.domain
    tokens = await web.homeserver.login_refreshable(f"@anna:{domain}", "D", "Element")
    return Device(web, tokens.access_token)


def user_of(web: Web) -> str:
    return f"@anna:{web.config.organisation.domain}"


def password(words: str) -> dict[str, Any]:
    return {"type": "m.login.password", "password": words, "session": "password"}


async def test_the_first_keys_and_the_same_again_are_taken_without_a_word(web: Web, device: Device) -> None:
    for _ in range(2):
        assert (await device.upload(FIRST)).status == 200
    assert web.homeserver.signing_keys == {user_of(web): FIRST}


@pytest.mark.parametrize("auth", [None, "x", {}, {"type": "m.login.sso"}, {"session": "password"}])
async def test_other_keys_are_asked_the_password_for(web: Web, device: Device, auth: Any) -> None:
    await device.upload(FIRST)
    answer = await device.upload(SECOND, auth)
    assert answer.status == 401
    assert answer.body["flows"] == [{"stages": ["m.login.password"]}]
    assert web.homeserver.signing_keys == {user_of(web): FIRST}


async def test_the_password_replaces_them(web: Web, device: Device) -> None:
    await device.upload(FIRST)
    wrong = await device.upload(SECOND, password("wrong"))
    assert (wrong.status, wrong.body["errcode"]) == (401, "M_FORBIDDEN")
    assert wrong.body["flows"]
    assert (await device.upload(SECOND, password(PASSWORD))).status == 200
    assert web.homeserver.signing_keys == {user_of(web): SECOND}


async def test_administrators_and_who_it_was_learn_of_it(web: Web, device: Device) -> None:
    await device.upload(FIRST)
    await device.upload(SECOND, password("wrong"))
    await device.upload(SECOND, password(PASSWORD))
    ada = web.browser()
    await ada.sign_in(await web.enrol("Ada Neri", role="administrator"))
    entries = (await ada.get("/api/v1/admin/audit")).body["entries"]
    seen = [(one["action"], one["subject"]) for one in entries if one["subject"] == user_of(web)]
    assert seen[:2] == [("signing_keys.replaced", user_of(web)), ("password.wrong", user_of(web))]
    (mail,) = [one for one in await messages(ada, "mail") if one["to"] == "anna@unisono.example"]
    assert "verificano i tuoi dispositivi" in mail["text"]


async def test_whoever_guesses_waits(web: Web, device: Device) -> None:
    await device.upload(FIRST)
    for _ in range(ACCOUNT_THROTTLE.free):
        assert (await device.upload(SECOND, password("wrong"))).status == 401
    answer = await device.upload(SECOND, password(PASSWORD))
    assert (answer.status, answer.body["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert answer.body["retry_after_ms"] > 0
    assert web.homeserver.signing_keys == {user_of(web): FIRST}


async def test_strangers_and_what_are_no_keys_are_refused(web: Web, device: Device) -> None:
    stranger = await Device(web, "unknown").upload(FIRST, password(PASSWORD))
    assert (stranger.status, stranger.body["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    browser = web.browser()
    nobody = await browser.ask("POST", PATH, FIRST, headers={})
    assert (nobody.status, nobody.body["errcode"]) == (401, "M_MISSING_TOKEN")
    for body in (b"[]", b"{", b"\xff", b"{}" + b" " * BODY_MAX):
        headers = {"Authorization": "Bearer x"}
        answer = await browser.ask("POST", PATH, data=body, headers=headers)
        assert (answer.status, answer.body["errcode"]) == (400, "M_NOT_JSON")
    web.homeserver.away = True
    assert (await device.upload(FIRST)).status == 502


async def test_pages_of_other_origins_may_ask(web: Web) -> None:
    answer = await web.browser().ask("OPTIONS", PATH, headers={"Origin": "https://app.element.io"})
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
