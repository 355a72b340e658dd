"""A few minutes' worth of comings and goings: nobody leaves a task, a file, a port or memory behind."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.soak import leaks, soak
from tests.support.sfu import sfu_process


async def test_an_empty_process_holds_what_it_held_before(tmp_path: Path) -> None:
    # Who vanishes is soon taken for gone: the rooms are empty the sooner.
    with sfu_process(tmp_path, log={"level": "warning"}, limits={"grace_seconds": 2}) as sfu:
        first, *_, last = await soak(sfu, 0.3)
    assert leaks(first, last) == []
