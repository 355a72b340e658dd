"""Opening hours: a week, holidays, and what differs once. Pure.

Whoever has hours of some kind asks `standing_at`, `is_open` and `next_change`; a `Schedule` knows no owner.
Moments are milliseconds since 1970; what is written down is the clock of the schedule's time zone.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from server.edge.refusals import Refusal

#: "holiday" is closed, too; who answers then may say so.
State = Literal["open", "closed", "holiday"]

NAME_MAX = 60
OPENINGS_MAX = 42
HOLIDAYS_MAX = 100
EXCEPTIONS_MAX = 200
SCHEDULES_MAX = 200
#: Days within which the next change is looked for: a year, and what a leap year adds.
HORIZON = 370

#: On a clock, as it is written: "09:30".
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
#: Monday is 0.
Day = Annotated[int, msgspec.Meta(ge=0, le=6)]
#: A day and a time on the clock of the schedule's zone: "2026-12-24T13:00".
Moment = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]$")]
#: "12-25" every year, "2026-12-24" once, or so many days after Easter: "easter+1".
HolidayDate = Annotated[str, msgspec.Meta(pattern=r"^(([0-9]{4}-)?[0-9]{2}-[0-9]{2}|easter[+-][0-9]{1,2})$")]
_Name = Annotated[str, msgspec.Meta(max_length=NAME_MAX)]

_DAY = timedelta(1)


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open from one time of a day to another. One that is not later is of the next day: "22:00" to "02:00",
    and "00:00" to "00:00" is the whole day."""

    day: Day
    opens: Clock
    closes: Clock


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day on which nothing opens."""

    date: HolidayDate
    name: _Name = ""


class ScheduleException(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds from one moment to another, whatever the week and the holidays say."""

    begins: Moment
    ends: Moment
    state: State
    name: _Name = ""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When something is open; `timezone` is one of the IANA database. An opening is of the day on which it
    begins: one that goes on after midnight does so into a holiday as well. Of exceptions that overlap the one
    holds that began last."""

    timezone: str
    week: tuple[Opening, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    exceptions: tuple[ScheduleException, ...] = ()


class Hours(msgspec.Struct, frozen=True):
    """A schedule of the organisation, by name."""

    id: str
    name: str
    schedule: Schedule


class Standing(msgspec.Struct, frozen=True):
    """What holds at a moment, and the name of the holiday or the exception that makes it so."""

    state: State
    name: str = ""


def is_open(schedule: Schedule, now: int) -> bool:
    return standing_at(schedule, now).state == "open"


def standing_at(schedule: Schedule, now: int) -> Standing:
    zone, at = ZoneInfo(schedule.timezone), _moment(now)
    holding = [one for one in schedule.exceptions if _begin(one, zone) <= at < _end(one, zone)]
    if holding:
        last = max(holding, key=lambda one: one.begins)
        return Standing(last.state, last.name)
    today = at.astimezone(zone).date()
    # A night's opening goes on into the next day; one of a whole day, at most until the day after.
    if any(
        begins <= at < ends
        for day in (today - _DAY, today)
        for begins, ends in _openings(schedule, day, zone)
    ):
        return Standing("open")
    holiday = holiday_on(schedule, today)
    return Standing("holiday", holiday.name) if holiday else Standing("closed")


def next_change(schedule: Schedule, now: int) -> int | None:
    """When it is open, closed or a holiday otherwise than now; None where that is not within a year."""
    before = standing_at(schedule, now).state
    for moment in _moments_after(schedule, _moment(now)):
        at = int(moment.timestamp() * 1000)
        if standing_at(schedule, at).state != before:
            return at
    return None


def holiday_on(schedule: Schedule, day: date) -> Holiday | None:
    return next((one for one in schedule.holidays if _is_on(one.date, day)), None)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, "Astronomical Algorithms", chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    n = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * n) // 433
    month = (h + n - 7 * m + 90) // 25
    return date(year, month, (h + n - 7 * m + 33 * month + 19) % 32)


# --- moments ---


def _moments_after(schedule: Schedule, at: datetime) -> Iterator[datetime]:
    """Those at which something may change, in order."""
    zone = ZoneInfo(schedule.timezone)
    first = at.astimezone(zone).date()
    bounds = [edge(one, zone) for one in schedule.exceptions for edge in (_begin, _end)]
    for day in (first + timedelta(days) for days in range(HORIZON)):
        midnight, tomorrow = (
            _instant(datetime.combine(one, clock_time()), zone) for one in (day, day + _DAY)
        )
        around = [
            moment
            for each in (day - _DAY, day)
            for both in _openings(schedule, each, zone)
            for moment in both
        ]
        found = {midnight, *around, *bounds}
        yield from sorted(one for one in found if midnight <= one < tomorrow and one > at)


def _openings(schedule: Schedule, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Of those that begin on this day; none on a holiday."""
    if holiday_on(schedule, day) is not None:
        return []
    return [_around(one, day, zone) for one in schedule.week if one.day == day.weekday()]


def _around(opening: Opening, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, clock_time.fromisoformat(opening.opens))
    ends = datetime.combine(day, clock_time.fromisoformat(opening.closes))
    if ends <= begins:
        ends += _DAY
    return _instant(begins, zone), _instant(ends, zone, last=True)


def _begin(one: ScheduleException, zone: ZoneInfo) -> datetime:
    return _instant(datetime.fromisoformat(one.begins), zone)


def _end(one: ScheduleException, zone: ZoneInfo) -> datetime:
    return _instant(datetime.fromisoformat(one.ends), zone, last=True)


def _instant(shown: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """When the zone's clock shows this; of two times in autumn the first, or the `last`. What it leaves out
    in spring is as long after midnight as it would have been (RFC 5545, Section 3.3.5)."""
    first, second = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(first, second) if last else first


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def _is_on(holiday: str, day: date) -> bool:
    if holiday.startswith("easter"):
        return day == easter(day.year) + timedelta(int(holiday.removeprefix("easter")))
    return day.isoformat().endswith(holiday)


# --- refusals ---


class HoursRefusal(Refusal):
    """The opening hours are not changed."""

    code = "hours"


class UnknownHours(HoursRefusal):
    """There are no such opening hours."""

    code, status = "unknown_hours", 404


class InvalidHoursName(HoursRefusal):
    """Opening hours need a name of at most 60 printable characters."""

    code, field = "invalid_name", "name"


class HoursTaken(HoursRefusal):
    """There are opening hours with this name."""

    code, status, field = "name_taken", 409, "name"


class UnknownTimezone(HoursRefusal):
    """There is no such time zone."""

    code, field = "unknown_timezone", "timezone"


class InvalidDate(HoursRefusal):
    """There is no such day."""

    code = "invalid_date"


class EndsBeforeItBegins(HoursRefusal):
    """An exception has to end after it begins."""

    code, field = "ends_before_it_begins", "exceptions"


class HoursInUse(HoursRefusal):
    """These opening hours are in use."""

    code, status = "in_use", 409


class TooManyHours(HoursRefusal):
    """There are as many opening hours as there may be."""

    code, status = "too_many_hours", 409


def check_name(name: str) -> str:
    """`name` with single spaces. Raises `InvalidHoursName`."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > NAME_MAX or not tidy.isprintable():
        raise InvalidHoursName
    return tidy


def check_schedule(schedule: Schedule) -> Schedule:
    """In order. Raises `UnknownTimezone`, `InvalidDate`, `EndsBeforeItBegins`."""
    try:
        zone = ZoneInfo(schedule.timezone)
    # A name may lead out of the database's folder, or be a folder.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownTimezone(schedule.timezone) from error
    for holiday in schedule.holidays:
        _check_date(holiday.date)
    for one in schedule.exceptions:
        try:
            begins, ends = datetime.fromisoformat(one.begins), datetime.fromisoformat(one.ends)
            for edge in (_begin, _end):
                edge(one, zone)  # at either end of the calendar a day may be none of UTC's
        except (ValueError, OverflowError) as error:
            raise InvalidDate(f"{one.begins} – {one.ends}") from error
        if ends <= begins:
            raise EndsBeforeItBegins(one.name)
    return Schedule(
        timezone=schedule.timezone,
        week=tuple(sorted(set(schedule.week), key=lambda one: (one.day, one.opens, one.closes))),
        holidays=schedule.holidays,
        exceptions=tuple(sorted(schedule.exceptions, key=lambda one: one.begins)),
    )


def _check_date(holiday: str) -> None:
    """Every fourth year has a 29th of February."""
    if holiday.startswith("easter"):
        return
    try:
        date.fromisoformat(holiday if len(holiday) > len("12-25") else f"2000-{holiday}")
    except ValueError as error:
        raise InvalidDate(holiday) from error
