"""What the OAuth 2.0 API says of itself, and who may register with it (field case 17)."""

import pytest

from server.accounts.oauth.clients import THROTTLE
from tests.support.oauth import METADATA, register
from tests.support.web import Web

METADATA_PATHS = [
    "/_matrix/client/v1/auth_metadata",
    "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata",
]


@pytest.mark.parametrize("path", METADATA_PATHS)
async def test_case_17_element_x_finds_how_to_begin(web: Web, path: str) -> None:
    answer = await web.browser().ask("GET", path, headers={"Origin": "https://app.element.io"})
    found, origin = answer.body, web.config.web.origin
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert found["issuer"] == f"{origin}/"
    assert {"query", "fragment"} <= set(found["response_modes_supported"])
    assert {"authorization_code", "refresh_token"} <= set(found["grant_types_supported"])
    assert "S256" in found["code_challenge_methods_supported"]
    for endpoint in ("authorization", "token", "revocation", "registration"):
        assert found[f"{endpoint}_endpoint"].startswith(f"{origin}/oauth/")
    # Accounts are made by invitation.
    assert "prompt_values_supported" not in found


async def test_a_client_registers_and_is_told_what_is_in_force(web: Web) -> None:
    answer = await register(web.browser(), token_endpoint_auth_method="client_secret_basic", logo_uri="x")
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    expected = {**METADATA, "client_id": answer.body["client_id"], "token_endpoint_auth_method": "none"}
    assert answer.body == expected
    again = await register(web.browser())
    assert again.body["client_id"] == answer.body["client_id"]


async def test_what_breaks_the_rules_is_refused_as_the_standard_says(web: Web) -> None:
    answer = await register(web.browser(), redirect_uris=["https://evil.example/"])
    assert (answer.status, answer.body["error"]) == (400, "invalid_redirect_uri")
    answer = await register(web.browser(), client_uri="http://element.io/")
    assert (answer.status, answer.body["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'"x"', b"{}" + b" " * 16_384])
async def test_what_is_no_metadata_is_refused(web: Web, body: bytes) -> None:
    answer = await web.browser().ask("POST", "/oauth/register", data=body, headers={})
    assert (answer.status, answer.body["error"]) == (400, "invalid_client_metadata")


async def test_registrations_are_counted_by_network(web: Web) -> None:
    browser = web.browser()
    for _ in range(THROTTLE.free):
        assert (await register(browser)).status == 201
    answer = await register(browser)
    assert (answer.status, answer.body["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    web.clock.now += 1_000
    assert (await register(browser)).status == 201


@pytest.mark.parametrize("path", [*METADATA_PATHS, "/oauth/register", "/oauth/token", "/oauth/revoke"])
async def test_pages_of_other_origins_may_ask(web: Web, path: str) -> None:
    headers = {"Origin": "https://app.element.io", "Access-Control-Request-Method": "POST"}
    answer = await web.browser().ask("OPTIONS", path, headers=headers)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("action", "page"),
    [("org.matrix.profile", "account"), ("org.matrix.device_view&device_id=X", "security"), ("", "security")],
)
async def test_clients_lead_people_to_their_account(web: Web, action: str, page: str) -> None:
    answer = await web.browser().ask("GET", f"/oauth/account?action={action}", allow_redirects=False)
    assert answer.headers["Location"] == f"{web.config.web.origin}/#/settings/{page}"
