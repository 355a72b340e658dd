"""From the browser's first step to the code: what is judged, what the person is asked."""

from pathlib import Path

import pytest

from tests.support.oauth import ANNA, CALLBACK, DEVICE, ElementX, answered, element_x, scope
from tests.support.second_factor import enrol_totp, give_code, strict
from tests.support.web import Web, running

WEB_CLIENT = {
    "application_type": "web",
    "client_uri": "https://app.example/",
    "redirect_uris": ["https://chat.app.example/back"],
}


@pytest.fixture
async def element(web: Web) -> ElementX:
    await web.enrol("Anna Rossi")
    return await element_x(web)


async def test_signing_in_asks_for_consent_by_name_and_device(element: ElementX) -> None:
    answer = await element.sign_in()
    expected = {
        "client": "Element X",
        "host": "element.io",
        "device_id": DEVICE,
        "back_to": "",
        "email": ANNA,
    }
    assert answer.body == {"step": "consent", "consent": expected}
    # A page that is loaded again asks the same.
    assert (await element.browser.get("/api/v1/session/step")).body == answer.body
    # Nothing is open yet.
    assert (await element.browser.get("/api/v1/session")).status == 401
    assert element.web.homeserver.open_devices == {}


async def test_a_web_client_says_which_host_hears_of_it(web: Web) -> None:
    await web.enrol("Anna Rossi")
    client = await element_x(web, **WEB_CLIENT)
    answer = await client.sign_in(redirect_uri="https://chat.app.example/back")
    assert answer.body["consent"]["back_to"] == "chat.app.example"


async def test_who_agrees_is_sent_back_with_a_code(element: ElementX) -> None:
    location = await element.location()
    assert location.startswith(f"{CALLBACK}?code=")
    assert answered(location)["state"] == "its state"
    # No session of ours comes of it, and the consent is spent.
    assert (await element.browser.get("/api/v1/session")).status == 401
    assert (await element.agree()).code == "sign_in_over"


async def test_the_answer_comes_in_the_fragment_where_that_was_asked(element: ElementX) -> None:
    location = await element.location(response_mode="fragment")
    assert location.startswith(f"{CALLBACK}#code=")
    await element.sign_in(response_mode="fragment")
    refused = (await element.agree(agrees=False)).body["redirect"]
    assert refused.startswith(f"{CALLBACK}#error=access_denied")


async def test_who_does_not_agree_is_sent_back_without(element: ElementX) -> None:
    await element.sign_in()
    told = answered((await element.agree(agrees=False)).body["redirect"])
    assert told == {"error": "access_denied", "state": "its state"}
    assert (await element.agree()).code == "sign_in_over"


async def test_the_second_factor_stands_before_consent(tmp_path: Path) -> None:
    async with running(tmp_path, strict()) as web:
        await web.enrol("Anna Rossi")
        app, _ = await enrol_totp(web, web.browser(), ANNA)
        element = await element_x(web)
        assert (await element.sign_in()).body["step"] == "code"
        assert (await element.agree()).code == "wrong_step"
        step = await give_code(element.browser, app.next_code())
        assert step.body["step"] == "consent"
        assert "code=" in (await element.agree()).body["redirect"]


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": None},
        {"code_challenge": "short"},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"response_type": "token"},
        {"response_mode": "form_post"},
        {"scope": "openid"},
        {"scope": None},
        {"scope": scope("SHORT")},
        {"scope": scope("UNISONO_0123456789ABCDEF")},
        {"state": "s" * 2049},
    ],
)
async def test_what_the_client_did_wrong_is_told_to_the_client(
    element: ElementX, change: dict[str, str | None]
) -> None:
    location = (await element.authorize(**change)).headers["Location"]
    assert location.startswith(f"{CALLBACK}?")
    assert answered(location)["error"] in {
        "invalid_request",
        "invalid_scope",
        "unsupported_response_type",
        "unauthorized_client",
    }


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"redirect_uri": "io.element.android:/other"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}#x"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
    ],
)
async def test_there_is_no_open_redirect(
    element: ElementX, change: dict[str, str | None], error: str
) -> None:
    answer = await element.authorize(**change)
    origin = element.web.config.web.origin
    assert answer.headers["Location"] == f"{origin}/#/sign-in?refused={error}"


async def test_a_native_client_listens_at_whatever_port(element: ElementX) -> None:
    location = await element.location(redirect_uri="http://127.0.0.1:4711/")
    assert location.startswith("http://127.0.0.1:4711/?code=")


async def test_a_request_belongs_to_the_browser_that_made_it(element: ElementX) -> None:
    """Nobody hands Anna a link that connects somebody else's client with her account."""
    attackers = await element.asked()
    body = {"email": ANNA, "password": "correct horse", "oidc": attackers}
    answer = await element.web.browser().ask("POST", "/api/v1/session", body)
    assert (answer.status, answer.code) == (400, "oidc_request_unknown")


async def test_an_open_session_alone_connects_nothing(element: ElementX) -> None:
    await element.browser.sign_in(ANNA)
    oidc = await element.asked()
    answer = await element.browser.ask("POST", "/api/v1/oidc/continue", {"oidc": oidc})
    assert answer.code == "oidc_request_unknown"


async def test_a_request_is_answered_in_time(element: ElementX) -> None:
    oidc = await element.asked()
    element.web.clock.now += 15 * 60_000
    body = {"email": ANNA, "password": "correct horse", "oidc": oidc}
    answer = await element.browser.ask("POST", "/api/v1/session", body)
    assert answer.code == "oidc_request_unknown"


async def test_a_device_of_another_client_is_not_taken_over(element: ElementX) -> None:
    """Everybody in a room sees its members' device ids."""
    web = element.web
    await web.homeserver.ensure_user("anna", "Anna Rossi")
    await web.homeserver.login("@anna:localhost", "ANOTHERDEVICE", "another client")
    told = answered(await element.location(scope=scope("ANOTHERDEVICE")))
    assert told["error"] == "invalid_scope"
    await element.tokens()
    other = await element_x(web, client_name="Other")
    assert answered(await other.location())["error"] == "invalid_scope"


async def test_a_homeserver_that_is_away_costs_only_time(element: ElementX) -> None:
    await element.sign_in()
    element.web.homeserver.away = True
    assert (await element.agree()).code == "homeserver_unavailable"
    element.web.homeserver.away = False
    assert "code=" in (await element.agree()).body["redirect"]


ODD = ['"', "\\", "\u00e9", "\u202e", "a\nb", "\x01", "%", "\U0001f600"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "name", ["response_type", "response_mode", "client_id", "redirect_uri", "scope", "state"]
)
async def test_odd_letters_are_no_fault_of_ours(element: ElementX, name: str, odd: str) -> None:
    answer = await element.authorize(**{name: odd})
    assert answer.status == 303, answer
    assert "\n" not in answer.headers["Location"]


async def test_a_nul_is_refused_before_it_is_anybodys(element: ElementX) -> None:
    answer = await element.authorize(state="a\x00b")
    assert (answer.status, answer.code) == (400, "bad_request")
