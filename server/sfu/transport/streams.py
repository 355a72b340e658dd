"""ICE-TCP for those whose network lets no UDP out: passive candidates of one port (RFC 6544)."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import cast

from logs.plain import Log
from server.addresses import origin_of
from server.sfu.transport.port import MediaPort
from webrtc.framing import BadFrame, Deframer, frame
from webrtc.ice import Address

#: Bytes that may wait for a slow receiver; what comes beyond it is dropped, as UDP would.
_WAITING = 256_000
#: To prove by a connectivity check that one belongs to a participant. Seconds.
_PATIENCE = 10.0
_MAX_STREAMS = 2000
#: Streams of one address that have proved nothing yet. Whoever has does not count: many may share an address.
MAX_UNPROVED = 20

log = Log(__name__)


class StreamPort:
    """Accepts streams and hands their datagrams to the media port; `number` is known after `open`."""

    def __init__(self, port: MediaPort, patience: float = _PATIENCE) -> None:
        self.number = 0
        self._port = port
        self._patience = patience
        self._server: asyncio.Server | None = None

    async def open(self, host: str, number: int) -> None:
        """Listens on `host`:`number` (0: any). Raises OSError."""
        loop = asyncio.get_running_loop()
        unproved: Counter[str] = Counter()
        self._server = await loop.create_server(
            lambda: _Stream(self._port, self._patience, unproved), host, number
        )
        self.number = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for stream in list(self._port.streams.values()):
            stream.close()


class _Stream(asyncio.Protocol):
    """`unproved` counts streams by where they come from, until they prove whose they are or end."""

    def __init__(
        self,
        port: MediaPort,
        patience: float,
        unproved: Counter[str],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._port = port
        self._unproved = unproved
        self._origin: str | None = None
        self._patience = patience
        self._now = now
        self._deframer = Deframer()
        self._source: Address = ("", 0)
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        host, number = transport.get_extra_info("peername")[:2]
        origin = origin_of(host)
        if len(self._port.streams) >= _MAX_STREAMS or self._unproved[origin] >= MAX_UNPROVED:
            log.seldom("stream_refused", "many", address=host, why="too many streams")
            self._transport.abort()
            return
        self._origin = origin
        self._unproved[origin] += 1
        # A third member tells a stream's far end from a datagram's of the same address.
        self._source = cast(Address, (host, number, "tcp"))
        self._port.streams[self._source] = self
        self._deadline = asyncio.get_running_loop().call_later(self._patience, self._prove)

    def _prove(self) -> None:
        if not self._port.knows(self._source):
            self.close()

    def data_received(self, data: bytes) -> None:
        try:
            datagrams = self._deframer.feed(data)
        except BadFrame as error:
            log.seldom("stream_refused", why=str(error))
            self.close()
            return
        for datagram in datagrams:
            self._port.receive(datagram, self._source, self._now())
        if self._port.knows(self._source):
            self._uncount()

    def _uncount(self) -> None:
        origin, self._origin = self._origin, None
        if origin is not None:
            self._unproved[origin] -= 1
            if not self._unproved[origin]:
                del self._unproved[origin]

    def connection_lost(self, _error: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._uncount()
        if self._port.streams.get(self._source) is self:
            del self._port.streams[self._source]
        self._port.lose(self._source)

    def send(self, datagram: bytes) -> bool:
        """False when too much is waiting already, or the connection is closing."""
        if self._transport is None or self._transport.is_closing():
            return False
        if self._transport.get_write_buffer_size() > _WAITING:
            return False
        self._transport.write(frame(datagram))
        return True

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
