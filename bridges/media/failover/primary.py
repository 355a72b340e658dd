"""The side of the process that carries calls: tells its stand-by of each, as it changes."""

import asyncio
import os
import socket
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from bridges.media.call_state import CallState
from bridges.media.failover import link
from bridges.media.failover.messages import (
    AT_ONCE,
    MAX_MESSAGE,
    Beat,
    Changed,
    Ended,
    Event,
    Farewell,
    Hello,
    Message,
    Played,
    encode,
)
from bridges.media.failover.watch import BEAT
from bridges.media.in_process import InProcessMediaGateway
from logs.plain import Log
from wire.ng import Body

log = Log(__name__)

#: Messages that may wait for a slow stand-by; beyond it is let go, and asks for everything anew.
_WAITING = 20_000


class Primary:
    """`open`, then `close`, which says farewell.

    Args:
        engine: whose calls they are.
        hello: what a new stand-by is told first.
        fileno: number of the control port's socket.
    """

    def __init__(
        self, engine: InProcessMediaGateway, hello: Callable[[], Hello], fileno: Callable[[], int]
    ) -> None:
        self._engine, self._hello, self._fileno = engine, hello, fileno
        self._listening: socket.socket | None = None
        self._link: socket.socket | None = None
        self._waiting: deque[tuple[bytes, list[int]]] = deque()
        self._dirty: set[str] = set()
        #: Legs whose sockets the stand-by has, by call.
        self._given: dict[str, set[int]] = {}
        #: Sounds that it has, by their origin.
        self._sounds: set[str] = set()
        self._beating: asyncio.TimerHandle | None = None
        #: A stand-by is there, and has been told everything.
        self.told = asyncio.Event()
        #: Since when there has been no stand-by, in monotonic seconds; None: there is one.
        self.alone_since: float | None = None

    def open(self, path: Path) -> None:
        """From now on a stand-by may come. Raises OSError."""
        self._listening = link.listening(path)
        self.alone_since = time.monotonic()
        asyncio.get_running_loop().add_reader(self._listening.fileno(), self._accept)
        self._engine.on_change = self._changed

    def close(self, *, succeed: bool = False) -> None:
        """Says farewell; `succeed`: the stand-by goes on with all calls."""
        self.flush()
        self._send(Farewell(succeed))
        self._drop()
        if self._listening:
            asyncio.get_running_loop().remove_reader(self._listening.fileno())
            self._listening.close()
            self._listening = None

    def tell(self, event: Body) -> None:
        """The control port has an event."""
        self._send(Event(event))

    def flush(self) -> None:
        """Tells of each call that is not as it was: before the bridge hears that it was done."""
        for call_id in list(self._dirty):
            self._tell_call(call_id)
        self._dirty.clear()

    def _changed(self, call_id: str) -> None:
        if self._link is None:
            return
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self.flush)
        self._dirty.add(call_id)

    def _accept(self) -> None:
        if self._listening is None:
            return
        try:
            came, _ = self._listening.accept()
        except OSError:
            return
        pid, uid = link.peer(came)
        if uid != os.geteuid():
            came.close()
            return
        self._drop()
        came.setblocking(False)
        self._link, self.alone_since = came, None
        asyncio.get_running_loop().add_reader(came.fileno(), self._heard)
        log.info("standby_came", pid=pid)
        self._send(self._hello(), [self._engine.webrtc_fileno, self._fileno()])
        self.told.clear()
        for call_id in self._engine.calls:
            self._tell_call(call_id)
        self._beat()

    def _heard(self) -> None:
        """It says nothing: what can be read is its end."""
        log.info("standby_left")
        self._drop()

    def _drop(self) -> None:
        if self._beating:
            self._beating.cancel()
        if self._link is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._link.fileno())
            loop.remove_writer(self._link.fileno())
            self._link.close()
            self._link, self.alone_since = None, time.monotonic()
        self.told.clear()
        for _, copies in self._waiting:
            _close(copies)
        self._waiting.clear()
        self._given.clear()
        self._sounds.clear()
        self._dirty.clear()

    def _tell_call(self, call_id: str) -> None:
        state = self._engine.state(call_id)
        if state is None:
            self._given.pop(call_id, None)
            self._send(Ended(call_id))
            return
        self._tell_sounds(state)
        given = self._given.setdefault(call_id, set())
        filenos = self._engine.filenos(call_id)
        fresh = [number for number, own in filenos.items() if own and number not in given]
        self._given[call_id] = {number for number in filenos if number in given} | set(fresh)
        self._send(Changed(state, tuple(fresh)), [each for number in fresh for each in filenos[number]])

    def _tell_sounds(self, state: CallState) -> None:
        """What its legs are played, where that came by itself and not in a file."""
        played = (party.leg.playing for party in state.parties)
        for origin in {each.origin for each in played if each is not None} - self._sounds:
            if (content := self._engine.sounds.kept(origin)) is not None:
                self._sounds.add(origin)
                self._send(Played(origin, content))

    def _beat(self) -> None:
        self._beating = asyncio.get_running_loop().call_later(BEAT, self._beat)
        counters = [leg.counters() for leg in self._engine.all_legs()]
        for start in range(0, max(len(counters), 1), AT_ONCE):
            self._send(Beat(tuple(counters[start : start + AT_ONCE])))

    def _send(self, message: Message, filenos: list[int] | None = None) -> None:
        if self._link is None:
            return
        data = encode(message)
        if len(data) > MAX_MESSAGE or len(self._waiting) >= _WAITING:
            log.warning("standby_let_go", waiting=len(self._waiting), size=len(data))
            self._drop()
            return
        # Copies: a leg may close its sockets while the message waits.
        self._waiting.append((data, [os.dup(each) for each in filenos or ()]))
        if len(self._waiting) == 1:
            self._write()

    def _write(self) -> None:
        """As much as the kernel takes."""
        while self._waiting and self._link is not None:
            data, copies = self._waiting[0]
            try:
                socket.send_fds(self._link, [data], copies)
            except BlockingIOError:
                asyncio.get_running_loop().add_writer(self._link.fileno(), self._write)
                return
            except OSError:
                self._drop()
                return
            self._waiting.popleft()
            _close(copies)
        if self._link is not None:
            asyncio.get_running_loop().remove_writer(self._link.fileno())
            self.told.set()


def _close(filenos: list[int]) -> None:
    for each in filenos:
        os.close(each)
