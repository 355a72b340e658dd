import asyncio
import json
from io import StringIO
from pathlib import Path

import msgspec
import pytest

from server import main as command
from tests.support.web import demo_config, migrated


class People:
    """Runs `unisono people …` on one data directory."""

    def __init__(self, data: Path, output: pytest.CaptureFixture[str]) -> None:
        self._data = data
        self._output = output

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Exit status, and what was printed on either stream."""
        self._output.readouterr()
        with pytest.raises(SystemExit) as end:
            command.main(["people", *arguments, "--data", str(self._data)])
        printed = self._output.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, printed.out + printed.err

    def listed(self) -> list[dict[str, object]]:
        people: list[dict[str, object]] = json.loads(self("list", "--json")[1])
        return people


@pytest.fixture
def people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> People:
    asyncio.run(migrated(tmp_path / "unisono.db"))
    return People(tmp_path, capsys)


ANNA = ("add", "--email", "anna@unisono.example", "--name", "Anna Rossi")


def test_a_person_is_added_listed_and_removed(people: People) -> None:
    status, words = people(
        *ANNA, "--password", "correct horse", "--extension", "201", "--sip-password", "anna-phone",
        "--number", "06 12345 201",
    )  # fmt: skip
    assert (status, words) == (0, "Added Anna Rossi as @anna:localhost.\n")
    assert [(p["email"], p["extensions"], p["numbers"]) for p in people.listed()] == [
        ("anna@unisono.example", ["201"], ["+390612345201"])
    ]
    assert "201         +390612345201  @anna:localhost" in people("list")[1]
    assert people("remove", "Anna@unisono.example")[0] == 0
    assert people.listed() == []


def test_the_first_command_makes_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = People(tmp_path / "new", capsys)
    assert people(*ANNA, "--password", "correct horse")[0] == 0
    assert len(people.listed()) == 1


def test_passwords_that_are_not_given_are_made_up_and_shown_once(people: People) -> None:
    _, words = people(*ANNA, "--extension", "201", "--extension", "209", "--sip-password", "anna-phone")
    assert "Password (shown only now): " in words
    assert "SIP password of 209 (shown only now): " in words
    assert "SIP password of 201" not in words


def test_a_password_is_read_from_standard_input(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("correct horse\n"))
    status, words = people(*ANNA, "--password-stdin")
    assert (status, words) == (0, "Added Anna Rossi as @anna:localhost.\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*ANNA, "--password", "short"), "A password has 8 to 256 characters"),
        (
            (*ANNA, "--extension", "112"),
            "would shadow a number of the public network, or the meetings' dial-in: 112",
        ),
        ((*ANNA, "--extension", "1"), "An extension is two to six digits: 1"),
        ((*ANNA, "--number", "call me"), "This is not a telephone number: call me"),
        ((*ANNA, "--sip-password", "anna-phone"), "more SIP passwords than extensions"),
        ((*ANNA, "--extension", "201", "--sip-password", "x"), "A SIP password has at least 8 characters"),
        (("add", "--email", "anna", "--name", "Anna"), "This is not an e-mail address: anna"),
        (("remove", "nobody@unisono.example"), "Nobody here has this e-mail address"),
        (("password", "nobody@unisono.example"), "Nobody here has this e-mail address"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    people: People, arguments: tuple[str, ...], words: str
) -> None:
    status, said = people(*arguments)
    assert status == 2
    assert said.startswith("unisono: ")
    assert words in said
    assert people.listed() == []


def test_what_is_taken_is_refused(people: People) -> None:
    assert people(*ANNA, "--extension", "201", "--number", "0612345201")[0] == 0
    other = ("add", "--email", "bruno@unisono.example", "--name", "Bruno")
    assert "e-mail address already" in people(*ANNA)[1]
    assert "extension already: 201" in people(*other, "--extension", "201")[1]
    assert "number already: +390612345201" in people(*other, "--number", "+39 06 12345201")[1]
    assert len(people.listed()) == 1


def test_a_password_is_changed(people: People) -> None:
    people(*ANNA)
    assert people("password", "anna@unisono.example", "--password", "another horse") == (
        0,
        "Changed the password of anna@unisono.example.\n",
    )


def started_with_another_domain(data: Path) -> None:
    """As if `unisono serve` had been started on this directory with a configuration of its own."""
    (data / "run").mkdir()
    config = demo_config(domain="office.example")
    (data / "run" / "web.json").write_bytes(msgspec.json.encode(config))


def test_without_a_configuration_it_is_the_running_servers(people: People, tmp_path: Path) -> None:
    started_with_another_domain(tmp_path)
    assert people(*ANNA)[1].startswith("Added Anna Rossi as @anna:office.example.")


def test_a_configuration_that_is_given_counts(people: People, tmp_path: Path) -> None:
    started_with_another_domain(tmp_path)
    given = tmp_path / "given.toml"
    given.write_text('[organisation]\ndomain = "given.example"\n', "utf-8")
    assert people(*ANNA, "--config", str(given))[1].startswith("Added Anna Rossi as @anna:given.example.")


def test_without_a_mail_server_nobody_is_invited(people: People) -> None:
    arguments = ("invite", "--email", "carla@unisono.example", "--name", "Carla Verdi")
    assert people(*arguments) == (2, "unisono: No mail server is configured: nobody can be invited by mail\n")
    assert people.listed() == []


def test_an_invitation_waits_for_the_server_to_deliver_it(people: People, tmp_path: Path) -> None:
    config = tmp_path / "mail.toml"
    config.write_text('[mail]\nhost = "127.0.0.1"\n')
    place = ("--config", str(config))
    carla = ("--email", "carla@unisono.example")
    status, words = people(
        "invite", *carla, "--name", "Carla Verdi", "--administrator", "--extension", "210", *place
    )
    assert status == 0
    assert "SIP password of 210 (shown only now): " in words
    assert words.endswith("The invitation goes to carla@unisono.example.\n")
    assert [(p["email"], p["role"]) for p in people.listed()] == [("carla@unisono.example", "administrator")]
    assert people("invite", *carla, "--again", *place) == (
        0,
        "A fresh link goes to carla@unisono.example.\n",
    )
