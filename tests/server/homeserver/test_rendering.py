"""What Synapse is told."""

import dataclasses
import json
import re
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest

from server.config import Config, DataDir, load
from server.homeserver import rendering
from server.secrets import Secrets

DATA = DataDir(Path("/data"))


@pytest.fixture
def config() -> Config:
    config = load()
    return dataclasses.replace(
        config, organisation=dataclasses.replace(config.organisation, domain="example.org")
    )


def users(registration: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = registration["namespaces"]["users"]
    return found


def matches(registration: dict[str, Any], user: str, exclusive: bool) -> bool:
    return any(
        entry["exclusive"] is exclusive and re.match(entry["regex"], user) for entry in users(registration)
    )


def test_it_listens_where_configured_and_speaks_to_nobody_else(config: Config) -> None:
    content = rendering.homeserver(config, DATA, Secrets())
    (listener,) = content["listeners"]
    assert (listener["bind_addresses"], listener["port"]) == (["127.0.0.1"], 8008)
    assert listener["resources"] == [{"names": ["client", "openid"], "compress": False}]
    assert content["federation_domain_whitelist"] == []
    assert content["trusted_key_servers"] == []
    assert content["report_stats"] is False
    assert content["password_config"] == {"enabled": False, "localdb_enabled": False}
    assert content["presence"] == {"enabled": True}
    assert len(content["modules"]) == 2
    assert all(callable(resolve_name(module["module"])) for module in content["modules"])
    assert content["max_upload_size"] == "50M"


def test_profiles_are_for_those_who_share_a_room(config: Config) -> None:
    content = rendering.homeserver(config, DATA, Secrets())
    assert content["require_auth_for_profile_requests"] is True
    assert content["limit_profile_requests_to_users_who_share_rooms"] is True
    assert content["rc_profile"] == {"per_second": 2, "burst_count": 20}


def test_the_services_speak_for_everybody_but_the_administrator(config: Config) -> None:
    secrets = Secrets()
    for registration in (
        rendering.sessions_registration(config, secrets),
        rendering.telephone_registration(config, secrets),
    ):
        assert matches(registration, "@anna:example.org", exclusive=False)
        assert not matches(registration, "@unisono-admin:example.org", exclusive=False)
        assert not matches(registration, "@anna:exampleXorg", exclusive=False)


def test_ghosts_belong_to_the_telephone_alone(config: Config) -> None:
    telephone = rendering.telephone_registration(config, Secrets())
    assert matches(telephone, "@_tel_+390698765432:example.org", exclusive=True)
    assert not matches(telephone, "@anna:example.org", exclusive=True)
    assert telephone["receive_ephemeral"] is True
    assert telephone["rate_limited"] is False
    assert telephone["url"] == "http://127.0.0.1:8081"
    assert rendering.sessions_registration(config, Secrets())["url"] is None


def test_every_file_is_named_and_the_signing_key_is_in_synapses_format(config: Config) -> None:
    files = rendering.render(config, DATA, Secrets())
    assert {path.name for path in files} == {
        "homeserver.yaml",
        "log.yaml",
        "unisono-sessions.yaml",
        "unisono-telephone.yaml",
        "unisono-search.yaml",
        "signing.key",
    }
    assert re.fullmatch(r"ed25519 a_\w{4} [A-Za-z0-9+/]{43}\n", files[DATA.homeserver / "signing.key"])
    for path, text in files.items():
        if path.suffix == ".yaml":
            json.loads(text)
