"""What holds at a moment of what somebody has set, and when that changes by itself: a do-not-disturb with an
end, quiet times of the week, appointments, and the hours outside of which calls go elsewhere. Pure; moments
are milliseconds since 1970, and the hours those of the organisation's clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from server.calendars import rules as calendars
from server.forwarding.rules import Services
from server.hours.rules import Opening, Schedule, is_open
from server.hours.rules import next_change as next_opening

#: Seconds for which do-not-disturb may be set at most, as milliseconds: a year.
LONGEST = 366 * 86_400_000


@dataclass(frozen=True, slots=True)
class Now:
    """What the plans of somebody say at a moment, and until when (None: for longer than a year).
    `appointment`: one goes on during which nothing is to ring."""

    outside_hours: bool = False
    quiet: bool = False
    until: int | None = None
    appointment: bool = False


def in_force(services: Services, now: int, timezone: str) -> Services:
    """As if what holds now had been set without any hours."""
    plans = now_of(services, now, timezone)
    rule = services.outside_hours
    return replace(
        services,
        outside_hours=rule if plans.outside_hours else replace(rule, on=False),
        do_not_disturb=is_pressed(services, now) or plans.quiet or plans.appointment,
        do_not_disturb_until=None,
    )


def is_pressed(services: Services, now: int) -> bool:
    """Whether do-not-disturb was switched on, and has not ended by itself."""
    until = services.do_not_disturb_until
    return services.do_not_disturb and (until is None or now < until)


def rests(holding: Services) -> bool:
    """Whether somebody, by what holds now (`in_force`), wants no call of a group either."""
    return holding.do_not_disturb or holding.outside_hours.applies is not None


def sends_all_on(holding: Services) -> bool:
    """Whether nothing of theirs rings, by what holds now, as all of their calls go elsewhere."""
    return holding.always.applies is not None


def now_of(services: Services, now: int, timezone: str) -> Now:
    hours, quiet = _hours(services, timezone), _quiet_times(services, timezone)
    outside = hours is not None and not is_open(hours, now)
    silent = quiet is not None and is_open(quiet, now)
    # What holds by one of them goes on until that one ends.
    ends = list(_changes(hours if outside else None, quiet if silent else None, now))
    busy_until = calendars.busy_until(services.appointments, now)
    if busy_until is not None:
        ends.append(busy_until)
    return Now(outside, silent, min(ends, default=None), busy_until is not None)


def next_change(services: Services, now: int, timezone: str) -> int | None:
    """When something else holds than now, if nobody sets anything; None where that is not within a year."""
    until = services.do_not_disturb_until
    ends = [until] if until is not None and is_pressed(services, now) else []
    changes = _changes(_hours(services, timezone), _quiet_times(services, timezone), now)
    appointment = calendars.next_change(services.appointments, now)
    return min((*ends, *changes, *([] if appointment is None else [appointment])), default=None)


def _changes(hours: Schedule | None, quiet: Schedule | None, now: int) -> Iterator[int]:
    for schedule in (hours, quiet):
        if schedule is not None and (at := next_opening(schedule, now)) is not None:
            yield at


def _hours(services: Services, timezone: str) -> Schedule | None:
    """Those of somebody whose calls go elsewhere outside of them."""
    return _week(services.hours, timezone) if services.outside_hours.applies is not None else None


def _quiet_times(services: Services, timezone: str) -> Schedule | None:
    return _week(services.quiet_times, timezone) if services.quiet else None


def _week(openings: tuple[Opening, ...], timezone: str) -> Schedule | None:
    """Of no hours nothing is inside or outside."""
    return Schedule(timezone=timezone, week=openings) if openings else None
