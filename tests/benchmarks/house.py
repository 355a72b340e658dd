"""The whole server: start to ready, memory at rest."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.benchmarks.measure import memory_bytes
from tests.support.patience import PATIENCE
from tests.support.stack import Stack, children_of, wait_until

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
    """Megabytes of every part, and of all (``whole``), once the media server's stand-by waits, too."""
    wait_until(lambda: "sfu-standby" in map(_name, children_of(stack.process.pid)), PATIENCE)
    parts = {name: memory_bytes(pid) / 1e6 for name, pid in stack.children().items()}
    return {"whole": memory_bytes(stack.process.pid) / 1e6, **parts}


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for one run."""
    return tempfile.TemporaryDirectory(prefix="unisono-benchmarks-", ignore_cleanup_errors=True)


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()
