"""One connection with a peer: TCP or TLS; cut into messages, kept alive, ended when nobody is there."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, cast

from bridges.sip.message import Flow, MalformedMessage, Ping, StreamFramer, Transport
from bridges.sip.transport.tls import Mistrusted
from logs.plain import Log

__all__ = ["Connection", "Owner"]

log = Log(__name__)

#: Bytes that may wait for a peer who does not read.
MAX_UNSENT = 1_000_000
#: Seconds between pings on a connection that we opened, and until an answer is missed (RFC 5626,
#: Section 4.4.1, has 95 to 120 seconds, and 10).
PING, PONG = 90.0, 10.0
PING_BYTES = b"\r\n\r\n"


class Owner(Protocol):
    """The network, as its connections see it."""

    def adopt(self, connection: "Connection", flow: Flow) -> bool: ...
    def forget(self, connection: "Connection", flow: Flow) -> None: ...
    def distrust(self, flow: Flow, why: str) -> None: ...

    @property
    def receive(self) -> Callable[[bytes, Flow], None]: ...
    @property
    def refuse(self) -> Callable[[MalformedMessage, Flow], None]: ...


class Connection(asyncio.Protocol):
    """`flow` is given for those that we open; `check` raises `Mistrusted` for a TLS peer who is another."""

    def __init__(
        self,
        owner: Owner,
        transport: Transport,
        flow: Flow | None = None,
        check: Callable[[ssl.SSLObject], None] | None = None,
    ) -> None:
        self._owner = owner
        self._kind = transport
        self._flow = flow
        self._check = check
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None
        now = asyncio.get_running_loop().time()
        #: When it last brought anything whole; single bytes do not keep a connection.
        self.opened = self.last_heard = now
        self.is_ours = flow is not None
        self.proved = self.is_ours
        #: Whether `sips:` is spoken over it.
        self.sips = False
        self._pinged = now
        self._ping_open = self._answers_pings = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        keep_alive(transport.get_extra_info("socket"))
        if self._flow is None:
            host, port = transport.get_extra_info("peername")[:2]
            self._flow = Flow(self._kind, host, port)
        elif self._check is not None:
            try:
                self._check(transport.get_extra_info("ssl_object"))
            except Mistrusted as error:
                self._owner.distrust(self._flow, str(error))
                self._transport.abort()
                return
        if not self._owner.adopt(self, self._flow):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        assert self._flow is not None  # noqa: S101 - set when the connection was made
        if self._ping_open:
            self._ping_open, self._answers_pings = False, True
        try:
            for item in self._framer.feed(data):
                self.last_heard = asyncio.get_running_loop().time()
                if isinstance(item, Ping):
                    self.write(b"\r\n")
                else:
                    self._owner.receive(item, self._flow)
        except MalformedMessage as error:
            log.seldom("sip_stream_lost", host=self._flow.host, why=str(error))
            self._owner.refuse(error, self._flow)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._flow is not None:
            self._owner.forget(self, self._flow)

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

    def keep(self, now: float) -> bool:
        """Ping the peer of a connection that we opened; False if it has answered before and is silent now."""
        if not self.is_ours:
            return True
        if self._ping_open and self._answers_pings and now >= self._pinged + PONG:
            return False
        if now >= self._pinged + PING:
            self._pinged, self._ping_open = now, True
            self.write(PING_BYTES)
        return True

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def keep_alive(sock: socket.socket | None) -> None:
    """The kernel finds out when the other end has vanished without a word, within two minutes."""
    if sock is None:
        return
    with suppress(OSError, AttributeError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)
