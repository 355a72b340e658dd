"""The parent of the process that does the work: it has loaded everything, and forks another when one is lost.

So nobody waits for Python to load, and what waits shares its memory with what works. SIGHUP renews it: the
program is loaded again, as it is on the disk then, while the process that works goes on; only when that is
done another one takes its place.
"""

import contextlib
import ctypes
import gc
import os
import signal
import sys
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
#: The option of a program that only tries whether it can be loaded.
CHECK = "--check"
#: Set for the program that is loaded in place of an earlier one: the process that works.
_BEFORE = "UNISONO_PREFORK_BEFORE"


def keep(work: Callable[[], int], *, renews: bool = False) -> int:
    """Fork `work`, and again when its process is lost, until SIGTERM or SIGINT; the exit code.

    These signals are passed on to the process. `renews`: SIGHUP has the program loaded again, which
    understands the option `CHECK`; SIGTERM tells the process that works then that another comes after it.
    """
    return _Parent(work, renews).run()


def call_myself(name: str) -> None:
    """In `ps` and `top`, where Linux lets one (proc(5)): at most 15 characters."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name, "ascii")


class _Parent:
    def __init__(self, work: Callable[[], int], renews: bool) -> None:
        self._work = work
        self._signals = _SIGNALS | ({signal.SIGHUP} if renews else set())
        self._pid = os.getpid()
        self._child = 0
        #: The process that tries whether the program on the disk can be loaded.
        self._trying: int | None = None
        self._ends: deque[float] = deque(maxlen=_MOST)

    def run(self) -> int:
        signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        gc.collect()
        gc.freeze()
        if before := os.environ.pop(_BEFORE, None):
            self._child = int(before)
            self._retire()
        self._child = self._fork(self._work)
        while True:
            got = signal.Signals(signal.sigwaitinfo(self._signals).si_signo)
            if got in _FAREWELLS:
                return self._end(got)
            if got is signal.SIGHUP and self._trying is None:
                self._trying = self._fork(_try_program)
            if self._trying is not None:
                self._look_at_trial(self._trying)
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
        self._child = self._fork(self._work)
        log.warning("worker_ended", pid=pid, status=code, next=self._child)
        return None

    def _fork(self, work: Callable[[], int]) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals)
            # The parent may have died before the first line took effect.
            code = work() if os.getppid() == self._pid else 0
        except BaseException:
            log.exception("worker_failed")
        os._exit(code)

    def _end(self, farewell: signal.Signals) -> int:
        """Whatever it does with its calls, it ends now."""
        os.kill(self._child, farewell)
        self._wait_end()
        return 0

    # --- another program ---

    def _look_at_trial(self, trying: int) -> None:
        """Where the program can be loaded, it is, in this process; the one that works stays its child."""
        pid, status = os.waitpid(trying, os.WNOHANG)
        if not pid:
            return
        self._trying = None
        if (code := os.waitstatus_to_exitcode(status)) != 0:
            log.error("program_not_renewed", status=code)
            return
        os.environ[_BEFORE] = str(self._child)
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606

    def _retire(self) -> None:
        """The process of the earlier program leaves its work to the next one."""
        # It may have been lost meanwhile.
        if os.waitpid(self._child, os.WNOHANG)[0]:
            return
        os.kill(self._child, signal.SIGTERM)
        self._wait_end()
        log.info("worker_retired", pid=self._child)

    def _wait_end(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not os.waitpid(self._child, os.WNOHANG)[0]:
            left = deadline - time.monotonic()
            if left <= 0:
                os.kill(self._child, signal.SIGKILL)
                os.waitpid(self._child, 0)
                return
            signal.sigtimedwait({signal.SIGCHLD}, left)


def _try_program() -> int:
    """Does not return: another program in a process of its own."""
    os.execv(sys.executable, [*sys.orig_argv, CHECK])  # noqa: S606
