"""What holds at a moment: own hours, quiet times, and a do-not-disturb with an end."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from server.calendars.rules import BusyTime
from server.forwarding import moments
from server.forwarding.moments import Now
from server.forwarding.rules import NOTHING_SET, Rule, Services, ToColleague, ToNobody
from server.forwarding.service import InForce
from server.hours.rules import Opening

ROME = "Europe/Rome"
TO_BRUNO = Rule(True, ToColleague("@bruno"))
#: Monday to Friday.
OFFICE = tuple(Opening(day, "09:00", "18:00") for day in range(5))
AT_WORK = Services(outside_hours=TO_BRUNO, hours=OFFICE)
#: From Sunday evening to Monday morning, over both changes of the clock.
NIGHT = Services(quiet=True, quiet_times=(Opening(6, "22:00", "06:00"), Opening(5, "22:00", "06:00")))
LUNCH = Services(quiet=True, quiet_times=(Opening(0, "12:00", "13:00"),))


def at(written: str) -> int:
    return int(datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(ROME)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("services", "now", "found"),
    [
        (NOTHING_SET, "2026-11-30T12:30", Now()),
        (AT_WORK, "2026-11-30T12:30", Now()),
        (AT_WORK, "2026-11-30T08:59:59", Now(True, False, at("2026-11-30T09:00"))),
        (AT_WORK, "2026-11-30T09:00", Now()),
        (AT_WORK, "2026-11-30T17:59:59", Now()),
        (AT_WORK, "2026-11-30T18:00", Now(True, False, at("2026-12-01T09:00"))),
        # A weekend, the one in which the clock goes back, and the one in which it goes on.
        (AT_WORK, "2026-12-04T18:00", Now(True, False, at("2026-12-07T09:00"))),
        (AT_WORK, "2026-10-24T12:00", Now(True, False, at("2026-10-26T09:00"))),
        (AT_WORK, "2026-03-28T12:00", Now(True, False, at("2026-03-30T09:00"))),
        (LUNCH, "2026-11-30T12:00", Now(False, True, at("2026-11-30T13:00"))),
        (LUNCH, "2026-11-30T13:00", Now()),
        (NIGHT, "2026-11-29T21:59", Now()),
        (NIGHT, "2026-11-29T23:59", Now(False, True, at("2026-11-30T06:00"))),
        (NIGHT, "2026-11-30T00:00", Now(False, True, at("2026-11-30T06:00"))),
        (NIGHT, "2026-11-30T06:00", Now()),
        (NIGHT, "2026-10-25T01:00", Now(False, True, at("2026-10-25T06:00"))),
        (NIGHT, "2026-03-29T01:00", Now(False, True, at("2026-03-29T06:00"))),
        # Switched off, or without a target, or without hours, they say nothing.
        (replace(NIGHT, quiet=False), "2026-11-29T23:59", Now()),
        (replace(NIGHT, quiet_times=()), "2026-11-29T23:59", Now()),
        (replace(AT_WORK, outside_hours=Rule(False, TO_BRUNO.target)), "2026-11-30T20:00", Now()),
        (replace(AT_WORK, outside_hours=Rule(True)), "2026-11-30T20:00", Now()),
        (replace(AT_WORK, hours=()), "2026-11-30T20:00", Now()),
        # Both: until the first of them ends.
        (
            replace(NIGHT, outside_hours=TO_BRUNO, hours=OFFICE),
            "2026-11-29T23:00",
            Now(True, True, at("2026-11-30T06:00")),
        ),
    ],
)
def test_what_the_plans_say(services: Services, now: str, found: Now) -> None:
    assert moments.now_of(services, at(now), ROME) == found


def test_what_holds_is_as_if_it_were_set() -> None:
    monday, evening = at("2026-11-30T10:00"), at("2026-11-30T20:00")
    assert moments.in_force(AT_WORK, evening, ROME).outside_hours.applies == TO_BRUNO.target
    assert moments.in_force(AT_WORK, monday, ROME).outside_hours.applies is None
    assert moments.in_force(NOTHING_SET, monday, ROME) == NOTHING_SET
    nobody = replace(AT_WORK, outside_hours=Rule(True, ToNobody()))
    assert not moments.in_force(nobody, evening, ROME).do_not_disturb
    assert moments.in_force(LUNCH, at("2026-11-30T12:30"), ROME).do_not_disturb


@pytest.mark.parametrize(
    ("services", "now", "rests"),
    [
        (AT_WORK, "2026-11-30T10:00", False),
        (AT_WORK, "2026-11-30T20:00", True),
        (LUNCH, "2026-11-30T12:30", True),
        (LUNCH, "2026-11-30T13:30", False),
        (Services(do_not_disturb=True), "2026-11-30T13:30", True),
        (Services(always=TO_BRUNO), "2026-11-30T13:30", False),
    ],
)
def test_who_rests_is_not_rung_for_a_group(services: Services, now: str, rests: bool) -> None:
    assert moments.rests(moments.in_force(services, at(now), ROME)) is rests


def test_a_do_not_disturb_ends_at_its_end() -> None:
    end = at("2026-11-30T15:00")
    until = Services(do_not_disturb=True, do_not_disturb_until=end)
    assert moments.is_pressed(until, end - 1)
    assert not moments.is_pressed(until, end)
    assert not moments.is_pressed(replace(until, do_not_disturb=False), end - 1)
    assert moments.in_force(until, end - 1, ROME).do_not_disturb
    assert not moments.in_force(until, end, ROME).do_not_disturb
    assert moments.is_pressed(Services(do_not_disturb=True), end)


@pytest.mark.parametrize(
    ("services", "now", "change"),
    [
        (NOTHING_SET, "2026-11-30T12:30", None),
        (Services(do_not_disturb=True), "2026-11-30T12:30", None),
        (AT_WORK, "2026-11-30T12:30", "2026-11-30T18:00"),
        (AT_WORK, "2026-11-30T18:00", "2026-12-01T09:00"),
        (LUNCH, "2026-11-30T12:30", "2026-11-30T13:00"),
        (LUNCH, "2026-11-30T13:00", "2026-12-07T12:00"),
        (
            replace(AT_WORK, do_not_disturb=True, do_not_disturb_until=at("2026-11-30T15:00")),
            "2026-11-30T12:30",
            "2026-11-30T15:00",
        ),
        (
            replace(AT_WORK, do_not_disturb=True, do_not_disturb_until=at("2026-11-30T15:00")),
            "2026-11-30T15:00",
            "2026-11-30T18:00",
        ),
        (
            Services(do_not_disturb=False, do_not_disturb_until=at("2026-11-30T15:00")),
            "2026-11-30T12:30",
            None,
        ),
    ],
)
def test_when_something_else_holds(services: Services, now: str, change: str | None) -> None:
    found = moments.next_change(services, at(now), ROME)
    assert found == (None if change is None else at(change))


def test_nothing_rings_during_appointments_for_whoever_wants_that() -> None:
    begins, ends = at("2026-11-30T10:00"), at("2026-11-30T11:00")
    services = Services(appointments=(BusyTime(begins, ends),))
    assert moments.now_of(services, begins, ROME) == Now(False, False, ends, True)
    assert moments.in_force(services, ends - 1, ROME).do_not_disturb
    assert not moments.in_force(services, ends, ROME).do_not_disturb
    assert moments.next_change(services, begins - 1, ROME) == begins
    assert moments.next_change(services, begins, ROME) == ends
    assert moments.next_change(services, ends, ROME) is None


@pytest.mark.parametrize("helped", [False, True])
async def test_no_calendar_keeps_those_who_help_from_calling_back(helped: bool) -> None:
    now = at("2026-11-30T12:30")
    busy = Services(appointments=(BusyTime(now, now + 1),))
    asked = list[int]()

    class Reader:
        kept = busy

        async def services_of(self, person_id: str) -> Services:
            return self.kept

    async def after_emergency() -> bool:
        asked.append(1)
        return helped

    reader = Reader()
    for moment, silent, asks in ((now, not helped, 1), (now + 1, False, 0)):
        holding = InForce(reader, ROME, lambda moment=moment: moment, after_emergency)  # type: ignore[misc]
        assert (await holding.services_of("p1")).do_not_disturb is silent
        assert len(asked) == asks
        asked.clear()
    # What somebody has pressed themselves holds.
    reader.kept = replace(busy, do_not_disturb=True)
    holding = InForce(reader, ROME, lambda: now, after_emergency)
    assert (await holding.services_of("p1")).do_not_disturb
