"""The process that understands calendars, and its end."""

import sys

import pytest

from server.calendars.parser import Parser
from server.calendars.refusals import NotACalendar, TooSlow
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
