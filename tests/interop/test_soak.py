"""The soak's short form: calls of all kinds at once, none fails, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

from tests.soak.course import STANDING, soak, soaked


async def test_calls_from_every_side_leave_nothing_behind(tmp_path: Path) -> None:
    async with soaked(tmp_path, hold=2.0) as people:
        course = await soak(people, 0, 3, round_seconds=4, looked_at=STANDING[::3])
    assert course.failed == []
    assert [fault for fault in course.faults if "memory" not in fault] == []  # too short to tell of memory
