"""The stand-by: all is loaded, nothing open but what it was given, and it waits for its turn, blocking."""

import os
import select
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bridges.media.failover import link
from bridges.media.failover.messages import MAX_MESSAGE, Changed, Hello, Replica, decode
from bridges.media.failover.watch import LOOK, Watch
from logs.plain import Log

log = Log(__name__)

#: Seconds that a process takes to be gone once its end of the link is closed.
_DYING = 2.0


@dataclass(slots=True)
class Inheritance:
    """What there is to go on with.

    Attributes:
        replica: what was told.
        webrtc, control: the sockets of all browsers and of the control port.
        sockets: of legs, for RTP and RTCP, by their number.
        why: "died", "hung", "retired", or "called" by the supervisor.
    """

    replica: Replica = field(default_factory=Replica)
    webrtc: socket.socket | None = None
    control: socket.socket | None = None
    sockets: dict[int, tuple[socket.socket, socket.socket]] = field(default_factory=dict)
    why: str = "called"

    def drop(self, numbers: set[int]) -> None:
        """These legs are gone."""
        for number in numbers:
            for each in self.sockets.pop(number, ()):
                each.close()

    def drop_all(self) -> None:
        """The process ended with its calls."""
        self.drop(set(self.sockets))
        for each in (self.webrtc, self.control):
            if each is not None:
                each.close()
        self.webrtc = self.control = None


class Standby:
    """`wait` returns when it is its turn.

    Args:
        path: where the process that carries calls listens for it; None: it does not.
        orders: a line on it tells to begin in any case; its end, that nobody is there any more.
    """

    def __init__(self, path: Path | None, orders: int = 0) -> None:
        self._path, self._orders = path, orders
        self._inheritance = Inheritance()
        self._link: socket.socket | None = None
        self._process: int | None = None
        self._watch = Watch(time.monotonic())

    def wait(self) -> Inheritance | None:
        """What to go on with; None: to end."""
        while True:
            if self._link is None:
                self._connect()
            readable: list[int | socket.socket] = [self._orders, *([self._link] if self._link else [])]
            ready, _, _ = select.select(readable, [], [], LOOK)
            if self._link in ready and self._hear():
                return self._inheritance
            if self._orders in ready:
                return self._ordered()
            if self._link and self._watch.hangs(time.monotonic()) and self._end_what_hangs():
                return self._inheritance

    def _connect(self) -> None:
        if self._path is None:
            return
        try:
            came = link.connected(self._path)
        except OSError:
            return
        pid, uid = link.peer(came)
        try:
            if uid != os.geteuid():
                raise ProcessLookupError
            self._process = os.pidfd_open(pid)
        except OSError:
            came.close()
            return
        came.setblocking(False)
        self._link = came
        self._watch = Watch(time.monotonic())

    def _ordered(self) -> Inheritance | None:
        """The supervisor has seen the process end, or has ended itself."""
        if not os.read(self._orders, 1):
            return None
        if self._link is not None:
            self._hear()
        return self._inheritance

    def _hear(self) -> bool:
        """All that was said; whether it is our turn now."""
        while self._link is not None:
            try:
                data, filenos, flags, _ = socket.recv_fds(self._link, MAX_MESSAGE, link.MOST_SOCKETS)
            except BlockingIOError:
                return False
            except OSError:
                data, filenos, flags = b"", [], 0
            if not data:
                return self._ended()
            if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                log.warning("standby_misses_sockets")
            self._watch.heard(time.monotonic())
            self._take(data, [socket.socket(fileno=each) for each in filenos])
        return False

    def _take(self, data: bytes, sockets: list[socket.socket]) -> None:
        try:
            message = decode(data)
        except msgspec.DecodeError as error:
            log.warning("standby_not_understood", why=str(error))
            return
        has = self._inheritance
        has.drop(has.replica.take(message))
        if isinstance(message, Hello) and len(sockets) == 2:
            has.drop_all()
            has.webrtc, has.control = sockets
        elif isinstance(message, Changed):
            for index, number in enumerate(message.fresh):
                pair = sockets[2 * index : 2 * index + 2]
                if len(pair) == 2:
                    has.drop({number})  # it has come with another call before
                    has.sockets[number] = pair[0], pair[1]
        if has.replica.hello is None:
            has.drop_all()

    def _ended(self) -> bool:
        """The link is closed: by a process that ended, or by one that let go of us."""
        gone, has = self._gone(), self._inheritance
        self._leave()
        if not gone:
            has.drop_all()
            has.replica = Replica()
        has.why = "retired" if has.replica.farewell is not None else "died"
        return has.replica.hello is not None

    def _end_what_hangs(self) -> bool:
        """Kill it: two processes must not read from the same sockets."""
        if self._process is None:
            return False
        log.error("media_hangs")
        signal.pidfd_send_signal(self._process, signal.SIGKILL)
        self._gone()
        turn = self._hear()
        self._inheritance.why = "hung"
        return turn

    def _gone(self) -> bool:
        """Whether the process has ended; one that has closed its end is about to."""
        if self._process is None:
            return False
        ready, _, _ = select.select([self._process], [], [], _DYING)
        return bool(ready)

    def _leave(self) -> None:
        if self._link is not None:
            self._link.close()
        if self._process is not None:
            os.close(self._process)
        self._link = self._process = None
