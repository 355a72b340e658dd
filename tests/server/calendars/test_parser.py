"""The process that understands calendars, and its end."""

import sys
from pathlib import Path
from subprocess import run

import pytest

from server.calendars.parser import Parser
from server.calendars.refusals import CalendarRefusal, NotACalendar, TooSlow
from server.calendars.rules import DAY
from tests.server.calendars.test_reading import ONE, TEN, at, calendar, event, spans

WINDOW = (at("2026-06-01T00:00"), at("2026-06-01T00:00") + DAY, "Europe/Rome", ())


async def test_it_understands_one_after_another() -> None:
    parser = Parser()
    try:
        with pytest.raises(NotACalendar):
            await parser.read("ics", b"nothing", *WINDOW)
        assert spans(await parser.read("ics", calendar(event(*ONE)), *WINDOW)) == [TEN]
    finally:
        await parser.close()


async def test_whoever_ends_it_has_the_calendar_refused() -> None:
    parser = Parser((sys.executable, "-c", "import sys; sys.stdin.buffer.readline(); sys.exit(1)"))
    with pytest.raises(TooSlow):
        await parser.read("ics", b"", *WINDOW)
    await parser.close()


async def test_one_that_was_ended_between_two_calendars_is_begun_again() -> None:
    parser = Parser()
    try:
        await parser.read("ics", calendar(event(*ONE)), *WINDOW)
        process = parser._process
        assert process is not None
        process.kill()
        await process.wait()
        assert spans(await parser.read("ics", calendar(event(*ONE)), *WINDOW)) == [TEN]
    finally:
        await parser.close()


async def test_where_no_process_begins_the_calendar_is_refused(tmp_path: Path) -> None:
    parser = Parser((str(tmp_path / "nothing"),))
    with pytest.raises(CalendarRefusal) as refused:
        await parser.read("ics", b"", *WINDOW)
    assert refused.value.code == "calendar_error"
    await parser.close()


def test_it_loads_nothing_of_the_web() -> None:
    code = (
        "import sys, server.calendars.worker; print([one for one in sys.modules if one.startswith('sanic')])"
    )
    done = run([sys.executable, "-c", code], capture_output=True, check=True, timeout=120)
    assert done.stdout.strip() == b"[]"
