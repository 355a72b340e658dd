"""The administrator's commands, as they are typed."""

import asyncio
import io
import re
from pathlib import Path

import pytest

from server.commandline.trunks import said_of
from server.directory import rules
from server.main import main
from server.secrets import load_or_create
from tests.support.certificates import authority
from tests.support.web import migrated


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    asyncio.run(migrated(folder / "unisono.db"))
    run(
        folder,
        "people",
        "add",
        "--email",
        "anna@x.example",
        "--name",
        "Anna Rossi",
        "--password",
        "quite long",
    )
    return folder


def run(data: Path, *arguments: str) -> int:
    """The exit status of a command."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--data", str(data)])
    return int(ended.value.code or 0)


def test_an_extension_gets_a_password_that_is_shown_once(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--email", "anna@x.example", "--phone", "yealink")
    assert run(data, "extensions", "add", "201", *asked) == 0
    shown = capsys.readouterr().out
    password = shown.split("(shown only now): ")[-1].split()[0]
    assert f"account.1.password = {password}" in shown
    assert rules.ha1("201", "localhost", password)[0].encode() in (data / "unisono.db").read_bytes()
    assert run(data, "extensions", "password", "201") == 0
    assert password not in capsys.readouterr().out
    assert run(data, "extensions", "password", "201", "--phone", "yealink", "--tls") == 0
    assert "account.1.sip_server.1.transport_type = 2" in capsys.readouterr().out
    assert run(data, "extensions", "remove", "201") == 0
    assert run(data, "extensions", "remove", "201") == 2
    assert "Nobody has this extension" in capsys.readouterr().err


def test_numbers_are_given_listed_and_taken_away(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "numbers", "add", "06 12345201", "--email", "anna@x.example") == 0
    assert run(data, "numbers", "list") == 0
    assert "+390612345201  Anna Rossi" in capsys.readouterr().out
    assert run(data, "numbers", "remove", "0612345201") == 0
    assert "no outside number" in capsys.readouterr().out


def test_groups_are_made_changed_shown_and_removed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--name", "Sales", "--member", "anna@x.example", "--number", "06 12345300")
    assert run(data, "groups", "add", "300", *asked, "--strategy", "in_order", "--seconds", "15") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Sales: 300, +390612345300.\nRings in_order, 15 s a turn;"), shown
    assert "Anna Rossi <anna@x.example>\n" in shown
    assert run(data, "extensions", "add", "300", "--email", "anna@x.example") == 2
    assert run(data, "groups", "change", "300", "--otherwise", "voicemail:anna@x.example") == 0
    assert "to the voicemail of @anna:localhost" in capsys.readouterr().out
    assert run(data, "groups", "change", "300", "--otherwise", "group:300") == 2
    assert "come back to this group" in capsys.readouterr().err
    assert run(data, "groups", "change", "300", "--queue") == 0
    assert "A queue: 50 callers wait, 900 s at most" in capsys.readouterr().out
    assert run(data, "groups", "change", "300", "--no-queue") == 0
    assert "A queue" not in capsys.readouterr().out
    assert run(data, "groups", "list") == 0
    assert "300        Sales  in_order  1        +390612345300" in capsys.readouterr().out
    assert run(data, "groups", "remove", "300") == 0
    assert run(data, "groups", "show", "300") == 2
    assert "There is no such group" in capsys.readouterr().err


def test_people_are_disabled_enabled_and_made_administrators(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for action in ("disable", "enable"):
        assert run(data, "people", action, "anna@x.example") == 0
    assert run(data, "people", "role", "anna@x.example", "administrator") == 0
    assert run(data, "people", "calls", "anna@x.example", "national") == 0
    assert "numbers of this country" in capsys.readouterr().out
    assert run(data, "people", "disable", "anna@x.example") == 2
    assert "last administrator" in capsys.readouterr().err
    assert run(data, "people", "disable", "nobody@x.example") == 2


def test_a_trunk_is_added_with_its_password_from_standard_input(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret-word\n"))
    asked = ("--host", "sip.x.example", "--username", "u", "--password-stdin")
    assert run(data, "trunks", "add", "provider", *asked) == 0
    assert run(data, "trunks", "list") == 0
    shown = capsys.readouterr().out
    assert "provider  register  sip.x.example/udp  database  unknown" in shown
    assert "s3cret-word" not in shown
    assert (data / "secrets" / "trunks" / "provider").stat().st_mode & 0o777 == 0o600
    assert run(data, "trunks", "remove", "provider") == 0
    assert not (data / "secrets" / "trunks" / "provider").exists()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (("OPTIONS", 200, "OK"), "192.0.2.1:5060 answers OPTIONS with 200 OK: it is there."),
        (("OPTIONS", None, ""), "192.0.2.1:5060 does not answer OPTIONS: it may take calls all the same."),
        (
            ("REGISTER", 200, "OK"),
            "192.0.2.1:5060 answers REGISTER with 200 OK: user name and password are right.",
        ),
        (
            ("REGISTER", 403, "Forbidden"),
            "192.0.2.1:5060 answers REGISTER with 403 Forbidden: look at user name (also --auth-username) and"
            " password.",
        ),
        (("REGISTER", None, ""), "192.0.2.1:5060 does not answer REGISTER: nothing can be registered."),
        (
            ("OPTIONS", None, "Not Reachable"),
            "192.0.2.1:5060 does not answer OPTIONS: it may take calls all the same.",
        ),
        (
            ("OPTIONS", None, "certificate not accepted: self-signed certificate"),
            "192.0.2.1:5060 cannot be asked by OPTIONS: certificate not accepted: self-signed certificate.",
        ),
        (("REGISTER", 500, "Oh"), "192.0.2.1:5060 answers REGISTER with 500 Oh."),
    ],
)
def test_what_a_provider_answers_is_said_in_words(answer: tuple[str, int | None, str], words: str) -> None:
    method, status, phrase = answer
    where = {"host": "192.0.2.1", "port": 5060}
    said = [{"method": method, **where, "status": status, "phrase": phrase}]
    trial = {"asked": "isp.example", "transport": "UDP", "servers": [where], "answers": said}
    assert said_of(trial) == ["isp.example over UDP is 192.0.2.1:5060.", words]
    (unknown,) = said_of({**trial, "servers": [], "answers": []})
    assert unknown.startswith("isp.example is not known")


def test_a_trunk_is_not_tried_without_a_bridge_nor_by_a_wrong_name(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data, "trunks", "add", "isp", "--host", "192.0.2.1") == 0
    assert run(data, "trunks", "test", "isp") == 0
    assert "is the server running?" in capsys.readouterr().out
    assert run(data, "trunks", "test", "nobody") == 2


def test_case_11_the_settings_of_a_trunk_are_given_changed_and_shown(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    networks = ("--address", "192.0.2.7/24", "--address", "2001:db8::1")
    assert run(data, "trunks", "add", "isp", "--host", "192.0.2.1", "--port", "5070", *networks) == 0
    assert run(data, "trunks", "change", "isp", "--caller-id", "06 12345000") == 0
    assert run(data, "trunks", "show", "isp") == 0
    shown = capsys.readouterr().out
    assert "192.0.2.1:5070/udp" in shown and "+390612345000" in shown
    assert "192.0.2.0/24, 2001:db8::1" in shown
    assert run(data, "trunks", "change", "isp", "--address", "") == 0
    assert run(data, "trunks", "show", "isp") == 0
    assert "192.0.2.0/24" not in capsys.readouterr().out
    assert run(data, "trunks", "change", "isp", "--address", "here") == 2
    assert "neither an IP address nor a network" in capsys.readouterr().err
    assert run(data, "trunks", "change", "nobody", "--port", "5060") == 2


def test_how_long_a_line_may_go_without_an_answer_is_given_and_shown(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data, "trunks", "add", "isp", "--host", "192.0.2.1", "--answer-within-out", "90") == 0
    assert run(data, "trunks", "change", "isp", "--answer-not-before", "0.5") == 0
    assert run(data, "trunks", "show", "isp") == 0
    shown = capsys.readouterr().out
    for name, value in (("within_out", "90"), ("within_in", "180"), ("not_before", "0.5")):
        assert re.search(rf"answer_{name} +{value}\b", shown)
    assert run(data, "trunks", "change", "isp", "--answer-within-in", "5") == 2
    assert "10 to 600" in capsys.readouterr().err


def test_the_company_phonebook_is_read_in_and_written_out(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text("Name,Phone\nZoë,06 5550001\n,abc\n", "utf-8")
    assert run(data, "contacts", "import", str(file)) == 2
    assert "line 3: This is not a telephone number: abc" in capsys.readouterr().err
    assert run(data, "contacts", "import", str(file), "--dry-run") == 0
    assert "Would add 1" in capsys.readouterr().out
    assert run(data, "contacts", "import", str(file), "--skip-faulty") == 0
    assert run(data, "contacts", "export", str(tmp_path / "out.vcf")) == 0
    assert "FN:Zoë" in (tmp_path / "out.vcf").read_text("utf-8")
    assert run(data, "contacts", "import", str(tmp_path / "missing.csv")) == 2


def test_every_change_is_written_down_as_the_command_lines(data: Path) -> None:
    run(data, "numbers", "add", "06 12345201", "--email", "anna@x.example")
    assert load_or_create(data / "secrets").internal_secret
    assert b"number.added" in (data / "unisono.db").read_bytes()
    assert b"command line" in (data / "unisono.db").read_bytes()


def test_a_line_over_tls_is_told_whose_certificate_to_believe(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authorities = tmp_path / "ca.pem"
    authorities.write_text(authority().certificate)
    asked = ("--host", "sip.example.org", "--transport", "tls", "--tls-ca", str(authorities))
    assert run(data, "trunks", "add", "isp", *asked) == 0
    assert run(data, "trunks", "change", "isp", "--tls-fingerprint", "AB:" * 31 + "CD") == 0
    assert run(data, "trunks", "show", "isp") == 0
    shown = capsys.readouterr().out
    assert "sip.example.org/tls" in shown
    assert re.search(r"tls_ca +-----BEGIN CERTIFICATE----- … \(\d+ lines\)", shown)
    assert "ab" * 31 + "cd" in shown
    assert run(data, "trunks", "change", "isp", "--tls-ca", "") == 0
    assert run(data, "trunks", "show", "isp") == 0
    assert re.search(r"tls_ca +-\n", capsys.readouterr().out)
    assert run(data, "trunks", "change", "isp", "--tls-fingerprint", "abc") == 2
    assert "64 hexadecimal digits" in capsys.readouterr().err
