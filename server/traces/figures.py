"""The calls of the house in figures: how many, how they went and how long, by day, line or person. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Literal

By = Literal["day", "line", "person"]
#: Days that figures may be about.
DAYS_MAX = 366
#: Of time, figures are counted in such pieces before they are put into days: time zones differ by as much.
BUCKET_MS = 900_000
#: Digits of a number outside that administrators do not see.
_HIDDEN = 4
_SHORT = 6


@dataclass(frozen=True, slots=True)
class Counted:
    """Calls that are alike, as a database counts them. `key` is a piece of time, a line ("" inside the
    house), or a user id; `talked` in milliseconds."""

    key: str
    outcome: str
    calls: int
    talked: int


@dataclass(frozen=True, slots=True)
class Figures:
    """`key` is a day ("2026-11-30"), a line ("" inside the house) or a user id; `talked` in milliseconds.
    `unanswered` are all that nobody took, `failed` those in which something went wrong."""

    key: str
    calls: int = 0
    answered: int = 0
    unanswered: int = 0
    failed: int = 0
    talked: int = 0


def figures(counted: Iterable[Counted], by: By, zone: tzinfo) -> list[Figures]:
    """Days newest first, on the clock of `zone`; lines and people by how many calls they had."""
    found: dict[str, Figures] = {}
    for one in counted:
        key = day_of(int(one.key), zone) if by == "day" else one.key
        found[key] = _with(found.get(key, Figures(key)), one)
    if by == "day":
        return sorted(found.values(), key=lambda one: one.key, reverse=True)
    return sorted(found.values(), key=lambda one: (-one.calls, one.key))


def _with(known: Figures, one: Counted) -> Figures:
    answered = one.outcome in {"answered", "interrupted"}
    failed = one.outcome in {"failed", "interrupted"}
    unanswered = not answered and not failed and one.outcome != "in_progress"
    return replace(
        known,
        calls=known.calls + one.calls,
        answered=known.answered + one.calls * answered,
        unanswered=known.unanswered + one.calls * unanswered,
        failed=known.failed + one.calls * failed,
        talked=known.talked + one.talked,
    )


def day_of(piece: int, zone: tzinfo) -> str:
    """The day in which a piece of time lies that is counted from 1970."""
    return datetime.fromtimestamp(piece * BUCKET_MS / 1000, zone).strftime("%Y-%m-%d")


def masked(number: str | None) -> str | None:
    """A number outside without its last digits; one that is short is of a service, not of a person."""
    digits = sum(c.isdigit() for c in number) if number else 0
    if number is None or digits <= _SHORT:
        return number
    return number[:-_HIDDEN] + "•" * _HIDDEN
