"""Taking in TLS connections: bounded before a handshake costs anything."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable

from bridges.sip.transport.budget import RefusalBudget
from bridges.sip.transport.connection import Connection
from bridges.sip.transport.tls import why_not
from logs.plain import Log

__all__ = ["TlsListener"]

log = Log(__name__)

#: Seconds for a handshake; how many may be under way, in all and from one address; how many an address may
#: begin a second, and in a burst (a house of phones comes back from a power cut).
HANDSHAKE, HANDSHAKES, HANDSHAKES_PER_HOST = 5.0, 200, 50
RATE, BURST = 20.0, 200.0
#: Seconds to wait when the process has no file handle left.
EXHAUSTED = 0.5


class TlsListener:
    """`make` gives the protocol of a new connection. `has_room(host)` is asked before the handshake."""

    def __init__(
        self,
        context: ssl.SSLContext,
        make: Callable[[], Connection],
        has_room: Callable[[str], bool],
    ) -> None:
        self._context, self._make, self._has_room = context, make, has_room
        self._socket: socket.socket | None = None
        self._under_way: Counter[str] = Counter()
        self._budget = RefusalBudget(RATE, BURST)
        self._tasks: set[asyncio.Task[None]] = set()
        self.address: tuple[str, int] = ("", 0)

    def open(self, host: str, port: int) -> None:
        """Bind. Raises `OSError`."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=256)
        self._socket.setblocking(False)
        self.address = self._socket.getsockname()[:2]
        self._spawn(self._accept(self._socket))

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, address = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("sip_tls_not_accepted", why=error.strerror)
                await asyncio.sleep(EXHAUSTED)
                continue
            host = str(address[0])
            if self._may_begin(host, loop.time()):
                self._under_way[host] += 1
                self._spawn(self._handshake(connected, host))
            else:
                connected.close()

    def _may_begin(self, host: str, now: float) -> bool:
        under_way = self._under_way
        if under_way.total() >= HANDSHAKES or under_way[host] >= HANDSHAKES_PER_HOST:
            return False
        return self._has_room(host) and self._budget.allow(host, now)

    async def _handshake(self, connected: socket.socket, host: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(
                self._make, connected, ssl=self._context, ssl_handshake_timeout=HANDSHAKE
            )
        except (OSError, asyncio.IncompleteReadError) as error:
            log.seldom("sip_tls_refused", host=host, why=why_not(error))
        finally:
            self._under_way -= Counter({host: 1})

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
