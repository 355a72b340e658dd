"""The parent of the process that does the work: it has loaded everything, and forks another when one is lost.

So nobody waits for Python to load, and what waits shares its memory with what works. How another program
follows, as it is on the disk then, is in `processes.succession`.
"""

import contextlib
import ctypes
import gc
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from logs.plain import Log

log = Log(__name__)

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_FAREWELLS = {signal.SIGTERM, signal.SIGINT}
_SIGNALS = {*_FAREWELLS, signal.SIGCHLD}
#: Seconds that the process has to end: less than the supervisor gives to both.
_PATIENCE = 3.7
#: So many ends in so many seconds are no accident: the supervisor begins anew, and waits longer each time.
_MOST, _WITHIN = 6, 10.0
#: Exit code of a process that cannot use its configuration or addresses.
CANNOT_RUN = 2


def keep(work: Callable[[], int]) -> int:
    """Fork `work`, and again when its process is lost, until SIGTERM or SIGINT; the exit code.

    These signals are passed on to the process.
    """
    return _Parent(work).run()


def call_myself(name: str) -> None:
    """In `ps` and `top`, where Linux lets one (proc(5)): at most 15 characters."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name, "ascii")


class _Parent:
    def __init__(self, work: Callable[[], int]) -> None:
        self._work = work
        self._pid = os.getpid()
        self._child = 0
        self._ends: deque[float] = deque(maxlen=_MOST)

    def run(self) -> int:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        gc.collect()
        gc.freeze()
        self._child = self._fork()
        while True:
            got = signal.Signals(signal.sigwaitinfo(_SIGNALS).si_signo)
            if got in _FAREWELLS:
                return self._end(got)
            code = self._look()
            if code is not None:
                return code

    def _look(self) -> int | None:
        """Whether the process that works is lost; the exit code when nothing can be done about it."""
        pid, status = os.waitpid(self._child, os.WNOHANG)
        if not pid:
            return None
        code, now = os.waitstatus_to_exitcode(status), time.monotonic()
        self._ends.append(now)
        if code == CANNOT_RUN or (len(self._ends) == _MOST and now - self._ends[0] < _WITHIN):
            return code if code > 0 else 1
        self._child = self._fork()
        log.warning("worker_ended", pid=pid, status=code, next=self._child)
        return None

    def _fork(self) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            # The parent may have died before the first line took effect.
            code = self._work() if os.getppid() == self._pid else 0
        except BaseException:
            log.exception("worker_failed")
        os._exit(code)

    def _end(self, farewell: signal.Signals) -> int:
        """Whatever it does with its calls, it ends now."""
        os.kill(self._child, farewell)
        self._wait_end()
        return 0

    def _wait_end(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not os.waitpid(self._child, os.WNOHANG)[0]:
            left = deadline - time.monotonic()
            if left <= 0:
                os.kill(self._child, signal.SIGKILL)
                os.waitpid(self._child, 0)
                return
            signal.sigtimedwait({signal.SIGCHLD}, left)
