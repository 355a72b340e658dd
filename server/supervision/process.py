"""One supervised process: spawned, its log pumped, started again when it ends, stopped when asked."""

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from logs import log
from server.supervision.backoff import Backoff
from server.supervision.logfile import Sink

_log = log.get(__name__)
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
#: A line longer than this is cut in two. Bytes.
_LONGEST_LINE = 1 << 20
#: Until what a process said last has come; children that outlive it may go on speaking. Seconds.
_LAST_WORDS = 0.5


@dataclass(frozen=True)
class ProcessSpec:
    """What to run. `stop_first` processes end before the others, which they still need while they end.

    `farewell` ends it when nobody comes after it.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    stop_first: bool = False
    farewell: signal.Signals = signal.SIGTERM


class Supervised:
    """Keeps `spec` running from `run()` until `stop()`."""

    def __init__(self, spec: ProcessSpec, sink: Sink, clock: Callable[[], float] = time.monotonic) -> None:
        self.spec = spec
        self._sink = sink
        self._clock = clock
        self._backoff = Backoff()
        self._process: asyncio.subprocess.Process | None = None
        #: What each process says, until nobody has its end of the pipe any more.
        self._output: dict[int, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def run(self) -> None:
        """Returns after `stop()`, once the process has ended."""
        while not self._stopping.is_set():
            again = await self._once()
            if not self._stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, again - self._clock())):
                        await self._stopping.wait()
        if self._output:
            await asyncio.wait(self._output.values(), timeout=_LAST_WORDS)
        for pump in self._output.values():
            pump.cancel()
        self._sink.close()

    async def stop(self, patience: float) -> None:
        """The signal of its farewell; SIGKILL after `patience` seconds."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.spec.farewell)
        try:
            async with asyncio.timeout(patience):
                await process.wait()
        except TimeoutError:
            _log.warning("process_killed", part=self.spec.name, pid=process.pid, patience=patience)
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _once(self) -> float:
        """Run the process to its end; returns the moment to start it again."""
        try:
            process = await self._spawn()
        except OSError as error:
            _log.error("process_not_started", part=self.spec.name, reason=error.strerror)
            return self._backoff.ended(self._clock())
        self._process = process
        self._backoff.started(self._clock())
        if self._stopping.is_set():
            # `stop` came while the process was being spawned and found nothing to end.
            process.send_signal(self.spec.farewell)
        _log.info("process_started", part=self.spec.name, pid=process.pid)
        status = await process.wait()
        if (output := self._output.get(process.pid)) is not None:
            await asyncio.wait({output}, timeout=_LAST_WORDS)
        self._process = None
        again = self._backoff.ended(self._clock())
        if not self._stopping.is_set():
            wait = round(again - self._clock(), 1)
            _log.error("process_ended", part=self.spec.name, pid=process.pid, status=status, restart_in=wait)
        return again

    async def _spawn(self) -> asyncio.subprocess.Process:
        # A pipe of our own: asyncio's would have the process live until its children have closed it, too.
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self.spec.argv,
                env={**os.environ, **self.spec.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=asyncio.subprocess.STDOUT,
                # Ctrl-C in a terminal is for the supervisor, which then ends the others in order.
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        pump = self._output[process.pid] = asyncio.create_task(self._pump(reading))
        pump.add_done_callback(lambda _: self._output.pop(process.pid, None))
        return process

    async def _pump(self, reading: int) -> None:
        """Copy what comes out of a pipe to the sink, until nobody can say more."""
        loop = asyncio.get_running_loop()
        said = asyncio.StreamReader(_LONGEST_LINE)
        pipe, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(said), os.fdopen(reading, "rb", 0)
        )
        try:
            while True:
                try:
                    line = await said.readuntil(b"\n")
                except asyncio.IncompleteReadError as error:
                    if error.partial:
                        self._keep(error.partial + b"\n")
                    return
                except asyncio.LimitOverrunError as error:
                    line = await said.readexactly(error.consumed) + b"\n"
                self._keep(line)
        finally:
            pipe.close()

    def _keep(self, line: bytes) -> None:
        """A full disk must not end the process that speaks, nor our watch over it."""
        with contextlib.suppress(OSError):
            self._sink.write(line)


def _die_with(parent: int) -> Callable[[], None]:
    """Run in the child before its program: whatever kills the supervisor ends the child too (prctl(2))."""

    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died before the line above took effect.
        if os.getppid() != parent:
            os._exit(1)

    return prepare
