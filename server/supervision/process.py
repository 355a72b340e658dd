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
#: A stand-by is loaded once its process has run for so long, and is not in its way. Seconds.
_SETTLED = 5.0


@dataclass(frozen=True)
class ProcessSpec:
    """What to run. `stop_first` processes end before the others, which they still need while they end.

    With `standby`, a second process is kept that was started with `--standby`: it has loaded all it needs,
    opens nothing, and begins at the first line on its stdin, when the first one has ended.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    stop_first: bool = False
    standby: bool = False


class Supervised:
    """Keeps `spec` running from `run()` until `stop()`. Args: settled, seconds until a stand-by is loaded."""

    def __init__(
        self,
        spec: ProcessSpec,
        sink: Sink,
        clock: Callable[[], float] = time.monotonic,
        settled: float = _SETTLED,
    ) -> None:
        self.spec = spec
        self._sink = sink
        self._clock = clock
        self._settled = settled
        self._backoff = Backoff()
        self._process: asyncio.subprocess.Process | None = None
        self._standby: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def standby_pid(self) -> int | None:
        return self._standby.pid if self._standby and self._standby.returncode is None else None

    async def run(self) -> None:
        """Returns after `stop()`, once the process has ended."""
        while not self._stopping.is_set():
            again = await self._once()
            if not self._stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), max(0.0, again - self._clock()))
        await self._dismiss_standby()
        self._sink.close()

    async def stop(self, patience: float) -> None:
        """SIGTERM; SIGKILL after `patience` seconds."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), patience)
        except TimeoutError:
            _log.warning("process_killed", part=self.spec.name, pid=process.pid, patience=patience)
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _once(self) -> float:
        """Run the process to its end; returns the moment to start it again."""
        try:
            process = self._call_up() or await self._spawn()
        except OSError as error:
            _log.error("process_not_started", part=self.spec.name, reason=error.strerror)
            return self._backoff.ended(self._clock())
        self._process = process
        self._backoff.started(self._clock())
        if self._stopping.is_set():
            # `stop` came while the process was being spawned and found nothing to end.
            process.terminate()
        _log.info("process_started", part=self.spec.name, pid=process.pid)
        keeping = asyncio.create_task(self._keep_standby()) if self.spec.standby else None
        await self._pump(process)
        status = await process.wait()
        if keeping is not None:
            keeping.cancel()
        self._process = None
        again = self._backoff.ended(self._clock())
        if not self._stopping.is_set():
            wait = round(again - self._clock(), 1)
            _log.error("process_ended", part=self.spec.name, pid=process.pid, status=status, restart_in=wait)
        return again

    def _call_up(self) -> asyncio.subprocess.Process | None:
        """The stand-by, told to begin; None when there is none. One that has just ended is healed as any."""
        standby, self._standby = self._standby, None
        if standby is None or standby.returncode is not None or standby.stdin is None:
            return None
        standby.stdin.write(b"\n")
        return standby

    async def _keep_standby(self) -> None:
        """While the process runs: another one that waits."""
        while True:
            await asyncio.sleep(self._settled)
            try:
                self._standby = await self._spawn("--standby")
            except OSError as error:
                _log.warning("standby_not_started", part=self.spec.name, reason=error.strerror)
                continue
            status = await self._standby.wait()
            _log.warning("standby_ended", part=self.spec.name, status=status)

    async def _dismiss_standby(self) -> None:
        if self._standby is not None:
            with contextlib.suppress(ProcessLookupError):
                self._standby.kill()
            await self._standby.wait()

    async def _spawn(self, *more: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.spec.argv,
            *more,
            env={**os.environ, **self.spec.environment},
            stdin=asyncio.subprocess.PIPE if more else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
            # Ctrl-C in a terminal is for the supervisor, which then ends the others in order.
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )

    async def _pump(self, process: asyncio.subprocess.Process) -> None:
        """Copy what the process says to the sink, until it has ended and its pipe is empty."""
        if process.stdout is None:
            return
        while True:
            try:
                line = await process.stdout.readuntil(b"\n")
            except asyncio.IncompleteReadError as error:
                if error.partial:
                    self._keep(error.partial + b"\n")
                return
            except asyncio.LimitOverrunError as error:
                line = await process.stdout.readexactly(error.consumed) + b"\n"
            self._keep(line)

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
