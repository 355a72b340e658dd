"""When somebody is busy, and when a calendar is read again."""

import pytest

from server.calendars import rules
from server.calendars.rules import Appointment, BusyTime

MINUTE = 60_000


def test_what_overlaps_or_touches_is_one_time() -> None:
    found = [
        Appointment(30, 40),
        Appointment(0, 10),
        Appointment(10, 20),
        Appointment(5, 8),
        Appointment(9, 9),
    ]
    assert rules.busy_times(found, whole_days=False) == (BusyTime(0, 20), BusyTime(30, 40))


@pytest.mark.parametrize(
    ("now", "until", "change"),
    [(-1, None, 0), (0, 20, 20), (19, 20, 20), (20, None, 30), (39, 40, 40), (40, None, None)],
)
def test_an_appointment_holds_from_its_first_moment_to_before_its_end(
    now: int, until: int | None, change: int | None
) -> None:
    times = (BusyTime(0, 20), BusyTime(30, 40))
    assert rules.busy_until(times, now) == until
    assert rules.next_change(times, now) == change


def test_the_next_appointment_is_the_one_that_goes_on_or_begins_first() -> None:
    long, short, later = (
        Appointment(0, 100, "long"),
        Appointment(10, 20, "short"),
        Appointment(30, 40, "later"),
    )
    assert rules.next_appointment([later, long, short], 12) == short
    assert rules.next_appointment([later, long, short], 20) == long
    assert rules.next_appointment([later], 40) is None


def test_calendars_are_read_every_few_minutes_each_at_its_own_moment() -> None:
    waits = {rules.next_read(f"{number}", 0, 0, None) for number in range(100)}
    assert len(waits) > 50
    assert min(waits) >= 4.5 * MINUTE
    assert max(waits) <= 5.5 * MINUTE


def test_who_fails_is_asked_less_and_less_and_a_wrong_password_once_an_hour() -> None:
    waits = [rules.next_read("a", 0, failures, "calendar_unreachable") for failures in range(1, 12)]
    assert waits[0] >= 9 * MINUTE
    assert 5.3 * 3_600_000 < waits[-1] < 6.7 * 3_600_000
    assert rules.next_read("a", 0, 1, "calendar_wrong_password") >= 54 * MINUTE
