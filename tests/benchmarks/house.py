"""The whole server: start to ready, memory at rest."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.benchmarks.measure import memory_bytes
from tests.support.patience import PATIENCE
from tests.support.stack import Stack, children_of, part_name, wait_until

STARTS = 3


def start_to_ready(folder: Path) -> float:
    """Median seconds from the command to ``/health/ready``; the first start makes keys and is not counted."""
    seconds: list[float] = []
    for number in range(STARTS + 1):
        with Stack.start(folder, sfu=True) as stack:
            took = stack.wait_ready()
        if number:
            seconds.append(took)
    return statistics.median(seconds)


def idle_memory(stack: Stack) -> dict[str, float]:
    """Megabytes of every part, and of all (``whole``), once a stand-by of what carries calls waits, too."""
    wait_until(lambda: stack.standby("media") is not None, PATIENCE)
    roots = {name: pid for pid in children_of(stack.process.pid) if (name := part_name(pid))}
    parts = {name: memory_bytes(pid) / 1e6 for name, pid in roots.items()}
    return {"whole": memory_bytes(stack.process.pid) / 1e6, **parts}


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for one run."""
    return tempfile.TemporaryDirectory(prefix="unisono-benchmarks-", ignore_cleanup_errors=True)
