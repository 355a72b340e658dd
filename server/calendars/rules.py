"""When somebody is busy by their calendars, and when those are read again. Pure.

Moments are milliseconds since 1970.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Kind = Literal["ics", "caldav"]
#: Calendars of one person.
MOST = 5
DAY = 86_400_000
#: For how long ahead appointments are kept: so long a source may be away.
AHEAD = 14 * DAY
#: What is kept is made anew once it reaches less far than this, changed or not.
ENOUGH = 10 * DAY
#: Between two reads, and at most after failures.
EVERY, LONGEST = 5 * 60_000, 6 * 3_600_000
#: Of a wrong password nothing is expected: a server that counts would lock the account.
REFUSED = 3_600_000


class Appointment(msgspec.Struct, frozen=True, array_like=True):
    """One that makes busy. `whole_day`: it takes a day or more. `title` is for its owner alone."""

    starts_at: int
    ends_at: int
    title: str = ""
    whole_day: bool = False


class BusyTime(msgspec.Struct, frozen=True, array_like=True):
    """From one moment to before another."""

    starts_at: int
    ends_at: int


def busy_times(appointments: Iterable[Appointment], *, whole_days: bool) -> tuple[BusyTime, ...]:
    """In order, none touching another. `whole_days`: those of a day or more count, too."""
    merged: list[BusyTime] = []
    counted = (one for one in appointments if whole_days or not one.whole_day)
    for one in sorted(counted, key=lambda each: (each.starts_at, each.ends_at)):
        if one.ends_at <= one.starts_at:
            continue
        if merged and one.starts_at <= merged[-1].ends_at:
            ends_at = max(merged[-1].ends_at, one.ends_at)
            merged[-1] = BusyTime(merged[-1].starts_at, ends_at)
        else:
            merged.append(BusyTime(one.starts_at, one.ends_at))
    return tuple(merged)


def busy_until(times: Sequence[BusyTime], now: int) -> int | None:
    """When what is now ends; None where nothing is now."""
    return next((one.ends_at for one in times if one.starts_at <= now < one.ends_at), None)


def next_change(times: Sequence[BusyTime], now: int) -> int | None:
    """When something begins or ends next."""
    moments = (at for one in times for at in (one.starts_at, one.ends_at) if at > now)
    return min(moments, default=None)


def next_appointment(appointments: Iterable[Appointment], now: int) -> Appointment | None:
    """The one that goes on now, or else begins next; the shortest of several."""
    ahead = (one for one in appointments if one.ends_at > now)
    return min(ahead, key=lambda one: (max(one.starts_at, now), one.ends_at), default=None)


def next_read(calendar_id: str, now: int, failures: int, problem: str | None, every: int = EVERY) -> int:
    """When a calendar is read again that was just read, or failed so many times in a row. Each has its own
    part of the minutes, so that not all are read at once."""
    wait = min(every * 2 ** min(failures, 16), max(LONGEST, every)) if failures else every
    if problem == "calendar_wrong_password":
        wait = max(wait, REFUSED)
    spread = zlib.crc32(f"{calendar_id}:{now}".encode()) % 1000
    return now + wait * 9 // 10 + wait * spread // 5000
