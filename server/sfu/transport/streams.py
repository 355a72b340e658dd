"""ICE-TCP for those whose network lets no UDP out: passive candidates of one port (RFC 6544)."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

from server.sfu.log import Log
from server.sfu.transport.port import MediaPort
from webrtc.framing import BadFrame, Deframer, frame
from webrtc.ice import Address

#: Bytes that may wait for a slow receiver; what comes beyond it is dropped, as UDP would.
_WAITING = 256_000
#: To prove by a connectivity check that one belongs to a participant. Seconds.
_PATIENCE = 10.0
_MAX_STREAMS = 2000

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
        self._server = await loop.create_server(lambda: _Stream(self._port, self._patience), host, number)
        self.number = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for stream in list(self._port.streams.values()):
            stream.close()


class _Stream(asyncio.Protocol):
    def __init__(self, port: MediaPort, patience: float, now: Callable[[], float] = time.monotonic) -> None:
        self._port = port
        self._patience = patience
        self._now = now
        self._deframer = Deframer()
        self._source: Address = ("", 0)
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if len(self._port.streams) >= _MAX_STREAMS:
            self._transport.abort()
            return
        host, number = transport.get_extra_info("peername")[:2]
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

    def connection_lost(self, _error: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._port.streams.get(self._source) is self:
            del self._port.streams[self._source]
        self._port.lose(self._source)

    def send(self, datagram: bytes) -> bool:
        """False when too much is waiting already."""
        if self._transport is None or self._transport.get_write_buffer_size() > _WAITING:
            return False
        self._transport.write(frame(datagram))
        return True

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
