"""What came of a queue's long run, and what of it is not as it should be."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Milliseconds by which somebody may be answered before who came first: of agents that are free at the same
#: moment each answers at their own time.
AT_ONCE = 3_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A call in the queue's book; times in milliseconds since 1970."""

    id: str
    arrived_at: int
    answered_at: int | None
    outcome: str | None
    agent: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """`entries` in the order in which they came; `waited` is the most that waited at once, `told` the queue's
    own figures, `ended` what the callers saw: how many calls ended as they should, and how many not."""

    entries: Sequence[Entry]
    waited: int
    told: dict[str, Any]
    ended: tuple[int, int]
    records: int
    seconds: float


def overtakings(entries: Sequence[Entry]) -> list[int]:
    """By how many milliseconds each was overtaken who was: the earliest answer of those who came later."""
    found, earliest = [], None
    for entry in sorted(entries, key=lambda one: one.arrived_at, reverse=True):
        answered = entry.answered_at
        if answered is None:
            continue
        if earliest is not None and earliest < answered:
            found.append(answered - earliest)
        earliest = answered if earliest is None else min(earliest, answered)
    return found


def faults(result: Result) -> list[str]:
    """What is not as it should be; empty when all is well."""
    entries, told = result.entries, result.told
    answered = sum(one.outcome == "answered" for one in entries)
    found = [f"{one.id}: {one.outcome or 'no outcome'}" for one in entries if one.outcome != "answered"]
    found += [f"overtaken by {late} ms" for late in overtakings(entries) if late > AT_ONCE]
    for name, seen, wanted in (
        ("calls of the figures", told["calls"], len(entries)),
        ("answered of the figures", told["answered"], answered),
        ("abandoned of the figures", told["abandoned"], 0),
        ("calls of the callers", result.ended[0], len(entries)),
        ("failed calls of the callers", result.ended[1], 0),
        ("records of calls", result.records, len(entries)),
    ):
        if seen != wanted:
            found.append(f"{name}: {seen}, not {wanted}")
    return found


def report(result: Result) -> str:
    """A few lines for people."""
    waits = sorted(
        (one.answered_at - one.arrived_at) / 1000 for one in result.entries if one.answered_at is not None
    )
    late = overtakings(result.entries)
    shares = Counter(one.agent for one in result.entries if one.agent is not None)
    return (
        f"{result.seconds:.0f} s, {len(result.entries)} calls, {len(waits)} answered; "
        f"at most {result.waited} waited at once\n"
        f"wait: median {statistics.median(waits):.1f} s, longest {waits[-1]:.1f} s\n"
        f"answered before somebody who came first: {len(late)}, by {max(late, default=0)} ms at most\n"
        f"calls of each agent: {', '.join(str(shares[one]) for one in sorted(shares))}\n"
        f"figures: {result.told}\n"
        f"callers: {result.ended[0]} ended as they should, {result.ended[1]} not; "
        f"records of waits: {result.records}\n"
    )
