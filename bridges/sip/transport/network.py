"""The sockets: a listener for each transport, and connections that are used again."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from bridges.sip.message import Flow, MalformedMessage, Transport
from bridges.sip.message.flow import Listener
from bridges.sip.transport.connection import Connection
from bridges.sip.transport.tls import Mistrusted, OwnCertificate, TlsPeer, client_context, why_not
from bridges.sip.transport.tls_listener import TlsListener
from logs import log as logs
from logs.plain import Log

__all__ = ["Limits", "Network"]

log = logs.get(__name__)
#: For what anybody can bring about.
strangers = Log(__name__)

#: Messages that may wait for a connection that is being opened, and seconds for opening it.
MAX_QUEUED = 256
CONNECT_TIMEOUT = 10.0
#: Peers of whom it is remembered why they could not be connected with.
TROUBLES = 1_000
#: Between sweeps for idle connections, seconds.
SWEEP = 15.0
#: A connection that was opened to us and has not brought right credentials, or a request of a known line or
#: call, for so long after its start is closed, seconds.
PROBATION = 30.0

Failed = Callable[[], None]
#: Told of every message: whether it is sent, its bytes, the remote address.
Tap = Callable[[bool, bytes, Flow], None]


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
        self.tap: Tap = lambda _sent, _data, _flow: None
        #: Who is expected at the other end of a TLS connection that we open; None: nobody that we know.
        self.tls_peer: Callable[[Flow], Awaitable[TlsPeer | None]] = nobody
        self._addresses: dict[Transport, tuple[str, int]] = {}
        self._udp: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._tls: TlsListener | None = None
        self._certificate: OwnCertificate | None = None
        self._connections: dict[Flow, Connection] = {}
        #: Whom the TLS connections that we opened were checked to be with.
        self._checked: dict[Flow, TlsPeer] = {}
        self._troubles: dict[Flow, str] = {}
        self._opening: dict[Flow, list[tuple[bytes, Failed]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def open(self, listeners: Sequence[Listener], certificate: OwnCertificate | None = None) -> None:
        """Bind; TLS needs a `certificate`. Raises `OSError`."""
        self._certificate = certificate
        try:
            for listener in listeners:
                self._addresses[listener.transport] = await self._listen(listener)
        except OSError:
            await self.close()
            raise
        self._spawn(self._sweep())

    async def _listen(self, listener: Listener) -> tuple[str, int]:
        loop, host, port = asyncio.get_running_loop(), listener.host, listener.port
        address: Any
        if listener.transport is Transport.UDP:
            self._udp, _ = await loop.create_datagram_endpoint(
                lambda: Datagrams(self.receive), local_addr=(host, port)
            )
            enlarge_buffers(self._udp)
            address = self._udp.get_extra_info("sockname")
        elif listener.transport is Transport.TCP:
            self._server = await loop.create_server(
                lambda: Connection(self, Transport.TCP), host, port, backlog=256
            )
            address = self._server.sockets[0].getsockname()
        else:
            if self._certificate is None:
                raise OSError("no certificate for SIP over TLS")
            self._tls = TlsListener(
                self._certificate.context, lambda: Connection(self, Transport.TLS), self._has_room
            )
            self._tls.open(host, port)
            address = self._tls.address
        return address[0], address[1]

    def address(self, transport: Transport) -> tuple[str, int] | None:
        """Where a transport is listened on."""
        return self._addresses.get(transport)

    async def close(self) -> None:
        self._closed = True
        if self._server is not None:
            self._server.close()
        if self._tls is not None:
            await self._tls.close()
        for connection in list(self._connections.values()):
            connection.close()
        if self._udp is not None:
            self._udp.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def send(self, flow: Flow, data: bytes, failed: Failed) -> None:
        """Send, opening a connection if need be. `failed` is called later if it is known not to work."""
        self.tap(True, data, flow)
        if not flow.transport.reliable:
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
        """Whether a connection with this remote address is open."""
        return flow in self._connections

    def last_heard(self, flow: Flow) -> float:
        """When anything came over a connection, on the loop's clock; 0 if it is not open."""
        connection = self._connections.get(flow)
        return connection.last_heard if connection is not None else 0.0

    def speaks_sips(self, flow: Flow, *, now: bool = False) -> bool:
        """Whether `sips:` is spoken over a connection; `now` notes that it is."""
        connection = self._connections.get(flow)
        if connection is None:
            return False
        connection.sips = connection.sips or now
        return connection.sips

    def trouble(self, flow: Flow) -> str | None:
        """Why the last connection with this peer could not be opened."""
        return self._troubles.get(flow)

    def distrust(self, flow: Flow, why: str) -> None:
        if len(self._troubles) >= TROUBLES:
            self._troubles.clear()
        self._troubles[flow] = why
        log.info("sip_connect_failed", host=flow.host, port=flow.port, why=why)

    def review(self, is_trusted: Callable[[Flow, TlsPeer], bool]) -> None:
        """Close the connections that would not be made today: whom to believe has changed."""
        for flow, peer in list(self._checked.items()):
            if not is_trusted(flow, peer):
                log.info("sip_connection_reviewed", host=flow.host, port=flow.port)
                self.disconnect(flow)

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

    def _has_room(self, host: str) -> bool:
        of_host = sum(1 for known in self._connections if known.host == host)
        too_many = len(self._connections) >= self.limits.max_connections
        return not (self._closed or too_many or of_host >= self.limits.max_connections_per_host)

    def adopt(self, connection: Connection, flow: Flow) -> bool:
        """A new connection; False if there are too many."""
        if not self._has_room(flow.host):
            strangers.seldom("sip_connection_refused", host=flow.host, connections=len(self._connections))
            return False
        self._connections[flow] = connection
        self._troubles.pop(flow, None)
        return True

    def forget(self, connection: Connection, flow: Flow) -> None:
        if self._connections.get(flow) is connection:
            del self._connections[flow]
            self._checked.pop(flow, None)
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
                connection = await self._open(flow)
        except (OSError, TimeoutError) as error:
            self.distrust(flow, why_not(error))
        finally:
            waiting = self._opening.pop(flow, [])
        for data, failed in waiting:
            if connection is None or not connection.write(data):
                failed()

    async def _open(self, flow: Flow) -> Connection:
        """Raises `OSError`; `Mistrusted` if the other end is not who it should be."""
        loop = asyncio.get_running_loop()
        if not flow.transport.secure:
            return (
                await loop.create_connection(
                    lambda: Connection(self, flow.transport, flow), flow.host, flow.port
                )
            )[1]
        peer = await self.tls_peer(flow)
        if peer is None:
            raise Mistrusted("nobody is known there whose certificate could be checked")
        _, connection = await loop.create_connection(
            lambda: Connection(self, flow.transport, flow, peer.check),
            flow.host,
            flow.port,
            ssl=client_context(peer),
            server_hostname=peer.names[0].strip("[]"),
        )
        if not self.connected(flow):
            raise Mistrusted(self.trouble(flow) or "the connection was not taken")
        self._checked[flow] = peer
        return connection

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
            elif not connection.keep(now):
                connection.abort()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            self.sweep(asyncio.get_running_loop().time())
            self._renew()

    def _renew(self) -> None:
        """Show a certificate that was renewed to those who connect from now on."""
        try:
            if self._certificate is not None and self._certificate.reload():
                log.info("sip_certificate_renewed")
        except OSError as error:
            log.warning("sip_certificate_not_renewed", why=why_not(error))

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Datagrams(asyncio.DatagramProtocol):
    """The UDP socket."""

    def __init__(self, receive: Callable[[bytes, Flow], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._receive(data, flow_from(addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """ICMP errors name no datagram: the transactions' timers see to it."""


@lru_cache(maxsize=4096)
def flow_from(host: str, port: int) -> Flow:
    """Where a datagram came from; the next comes from there again."""
    return Flow(Transport.UDP, host, port)


async def nobody(_flow: Flow) -> TlsPeer | None:
    """Nobody is known."""
    return None


def enlarge_buffers(transport: asyncio.DatagramTransport) -> None:
    """A burst of call set-ups must not be lost between two turns of the loop."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, 4 * 1024 * 1024)
