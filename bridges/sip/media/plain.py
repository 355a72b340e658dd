"""A leg's plain RTP: a pair of UDP ports, and the rule from whom packets are accepted."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

from bridges.sip.media.ports import RtpPorts
from bridges.sip.sdp.audio import Address, RemoteAudio

#: Takes a packet and the time of its arrival; packets are whole and decrypted.
Handler = Callable[[bytes, float], None]

# SRTP adds up to 144 bytes and pylibsrtp's buffer has 1500; 120 ms of G.711 are 972.
MAX_PACKET = 1300


class Latch:
    """Whose packets a port accepts, and where it sends: symmetric RTP with a strict source (RFC 4961).

    A phone behind address translation sends from another port than its SDP says, so the SDP cannot be
    taken literally; whoever sends first cannot be trusted either, or a stranger who sprays the port
    range hears the call ("RTP bleed"). The rule, close to rtpengine's `strict-source`:

    1. The address and port of the SDP are always accepted, and once seen they are the only ones.
    2. Until then the first source with the SDP's *address* (any port) is latched, once. Everything else
       is refused, and counted by the caller.
    3. Packets go to the source that is latched, before that to the address of the SDP.
    4. A new address in a later offer or answer starts over.

    Args:
        strict: False relaxes rule 2 to any address, for phones behind a translator that keep their
            private address in the SDP. Then the first packet wins.
    """

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict
        self._expected: Address | None = None
        self.source: Address | None = None

    @property
    def destination(self) -> Address | None:
        return self.source or self._expected

    def expect(self, target: Address | None) -> None:
        """Tells what the SDP says; None (the old hold) leaves things as they are."""
        if target is not None and target != self._expected:
            self._expected = target
            self.source = None

    def accepts(self, source: Address) -> bool:
        if source == self.source:
            return True
        if self._expected is None:
            return False
        if source == self._expected:
            self.source = source
            return True
        if self.source is None and (not self._strict or source[0] == self._expected[0]):
            self.source = source
            return True
        return False


class _Port(asyncio.DatagramProtocol):
    """One socket. `known` is the exact address that was accepted last: the check of nearly all packets."""

    def __init__(self, latch: Latch, receive: Handler, refuse: Callable[[], None]) -> None:
        self.latch = latch
        self.receive = receive
        self._refuse = refuse
        self._known: tuple[Any, ...] | None = None
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
        if addr != self._known:
            if not self.latch.accepts((addr[0], addr[1])):
                self._refuse()
                return
            self._known = addr
        self.receive(data, time.monotonic())

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

    def __init__(self, address: Address, ports: RtpPorts, *, strict: bool) -> None:
        self.address = address
        self.rtcp_mux = False
        self.dropped = 0
        self.alive_at: float | None = None
        self.on_rtp: Handler = ignore
        self.on_rtcp: Handler = ignore
        self._ports = ports
        self._rtp = _Port(Latch(strict=strict), self._receive_rtp, self._refuse)
        self._rtcp = _Port(Latch(strict=strict), self._receive_rtcp, self._refuse)
        self._port: int | None = None

    @classmethod
    async def open(cls, ports: RtpPorts, host: str, *, strict: bool = True) -> "PlainTransport":
        """Takes a pair of ports; `host` is what peers are told.

        Raises:
            NoPortsLeft: see `RtpPorts.open_pair`.
        """
        rtp, rtcp = ports.open_pair()
        port: int = rtp.getsockname()[1]
        made = cls((host, port), ports, strict=strict)
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

    def configure(self, remote: RemoteAudio, *, offered: bool) -> None:
        """Takes what the peer's SDP says; `offered`: it was an offer, and we are about to answer."""
        self.rtcp_mux = remote.rtcp_mux and (offered or self.rtcp_mux)
        self._rtp.latch.expect(remote.target)
        self._rtcp.latch.expect(remote.rtcp_target)
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
