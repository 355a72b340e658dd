"""Debian's rtpengine as a process, for whoever speaks the ng protocol to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.media_servers import MediaServer, running
from tests.support.ports import free_block
from tests.support.programs import program


@contextmanager
def rtpengine(folder: Path, pairs: int = 60) -> Iterator[MediaServer]:
    """rtpengine in user space (`--table=-1`), with one thread of each kind."""
    first = free_block(2 * pairs + 2)
    command = (
        *(program("rtpengine"), "--table=-1", "--foreground", "--log-stderr", "--log-level=5"),
        *("--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{first}", "--num-threads=1"),
        *("--media-num-threads=1", f"--port-min={first + 2}", f"--port-max={first + 1 + 2 * pairs}"),
    )
    with running(command, folder, first) as pid:
        yield MediaServer(("127.0.0.1", first), pid)
