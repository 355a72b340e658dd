"""The parent of the process that carries calls and of its stand-by: both are forked from what it has loaded.

So they share its memory, and the next stand-by is there in some milliseconds. It does nothing else that could
fail. Should it be killed nevertheless, the process that carries calls goes on, and the next parent finds it.
"""

import ctypes
import gc
import os
import select
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from bridges.media.failover import link
from logs.plain import Log

log = Log(__name__)

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
#: Seconds between looks at a process that is not our child, and for which children may take to end.
_LOOK, _PATIENCE = 0.5, 3.0
#: So many ends in so many seconds are no accident: the supervisor begins anew, and waits longer each time.
_MOST, _WITHIN = 6, 10.0
#: Exit code of a process that cannot use its configuration or addresses.
CANNOT_RUN = 2


class Prefork:
    """`run` returns the exit code after SIGTERM or SIGINT, or when the process cannot run.

    SIGHUP renews it: it loads the program again, and a stand-by of the new one takes all calls over.

    Args:
        path: where the process that carries calls meets its stand-by.
        carry: carries calls until it is told to end; the exit code. It is given a descriptor that can be read
            when the supervisor has ended, and it is to end as well.
        stand_by: waits for its turn, then carries calls. It is given a descriptor of orders, and the other.
        renew: replaces the program of this process; it does not return.
    """

    def __init__(
        self,
        path: Path,
        carry: Callable[[int], int],
        stand_by: Callable[[int, int], int],
        renew: Callable[[], None],
    ) -> None:
        self._path, self._carry, self._stand_by, self._renew = path, carry, stand_by, renew
        self._supervisor = os.pidfd_open(os.getppid())
        self._worker: int | None = None
        #: The worker where it is another parent's child: a file descriptor that tells of its end.
        self._foreign: int | None = None
        self._standby: int | None = None
        self._orders: int | None = None
        self._ends: deque[float] = deque(maxlen=_MOST)

    def run(self, *, retire: bool = False) -> int:
        """`retire`: a worker of an earlier program is to leave its calls to the new stand-by."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        gc.collect()
        gc.freeze()
        self._find()
        if self._worker is None:
            self._worker = self._fork(self._new_worker)
        self._keep_standby()
        if retire and self._foreign is not None:
            os.kill(self._worker, signal.SIGUSR1)
        while True:
            got = signal.sigtimedwait(_SIGNALS, _LOOK)
            if got is not None and got.si_signo in {signal.SIGTERM, signal.SIGINT}:
                return self._end(0)
            if got is not None and got.si_signo == signal.SIGHUP:
                self._dismiss()
                self._renew()
            code = self._look()
            if code is not None:
                return self._end(code)

    def _new_worker(self) -> int:
        return self._carry(self._supervisor)

    def _find(self) -> None:
        """The worker of a parent that was killed, or of this process before it was renewed."""
        try:
            with link.connected(self._path) as met:
                pid, uid = link.peer(met)
                if uid == os.geteuid():
                    self._foreign, self._worker = os.pidfd_open(pid), pid
                    log.info("worker_found", pid=pid)
        except OSError:
            return

    def _look(self) -> int | None:
        """What has ended; the exit code when nothing can be done about it."""
        for pid, status in _ended():
            if pid == self._standby:
                self._forget_standby()
            if pid == self._worker:
                if self._foreign is not None:
                    os.close(self._foreign)
                    self._foreign = None
                if os.waitstatus_to_exitcode(status) == CANNOT_RUN:
                    return CANNOT_RUN
                self._succeed()
        if self._foreign is not None and select.select([self._foreign], [], [], 0)[0]:
            os.close(self._foreign)
            self._foreign = None
            self._succeed()
        self._keep_standby()
        now = time.monotonic()
        return 1 if len(self._ends) == _MOST and now - self._ends[0] < _WITHIN else None

    def _succeed(self) -> None:
        """The stand-by goes on; it has seen the end itself, unless it was never told of a call."""
        self._ends.append(time.monotonic())
        log.warning("worker_ended", pid=self._worker, next=self._standby)
        if self._standby is None or self._orders is None:
            self._worker = self._fork(self._new_worker)
            return
        os.write(self._orders, b"\n")
        os.close(self._orders)
        self._worker, self._standby, self._orders = self._standby, None, None

    def _keep_standby(self) -> None:
        if self._standby is None:
            orders, self._orders = os.pipe()
            parent = os.getpid()
            self._standby = self._fork(lambda: self._new_standby(parent, orders))
            os.close(orders)

    def _new_standby(self, parent: int, orders: int) -> int:
        """Until its turn it ends with its parent."""
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        return self._stand_by(orders, self._supervisor) if os.getppid() == parent else 0

    def _forget_standby(self) -> None:
        if self._orders is not None:
            os.close(self._orders)
        self._standby = self._orders = None

    def _fork(self, work: Callable[[], int]) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            for each in (self._orders, self._foreign):
                if each is not None:
                    os.close(each)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            code = work()
        except BaseException:
            log.exception("worker_failed")
        os._exit(code)

    def _dismiss(self) -> None:
        """The stand-by is not needed: of the program as it was."""
        if self._standby is not None:
            os.kill(self._standby, signal.SIGKILL)
            os.waitpid(self._standby, 0)
            self._forget_standby()

    def _end(self, code: int) -> int:
        """The stand-by first: it must not go on."""
        self._dismiss()
        if self._worker is not None:
            try:
                ending = os.pidfd_open(self._worker)
            except OSError:
                return code
            os.kill(self._worker, signal.SIGTERM)
            if not select.select([ending], [], [], _PATIENCE)[0]:
                os.kill(self._worker, signal.SIGKILL)
            os.close(ending)
        return code


def outlive_parent() -> None:
    """The stand-by carries calls now: they do not end with the parent."""
    _libc.prctl(_PR_SET_PDEATHSIG, 0)


def _ended() -> list[tuple[int, int]]:
    """Children that have ended, with their status."""
    found: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if not pid:
            return found
        found.append((pid, status))
