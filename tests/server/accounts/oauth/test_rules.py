"""Which clients may register, where they may be redirected to, and which scopes are granted."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from server.accounts.oauth import rules
from server.accounts.oauth.rules import MetadataRefused, OAuthClient, Scope, granted, registered

BASE = urlsplit("https://example.com/")
NATIVE = {
    "application_type": "native",
    "client_name": "Element X",
    "client_uri": "https://element.io/",
    "redirect_uris": ["io.element.android:/"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
API = "urn:matrix:client:api:*"
DEVICE = "urn:matrix:client:device:ABCDEFGHIJ"
OLD = "urn:matrix:org.matrix.msc2967.client:"


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/callback",
        "https://app.example.com/callback",
        "https://example.com:5173/?query=value",
    ],
)
def test_a_web_client_comes_back_to_its_own_host_and_below(uri: str) -> None:
    assert rules.may_redirect(uri, "web", BASE)
    assert rules.may_redirect(uri, "native", BASE)


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/callback#fragment",
        "https://example.com/callback#",
        "https://user:secret@example.com/callback",
        "https://example.com@evil.example/",
        "https://evil.example/callback",
        "https://badexample.com/callback",
        "https://example.com.evil.example/",
        "https://",
        "https:///callback",
        "https://example.com:99999/",
        "https://example.com\\@evil.example/",
        "https://example.com/ space",
        "http://example.com/callback",
        "http://localhost/",
        "com.example:/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "/callback",
        "",
        "https://example.com/" + "a" * 500,
        7,
        None,
    ],
)
def test_a_web_client_comes_back_to_nobody_else(uri: Any) -> None:
    assert not rules.may_redirect(uri, "web", BASE)


@pytest.mark.parametrize(
    "uri",
    [
        "com.example:/callback",
        "com.example.app:/callback",
        "com.example:callback",
        "com.example.app:/",
        "http://localhost/callback",
        "http://127.0.0.1/callback",
        "http://[::1]/callback",
        "http://127.0.0.1:8080/callback",
    ],
)
def test_a_native_client_comes_back_by_its_own_scheme_or_this_machine(uri: str) -> None:
    assert rules.may_redirect(uri, "native", BASE)


@pytest.mark.parametrize(
    "uri",
    [
        "example:/callback",
        "com.example://callback",
        "com.example:///callback",
        "com.examples:/callback",
        "com.example:/callback#fragment",
        "org.example:/callback",
        "http://example.com/",
        "http://127.0.0.2/",
        "http://localhost.evil.example/",
        "http://user@localhost/",
        "http://[::2]/",
        "https://localhost/callback",
        "javascript:/callback",
    ],
)
def test_a_native_client_comes_back_by_nothing_else(uri: str) -> None:
    assert not rules.may_redirect(uri, "native", BASE)


def test_a_host_without_a_dot_owns_no_scheme() -> None:
    assert not rules.may_redirect("javascript:/x", "native", urlsplit("https://javascript/"))


def test_what_is_registered_is_what_is_used() -> None:
    client = registered({**NATIVE, "logo_uri": "https://element.io/logo.png", "contacts": 5})
    assert (client.name, client.host, client.application_type) == ("Element X", "element.io", "native")
    assert client.redirect_uris == ("io.element.android:/",)


def test_the_same_metadata_is_the_same_client_and_other_metadata_another() -> None:
    first = registered(NATIVE).client_id
    assert registered({**NATIVE, "tos_uri": "https://element.io/tos"}).client_id == first
    others = [
        {**NATIVE, "client_name": "Other"},
        {**NATIVE, "client_uri": "https://element.io/x"},
        {**NATIVE, "redirect_uris": ["io.element.android:/", "io.element.app:/"]},
    ]
    assert len({first, *(registered(other).client_id for other in others)}) == 4


def test_left_out_fields_have_the_standards_defaults() -> None:
    minimal = {"client_uri": "https://example.com", "redirect_uris": ["https://example.com/"]}
    client = registered(minimal)
    assert (client.application_type, client.name) == ("web", "example.com")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_uri": None}, "invalid_client_metadata"),
        ({"client_uri": "http://element.io/"}, "invalid_client_metadata"),
        ({"client_uri": "https://a@element.io/"}, "invalid_client_metadata"),
        ({"client_uri": "https:///x"}, "invalid_client_metadata"),
        ({"client_name": 5}, "invalid_client_metadata"),
        ({"application_type": "desktop"}, "invalid_client_metadata"),
        ({"application_type": []}, "invalid_client_metadata"),
        ({"grant_types": ["refresh_token"]}, "invalid_client_metadata"),
        ({"grant_types": "authorization_code"}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": "io.element:/"}, "invalid_redirect_uri"),
        ({"redirect_uris": ["io.element:/"] * 11}, "invalid_redirect_uri"),
        ({"redirect_uris": ["io.element:/", "org.evil:/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [{}]}, "invalid_redirect_uri"),
    ],
)
def test_other_metadata_is_refused(change: dict[str, Any], error: str) -> None:
    with pytest.raises(MetadataRefused) as refused:
        registered({**NATIVE, **change})
    assert refused.value.error == error


def test_ten_redirect_uris_are_not_too_many() -> None:
    uris = [f"io.element:/{number}" for number in range(10)]
    assert len(registered({**NATIVE, "redirect_uris": uris}).redirect_uris) == 10


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  Element \n X ", "Element X"),
        ("Elem\u202eent\u200b", "Element"),
        ("", "element.io"),
        ("\u202e", "element.io"),
        ("n" * 65, "n" * 64),
    ],
)
def test_a_name_is_one_line_without_tricks(given: str, shown: str) -> None:
    assert registered({**NATIVE, "client_name": given}).name == shown


def client(kind: rules.ApplicationType, *redirects: str) -> OAuthClient:
    return OAuthClient("C", "Name", "https://example.com/", kind, redirects)


@pytest.mark.parametrize(
    ("registered_uri", "asked", "same"),
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1:4711/callback", True),
        ("http://127.0.0.1:1/callback", "http://127.0.0.1:4711/callback", True),
        ("http://[::1]/callback", "http://[::1]:4711/callback", True),
        ("http://127.0.0.1/callback", "http://127.0.0.1:4711/other", False),
        ("http://127.0.0.1/callback", "http://localhost:4711/callback", False),
        ("http://127.0.0.1/callback", "http://127.0.0.1:4711/callback?x=1", False),
        ("http://127.0.0.1/callback", "http://127.0.0.1:4711/callback#x", False),
        ("http://127.0.0.1/callback", "http://me@127.0.0.1:4711/callback", False),
        ("http://127.0.0.1/callback", "https://127.0.0.1:4711/callback", False),
        ("https://example.com/callback", "https://example.com:4711/callback", False),
        ("com.example:/callback", "com.example:/callback", True),
        ("com.example:/callback", "com.example:/callback/", False),
    ],
)
def test_a_redirect_uri_is_exactly_one_of_those_registered_but_for_a_port_here(
    registered_uri: str, asked: str, same: bool
) -> None:
    assert rules.is_redirect_of(client("native", registered_uri), asked) is same


def test_a_web_client_has_no_ports_on_this_machine() -> None:
    assert not rules.is_redirect_of(client("web", "http://127.0.0.1/"), "http://127.0.0.1:4711/")


@pytest.mark.parametrize(
    ("asked", "scope"),
    [
        (f"{API} {DEVICE}", Scope("ABCDEFGHIJ", f"{API} {DEVICE}")),
        (f"openid {API} email {DEVICE}", Scope("ABCDEFGHIJ", f"{API} {DEVICE}")),
        (f"{OLD}api:* {OLD}device:ABCDEFGHIJ", Scope("ABCDEFGHIJ", f"{OLD}api:* {OLD}device:ABCDEFGHIJ")),
        (
            f"{API} {DEVICE} {OLD}api:* {OLD}device:ABCDEFGHIJ",
            Scope("ABCDEFGHIJ", f"{API} {DEVICE} {OLD}api:* {OLD}device:ABCDEFGHIJ"),
        ),
        (f"{API} {DEVICE} {DEVICE}", Scope("ABCDEFGHIJ", f"{API} {DEVICE}")),
        (f"{API} urn:matrix:client:device:a.b_c~d-ef0", Scope("a.b_c~d-ef0", "")),
        (API, None),
        (DEVICE, None),
        ("", None),
        ("openid", None),
        (f"{API} urn:matrix:client:device:ABCDEFGHI", None),
        (f"{API} urn:matrix:client:device:{'A' * 255}", Scope("A" * 255, "")),
        (f"{API} urn:matrix:client:device:{'A' * 256}", None),
        (f"{API} urn:matrix:client:device:ABCDEFGH/J", None),
        (f"{API} {DEVICE} urn:matrix:client:device:JIHGFEDCBA", None),
        (f"{API} urn:matrix:client:device:UNISONO_0123456789ABCDEF", None),
        (f"urn:matrix:client:api:read {DEVICE}", None),
    ],
)
def test_a_scope_names_the_api_and_one_device_that_is_not_ours(asked: str, scope: Scope | None) -> None:
    found = granted(asked)
    if scope is None or found is None:
        assert found is scope
    else:
        assert found.device_id == scope.device_id
        assert found.text == (scope.text or asked)


@pytest.mark.parametrize("action", [*rules.ACTIONS, "", "org.matrix.unknown"])
def test_every_action_has_a_page(action: str) -> None:
    expected = "account" if action == "org.matrix.profile" else "security"
    assert rules.account_page(action) == expected
