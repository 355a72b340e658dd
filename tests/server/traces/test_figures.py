"""The calls of the house in figures, and what administrators see of numbers outside."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from server.traces.figures import BUCKET_MS, Counted, Figures, figures, masked
from server.traces.service import shown
from wire.record import CallRecord
from wire.route import Party

ROME = ZoneInfo("Europe/Rome")
#: Half past eleven at night in London on 30 November 2026.
LATE = 1_796_081_400_000 // BUCKET_MS


def test_days_are_those_of_the_clock_that_was_asked_for() -> None:
    counted = [Counted(str(LATE), "answered", 2, 5_000), Counted(str(LATE + 1), "missed", 1, 0)]
    assert [one.key for one in figures(counted, "day", UTC)] == ["2026-11-30"]
    assert figures(counted, "day", ROME) == [Figures("2026-12-01", 3, 2, 1, 0, 5_000)]
    before = Counted(str(LATE - 96), "busy", 1, 0)
    assert [one.key for one in figures([before, *counted], "day", UTC)] == ["2026-11-30", "2026-11-29"]


@pytest.mark.parametrize(
    ("outcome", "answered", "unanswered", "failed"),
    [
        ("answered", 4, 0, 0),
        ("interrupted", 4, 0, 4),
        ("failed", 0, 0, 4),
        ("missed", 0, 4, 0),
        ("rejected", 0, 4, 0),
        ("busy", 0, 4, 0),
        ("cancelled", 0, 4, 0),
        ("unreachable", 0, 4, 0),
        ("in_progress", 0, 0, 0),
    ],
)
def test_each_outcome_counts_as_one_thing(outcome: str, answered: int, unanswered: int, failed: int) -> None:
    assert figures([Counted("x", outcome, 4, 9)], "line", UTC) == [
        Figures("x", 4, answered, unanswered, failed, 9)
    ]


def test_lines_and_people_with_most_calls_come_first() -> None:
    counted = [Counted("b", "missed", 1, 0), Counted("a", "missed", 1, 0), Counted("c", "missed", 2, 0)]
    assert [one.key for one in figures(counted, "person", UTC)] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        ("+390698765432", "+39069876••••"),
        ("1234567", "123••••"),
        ("123456", "123456"),
        ("201", "201"),
        ("", ""),
        (None, None),
    ],
)
def test_numbers_outside_lack_their_last_digits(number: str | None, seen: str | None) -> None:
    assert masked(number) == seen


def test_administrators_see_colleagues_and_no_more_of_others_than_where_they_are() -> None:
    record = CallRecord(
        id="01A", via="matrix", started_at=1, dialled="0698765432",
        caller=Party("@anna:localhost", "Anna", "201"),
        callee=Party("@_tel_+390698765432:localhost", "My doctor", "+390698765432"),
    )  # fmt: skip
    seen = shown(record)
    assert seen.caller == record.caller
    assert (seen.callee, seen.dialled) == (Party(None, "", "+39069876••••"), "069876••••")
