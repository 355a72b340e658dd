"""Our media servers as processes, for whoever speaks the ng protocol to them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.stack import standby, wait_until, worker


@dataclass(frozen=True)
class MediaServer:
    """A running one.

    :param address: its control port.
    :param pid: of its process.
    """

    address: tuple[str, int]
    pid: int


@contextmanager
def own_media(
    folder: Path, pairs: int = 5, files: Path | None = None, **media: object
) -> Iterator[MediaServer]:
    """`python -m bridges.media` with so many pairs of RTP ports on the loopback address."""
    first = free_block(2 * pairs + 2)
    section = {"webrtc_port": 0, "rtp_port_min": first + 2, "rtp_port_max": first + 1 + 2 * pairs, **media}
    ng = {"port": first, "files": str(files) if files else None}
    file = folder / f"media-{first}.json"
    file.write_text(json.dumps({"ng": ng, "media": section}))
    with running((sys.executable, "-m", "bridges.media", "--config", str(file)), folder, first) as pid:
        yield MediaServer(("127.0.0.1", first), pid)


@dataclass
class MediaFamily:
    """A parent, its process that carries calls, and that one's stand-by.

    :param address: their control port.
    :param parent: which forks both.
    """

    address: tuple[str, int]
    command: tuple[str, ...]
    file: Path
    parent: subprocess.Popen[bytes]

    def log(self) -> str:
        """What all of them have logged."""
        return self.file.read_text(errors="replace")

    @property
    def worker(self) -> int:
        """The process that carries calls."""
        return worker(self.parent.pid) or 0

    @property
    def standby(self) -> int:
        """Its stand-by."""
        return standby(self.parent.pid) or 0

    def wait_told(self) -> None:
        """Until the present stand-by has been told of all calls."""
        wait_until(lambda: told(self.log(), standby(self.parent.pid)), PATIENCE, self.log)

    def replace_parent(self) -> None:
        """As a supervisor does when it has ended."""
        self.parent = _family(self.command, self.file)


def told(log: str, waiting: int | None) -> bool:
    """Whether this stand-by knows all calls."""
    return waiting is not None and re.search(rf"standby_came.*\b{waiting}\b", log) is not None


def _family(command: tuple[str, ...], file: Path) -> subprocess.Popen[bytes]:
    with file.open("ab") as sink:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)


@contextmanager
def media_family(folder: Path, pairs: int = 5, **media: object) -> Iterator[MediaFamily]:
    """`python -m bridges.media` with a stand-by."""
    folder.mkdir(parents=True, exist_ok=True)
    first = free_block(2 * pairs + 2)
    section = {"webrtc_port": 0, "rtp_port_min": first + 2, "rtp_port_max": first + 1 + 2 * pairs, **media}
    file, log = folder / "media.json", folder / "media.log"
    file.write_text(
        json.dumps(
            {
                "ng": {"port": first, "standby": str(folder / "standby"), "files": str(folder)},
                "media": section,
            }
        )
    )
    command = (sys.executable, "-m", "bridges.media", "--config", str(file))
    family = MediaFamily(("127.0.0.1", first), command, log, _family(command, log))
    try:
        _wait(family.parent, first, log)
        family.wait_told()
        yield family
    finally:
        left = family.worker
        family.parent.kill()
        family.parent.wait()
        if left:
            os.kill(left, signal.SIGKILL)


@contextmanager
def running(command: tuple[str, ...], folder: Path, port: int) -> Iterator[int]:
    """A process that answers ng at this port, while it does: its pid."""
    log = folder / f"media-{port}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink)
        try:
            _wait(process, port, log)
            yield process.pid
        finally:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until it answers a ping."""
    end = time.monotonic() + PATIENCE
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.1)
        asking.connect(("127.0.0.1", port))
        while time.monotonic() < end and process.poll() is None:
            try:
                asking.send(b"up d7:command4:pinge")
                if asking.recv(1000).startswith(b"up "):
                    return
            except ConnectionRefusedError:
                time.sleep(0.02)
            except TimeoutError:
                continue
    raise RuntimeError(f"{process.args!r} does not answer: {log.read_text(errors='replace')[-2000:]}")
