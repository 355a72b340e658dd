"""The pure rules of codes, tickets, trust and browsers' names."""

import secrets

import pyotp
import pytest

from server.accounts import codes, trust
from server.accounts.browsers import browser_name
from server.accounts.ticket import Enrolment, Ticket, WrongCode, WrongStep
from server.sealing import Seal

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("late", "right"), [(-90, False), (-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_half_a_minute_wrong(late: int, right: bool) -> None:
    code = pyotp.TOTP(SECRET).at(int(NOW) + late)
    assert (codes.matching_step(SECRET, code, NOW) is not None) is right


@pytest.mark.parametrize("code", ["", "1", "abcdef", "12345678901234567890", "１２３４５６"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert codes.matching_step(SECRET, code, NOW) is None


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123-456"])
def test_codes_are_read_as_they_were_meant(typed: str) -> None:
    assert codes.normalised(typed) == "123456"


def test_recovery_codes_are_ten_and_have_no_letter_like_a_digit() -> None:
    made = codes.fresh_recovery_codes(secrets.choice)
    assert len(set(made)) == 10
    assert all(len(code) == 11 and not set(code) & set("0o1il") for code in made)


def test_a_sent_code_allows_five_guesses_in_five_minutes() -> None:
    ticket = Ticket("p", "code", 10_000_000).with_code("tag", "number", 0)
    for _ in range(5):
        ticket = ticket.guessed(1)
    with pytest.raises(WrongCode):
        ticket.guessed(1)
    with pytest.raises(WrongCode):
        Ticket("p", "code", 10_000_000).with_code("tag", "number", 0).guessed(codes.SMS_LIVES)
    with pytest.raises(WrongCode):
        ticket.without_code().guessed(1)


def test_a_new_code_allows_new_guesses() -> None:
    ticket = Ticket("p", "code", 10_000_000).with_code("tag", "number", 0).guessed(1)
    assert ticket.with_code("other", "number", 2).guessed(3).sent != ticket.sent


def test_a_ticket_does_only_what_it_stands_at() -> None:
    ticket = Ticket("p", "enrol", 1, enrolment=Enrolment("totp", "sealed"))
    assert ticket.at("enrol", "account") is ticket
    with pytest.raises(WrongStep):
        ticket.at("code")


def test_trust_ends_with_its_time_and_its_epoch() -> None:
    seal = Seal("key")
    value = trust.trust_value(seal, "anna", 3, 0)
    last = trust.LIVES_SECONDS * 1000 - 1
    assert trust.trusted(seal, value, "anna", 3, last)
    assert not trust.trusted(seal, value, "anna", 3, last + 1)
    assert not trust.trusted(seal, value, "anna", 4, 0)
    assert not trust.trusted(seal, value, "bruno", 3, 0)
    assert not trust.trusted(Seal("other"), value, "anna", 3, 0)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18 Safari/605.1", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) CriOS/156 Safari/604", "Chrome on iPhone"),
        ("curl/8.1", "curl"),
        ("", ""),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_browsers_have_names(agent: str, name: str) -> None:
    assert browser_name(agent) == name
