"""What the process answers of files that nobody foresees."""

import pytest

from server.calendars import worker
from server.calendars.refusals import NotACalendar
from server.calendars.rules import DAY
from server.calendars.worker import Job
from tests.server.calendars.test_reading import ONE, at, calendar, event

START = at("2026-06-01T00:00")
LATE = "BEGIN:VFREEBUSY\nUID:1\nFREEBUSY:99991231T230000Z/P9999D\nEND:VFREEBUSY"


def job(kind: str, content: bytes) -> worker.Outcome:
    done = Job("report" if kind == "report" else "ics", len(content), START, START + DAY, "Asia/Tokyo")
    return worker.work(done, content)


def report(*files: bytes) -> bytes:
    data = "".join(
        f"<response><href>/a</href><propstat><prop><c:calendar-data>{one.decode()}</c:calendar-data></prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
        for one in files
    )
    return f'<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{data}</multistatus>'.encode()


def test_a_file_that_makes_no_sense_is_no_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OverflowError

    assert job("ics", calendar(event(*ONE))).problem is None
    monkeypatch.setattr("server.calendars.reading.read", fails)
    assert job("ics", calendar(event(*ONE))).problem == NotACalendar.code


def test_a_file_that_makes_no_sense_spoils_no_other() -> None:
    found = job("report", report(calendar(LATE), calendar(event(*ONE)))).reading
    assert found is not None
    assert (len(found.appointments), found.skipped) == (1, 1)
