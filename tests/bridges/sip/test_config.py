"""The bridge's configuration: what is wrong with it is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridges.sip.__main__ import main
from bridges.sip.config import ConfigError, load

GOOD: dict[str, Any] = {
    "domain": "localhost",
    "realm": "localhost",
    "homeserver_url": "http://127.0.0.1:8008",
    "web_url": "http://127.0.0.1:8080",
    "as_token": "secret-as",
    "hs_token": "secret-hs",
    "internal_secret": "secret-internal",
    "database": "bridge.db",
    "trunks": [{"name": "carrier", "host": "127.0.0.1", "password": "secret-trunk"}],
}


def written(folder: Path, value: object) -> Path:
    path = folder / "sip.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_defaults_fill_what_is_left_out_and_secrets_are_not_shown(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    assert (config.sip.udp_port, config.control.port, config.media.webrtc_port) == (5060, 8081, 5062)
    assert config.trunks[0].kind == "peer"
    assert "secret" not in repr(config) + repr(config.trunks)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"sipp": {}}, "sipp"),
        ({"sip": {"udp_prot": 1}}, r"udp_prot.*\$\.sip"),
        ({"sip": {"udp_port": 70000}}, r"\$\.sip\.udp_port"),
        ({"control": {"port": "8081"}}, r"\$\.control\.port"),
        ({"trunks": [{"name": "x"}]}, r"host.*\$\.trunks"),
        ({"log": {"level": "loud"}}, r"\$\.log\.level"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load(written(tmp_path, GOOD | change))


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        load(written(tmp_path, text))


def test_the_process_ends_with_2_and_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
