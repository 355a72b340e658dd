"""`python -m tests.soak --minutes N --rate R`: see `docs/soak.md`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.soak.course import Course, soak, soaked
from tests.soak.report import page


async def _course(minutes: float, rate: float) -> Course:
    with tempfile.TemporaryDirectory(prefix="unisono-soak-", ignore_cleanup_errors=True) as folder:
        async with soaked(Path(folder)) as people:
            return await soak(people, minutes, rate)


def _main(minutes: float, rate: float, report: Path | None) -> int:
    course = asyncio.run(_course(minutes, rate))
    if report is not None:
        report.write_text(page(course, datetime.now(UTC).date()), "utf-8")
    sys.stdout.write("\n".join(course.faults or ["nothing failed, nothing left behind"]) + "\n")
    return 1 if course.faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="480 is the long form")
    parser.add_argument("--rate", type=float, default=20, help="calls a second, of all kinds together")
    parser.add_argument("--report", type=Path, help="write the page there")
    chosen = parser.parse_args()
    sys.exit(_main(chosen.minutes, chosen.rate, chosen.report))
