"""What a process costs, read from /proc, with all that it started."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import BinaryIO

PROC = Path("/proc")


def tree(pid: int) -> Iterator[int]:
    """The process and all its living descendants."""
    yield pid
    for children in PROC.glob(f"{pid}/task/*/children"):
        for child in _read(children).split():
            yield from tree(int(child))


def cpu_seconds(pid: int) -> float:
    """CPU time used so far by the process tree, in seconds, to the nanosecond (``schedstat``)."""
    total = 0
    for member in tree(pid):
        for thread in PROC.glob(f"{member}/task/*/schedstat"):
            total += int((_read(thread) or "0").split()[0])
    return total / 1e9


def memory_bytes(pid: int) -> int:
    """Memory of the process tree: proportional set size, so that shared pages count once."""
    total = 0
    for member in tree(pid):
        for line in _read(PROC / str(member) / "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it ended while we looked
        return ""


async def interleaved(
    ours: Callable[[], Awaitable[float]], theirs: Callable[[], Awaitable[float]], rounds: int
) -> tuple[float, float]:
    """Medians of two measurements taken in turns, so that a busy moment of the machine hits both."""
    pairs = [(await ours(), await theirs()) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def made(folder: Path) -> Path:
    """The folder, which exists from now on."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log_file(folder: Path, name: str) -> BinaryIO:
    """Where a program under measurement may complain; the folder is made."""
    return (made(folder) / name).open("wb")
