"""The files of the telephones' certificate: made once, private, renewed in time, checked by openssl."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.certificates.authority import LIFETIME
from server.certificates.store import Certificates, UnusableCertificate
from tests.support.programs import program

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = ("example.org", "10.0.0.5")


@pytest.fixture
def made(tmp_path: Path) -> Certificates:
    found = Certificates(tmp_path / "telephones")
    assert found.ensure("Example", NAMES, NOW)
    return found


def test_a_certificate_is_made_for_all_names_and_only_its_owner_reads_it(made: Certificates) -> None:
    seen = made.seen()
    assert (seen.names, seen.until) == (NAMES, NOW + LIFETIME)
    files = sorted(made.folder.iterdir())
    assert [file.name for file in files] == ["authority.key", "authority.pem", "sip.key", "sip.pem"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert made.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("check", [("-verify_hostname", "example.org"), ("-verify_ip", "10.0.0.5")])
def test_openssl_accepts_it_by_the_authority_and_by_nothing_else(
    made: Certificates, check: tuple[str, str]
) -> None:
    command = [program("openssl"), "verify", "-x509_strict", "-purpose", "sslserver", *check]
    trusted = [*command, "-CAfile", str(made.authority_certificate), str(made.certificate)]
    assert subprocess.run(trusted, capture_output=True, check=False).returncode == 0
    wrong = [*trusted[:5], check[0], "10.0.0.6" if "ip" in check[0] else "example.com", *trusted[7:]]
    assert subprocess.run(wrong, capture_output=True, check=False).returncode != 0
    assert subprocess.run([*command, str(made.certificate)], capture_output=True, check=False).returncode != 0


def test_what_is_there_and_good_is_left_alone(made: Certificates) -> None:
    before = made.certificate.read_bytes()
    assert not made.ensure("Example", NAMES, NOW)
    assert not made.ensure("Example", NAMES[:1], NOW + LIFETIME - timedelta(days=31))
    assert made.certificate.read_bytes() == before


@pytest.mark.parametrize(
    ("names", "later", "anew"),
    [
        (NAMES, LIFETIME - timedelta(days=30), False),
        ((*NAMES, "pbx.example.org"), timedelta(), False),
        (NAMES, timedelta(), True),
    ],
)
def test_the_certificate_is_renewed_and_the_authority_stays(
    made: Certificates, names: tuple[str, ...], later: timedelta, anew: bool
) -> None:
    authority, before = made.authority_certificate.read_bytes(), made.seen()
    assert made.ensure("Example", names, NOW + later, anew=anew)
    assert made.seen().fingerprint != before.fingerprint
    assert made.seen().names == names
    assert made.authority_certificate.read_bytes() == authority


def test_a_lost_key_is_replaced_with_its_certificate(made: Certificates) -> None:
    made.key.unlink()
    assert made.ensure("Example", NAMES, NOW)


@pytest.mark.parametrize("file", ["authority.key", "sip.pem"])
def test_a_spoilt_file_is_named(made: Certificates, file: str) -> None:
    (made.folder / file).write_text("spoilt")
    with pytest.raises(UnusableCertificate, match=file):
        made.ensure("Example", NAMES, NOW, anew=file == "authority.key")
