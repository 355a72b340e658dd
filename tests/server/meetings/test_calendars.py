"""What invitations say, to people and to their calendars."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from server.meetings import calendars, local_time, texts
from server.meetings.calendars import Address, Appointment
from server.meetings.meeting import DialIn
from server.meetings.texts import Letter, What
from server.notifications.service import Language

START = int(datetime(2026, 7, 1, 8, 30, tzinfo=UTC).timestamp() * 1000)
GINO = Address("Gino", "gino@outside.example")


def appointment(sequence: int = 0, title: str = "Città; bilancio, 2026\nfine") -> Appointment:
    anna = Address("Anna Rossi", "anna@unisono.example")
    return Appointment(
        "m1@here", sequence, title, START, START + 45 * 60_000, anna, "https://x.example/#/join/t", "Entra"
    )


@pytest.mark.parametrize(("method", "status"), [("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED")])
def test_calendars_read_what_is_sent(method: calendars.Method, status: str) -> None:
    text = calendars.invitation(appointment(3), GINO, method, START - 1000)
    assert all(line.endswith("\r\n") and len(line.encode()) <= 77 for line in text.splitlines(keepends=True))
    calendar = Calendar.from_ical(text)
    assert (calendar["METHOD"], calendar["VERSION"]) == (method, "2.0")
    (event,) = calendar.walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("m1@here", 3, status)
    assert event["SUMMARY"] == "Città; bilancio, 2026\nfine"
    assert event.decoded("DTSTART") == datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
    assert event.decoded("DTEND") == datetime(2026, 7, 1, 9, 15, tzinfo=UTC)
    assert "DTSTART:20260701T083000Z" in text
    assert event["ORGANIZER"] == "mailto:anna@unisono.example"
    assert event["ATTENDEE"] == "mailto:gino@outside.example"
    assert event["ATTENDEE"].params["CN"] == "Gino"


def test_a_title_cannot_add_lines_of_its_own() -> None:
    text = calendars.invitation(appointment(title="x\r\nATTENDEE:mailto:y"), GINO, "REQUEST", START)
    assert text.count("\r\nATTENDEE") == 1


@pytest.mark.parametrize(
    ("region", "language", "written"),
    [
        ("IT", "it", "mercoledì 1 luglio 2026, 10:30 (Europe/Rome)"),
        ("IT", "en", "Wednesday 1 July 2026, 10:30 (Europe/Rome)"),
        ("US", "en", "Wednesday 1 July 2026, 04:30 (America/New York)"),
        ("ZZ", "en", "Wednesday 1 July 2026, 08:30 (UTC)"),
    ],
)
def test_times_are_written_as_the_region_has_them(region: str, language: Language, written: str) -> None:
    assert local_time.written(START, region, language) == written


LINK = "https://x.example/#/join/tok"


def letter(
    what: What = "invited", *, guest: bool = True, when: str = "domani", link: str | None = LINK
) -> Letter:
    dial_in = DialIn(("+390698765499",), "800", "123456789")
    return Letter(what, "Bilancio <2026>", "Anna Rossi", "Città", when, link, guest, dial_in, "IT")


@pytest.mark.parametrize(
    ("language", "subject", "phone"),
    [
        ("it", "Invito: Bilancio <2026>", "componi +39 06 9876 5499, poi il PIN 123 456 789"),
        ("en", "Invitation: Bilancio <2026>", "dial +39 06 9876 5499, then the PIN 123 456 789"),
    ],
)
def test_an_invitation_says_how_to_come(language: Language, subject: str, phone: str) -> None:
    mail = texts.mail(language, letter())
    assert mail.subject == subject
    for part in (mail.text, mail.html):
        assert "https://x.example/#/join/tok" in part
        assert phone in part
        assert "Anna Rossi" in part and "domani" in part
    assert "800" not in mail.text
    assert "Bilancio &lt;2026&gt;" in mail.html and "<2026>" not in mail.html


def test_colleagues_are_told_the_extension_too() -> None:
    assert "+39 06 9876 5499 or 800" in texts.mail("en", letter(guest=False)).text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("it", "te lo manda Anna Rossi"),
        ("en", "holds the key, which the server must not know: Anna Rossi sends it"),
    ],
)
def test_without_a_link_it_says_who_sends_it(language: Language, words: str) -> None:
    mail, entry = texts.mail(language, letter(link=None)), texts.description(language, letter(link=None))
    assert words in mail.text and words in mail.html and words in entry
    assert "None" not in mail.text + mail.html + entry
    event = calendars.invitation(replace(appointment(), url=None), GINO, "REQUEST", START)
    assert "LOCATION" not in event and "\nURL" not in event


def test_a_cancelled_meeting_has_no_way_in() -> None:
    mail = texts.mail("it", letter("cancelled"))
    assert mail.subject == "Annullato: Bilancio <2026>"
    assert "join" not in mail.text + mail.html


def test_without_a_plan_one_comes_when_one_likes() -> None:
    assert "whenever you like" in texts.mail("en", letter(when="")).text
