"""What the queue's long run calls a fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.soak.queue_result import AT_ONCE, Entry, Result, faults, overtakings, report


def entry(arrived: int, answered: int | None, outcome: str | None = "answered") -> Entry:
    return Entry(f"at {arrived}", arrived, answered, outcome, "@anna:localhost")


GOOD = Result(
    entries=(entry(0, 1000), entry(10, 1200), entry(20, 9000)),
    waited=2,
    told={"calls": 3, "answered": 3, "abandoned": 0},
    ended=(3, 0),
    records=3,
    seconds=10.0,
)


def test_whoever_comes_later_may_be_answered_a_moment_before() -> None:
    assert overtakings(GOOD.entries) == []
    assert overtakings([entry(0, 5000), entry(10, 4000), entry(20, 3000), entry(30, 9000)]) == [1000, 2000]
    others = (entry(10, 1000), entry(20, 9000))
    assert faults(replace(GOOD, entries=(entry(0, 1000 + AT_ONCE), *others))) == []
    overtaken = replace(GOOD, entries=(entry(0, 1001 + AT_ONCE), *others))
    assert faults(overtaken) == [f"overtaken by {AT_ONCE + 1} ms"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"ended": (2, 1)}, "calls of the callers: 2, not 3"),
        ({"records": 4}, "records of calls: 4, not 3"),
        ({"told": {"calls": 3, "answered": 2, "abandoned": 0}}, "answered of the figures: 2, not 3"),
        ({"entries": (*GOOD.entries[:2], entry(20, None, "abandoned"))}, "at 20: abandoned"),
        ({"entries": (*GOOD.entries[:2], entry(20, None, None))}, "at 20: no outcome"),
    ],
)
def test_whoever_is_lost_or_counted_otherwise_is_named(change: dict[str, object], fault: str) -> None:
    assert fault in faults(replace(GOOD, **change))  # type: ignore[arg-type]


def test_all_is_said_in_a_few_lines() -> None:
    assert faults(GOOD) == []
    assert "3 calls, 3 answered; at most 2 waited at once" in report(GOOD)
