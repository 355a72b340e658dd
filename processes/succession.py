"""Over a program that another one follows while it works: `python -m processes.succession NAME COMMAND…`.

SIGHUP begins the command again, as it is on the disk then. The next program says when it is wholly ready
(`my_turn`); only then is the one that works ended, by SIGTERM, and the next has its turn. One that cannot be
loaded changes nothing. SIGTERM and SIGINT end all; when the program ends by itself, so does this process.

The sockets that a program listens on are kept here, and given to the next one: who connects meanwhile waits,
and nobody is refused. Nothing of the program is loaded here.
"""

import array
import ctypes
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from logs.plain import Log, configure
from processes.prefork import call_myself

log = Log("processes.succession")

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_FAREWELLS = (signal.SIGTERM, signal.SIGINT)
_SIGNALS = (*_FAREWELLS, signal.SIGHUP, signal.SIGCHLD)
#: Seconds that a program has to end: more than `processes.prefork` gives to whoever works, less than the
#: supervisor gives to both.
_PATIENCE = 3.85
#: What a program finds in its environment: its end of the pipe to us, and the sockets that it may listen on.
_TURN = "UNISONO_TURN"
_READY = b"ready"
#: Seconds that the next program has to be ready, before it is given up: less than who had it loaded waits
#: (`server.supervision.renewal`).
_LOADING = 50.0
_MOST_SOCKETS = 8
#: Connections that wait to be accepted; the kernel has a bound of its own (net.core.somaxconn).
BACKLOG = 1024
_EVERY_ADDRESS = "::"


# --- in the program ---


def inherited(host: str, port: int) -> socket.socket:
    """What is listened on at this address of TCP: an earlier program's, or a new one. Raises OSError.

    A name that has several addresses is the one of IPv4; `::` is every address of both.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, *_, address = next((each for each in found if each[0] == socket.AF_INET), found[0])
    for number in _given()[1]:
        known = socket.socket(fileno=os.dup(number))
        if known.getsockname()[:2] == address[:2]:
            return known
        known.close()
    both = host == _EVERY_ADDRESS and socket.has_dualstack_ipv6()
    return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=both)


def my_turn(*listeners: socket.socket) -> None:
    """Say that all is ready, and wait until the earlier program has ended; at once, where there is none.

    `listeners` are kept for whoever comes next.
    """
    pipe = _given()[0]
    if pipe is None:
        return
    with socket.socket(fileno=os.dup(pipe)) as told:
        numbers = array.array("i", [each.fileno() for each in listeners])
        told.sendmsg([_READY], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)] if listeners else [])
        while told.recv(1):
            pass


def _given() -> tuple[int | None, list[int]]:
    """The numbers of the pipe and the sockets."""
    pipe, _, sockets = os.environ.get(_TURN, "").partition(":")
    return int(pipe) if pipe else None, [int(each) for each in sockets.split(",") if each]


# --- over the program ---


class _Program:
    """One that was begun, with what it is told and says."""

    def __init__(self, command: Sequence[str], listeners: Sequence[int]) -> None:
        self.pipe, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.status: int | None = None
        self.gives_up_at = time.monotonic() + _LOADING
        given = f"{theirs.fileno()}:{','.join(map(str, listeners))}"
        parent = os.getpid()
        # What is sent to the child before it is another program is not for us, who share the handlers' pipe.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self.pid = os.fork()
        if not self.pid:
            with suppress(BaseException):
                _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
                for number in (theirs.fileno(), *listeners):
                    os.set_inheritable(number, True)
                for handled in _SIGNALS:
                    signal.signal(handled, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
                # The parent may have died before the first line took effect.
                if os.getppid() == parent:
                    os.execvpe(command[0], list(command), {**os.environ, _TURN: given})  # noqa: S606
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        theirs.close()

    def give_turn(self) -> None:
        with suppress(OSError):
            self.pipe.shutdown(socket.SHUT_WR)

    def ended(self) -> bool:
        """Whether it has; `status` is its exit code then."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def end(self, farewell: signal.Signals) -> None:
        if not self.ended():
            os.kill(self.pid, farewell)

    def kill(self) -> None:
        """It has ended then."""
        self.end(signal.SIGKILL)
        if self.status is None:
            os.waitpid(self.pid, 0)
            self.status = -signal.SIGKILL


class _Succession:
    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._listeners: list[int] = []
        self._wake, self._woken = socket.socketpair()
        for end in (self._wake, self._woken):
            end.setblocking(False)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        for number in _SIGNALS:
            signal.signal(number, lambda *_: None)
        self._signals: deque[int] = deque()
        self._now = _Program(command, ())
        self._now.give_turn()
        self._next: _Program | None = None

    def run(self) -> int:
        """Until all has ended; the exit code."""
        while True:
            ready = self._wait()
            # Who is to end has no next program any more, even if that is ready at the same moment.
            while self._signals:
                got = signal.Signals(self._signals.popleft())
                if got in _FAREWELLS:
                    return self._end(got)
                if got is signal.SIGHUP and self._next is None:
                    self._next = _Program(self._command, self._listeners)
            for program in ready:
                self._hear(program)
            if self._next is not None and time.monotonic() >= self._next.gives_up_at:
                self._next.kill()
            if self._next is not None and self._next.ended():
                log.error("program_not_renewed", status=self._next.status)
                self._next.pipe.close()
                self._next = None
            if self._now.ended():
                if self._next is None:
                    return max(self._now.status or 0, 0) or 1
                self._follow(self._next)

    def _wait(self) -> list[_Program]:
        """For a signal, or for what a program says, or until the next one has taken too long to be ready;
        those that say something."""
        programs = {each.pipe: each for each in (self._now, self._next) if each is not None}
        speaking = [pipe for pipe in programs if pipe.fileno() >= 0]
        left = None if self._next is None else max(0.0, self._next.gives_up_at - time.monotonic())
        if self._signals:  # from while one program followed another
            left = 0.0
        ready, _, _ = select.select([self._wake, *speaking], [], [], left)
        # One may have come just after something was said.
        with suppress(BlockingIOError):
            self._signals += self._wake.recv(256)
        return [programs[pipe] for pipe in speaking if pipe in ready]

    def _hear(self, program: _Program) -> None:
        try:
            flags = socket.MSG_CMSG_CLOEXEC
            said, sockets, _, _ = socket.recv_fds(program.pipe, len(_READY), _MOST_SOCKETS, flags)
        except OSError:
            said, sockets = b"", []
        if not said:  # it has ended, or is about to
            program.pipe.close()
            return
        for number in self._listeners:
            os.close(number)
        self._listeners = sockets
        # One that has ended meanwhile leaves things as they are.
        if program is self._next and not program.ended():
            self._retire()
            self._follow(program)

    def _retire(self) -> None:
        """The program that works leaves its work to the next one."""
        began, before = time.monotonic(), self._now
        before.end(signal.SIGTERM)
        self._wait_ends([before])
        log.info("program_retired", pid=before.pid, seconds=round(time.monotonic() - began, 3))

    def _follow(self, program: _Program) -> None:
        self._now.pipe.close()
        self._now, self._next = program, None
        program.give_turn()

    def _end(self, farewell: signal.Signals) -> int:
        """Whatever they do, they end now."""
        programs = [each for each in (self._now, self._next) if each is not None]
        for each in programs:
            each.end(farewell)
        self._wait_ends(programs)
        return 0

    def _wait_ends(self, programs: Sequence[_Program]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not all(each.ended() for each in programs):
            left = deadline - time.monotonic()
            if left <= 0:
                for each in programs:
                    each.kill()
                return
            ready, _, _ = select.select([self._wake], [], [], left)
            if ready:
                with suppress(BlockingIOError):
                    self._signals += self._wake.recv(256)


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    name, *command = arguments
    configure("info", process=name)
    call_myself(f"{name}-parent")
    return _Succession(command).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
