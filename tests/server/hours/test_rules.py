"""When it is open, and when that changes: weeks, nights, holidays, exceptions, both changes of the clocks."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from server.hours.rules import (
    EndsBeforeItBegins,
    Holiday,
    HoursRefusal,
    InvalidDate,
    Opening,
    Schedule,
    ScheduleException,
    Standing,
    State,
    UnknownTimezone,
    check_schedule,
    easter,
    is_open,
    next_change,
    standing_at,
)

ROME = ZoneInfo("Europe/Rome")
OFFICE = Schedule(
    timezone="Europe/Rome",
    week=(
        *(Opening(day, "09:00", "13:00") for day in range(5)),
        *(Opening(day, "14:30", "18:00") for day in range(5)),
    ),
    holidays=(
        Holiday("12-25", "Christmas"),
        Holiday("2026-12-07", "Patron saint"),
        Holiday("easter+1", "Easter Monday"),
    ),
    exceptions=(
        ScheduleException("2026-12-24T13:00", "2026-12-31T09:00", "closed", "Winter"),
        ScheduleException("2026-12-25T10:00", "2026-12-25T11:00", "open", "On call"),
        ScheduleException("2026-08-10T00:00", "2026-08-15T00:00", "holiday", "Summer"),
    ),
)
#: Friday and Saturday night; Sunday all day.
BAR = Schedule(
    timezone="Europe/Rome",
    week=(Opening(4, "22:00", "02:30"), Opening(5, "22:00", "02:30"), Opening(6, "00:00", "00:00")),
)
NEVER = Schedule(timezone="Europe/Rome")
ALWAYS = Schedule(timezone="Europe/Rome", week=tuple(Opening(day, "00:00", "00:00") for day in range(7)))


def at(moment: str, fold: int = 0) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=ROME, fold=fold).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "state", "name"),
    [
        ("2026-11-30T08:59:59.999", "closed", ""),  # a Monday
        ("2026-11-30T09:00", "open", ""),
        ("2026-11-30T12:59:59.999", "open", ""),
        ("2026-11-30T13:00", "closed", ""),
        ("2026-11-30T14:30", "open", ""),
        ("2026-11-28T10:00", "closed", ""),
        ("2026-12-07T10:00", "holiday", "Patron saint"),
        ("2027-12-07T10:00", "open", ""),  # once only
        ("2026-04-06T10:00", "holiday", "Easter Monday"),
        ("2027-03-29T10:00", "holiday", "Easter Monday"),
        ("2026-12-24T12:59", "open", ""),
        ("2026-12-24T13:00", "closed", "Winter"),
        ("2026-12-25T10:30", "open", "On call"),  # the later of two exceptions, on a holiday
        ("2026-12-25T11:00", "closed", "Winter"),
        ("2027-12-25T10:00", "holiday", "Christmas"),
        ("2026-12-31T08:59", "closed", "Winter"),
        ("2026-12-31T09:00", "open", ""),
        ("2026-08-14T10:00", "holiday", "Summer"),
    ],
)
def test_what_holds_in_an_office(moment: str, state: State, name: str) -> None:
    assert standing_at(OFFICE, at(moment)) == Standing(state, name)
    assert is_open(OFFICE, at(moment)) == (state == "open")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-27T21:59", False),  # Friday
        ("2026-11-27T22:00", True),
        ("2026-11-28T02:29", True),
        ("2026-11-28T02:30", False),
        ("2026-11-29T23:59", True),
        ("2026-11-30T00:00", False),
        ("2026-11-30T22:00", False),
        ("2026-11-26T23:00", False),
    ],
)
def test_a_night_is_of_the_day_on_which_it_begins(moment: str, expected: bool) -> None:
    assert is_open(BAR, at(moment)) is expected


def test_a_night_goes_on_into_a_holiday_on_which_nothing_opens() -> None:
    bar = replace(BAR, holidays=(Holiday("2026-11-28"),))
    assert is_open(bar, at("2026-11-28T01:00"))
    assert standing_at(bar, at("2026-11-28T03:00")).state == "holiday"
    assert standing_at(bar, at("2026-11-28T23:00")).state == "holiday"
    assert next_change(bar, at("2026-11-28T01:00")) == at("2026-11-28T02:30")


@pytest.mark.parametrize(
    ("schedule", "now", "changes"),
    [
        (OFFICE, "2026-11-30T08:00", "2026-11-30T09:00"),
        (OFFICE, "2026-11-30T09:00", "2026-11-30T13:00"),
        (OFFICE, "2026-11-27T18:00", "2026-11-30T09:00"),
        (OFFICE, "2026-12-04T18:00", "2026-12-07T00:00"),  # closed on Friday, a holiday on Monday
        (OFFICE, "2026-12-07T12:00", "2026-12-08T00:00"),
        (OFFICE, "2026-12-24T12:00", "2026-12-24T13:00"),
        (OFFICE, "2026-12-25T09:00", "2026-12-25T10:00"),
        (OFFICE, "2026-12-25T12:00", "2026-12-31T09:00"),
        (BAR, "2026-11-27T23:00", "2026-11-28T02:30"),
        (BAR, "2026-11-28T23:00", "2026-11-30T00:00"),  # Saturday night and Sunday are one
        (NEVER, "2026-11-27T23:00", None),
        (ALWAYS, "2026-11-27T23:00", None),
        (replace(ALWAYS, holidays=(Holiday("11-27"),)), "2026-11-28T00:00", "2027-11-27T00:00"),
    ],
)
def test_when_it_changes_next(schedule: Schedule, now: str, changes: str | None) -> None:
    assert next_change(schedule, at(now)) == (at(changes) if changes else None)


def test_the_hour_that_comes_twice_in_autumn_is_open_twice() -> None:
    """Clocks go back from 3 to 2 on the 25th of October 2026, a Sunday."""
    bar = replace(BAR, week=(Opening(5, "22:00", "02:30"),))
    assert is_open(bar, at("2026-10-25T02:15"))
    assert is_open(bar, at("2026-10-25T02:45"))
    assert is_open(bar, at("2026-10-25T02:15", fold=1))
    assert not is_open(bar, at("2026-10-25T02:30", fold=1))
    assert next_change(bar, at("2026-10-25T01:00")) == at("2026-10-25T02:30", fold=1)
    early = replace(BAR, week=(Opening(6, "02:30", "05:00"),))
    assert next_change(early, at("2026-10-25T01:00")) == at("2026-10-25T02:30")


def test_the_hour_that_is_left_out_in_spring() -> None:
    """Clocks go forward from 2 to 3 on the 29th of March 2026, a Sunday."""
    bar = replace(BAR, week=(Opening(5, "22:00", "02:30"),))
    assert next_change(bar, at("2026-03-28T23:00")) == at("2026-03-29T03:30")
    assert next_change(bar, at("2026-03-28T21:00")) == at("2026-03-28T22:00")
    early = replace(BAR, week=(Opening(6, "02:30", "05:00"),))
    assert next_change(early, at("2026-03-29T01:00")) == at("2026-03-29T03:30")
    assert is_open(early, at("2026-03-29T04:59"))
    assert not is_open(early, at("2026-03-29T05:00"))


def test_a_day_is_the_zones() -> None:
    tokyo = replace(OFFICE, timezone="Asia/Tokyo")
    assert is_open(tokyo, at("2026-11-30T01:00"))
    assert standing_at(tokyo, at("2026-12-06T23:00")).name == "Patron saint"
    assert next_change(tokyo, at("2026-11-29T23:00")) == at("2026-11-30T01:00")


def test_easter() -> None:
    known = {1954: (4, 18), 2000: (4, 23), 2008: (3, 23), 2025: (4, 20), 2026: (4, 5), 2038: (4, 25)}
    assert {year: (easter(year).month, easter(year).day) for year in known} == known
    assert easter(2285) == date(2285, 3, 22)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"timezone": "Europe/Nowhere"}, UnknownTimezone),
        ({"timezone": "../etc"}, UnknownTimezone),
        ({"holidays": (Holiday("02-30"),)}, InvalidDate),
        ({"holidays": (Holiday("2026-02-29"),)}, InvalidDate),
        ({"exceptions": (ScheduleException("2026-02-29T00:00", "2026-03-01T00:00", "open"),)}, InvalidDate),
        ({"exceptions": (ScheduleException("0001-01-01T00:00", "2026-03-01T00:00", "open"),)}, InvalidDate),
        (
            {
                "timezone": "America/New_York",
                "exceptions": (ScheduleException("2026-03-01T00:00", "9999-12-31T23:59", "closed"),),
            },
            InvalidDate,
        ),
        (
            {"exceptions": (ScheduleException("2026-03-01T00:00", "2026-03-01T00:00", "open"),)},
            EndsBeforeItBegins,
        ),
    ],
)
def test_what_is_no_schedule(change: dict[str, object], refusal: type[HoursRefusal]) -> None:
    with pytest.raises(refusal):
        check_schedule(replace(OFFICE, **change))


def test_a_schedule_is_put_in_order() -> None:
    leap = Holiday("02-29")
    shuffled = replace(
        OFFICE,
        week=(*OFFICE.week[::-1], OFFICE.week[0]),
        holidays=(leap,),
        exceptions=OFFICE.exceptions[::-1],
    )
    tidy = check_schedule(shuffled)
    assert tidy.week[:2] == (Opening(0, "09:00", "13:00"), Opening(0, "14:30", "18:00"))
    assert (len(tidy.week), tidy.holidays) == (10, (leap,))
    assert tidy.exceptions[0].name == "Summer"
    assert next_change(tidy, at("2026-12-24T12:00")) == at("2026-12-24T13:00")
