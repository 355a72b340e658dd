"""What a process holds, and whether it holds more than its calls ask for. The reading is Linux' proc(5)."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import tree

#: Memory that a process may hold more at the end than after the warm-up: a share, and MB that tell nothing.
DRIFT, TELLS_NOTHING = 0.02, 2.0
_DATABASE = (".db", ".db-wal", ".db-shm")


@dataclass(frozen=True, slots=True)
class Holding:
    """What one process holds at one moment, with those that it has started. `files` are all handles but
    sockets, `names` what they are open on; `ports` are UDP sockets and TCP listeners, `connections` the
    sockets between processes; `memory` is RSS in MB."""

    files: int
    ports: int
    connections: int
    threads: int
    memory: float
    names: tuple[str, ...] = ()

    def __add__(self, other: Holding) -> Holding:
        return Holding(
            self.files + other.files,
            self.ports + other.ports,
            self.connections + other.connections,
            self.threads + other.threads,
            self.memory + other.memory,
            self.names + other.names,
        )


def holding(pid: int) -> Holding:
    """What the process and its descendants hold now.

    :raises OSError: when there is no such process.
    """
    own, *children = tree(pid)
    held = _of_one(own)
    for child in children:
        with contextlib.suppress(OSError):  # it ended while we looked
            held += _of_one(child)
    return held


def _of_one(pid: int) -> Holding:
    process = Path("/proc") / str(pid)
    links = [link for entry in (process / "fd").iterdir() if (link := _target(entry))]
    sockets = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    files = tuple(link for link in links if not link.startswith("socket:["))
    ports = len(sockets & _ports(process))
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return Holding(
        files=len(files),
        ports=ports,
        connections=len(sockets) - ports,
        threads=int(status["Threads"]),
        memory=int(status["VmRSS"].split()[0]) / 1024,
        names=files,
    )


def _target(link: Path) -> str:
    with contextlib.suppress(OSError):  # it was closed while we looked
        return str(link.readlink())
    return ""


def _ports(process: Path) -> set[str]:
    """Inodes of UDP sockets, and of TCP sockets that listen."""
    found = set()
    for kind in ("udp", "udp6", "tcp", "tcp6"):
        for line in (process / "net" / kind).read_text().splitlines()[1:]:
            fields = line.split()
            if kind.startswith("udp") or fields[3] == "0A":
                found.add(fields[9])
    return found


def leaks(first: Holding, last: Holding) -> list[str]:
    """What an idle process holds more of than before, in words; empty when all is well."""
    found = []
    if last.files - _pooled(last) > first.files - _pooled(first):
        more = Counter(map(_name, last.names)) - Counter(map(_name, first.names))
        found.append(f"files: {first.files} -> {last.files} ({', '.join(sorted(more))})")
    if last.ports > first.ports:
        found.append(f"ports: {first.ports} -> {last.ports}")
    if last.memory > first.memory * (1 + DRIFT) + TELLS_NOTHING:
        found.append(f"memory: {first.memory:.1f} -> {last.memory:.1f} MB")
    return found


def _pooled(held: Holding) -> int:
    """A pool opens one more connection to a database where several ask at once, up to its size."""
    return sum(name.endswith(_DATABASE) for name in held.names)


def _name(target: str) -> str:
    """Of `/somewhere/of/this/run/unisono.db`, the last part; of `pipe:[4711]`, the kind."""
    return target.rpartition("/")[2].partition(":")[0]


def slope(held: Sequence[tuple[int, int]]) -> int | None:
    """Of pairs (calls, things held): how many each call holds, or None when it is not the same for all.

    The first pair is that of no call at all.
    """
    (_, base), *more = held
    shares = {divmod(things - base, calls) for calls, things in more}
    if len(shares) != 1:
        return None
    ((each, rest),) = shares
    return each if rest == 0 else None
