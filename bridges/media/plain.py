"""A leg's plain RTP: a pair of UDP ports. From whom packets are accepted says `Latch`."""

import asyncio
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Self

from bridges.media.call_state import PlainState
from bridges.media.gateway import Peer
from bridges.media.latch import Latch, Trust
from bridges.media.ports import RtpPorts
from bridges.sdp.audio import Address, RemoteAudio
from bridges.sdp.crypto import Crypto

#: Takes a packet and the time of its arrival; packets are whole and decrypted.
Handler = Callable[[bytes, float], None]

# SRTP adds up to 144 bytes and pylibsrtp's buffer has 1500; 120 ms of G.711 are 972.
MAX_PACKET = 1300


class _Port(asyncio.DatagramProtocol):
    """One socket. `known` is the exact address that was accepted last: the check of nearly all packets."""

    def __init__(self, latch: Latch, receive: Handler, refuse: Callable[[], None]) -> None:
        self.latch = latch
        self.receive = receive
        self.on_change: Callable[[], None] = lambda: None
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
            self.on_change()
        self._last, self._last_at = data, now
        self.receive(data, now)

    @property
    def fileno(self) -> int:
        """The socket's number; -1 when it is closed."""
        return int(self._wire.get_extra_info("socket").fileno()) if self._wire else -1

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
        #: RTCP packets sent under the present key, and how often that changed.
        self.reports, self.keyed = 0, 0
        self._ports = ports
        self._rtp = _Port(Latch(trust), self._receive_rtp, self._refuse)
        self._rtcp = _Port(Latch(trust, streams=False), self._receive_rtcp, self._refuse)
        self._port: int | None = None

    @classmethod
    async def open(
        cls, ports: RtpPorts, host: str, trust: Trust = Trust.PHONES, *, emergency: bool = False
    ) -> Self:
        """Takes a pair of ports; `host` is what peers are told.

        Raises:
            NoPortsLeft: see `RtpPorts.open_pair`.
        """
        rtp, rtcp = ports.open_pair(emergency=emergency)
        port: int = rtp.getsockname()[1]
        made = cls((host, port), ports, trust)
        made._port = port
        await made.attach((rtp, rtcp))
        return made

    @classmethod
    def resume(cls, state: PlainState, ports: RtpPorts, trust: Trust) -> Self:
        """Goes on for another process; `attach` gives it the sockets."""
        made = cls(state.address, ports, trust)
        made._port = state.address[1]
        ports.take(made._port)
        made.rtcp_mux = state.rtcp_mux
        made._rtp.latch.resume(state.rtp)
        made._rtcp.latch.resume(state.rtcp)
        made._take(state)
        return made

    def resume_streams(self, ssrc: int, index: int, reports: int, since: float) -> None:
        """Packets in clear have no counters but their own."""

    def _take(self, state: PlainState) -> None:
        """What more there is to resume."""

    async def attach(self, sockets: tuple[socket.socket, socket.socket]) -> None:
        """From now on packets come from these: for RTP, for RTCP."""
        loop = asyncio.get_running_loop()
        for bound, port in zip(sockets, (self._rtp, self._rtcp), strict=True):
            await loop.create_datagram_endpoint(partial(_itself, port), sock=bound)

    def state(self) -> PlainState:
        """For `resume`."""
        return PlainState(self.address, self.rtcp_mux, self._rtp.latch.state(), self._rtcp.latch.state())

    @property
    def filenos(self) -> tuple[int, int]:
        """Numbers of the sockets for RTP and RTCP."""
        return self._rtp.fileno, self._rtcp.fileno

    def watch(self, on_change: Callable[[], None]) -> None:
        """Called when packets make a difference to `state`."""
        self._rtp.on_change = self._rtcp.on_change = on_change

    def security(self, *, offering: bool) -> None:
        """Nothing to write about ICE and certificates."""

    def crypto(self, *, offering: bool) -> tuple[Crypto, ...]:
        """Nothing to write about keys: it is plain RTP."""
        return ()

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

    def offer_rtcp_mux(self, wanted: bool | None) -> None:
        """Whether the next offer asks for RTCP on the same port; None: as it was."""
        if wanted is not None and not self.connected:
            self.rtcp_mux = wanted

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


def _itself(port: _Port) -> _Port:
    return port
