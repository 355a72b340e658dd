from typing import Any

import pytest

from tests.support.web import PASSWORD, Browser, Web

SESSION = "/api/v1/session"


async def test_signing_in_gives_a_session_and_a_matrix_device(web: Web) -> None:
    browser, email = web.browser(), await web.enrol("Anna Rossi", "201", "06 12345201")
    answer = await browser.sign_in(" ANNA@Unisono.example ")
    assert answer.status == 200
    assert answer.body["person"] == {
        "user_id": "@anna:localhost",
        "name": "Anna Rossi",
        "email": email,
        "extensions": ["201"],
        "numbers": ["+390612345201"],
        "role": "member",
        "on_the_phone": False,
        "state": "offline",
        "desk_phone": False,
        "department": "",
        "photo": None,
    }
    matrix = answer.body["matrix"]
    assert matrix["device_id"].startswith("UNISONO_")
    assert (matrix["user_id"], matrix["homeserver_url"]) == ("@anna:localhost", "")
    assert web.homeserver.open_devices == {"@anna:localhost": {matrix["device_id"]}}
    assert (await browser.get(SESSION)).body["person"]["name"] == "Anna Rossi"


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(web: Web) -> None:
    browser = web.browser()
    answer = await browser.sign_in(await web.enrol("Anna"))
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_unknown_address_is_answered_like_a_wrong_password(web: Web) -> None:
    email = await web.enrol("Anna")
    wrong = await web.browser().sign_in(email, "wrong password")
    unknown = await web.browser().sign_in("nobody@unisono.example", "wrong password")
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body)
    assert wrong.status == 401
    assert wrong.code == "bad_credentials"


async def test_guessing_is_slowed_down_even_for_who_does_not_exist(web: Web) -> None:
    for email in (await web.enrol("Anna"), "nobody@unisono.example"):
        answers = [await web.browser().sign_in(email, "wrong password") for _ in range(6)]
        assert [a.status for a in answers] == [401, 401, 401, 401, 401, 429]
        assert answers[-1].code == "too_many_attempts"
        assert answers[-1].headers["Retry-After"] == "1"
    web.clock.now += 1_000
    assert (await web.browser().sign_in("anna@unisono.example")).status == 200


async def test_a_browser_that_once_signed_in_is_not_locked_out_by_strangers(web: Web) -> None:
    shared, stranger = web.browser(), web.browser()
    anna, bruno = await web.enrol("Anna"), await web.enrol("Bruno")
    for email in (anna, bruno):
        assert (await shared.sign_in(email)).status == 200
        assert (await shared.ask("DELETE", SESSION)).status == 204
    for email in (anna, bruno):
        for _ in range(5):
            await stranger.sign_in(email, "wrong password")
        assert (await stranger.sign_in(email)).status == 429
        assert (await shared.sign_in(email)).status == 200


async def test_a_made_up_mark_of_a_browser_is_none(web: Web) -> None:
    anna, other = web.browser(), web.browser()
    email = await web.enrol("Anna")
    await anna.sign_in(email)
    value = next(c.value for c in anna.http.cookie_jar if c.key == "unisono_browser")
    nonce, expires, tag = value.split(".")
    for _ in range(5):
        await other.sign_in(email, "wrong password")
    made_up = ["x", "..", "~~~", f"other.{expires}.{tag}", f"{nonce}.9{expires}.{tag}", "\xe9.1.\xff"]
    for cookie in made_up:
        headers = {"X-Unisono": "1", "Cookie": f"unisono_browser={cookie}"}
        body = {"email": email, "password": PASSWORD, "layout": "desktop"}
        assert (await other.ask("POST", SESSION, body, headers=headers)).status == 429
    web.clock.now += 366 * 24 * 3_600_000
    assert (await anna.sign_in(email)).status == 200


async def test_a_guessers_failures_are_summed_up_in_the_audit_log(web: Web) -> None:
    ada = web.browser()
    await ada.sign_in(await web.enrol("Ada", role="administrator"))
    for _ in range(4):
        await web.browser().sign_in("ada@unisono.example", "wrong password")
    assert [entry["details"] for entry in await _failed(ada)] == [{}]
    web.clock.now += 10 * 60_000
    await web.browser().sign_in("ada@unisono.example", "wrong password")
    assert [entry["details"] for entry in await _failed(ada)] == [{}, {"times": "3"}, {}]


async def _failed(ada: Browser) -> list[Any]:
    entries = (await ada.get("/api/v1/admin/audit?limit=200")).body["entries"]
    return [entry for entry in entries if entry["action"] == "sign_in.failed"]


async def test_signing_out_ends_the_session_and_the_device(web: Web) -> None:
    browser = await web.signed_in("Anna")
    assert (await browser.ask("DELETE", SESSION)).status == 204
    answer = await browser.get(SESSION)
    assert (answer.status, answer.code) == (401, "not_signed_in")
    assert web.homeserver.open_devices == {"@anna:localhost": set()}
    assert (await browser.ask("DELETE", SESSION)).status == 204


async def test_a_device_outlives_sign_out_only_while_the_homeserver_is_away(web: Web) -> None:
    browser = await web.signed_in("Anna")
    web.homeserver.away = True
    assert (await browser.ask("DELETE", SESSION)).status == 204
    assert (await browser.get(SESSION)).status == 401
    assert len(web.homeserver.open_devices["@anna:localhost"]) == 1
    web.homeserver.away = False
    await web.features.accounts.sweep()
    assert web.homeserver.open_devices == {"@anna:localhost": set()}


async def test_signing_in_again_in_a_browser_replaces_its_session(web: Web) -> None:
    browser = await web.signed_in("Anna")
    first = web.homeserver.open_devices["@anna:localhost"].copy()
    assert (await browser.sign_in("anna@unisono.example")).status == 200
    assert len(web.homeserver.open_devices["@anna:localhost"]) == 1
    assert web.homeserver.open_devices["@anna:localhost"] != first


async def test_two_layouts_are_two_devices(web: Web) -> None:
    await web.signed_in("Anna")
    assert (await web.browser().sign_in("anna@unisono.example", layout="phone")).status == 200
    assert len(web.homeserver.open_devices["@anna:localhost"]) == 2


async def test_without_the_homeserver_nobody_signs_in(web: Web) -> None:
    email = await web.enrol("Anna")
    web.homeserver.away = True
    answer = await web.browser().sign_in(email)
    assert (answer.status, answer.code) == (503, "homeserver_unavailable")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"X-Unisono": "1"}, 401),
        ({"Origin": "http://localhost:8080"}, 401),
    ],
)
async def test_only_our_own_pages_change_anything(web: Web, headers: dict[str, str], status: int) -> None:
    body = {"email": "a@b.example", "password": PASSWORD, "layout": "desktop"}
    answer = await web.browser().ask("POST", SESSION, body, headers=headers)
    assert answer.status == status


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"email": "a@b.example"}, "invalid_field", "password"),
        ({"email": 1, "password": "x"}, "invalid_field", "email"),
        ({"email": "a", "password": "x", "layout": "tv"}, "invalid_field", "layout"),
        ({"email": "a", "password": "x", "admin": True}, "invalid_field", "admin"),
        ({"email": "a", "password": "x" * 2000}, "invalid_field", "password"),
        ([], "invalid_field", None),
    ],
)
async def test_a_malformed_sign_in_names_its_field(
    web: Web, body: object, code: str, field: str | None
) -> None:
    answer = await web.browser().ask("POST", SESSION, body)
    assert (answer.status, answer.code, answer.body["error"]["field"]) == (400, code, field)


async def test_what_is_no_json_is_refused(web: Web) -> None:
    answer = await web.browser().ask("POST", SESSION, data=b'{"email": ')
    assert (answer.status, answer.code) == (400, "invalid_json")


async def test_a_removed_person_is_signed_out_everywhere(web: Web) -> None:
    browser = await web.signed_in("Anna")
    await web.features.accounts.remove("anna@unisono.example")
    assert (await browser.get(SESSION)).status == 401
    assert web.homeserver.open_devices == {"@anna:localhost": set()}
    assert (await web.browser().sign_in("anna@unisono.example")).status == 401


async def test_a_new_password_ends_the_sessions_of_the_old_one(web: Web) -> None:
    browser = await web.signed_in("Anna")
    await web.features.accounts.set_password("anna@unisono.example", "another horse")
    assert (await browser.get(SESSION)).status == 401
    assert (await web.browser().sign_in("anna@unisono.example")).status == 401
    assert (await web.browser().sign_in("anna@unisono.example", "another horse")).status == 200


async def test_a_made_up_cookie_is_nobody(web: Web) -> None:
    answer = await web.browser().ask("GET", SESSION, headers={"Cookie": "unisono_session=made-up"})
    assert answer.status == 401
