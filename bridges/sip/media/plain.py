"""A leg's plain RTP: a pair of UDP ports. From whom packets are accepted says `Latch`."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

from bridges.sip.media.gateway import Peer
from bridges.sip.media.latch import Latch, Trust
from bridges.sip.media.ports import RtpPorts
from bridges.sip.sdp.audio import Address, RemoteAudio

#: Takes a packet and the time of its arrival; packets are whole and decrypted.
Handler = Callable[[bytes, float], None]

# SRTP adds up to 144 bytes and pylibsrtp's buffer has 1500; 120 ms of G.711 are 972.
MAX_PACKET = 1300


class _Port(asyncio.DatagramProtocol):
    """One socket. `known` is the exact address that was accepted last: the check of nearly all packets."""

    def __init__(self, latch: Latch, receive: Handler, refuse: Callable[[], None]) -> None:
        self.latch = latch
        self.receive = receive
        self._refuse = refuse
        self._known: tuple[Any, ...] | None = None
        self._last, self._last_at = b"", 0.0
        self._wire: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self._wire = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        # The shape is looked at first: what is not RTP must not be latched either.
        if not (8 <= len(data) <= MAX_PACKET and data[0] & 0xC0 == 0x80):
            self._refuse()
            return
        now = time.monotonic()
        if addr != self._known:
            if not self.latch.accepts((addr[0], addr[1]), data, now, self._last, self._last_at):
                self._refuse()
                return
            self._known = addr
        self._last, self._last_at = data, now
        self.receive(data, now)

    def forget(self) -> None:
        """The latch may have been set back."""
        self._known = None

    def send(self, packet: bytes) -> bool:
        destination = self.latch.destination
        if self._wire is None or destination is None:
            return False
        self._wire.sendto(packet, destination)
        return True

    async def close(self) -> None:
        """Returns when the socket is really closed, which asyncio does later."""
        if self._wire:
            self._wire.close()
            self._wire = None
            await self._closed.wait()


class PlainTransport:
    """RTP and RTCP of one leg.

    Made by `open`. `on_rtp` and `on_rtcp` are set by the leg.

    Attributes:
        address: where the peer is to send RTP; RTCP goes to the next port, or the same with `rtcp_mux`.
        dropped: packets refused: from strangers, or not RTP.
        alive_at: when a packet was last accepted, in monotonic seconds; None before.
    """

    def __init__(self, address: Address, ports: RtpPorts, trust: Trust) -> None:
        self.address = address
        self.rtcp_mux = False
        self.dropped = 0
        self.alive_at: float | None = None
        self.on_rtp: Handler = ignore
        self.on_rtcp: Handler = ignore
        self._ports = ports
        self._rtp = _Port(Latch(trust), self._receive_rtp, self._refuse)
        self._rtcp = _Port(Latch(trust, streams=False), self._receive_rtcp, self._refuse)
        self._port: int | None = None

    @classmethod
    async def open(
        cls, ports: RtpPorts, host: str, trust: Trust = Trust.PHONES, *, emergency: bool = False
    ) -> "PlainTransport":
        """Takes a pair of ports; `host` is what peers are told.

        Raises:
            NoPortsLeft: see `RtpPorts.open_pair`.
        """
        rtp, rtcp = ports.open_pair(emergency=emergency)
        port: int = rtp.getsockname()[1]
        made = cls((host, port), ports, trust)
        made._port = port
        await _attach(rtp, made._rtp)
        await _attach(rtcp, made._rtcp)
        return made

    def security(self, *, offering: bool) -> None:
        """Nothing to write about keys: it is plain RTP."""

    @property
    def rtcp_port(self) -> int:
        return self.address[1] + (0 if self.rtcp_mux else 1)

    @property
    def connected(self) -> bool:
        return self._rtp.latch.destination is not None

    @property
    def failed(self) -> bool:
        return False

    def configure(self, remote: RemoteAudio, peer: Peer | None = None, *, offered: bool) -> None:
        """Takes what the peer's SDP says; `offered`: it was an offer, and we are about to answer."""
        self.rtcp_mux = remote.rtcp_mux and (offered or self.rtcp_mux)
        self._rtp.latch.expect(remote.target, peer)
        self._rtcp.latch.expect(remote.rtcp_target, peer)
        self._rtp.forget()
        self._rtcp.forget()

    def meet(self, peer: Peer) -> None:
        """Takes what is known of the peer by now."""
        self._rtp.latch.expect(None, peer)
        self._rtcp.latch.expect(None, peer)
        self._rtp.forget()
        self._rtcp.forget()

    def send_rtp(self, packet: bytes) -> bool:
        return self._rtp.send(packet)

    def send_rtcp(self, packet: bytes) -> bool:
        return (self._rtp if self.rtcp_mux else self._rtcp).send(packet)

    async def close(self) -> None:
        await self._rtp.close()
        await self._rtcp.close()
        if self._port is not None:
            self._ports.release(self._port)
            self._port = None

    def _receive_rtp(self, packet: bytes, now: float) -> None:
        self.alive_at = now
        if 192 <= packet[1] <= 223:  # RFC 5761, Section 4: the payload types that RTP leaves free
            self.on_rtcp(packet, now)
        else:
            self.on_rtp(packet, now)

    def _receive_rtcp(self, packet: bytes, now: float) -> None:
        self.alive_at = now
        self.on_rtcp(packet, now)

    def _refuse(self) -> None:
        self.dropped += 1


def ignore(_packet: bytes, _now: float) -> None:
    """Before a leg listens."""


async def _attach(bound: socket.socket, port: _Port) -> None:
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: port, sock=bound)
