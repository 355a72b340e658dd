"""When calendars of different programs say that their owner is busy."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from server.calendars import reading
from server.calendars.reading import Reading
from server.calendars.refusals import NotACalendar
from server.calendars.rules import DAY, BusyTime, busy_times

ROME = "Europe/Rome"
ANNA = "anna@example.org"
#: As Outlook describes the clock of Rome; the name is Microsoft's.
OUTLOOK_ZONE = """BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""
#: One that no database knows.
OWN_ZONE = OUTLOOK_ZONE.replace("W. Europe Standard Time", "Our Office")


def at(written: str, zone: str = ROME) -> int:
    return int(datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def calendar(*parts: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", *head.splitlines()]
    for part in parts:
        lines += part.strip().splitlines()
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str, uid: str = "1@test", summary: str = "Budget") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", *lines, "END:VEVENT"])


def read(content: bytes, start: str, days: int = 7, mine: tuple[str, ...] = (ANNA,)) -> Reading:
    begin = at(start)
    return reading.read(content, begin, begin + days * DAY, ROME, mine)


def spans(found: Reading) -> list[tuple[int, int]]:
    return [(one.starts_at, one.ends_at) for one in found.appointments]


ONE = ("DTSTART:20260601T080000Z", "DTEND:20260601T090000Z")
#: The first of June of 2026, a Monday, from ten to eleven in Rome.
TEN = (at("2026-06-01T10:00"), at("2026-06-01T11:00"))


@pytest.mark.parametrize(
    ("lines", "busy"),
    [
        ((), True),
        (("TRANSP:OPAQUE", "STATUS:CONFIRMED"), True),
        (("TRANSP:TRANSPARENT",), False),
        (("transp:transparent",), False),
        (("STATUS:CANCELLED",), False),
        (("STATUS:TENTATIVE",), False),
        # Outlook says the same twice, and means what it says of its own.
        (("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"), True),
        (("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"), True),
        (("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"), False),
        (("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"), False),
        (("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"), False),
        (("TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"), True),
        # Google and Nextcloud: who was asked, and what they said.
        ((f"ATTENDEE;CN=Anna;PARTSTAT=ACCEPTED:mailto:{ANNA}",), True),
        ((f"ATTENDEE;CN=Anna;PARTSTAT=NEEDS-ACTION:mailto:{ANNA}",), True),
        ((f"ATTENDEE;CN=Anna;PARTSTAT=DECLINED:mailto:{ANNA}",), False),
        ((f"ATTENDEE;CN=Anna;PARTSTAT=TENTATIVE:MAILTO:{ANNA.upper()}",), False),
        (("ATTENDEE;PARTSTAT=DECLINED:mailto:bruno@example.org",), True),
        (
            (
                "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bruno@example.org",
                f"ATTENDEE;PARTSTAT=DECLINED;EMAIL={ANNA}:urn:uuid:5",
            ),
            False,
        ),
        ((f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ANNA}", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"), False),
    ],
)
def test_which_appointments_make_busy(lines: tuple[str, ...], busy: bool) -> None:
    found = read(calendar(event(*ONE, *lines)), "2026-06-01T00:00")
    assert spans(found) == ([TEN] if busy else [])
    assert not found.skipped


def test_whose_calendar_it_is_may_be_its_name() -> None:
    declined = event(*ONE, "ATTENDEE;PARTSTAT=DECLINED:mailto:anna.private@example.net")
    content = calendar(declined, head="X-WR-CALNAME:anna.private@example.net")
    found = read(content, "2026-06-01T00:00")
    assert (found.name, found.appointments) == ("anna.private@example.net", ())
    assert read(calendar(declined), "2026-06-01T00:00").appointments


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (calendar(event("DTSTART;TZID=Europe/Rome:20260601T100000", "DURATION:PT1H")), TEN),
        (
            calendar(
                OUTLOOK_ZONE,
                event(
                    "DTSTART;TZID=W. Europe Standard Time:20260601T100000",
                    "DTEND;TZID=W. Europe Standard Time:20260601T110000",
                ),
            ),
            TEN,
        ),
        (
            calendar(
                OWN_ZONE,
                event('DTSTART;TZID="Our Office":20260601T100000', "DTEND;TZID=Our Office:20260601T110000"),
            ),
            TEN,
        ),
        # Without a zone it is the clock of the house, or that which the calendar names.
        (calendar(event("DTSTART:20260601T100000", "DTEND:20260601T110000")), TEN),
        (
            calendar(
                event("DTSTART:20260601T040000", "DTEND:20260601T050000"),
                head="X-WR-TIMEZONE:America/New_York",
            ),
            TEN,
        ),
        (
            calendar(event("DTSTART:20260601T100000", "DTEND:20260601T110000"), head="X-WR-TIMEZONE:../x"),
            TEN,
        ),
        # Over a fold, in another charset, with a mark of order, with zeros in it, in another spelling.
        (calendar(event("DTSTART;TZID=\n Europe/Rome:20260601T1000\n 00", "DURATION:PT1H")), TEN),
        (calendar(event(*ONE, summary="Riunione caffè")).decode().encode("cp1252"), TEN),
        (b"\xef\xbb\xbf" + calendar(event(*ONE)), TEN),
        (calendar(event(*ONE)).decode().encode("utf-16"), TEN),
        (calendar(event(*ONE)).replace(b"Budget", b"Bud\0get"), TEN),
        (calendar(event(*ONE)).replace(b"\r\n", b"\n"), TEN),
        (calendar(event(*ONE)).replace(b"BEGIN:VEVENT", b"begin:vevent"), TEN),
    ],
)
def test_times_mean_what_the_program_meant(content: bytes, expected: tuple[int, int]) -> None:
    assert spans(read(content, "2026-06-01T00:00")) == [expected]


def test_a_series_keeps_its_clock_over_the_change_of_the_hour_and_leaves_out_what_was_taken_out() -> None:
    content = calendar(
        OUTLOOK_ZONE,
        event(
            "DTSTART;TZID=W. Europe Standard Time:20250106T100000",
            "DTEND;TZID=W. Europe Standard Time:20250106T103000",
            "RRULE:FREQ=WEEKLY;BYDAY=MO,TH",
            "EXDATE;TZID=W. Europe Standard Time:20260326T100000",
        ),
        event(
            "RECURRENCE-ID;TZID=W. Europe Standard Time:20260330T100000",
            "DTSTART;TZID=W. Europe Standard Time:20260331T150000",
            "DTEND;TZID=W. Europe Standard Time:20260331T160000",
        ),
        event(
            "RECURRENCE-ID;TZID=W. Europe Standard Time:20260402T100000",
            "DTSTART;TZID=W. Europe Standard Time:20260402T100000",
            "DTEND;TZID=W. Europe Standard Time:20260402T103000",
            "STATUS:CANCELLED",
        ),
    )
    assert spans(read(content, "2026-03-23T00:00", 15)) == [
        (at("2026-03-23T10:00"), at("2026-03-23T10:30")),
        (at("2026-03-31T15:00"), at("2026-03-31T16:00")),
        (at("2026-04-06T10:00"), at("2026-04-06T10:30")),
    ]


def test_one_of_a_series_may_be_declined_and_all_after_one_be_moved() -> None:
    content = calendar(
        event("DTSTART;TZID=Europe/Rome:20260601T090000", "DURATION:PT15M", "RRULE:FREQ=DAILY;COUNT=5"),
        event(
            "RECURRENCE-ID;TZID=Europe/Rome:20260602T090000",
            "DTSTART;TZID=Europe/Rome:20260602T090000",
            "DURATION:PT15M",
            f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ANNA}",
        ),
        event(
            "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Rome:20260604T090000",
            "DTSTART;TZID=Europe/Rome:20260604T120000",
            "DURATION:PT15M",
        ),
    )
    begins = [one.starts_at for one in read(content, "2026-06-01T00:00").appointments]
    assert begins == [
        at(each) for each in ("2026-06-01T09:00", "2026-06-03T09:00", "2026-06-04T12:00", "2026-06-05T12:00")
    ]


def test_whole_days_count_where_that_is_wanted() -> None:
    content = calendar(
        event("DTSTART;VALUE=DATE:20260602", "DTEND;VALUE=DATE:20260604", uid="holiday"),
        event(*ONE),
        event("DTSTART:20260604T080000Z", "DTEND:20260605T080000Z", uid="night"),
    )
    found = read(content, "2026-06-01T00:00").appointments
    assert busy_times(found, whole_days=False) == (BusyTime(*TEN),)
    assert busy_times(found, whole_days=True)[1] == BusyTime(at("2026-06-02T00:00"), at("2026-06-04T00:00"))
    assert len(busy_times(found, whole_days=True)) == 3


def test_what_has_no_length_or_no_time_is_no_appointment() -> None:
    content = calendar(
        event("DTSTART:20260601T080000Z", uid="a"),
        event("DTSTART:20260601T080000Z", "DTEND:20260601T080000Z", uid="b"),
        event(uid="d"),
        event("DTSTART:nonsense", "DTEND:nonsense", uid="e"),
        event("DTSTART:20269999T999999Z", uid="f"),
    )
    assert read(content, "2026-06-01T00:00").appointments == ()


def test_a_calendar_may_say_when_and_not_what() -> None:
    content = calendar(
        "BEGIN:VFREEBUSY\nUID:1\nFREEBUSY;FBTYPE=BUSY:20260601T080000Z/20260601T090000Z,"
        "20260602T080000Z/PT1H\nFREEBUSY;FBTYPE=FREE:20260603T080000Z/20260603T090000Z\n"
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260604T080000Z/PT1H\nEND:VFREEBUSY"
    )
    assert spans(read(content, "2026-06-01T00:00")) == [
        TEN,
        (at("2026-06-02T10:00"), at("2026-06-02T11:00")),
    ]


def test_only_what_is_near_is_looked_at_and_the_edges_count() -> None:
    content = calendar(
        event("DTSTART:20100101T080000Z", "DTEND:20100101T090000Z", uid="past"),
        event("DTSTART:20990101T080000Z", "DTEND:20990101T090000Z", uid="ahead"),
        event("DTSTART:20260501T080000Z", "DTEND:20260601T090000Z", uid="long"),
        event(
            "DTSTART:20100101T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20110101T000000Z", uid="o"
        ),
    )
    near = reading.near(reading.decoded(content), "20260530", "20260610")
    assert "long" in near
    assert not [uid for uid in ("past", "ahead", "UID:o") if uid in near]
    assert spans(read(content, "2026-06-01T00:00")) == [(at("2026-05-01T10:00"), TEN[1])]
    # What ends as the window begins is not in it, what begins as it ends neither.
    assert not read(calendar(event(*ONE)), "2026-06-01T11:00").appointments
    assert not read(calendar(event(*ONE)), "2026-05-25T10:00").appointments
    assert read(calendar(event(*ONE)), "2026-05-25T10:01").appointments


@pytest.mark.parametrize(
    "often", ["SECONDLY", "MINUTELY", "HOURLY", "SECONDLY;COUNT=2000000000", "DAILY;INTERVAL=0"]
)
def test_what_comes_again_each_moment_is_no_appointment(often: str) -> None:
    endless = event("DTSTART:19700101T000000Z", "DURATION:PT1M", f"RRULE:FREQ={often}", uid="endless")
    assert spans(read(calendar(endless, event(*ONE)), "2026-06-01T00:00")) == [TEN]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SOMETIMES", "FREQ=DAILY;UNTIL=x", "FREQ=DAILY;BYHOUR=77", "", "FREQ="],
)
def test_a_series_that_makes_no_sense_spoils_no_other(rule: str) -> None:
    bad = event("DTSTART:20260101T000000Z", "DURATION:PT1M", f"RRULE:{rule}", uid="bad")
    assert TEN in spans(read(calendar(bad, event(*ONE)), "2026-06-01T00:00"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0\0",
        b"<!DOCTYPE html><html>Sign in</html>",
        b'{"error": "no"}',
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna\r\nEND:VCARD\r\n",
        b"BEGIN:VCALENDAR",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        bytes(range(256)) * 8,
    ],
)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(NotACalendar):
        read(content, "2026-06-01T00:00")


def test_an_empty_calendar_is_one() -> None:
    assert read(calendar(), "2026-06-01T00:00") == Reading()


def test_a_title_is_one_line_of_bounded_length() -> None:
    content = calendar(event(*ONE, summary=f"Line\\none\u202e {'x' * 5000}"))
    (found,) = read(content, "2026-06-01T00:00").appointments
    assert found.title.startswith("Line one x")
    assert len(found.title) == reading.TITLE
