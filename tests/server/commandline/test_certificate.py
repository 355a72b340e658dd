"""`unisono certificate`, as it is typed."""

import re
from pathlib import Path

import pytest

from server.main import main
from tests.support.certificates import issued, written


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "unisono.toml"
    path.write_text('[organisation]\nname = "Example"\ndomain = "example.org"\n[sip]\nhost = "10.0.0.5"\n')
    return path


def run(config: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["certificate", "--config", str(config), "--data", str(config.parent / "data"), *arguments])
    return int(ended.value.code or 0)


def test_the_certificate_is_made_shown_and_renewed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config) == 0
    first = capsys.readouterr().out
    assert "example.org, 10.0.0.5" in first
    assert "A new certificate was made" in first
    assert run(config) == 0
    assert capsys.readouterr().out == first.replace(
        "A new certificate was made; it is shown within a minute.\n", ""
    )
    assert run(config, "--renew") == 0
    prints = re.findall(r"SHA-256 +(\S+)", first), re.findall(r"SHA-256 +(\S+)", capsys.readouterr().out)
    assert prints[0][0] != prints[1][0]
    assert prints[0][1] == prints[1][1], "the authority stays"


def test_the_authority_is_printed_for_the_phones(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "--authority") == 0
    assert capsys.readouterr().out.startswith("-----BEGIN CERTIFICATE-----\n")


def test_a_certificate_of_others_is_shown_and_left_to_them(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(config.parent, issued("pbx.example.org"))
    config.write_text(
        f'{config.read_text()}tls_certificate_file = "certificate.pem"\ntls_key_file = "key.pem"\n'
    )
    assert run(config) == 0
    assert "pbx.example.org" in capsys.readouterr().out
    assert run(config, "--renew") == 2
    assert not (config.parent / "data/secrets/telephones").exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("tls_port = 0", "SIP over TLS is off"),
        ('tls_certificate_file = "x.pem"', "belong together"),
        ('tls_certificate_file = "x.pem"\ntls_key_file = "y.pem"', "there is no such file"),
    ],
)
def test_what_cannot_be_shown_is_said(
    config: Path, lines: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f"{config.read_text()}{lines}\n")
    assert run(config) == 2
    assert said in capsys.readouterr().err
