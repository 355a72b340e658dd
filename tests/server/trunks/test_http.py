"""Trunks that administrators add while the server runs."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.web import Browser, Web

PROVIDER = {
    "name": "provider", "kind": "register", "host": "sip.provider.example", "transport": "tcp",
    "username": "390612345", "password": "s3cret-word", "caller_id": "06 12345000",
}  # fmt: skip


@pytest.fixture
async def ada(web: Web) -> Browser:
    browser = web.browser()
    await browser.sign_in(await web.enrol("Ada Neri", "209", role="administrator"))
    return browser


async def names(web: Web) -> list[str]:
    """What the bridge would be told."""
    return [one["name"] for one in (await web.internal("GET", "/trunks")).body["trunks"]]


async def test_a_trunk_is_told_to_the_bridge_and_its_password_to_nobody_else(
    web: Web, ada: Browser, tmp_path: Path
) -> None:
    added = await ada.ask("POST", "/api/v1/admin/trunks", PROVIDER)
    assert added.status == 201, added
    assert (added.body["trunk"]["caller_id"], added.body["trunk"]["has_password"]) == ("+390612345000", True)
    told = (await web.internal("GET", "/trunks")).body["trunks"]
    assert [one["name"] for one in told] == ["carrier", "provider"]
    assert told[1]["password"] == "s3cret-word"
    shown = (await ada.get("/api/v1/admin/trunks")).body
    assert "s3cret-word" not in str(shown) + str((await ada.get("/api/v1/admin/audit")).body)
    assert [(one["name"], one["source"]) for one in shown["trunks"]] == [
        ("carrier", "file"),
        ("provider", "database"),
    ]
    file = tmp_path / "secrets" / "trunks" / "provider"
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("s3cret-word\n", 0o600)
    assert (await web.browser().ask("GET", "/internal/v1/trunks")).code == "not_authorised"


async def test_calls_out_try_it_after_those_of_the_file(web: Web, ada: Browser) -> None:
    await ada.ask("POST", "/api/v1/admin/trunks", PROVIDER)
    asked = {"caller": {"number": "209"}, "dialled": "0698765432", "via": "sip", "registered": []}
    plan = (await web.internal("POST", "/route", asked)).body
    legs = [stage["legs"][0] for stage in plan["stages"]]
    assert [(leg["trunk"], leg["from_number"]) for leg in legs] == [
        ("carrier", "+390612345000"),
        ("provider", "+390612345000"),
    ]


async def test_a_trunk_is_changed_and_removed(web: Web, ada: Browser) -> None:
    await ada.ask("POST", "/api/v1/admin/trunks", PROVIDER)
    path = "/api/v1/admin/trunks/provider"
    change = {"kind": "register", "host": "other.example", "username": "u"}
    changed = await ada.ask("PUT", path, change)
    assert (changed.body["trunk"]["host"], changed.body["trunk"]["has_password"]) == ("other.example", True)
    assert (await ada.ask("PUT", path, {**change, "password": ""})).code == "credentials_missing"
    assert (await ada.ask("PUT", path, {**change, "enabled": False})).status == 200
    assert await names(web) == ["carrier"]
    assert (await ada.ask("DELETE", path)).status == 204
    assert (await ada.ask("DELETE", path)).code == "unknown_trunk"
    log = [entry["action"] for entry in (await ada.get("/api/v1/admin/audit")).body["entries"]]
    assert log[0] == "trunk.removed" and log.count("trunk.changed") == 2


async def test_case_14_the_route_writes_and_reads_numbers_as_the_line_does(web: Web, ada: Browser) -> None:
    """Case 14: No plus, please."""
    settings = {"callee_format": "national", "caller_format": "plain", "callee_prefix": "9"}
    await ada.ask("POST", "/api/v1/admin/trunks", {**PROVIDER, "settings": settings})
    assert "callee_format" not in (await web.internal("GET", "/trunks")).body["trunks"][1]
    asked = {"call_id": "c1", "caller": {"number": "209"}, "dialled": "+390655510177", "via": "sip"}
    plan = (await web.internal("POST", "/route", {**asked, "registered": []})).body
    legs = [stage["legs"][0] for stage in plan["stages"]]
    assert [(leg["trunk"], leg["number"], leg["from_number"]) for leg in legs] == [
        ("carrier", "+390655510177", "+390612345000"),
        ("provider", "90655510177", "390612345000"),
    ]
    assert plan["callee"]["number"] == "+390655510177", "records and lists keep E.164"
    settings = {"inbound_format": "plain", "inbound_prefix": "8"}
    body = {key: value for key, value in PROVIDER.items() if key != "name"} | {"settings": settings}
    assert (await ada.ask("PUT", "/api/v1/admin/trunks/provider", body)).status == 200
    call = {"call_id": "c2", "caller": {"number": "8393331234567"}, "dialled": "1", "via": "trunk:provider"}
    plan = (await web.internal("POST", "/route", {**call, "registered": []})).body
    assert plan["caller"]["number"] == "+393331234567"


async def test_case_11_addresses_and_networks_of_a_line_are_told_to_the_bridge(
    web: Web, ada: Browser
) -> None:
    addresses = [" 192.0.2.7 ", "192.0.2.99/24", "[2001:db8::1]", "192.0.2.7", ""]
    added = await ada.ask("POST", "/api/v1/admin/trunks", {**PROVIDER, "settings": {"addresses": addresses}})
    tidied = ["192.0.2.7", "192.0.2.0/24", "2001:db8::1"]
    assert added.body["trunk"]["settings"]["addresses"] == tidied
    assert (await web.internal("GET", "/trunks")).body["trunks"][1]["addresses"] == tidied
    change = {"kind": "register", "host": "other.example", "username": "u"}
    kept = await ada.ask("PUT", "/api/v1/admin/trunks/provider", change)
    assert kept.body["trunk"]["settings"]["addresses"] == tidied
    emptied = await ada.ask("PUT", "/api/v1/admin/trunks/provider", {**change, "settings": {}})
    assert emptied.body["trunk"]["settings"]["addresses"] == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "Bad Name"}, 400, "invalid_name"),
        ({"name": "../../x"}, 400, "invalid_name"),
        ({"name": "carrier"}, 409, "trunk_taken"),
        ({"host": "a b\r\nVia: x"}, 400, "invalid_host"),
        ({"username": "a\r\nb"}, 400, "invalid_username"),
        ({"password": "a\nb"}, 400, "invalid_password"),
        ({"password": None}, 400, "credentials_missing"),
        ({"caller_id": "abc"}, 400, "invalid_number"),
        ({"port": 0}, 400, "invalid_field"),
        ({"settings": {"addresses": ["192.0.2.300"]}}, 400, "invalid_address"),
        ({"settings": {"addresses": ["0.0.0.0/0"]}}, 400, "invalid_address"),
        (
            {"settings": {"addresses": ["10.0.0.1"] * 2 + [f"10.0.0.{n}" for n in range(2, 102)]}},
            400,
            "invalid_address",
        ),
        ({"settings": {"colour": "red"}}, 400, "invalid_field"),
        ({"settings": {"from_user": "a>b"}}, 400, "invalid_from"),
        ({"settings": {"from_domain": "isp.example\r\nX: y"}}, 400, "invalid_from"),
        ({"settings": {"auth_username": 'a"b'}}, 400, "invalid_username"),
        ({"settings": {"outbound_proxy": "sbc.example:port"}}, 400, "invalid_proxy"),
        ({"settings": {"caller_in": ["diversion"]}}, 400, "invalid_field"),
        ({"settings": {"callee_format": "roman"}}, 400, "invalid_field"),
        ({"settings": {"callee_prefix": "9;x"}}, 400, "invalid_prefix"),
        ({"settings": {"inbound_prefix": "1" * 17}}, 400, "invalid_prefix"),
        ({"settings": {"answer_within_out": 9}}, 400, "invalid_answer_time"),
        ({"settings": {"answer_within_out": 601}}, 400, "invalid_answer_time"),
        ({"settings": {"answer_within_in": 9}}, 400, "invalid_answer_time"),
        ({"settings": {"answer_not_before": -0.5}}, 400, "invalid_answer_time"),
        ({"settings": {"answer_not_before": 30.5}}, 400, "invalid_answer_time"),
        ({"settings": {"answer_within_in": "long"}}, 400, "invalid_field"),
        ({"transport": "sctp"}, 400, "invalid_field"),
        ({"settings": {"tls_name": "a b"}}, 400, "invalid_tls_name"),
        ({"settings": {"tls_ca": "no certificate"}}, 400, "invalid_tls_ca"),
        ({"settings": {"tls_ca": "è"}}, 400, "invalid_tls_ca"),
        ({"settings": {"tls_fingerprint": "ab:cd"}}, 400, "invalid_tls_fingerprint"),
        ({"settings": {"tls_fingerprint": "g" * 64}}, 400, "invalid_tls_fingerprint"),
    ],
)
async def test_what_is_no_trunk_is_refused(
    web: Web, ada: Browser, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await ada.ask("POST", "/api/v1/admin/trunks", {**PROVIDER, **change})
    assert (answer.status, answer.code) == (status, code)
    assert await names(web) == ["carrier"]


async def test_trunks_of_the_configuration_file_are_changed_there(ada: Browser) -> None:
    body = {"kind": "peer", "host": "x.example"}
    for method in ("PUT", "DELETE"):
        answer = await ada.ask(method, "/api/v1/admin/trunks/carrier", body if method == "PUT" else None)
        assert (answer.status, answer.code) == (409, "trunk_of_the_file")
