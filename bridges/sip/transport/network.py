"""The sockets: one UDP socket, one TCP listener, and connections that are used again."""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol, cast

from bridges.sip.message import Flow, MalformedMessage, Ping, StreamFramer, Transport
from logs import log as logs

__all__ = ["Limits", "Network"]

log = logs.get(__name__)

#: Bytes that may wait for a peer who does not read, and for a connection that is being opened.
MAX_UNSENT = 1_000_000
MAX_QUEUED = 256
CONNECT_TIMEOUT = 10.0
#: Between sweeps for idle connections, seconds.
SWEEP = 15.0
#: A connection that was opened to us and has not brought right credentials, or a request of a known line or
#: call, for so long after its start is closed, seconds.
PROBATION = 30.0

Failed = Callable[[], None]


class Limits(Protocol):
    """The settings read here (`EndpointConfig` has them)."""

    @property
    def max_connections(self) -> int: ...
    @property
    def max_connections_per_host(self) -> int: ...
    @property
    def idle_timeout(self) -> float: ...


class Network:
    """`receive(data, flow)` is called for every datagram and every message cut from a stream;
    `refuse(error, flow)` when a stream cannot be followed, before it is closed; `lost(flow)` when a TCP
    connection is gone."""

    def __init__(
        self,
        limits: Limits,
        receive: Callable[[bytes, Flow], None],
        refuse: Callable[[MalformedMessage, Flow], None],
        lost: Callable[[Flow], None],
    ) -> None:
        self.limits = limits
        self.receive = receive
        self.refuse = refuse
        self.lost = lost
        self.udp_address: tuple[str, int] | None = None
        self.tcp_address: tuple[str, int] | None = None
        self._udp: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[Flow, Connection] = {}
        self._opening: dict[Flow, list[tuple[bytes, Failed]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def open(self, host: str, udp_port: int | None, tcp_port: int | None) -> None:
        """Bind. Raises `OSError`."""
        loop = asyncio.get_running_loop()
        if udp_port is not None:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: Datagrams(self.receive), local_addr=(host, udp_port)
            )
            self._udp = transport
            enlarge_buffers(transport)
            self.udp_address = transport.get_extra_info("sockname")[:2]
        if tcp_port is not None:
            try:
                self._server = await loop.create_server(lambda: Connection(self), host, tcp_port, backlog=256)
            except OSError:
                await self.close()
                raise
            self.tcp_address = self._server.sockets[0].getsockname()[:2]
        self._spawn(self._sweep())

    async def close(self) -> None:
        self._closed = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections.values()):
            connection.close()
        if self._udp is not None:
            self._udp.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def send(self, flow: Flow, data: bytes, failed: Failed) -> None:
        """Send, opening a connection if need be. `failed` is called later if it is known not to work."""
        if flow.transport is Transport.UDP:
            self._send_datagram(flow, data, failed)
            return
        connection = self._connections.get(flow)
        if connection is not None:
            if not connection.write(data):
                asyncio.get_running_loop().call_soon(failed)
            return
        waiting = self._opening.get(flow)
        if waiting is None and not self._closed:
            self._opening[flow] = [(data, failed)]
            self._spawn(self._connect(flow))
        elif waiting is not None and len(waiting) < MAX_QUEUED:
            waiting.append((data, failed))
        else:
            asyncio.get_running_loop().call_soon(failed)

    def connected(self, flow: Flow) -> bool:
        """Whether a TCP connection with this remote address is open."""
        return flow in self._connections

    def prove(self, flow: Flow) -> None:
        """Whoever is there has shown who they are: their connection stays open."""
        connection = self._connections.get(flow)
        if connection is not None:
            connection.proved = True

    def disconnect(self, flow: Flow) -> None:
        """Close one connection, if it is there."""
        connection = self._connections.get(flow)
        if connection is not None:
            connection.close()

    @property
    def connections(self) -> int:
        return len(self._connections)

    def adopt(self, connection: "Connection", flow: Flow) -> bool:
        """A new connection; False if there are too many."""
        of_host = sum(1 for known in self._connections if known.host == flow.host)
        too_many = len(self._connections) >= self.limits.max_connections
        if self._closed or too_many or of_host >= self.limits.max_connections_per_host:
            log.warning("sip_connection_refused", host=flow.host, connections=len(self._connections))
            return False
        self._connections[flow] = connection
        return True

    def forget(self, connection: "Connection", flow: Flow) -> None:
        if self._connections.get(flow) is connection:
            del self._connections[flow]
            if not self._closed:
                self.lost(flow)

    def _send_datagram(self, flow: Flow, data: bytes, failed: Failed) -> None:
        if self._udp is None or self._udp.is_closing():
            asyncio.get_running_loop().call_soon(failed)
            return
        try:
            self._udp.sendto(data, (flow.host, flow.port))
        except (OSError, ValueError):
            asyncio.get_running_loop().call_soon(failed)

    async def _connect(self, flow: Flow) -> None:
        connection: Connection | None = None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self, flow), flow.host, flow.port
                )
        except (OSError, TimeoutError) as error:
            log.info("sip_connect_failed", host=flow.host, port=flow.port, why=str(error) or "timeout")
        finally:
            waiting = self._opening.pop(flow, [])
        for data, failed in waiting:
            if connection is None or not connection.write(data):
                failed()

    def sweep(self, now: float) -> None:
        """Close connections that have been silent for too long (a peer may vanish without a word), and
        those that were opened to us by who never showed who they are."""
        for connection in list(self._connections.values()):
            if connection.proved:
                over = connection.last_heard < now - self.limits.idle_timeout
            else:
                over = connection.opened < now - PROBATION
            if over:
                connection.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            self.sweep(asyncio.get_running_loop().time())

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Datagrams(asyncio.DatagramProtocol):
    """The UDP socket."""

    def __init__(self, receive: Callable[[bytes, Flow], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._receive(data, Flow(Transport.UDP, addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """ICMP errors name no datagram: the transactions' timers see to it."""


class Connection(asyncio.Protocol):
    """One TCP connection; `flow` is given for those that we open."""

    def __init__(self, network: Network, flow: Flow | None = None) -> None:
        self._network = network
        self._flow = flow
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None
        #: When it last brought anything whole; single bytes do not keep a connection.
        self.opened = self.last_heard = asyncio.get_running_loop().time()
        self.proved = flow is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._flow is None:
            host, port = transport.get_extra_info("peername")[:2]
            self._flow = Flow(Transport.TCP, host, port)
        if not self._network.adopt(self, self._flow):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        assert self._flow is not None  # noqa: S101 - set when the connection was made
        try:
            for item in self._framer.feed(data):
                self.last_heard = asyncio.get_running_loop().time()
                if isinstance(item, Ping):
                    self.write(b"\r\n")
                else:
                    self._network.receive(item, self._flow)
        except MalformedMessage as error:
            log.info("sip_stream_lost", host=self._flow.host, why=str(error))
            self._network.refuse(error, self._flow)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._flow is not None:
            self._network.forget(self, self._flow)

    def write(self, data: bytes) -> bool:
        """False if the connection is closing, or its peer does not read."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > MAX_UNSENT:
            transport.abort()
            return False
        transport.write(data)
        return True

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def enlarge_buffers(transport: asyncio.DatagramTransport) -> None:
    """A burst of call set-ups must not be lost between two turns of the loop."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, 4 * 1024 * 1024)
