"""Other programs in the place of those that run, while the server does (proc(5)).

SIGHUP for those that can hand their work over, SIGTERM for the homeserver, whose work waits for the next one.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from server.config import DataDir
from server.supervision.probe import answers

#: Seconds until the new program has loaded and has taken everything over; between looks.
_PATIENCE, _LOOK = 60.0, 0.1
_HOMESERVER = "synapse.app.homeserver"


class NotRunning(Exception):
    """No server runs on the data directory, or none of its processes can hand its work over."""


class NotRenewed(Exception):
    """The process that did the work still does it, or nobody does."""


def renew(data: DataDir, part: str) -> int:
    """Have the work of `part` ("media", "sip", "web") done by the program as it is on the disk now; how many
    processes were followed by another.

    Raises:
        NotRunning, NotRenewed: see there.
    """
    parents = {pid: _worker(pid, part) for pid in _parents(data, part)}
    if not parents:
        raise NotRunning
    for pid in parents:
        os.kill(pid, signal.SIGHUP)
    deadline = time.monotonic() + _PATIENCE
    while any(_worker(pid, part) in {None, before} for pid, before in parents.items()):
        if time.monotonic() > deadline:
            raise NotRenewed
        time.sleep(_LOOK)
    return len(parents)


def follow_homeserver(data: DataDir, health_url: str) -> None:
    """End it in order, and wait until the one that the supervisor starts in its place answers `health_url`.

    Raises:
        NotRunning, NotRenewed: see there.
    """
    before = _homeservers(data)
    if not before:
        raise NotRunning
    for pid in before:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while not (_homeservers(data) - before and answers(health_url)):
        if time.monotonic() > deadline:
            raise NotRenewed
        time.sleep(_LOOK)


def _homeservers(data: DataDir) -> set[int]:
    return {pid for pid in _supervised(data) if _HOMESERVER in _arguments(pid)}


def _parents(data: DataDir, part: str) -> list[int]:
    """Those that have a process which does the work, and another one ready."""
    return [pid for pid in _supervised(data) if _name(pid) == f"{part}-parent"]


def _supervised(data: DataDir) -> Iterator[int]:
    try:
        supervisor = int((data.run / "lock").read_text("ascii"))
    except (OSError, ValueError):
        return iter(())
    return _children(supervisor)


def _worker(parent: int, part: str) -> int | None:
    """The one that does the work: a child of the parent, or of the one that has loaded its program. A parent
    of media finds that of an earlier one, which is not its child."""
    for child in _children(parent):
        if _name(child) == part:
            return child
        if _name(child) == f"{part}-loaded":
            found = next((pid for pid in _children(child) if _name(pid) == part), None)
            if found is not None:
                return found
    return None


def _children(parent: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(entry.name)
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                yield pid


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _arguments(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    return []
