"""The one UDP port of all participants: a raw socket, as asyncio's transports are slower."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Protocol

from server.sfu.forwarding.bucket import Buckets
from webrtc.dtls import Certificate
from webrtc.ice import Address, IceLite, local_ufrag, read_request

_BUFFER = 4 << 20
_DATAGRAM = 2048
#: Datagrams read in one turn, and for how many seconds, so that WebSockets get theirs.
_BATCH, _SLICE = 64, 0.003


#: Connectivity checks of one end a second, and at once: a browser makes some ten while it looks for a pair.
#: Each is signed twice. Those of addresses that proved themselves are counted apart from those of strangers.
CHECKS, CHECKS_AT_ONCE = 20.0, 200.0


class Endpoint(Protocol):
    """What a datagram is given to."""

    ice: IceLite

    def checked(self) -> None: ...
    def receive_dtls(self, data: bytes, now: float) -> None: ...
    def receive_media(self, data: bytes, now: float) -> None: ...


class Stream(Protocol):
    """A connection that carries datagrams; False from `send`: dropped."""

    def send(self, datagram: bytes) -> bool: ...
    def close(self) -> None: ...


class MediaPort:
    """Datagrams find their end by their source, and a source proves itself by ICE.

    Attributes:
        address: where participants are to send; set by `open`.
        stream_port: of ICE-TCP, None without.
        streams: connections by their far end.
        dropped: datagrams of nobody known, and what the kernel did not take.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.address: Address = ("", 0)
        self.stream_port: int | None = None
        self.streams: dict[Address, Stream] = {}
        self.certificate = Certificate()
        self.dropped = 0
        self._now = now
        self._socket: socket.socket | None = None
        self._by_ufrag: dict[str, Endpoint] = {}
        self._by_address: dict[Address, Endpoint] = {}
        self._checks = Buckets(CHECKS, CHECKS_AT_ONCE)

    def open(self, host: str, port: int, advertised_host: str, advertised_port: int | None = None) -> None:
        """Binds `host`:`port` (0: any). Raises OSError."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        wire = socket.socket(family, socket.SOCK_DGRAM)
        wire.setblocking(False)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        try:
            wire.bind((host, port))
        except OSError:
            wire.close()
            raise
        self._socket = wire
        self.address = advertised_host, advertised_port or wire.getsockname()[1]
        asyncio.get_running_loop().add_reader(wire, self._read)

    def close(self) -> None:
        if self._socket:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def send(self, data: bytes, to: Address) -> None:
        """Puts a datagram on the wire, or drops it, as UDP may."""
        if self._socket is None:
            return
        if self.streams and to in self.streams:
            self.dropped += not self.streams[to].send(data)
            return
        try:
            self._socket.sendto(data, to)
        except OSError:  # a full buffer, or nobody there any more
            self.dropped += 1

    def register(self, end: Endpoint) -> None:
        self._by_ufrag[end.ice.ufrag] = end

    def unregister(self, end: Endpoint) -> None:
        self._by_ufrag.pop(end.ice.ufrag, None)

    def forget(self, end: Endpoint) -> None:
        """Ends an end's share of the port."""
        self.unregister(end)
        for source in [source for source, one in self._by_address.items() if one is end]:
            del self._by_address[source]
            stream = self.streams.get(source)
            if stream is not None:
                stream.close()

    def knows(self, source: Address) -> bool:
        """Whether `source` has proved to be a participant's."""
        return source in self._by_address

    def lose(self, source: Address) -> None:
        """A stream ended: nothing can be sent there any more."""
        end = self._by_address.pop(source, None)
        if end is not None:
            end.ice.lose(source)

    @property
    def ends(self) -> int:
        """Connections that could be checked."""
        return len(self._by_ufrag)

    @property
    def addresses(self) -> int:
        """Far ends that proved whose they are."""
        return len(self._by_address)

    def _read(self) -> None:
        wire = self._socket
        began = now = self._now()
        for _ in range(_BATCH):
            if now - began > _SLICE:
                return
            try:
                data, source = wire.recvfrom(_DATAGRAM) if wire else (b"", None)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier packet
                continue
            if source is None:
                return
            self.receive(data, source, now)
            now = self._now()

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Tells protocols apart by the first byte (RFC 7983, Section 7)."""
        first = data[0] if data else 255
        end = self._by_address.get(source)
        if first < 4:
            self._check(data, source, now)
        elif end is None:
            self.dropped += 1
        elif 127 < first < 192:
            end.receive_media(data, now)
        elif 19 < first < 64:
            end.receive_dtls(data, now)

    def _check(self, data: bytes, source: Address, now: float) -> None:
        request = read_request(data)
        end = self._by_ufrag.get(local_ufrag(request)) if request else None
        proved = self._by_address.get(source) is end
        if request is None or end is None or not self._checks.take((end.ice.ufrag, proved), now):
            self.dropped += 1
            return
        before = set(end.ice.addresses)
        response = end.ice.respond(request, source, now)
        if response is None:
            self.dropped += 1
            return
        self._map(end, before)
        self.send(response, source)
        end.checked()

    def _map(self, end: Endpoint, before: set[Address]) -> None:
        after = set(end.ice.addresses)
        for source in after - before:
            self._by_address[source] = end
        for source in before - after:
            if self._by_address.get(source) is end:
                del self._by_address[source]
