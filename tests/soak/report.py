"""What a soak found, as the page `docs/soak.md`."""

from __future__ import annotations

import os
from datetime import date

from tests.soak.course import Course, Share

_HEAD = """\
# Soak

`python -m tests.soak --minutes 60 --rate 20` runs calls of all these kinds at once, begun and ended from
every side: desk phones (sipp), the outside line, a Matrix client (matrix-nio). It ends with exit code 1 when
a call failed, when a call holds another number of file handles or ports than the others of its kind, or when
an idle process holds more of them at the end than after the warm-up, or 2 % more memory. The warm-up is the
first fifth, of an hour 12 minutes: by then is full what is kept for minutes (Synapse's caches 10, its answers
to requests 5 to 10, the bridge's nonces 10). A shorter run says nothing of memory. `--minutes 480` is the
long form; `tests/interop/test_soak.py` the short one. This page is what `--report` wrote last.
"""


def page(course: Course, day: date) -> str:
    """The page, in Markdown."""
    return "\n".join(
        (
            _HEAD,
            f"{day.isoformat()}, {os.cpu_count()} cores with the callers on them: "
            f"{course.seconds / 60:.0f} minutes, {course.rate:g} calls a second asked for, "
            f"{sum(course.calls.values())} calls, {len(course.failed)} failed.",
            "",
            *_kinds(course),
            "",
            "What an idle process holds, after the warm-up and at the end:",
            "",
            *_memory(course),
            "",
            *([*(f"- {fault[:150]}" for fault in course.faults)] or ["Nothing was left behind."]),
            "",
        )
    )


def _kinds(course: Course) -> list[str]:
    parts = ("sip", "media", "carrier", "web", "homeserver")
    rows = [
        f"| calls | number | {' | '.join(f'{part}: each holds' for part in parts)} |",
        f"|---|---|{'---|' * len(parts)}",
    ]
    for kind, number in course.calls.items():
        shares = course.shares.get(kind, {})
        cells = (_share(shares.get(part)) for part in parts)
        rows.append(f"| {kind} | {number} | {' | '.join(cells)} |")
    return rows


def _share(share: Share | None) -> str:
    if share is None:
        return ""
    return f"{_count(share.files)} files, {_count(share.ports)} ports"


def _count(number: int | None) -> str:
    return "uneven" if number is None else str(number)


def _memory(course: Course) -> list[str]:
    first, last = course.steady, course.idle[-1]
    rows = ["| process | files | ports | connections | threads | memory (MB) |", "|---|---|---|---|---|---|"]
    for part, then in first.items():
        now = last[part]
        rows.append(
            f"| {part} | {then.files} → {now.files} | {then.ports} → {now.ports} "
            f"| {then.connections} → {now.connections} | {then.threads} → {now.threads} "
            f"| {then.memory:.1f} → {now.memory:.1f} ({now.memory / then.memory - 1:+.1%}) |"
        )
    return rows
