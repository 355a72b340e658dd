"""`unisono serve`: checks, renders, starts, watches, stops."""

import asyncio
import fcntl
import io
import os
import signal
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from logs import log
from server.config import Config, DataDir
from server.supervision.logfile import RotatingFile, Sink, StderrSink
from server.supervision.probe import Readiness, readiness
from server.supervision.process import ProcessSpec, Supervised

_log = log.get(__name__)
#: For what ends first, and then for the rest. Seconds.
_PATIENCE = 4.0


class DataInUse(Exception):
    """Another server runs on the same data directory."""


class WrongDomain(Exception):
    """Addresses in the data end in another domain than the configured one."""


def lock(data: DataDir) -> TextIO:
    """Hold the data directory until the returned file is closed or this process ends."""
    handle = (data.run / "lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        handle.seek(0)
        holder = handle.read().strip()
        raise DataInUse(f"{data.root} is in use by another server (process {holder})") from error
    handle.seek(0)
    handle.truncate()
    handle.write(str(os.getpid()))
    handle.flush()
    return handle


def check_domain(data: DataDir, domain: str) -> None:
    """The first start decides for which domain the data is; raises `WrongDomain` for another one."""
    note = data.root / "domain"
    if not note.exists():
        note.write_text(domain + "\n", "ascii")
    known = note.read_text("ascii").strip()
    if known != domain:
        raise WrongDomain(
            f"{data.root} belongs to the domain {known}, which cannot be changed;"
            f" `organisation.domain` says {domain}"
        )


def sink_named(name: str, config: Config, data: DataDir, to_stderr: bool) -> Sink:
    """Where the process `name` logs to."""
    if to_stderr:
        return StderrSink()
    return RotatingFile(data.logs / f"{name}.log", config.log.file_mb * 1_000_000, config.log.files_kept)


class LineStream(io.TextIOBase):
    """A sink as the text stream that our own log writes to."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, text: str) -> int:
        self._sink.write(text.encode())
        return len(text)


class Supervisor:
    """Runs `specs` until SIGTERM or SIGINT."""

    def __init__(self, specs: Sequence[ProcessSpec], make_sink: Callable[[ProcessSpec], Sink]) -> None:
        self._parts = [Supervised(spec, make_sink(spec)) for spec in specs]
        self._stop = asyncio.Event()

    async def run(self, on_ready: Callable[[Readiness], None], health_url: str) -> None:
        """Start everything, watch it, and stop it in order when told to.

        `on_ready` hears what `health_url` says: once when all is ready, and once before when that takes long.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        began = time.monotonic()
        runs = [asyncio.create_task(part.run()) for part in self._parts]
        watch = asyncio.create_task(self._watch(on_ready, health_url, began))
        await self._stop.wait()
        _log.info("stopping")
        watch.cancel()
        await self._stop_parts()
        await asyncio.gather(*runs, return_exceptions=True)
        _log.info("stopped")

    async def _stop_parts(self) -> None:
        for first in (True, False):
            group = [part for part in self._parts if part.spec.stop_first is first]
            await asyncio.gather(*(part.stop(_PATIENCE) for part in group))

    async def _watch(self, on_ready: Callable[[Readiness], None], health_url: str, began: float) -> None:
        """Tell once that all is ready; tell why not when that takes long."""
        said = False
        while True:
            state = await asyncio.to_thread(readiness, health_url)
            elapsed = time.monotonic() - began
            if state.ready:
                _log.info("ready", seconds=round(elapsed, 1))
                on_ready(state)
                return
            if elapsed > 20 and not said:
                said = True
                on_ready(state)
            await asyncio.sleep(0.15)
