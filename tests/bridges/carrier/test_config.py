"""The carrier's configuration is read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridges.carrier.config import Config, ConfigError, load


def test_an_empty_object_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "carrier.json").write_text("{}")
    assert load(tmp_path / "carrier.json") == Config()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"sip":{"hots":"x"}}', "hots"),
        ('{"sip":{"port":"5080"}}', r"\$\.sip\.port"),
        ('{"sip":{"port":0}}', r"\$\.sip\.port"),
        ('{"media":{"rtp_port_min":9,"rtp_port_max":8}}', "rtp_port_min"),
        ('{"log":{"level":"loud"}}', r"\$\.log\.level"),
        ("{", "carrier.json"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "carrier.json").write_text(text)
    with pytest.raises(ConfigError, match=complaint):
        load(tmp_path / "carrier.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        load(tmp_path / "nowhere.json")
