"""WebRTC legs: one UDP port for all of them, ICE-lite, DTLS and SRTP."""

import asyncio
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any, cast

from bridges.media.call_state import WebRtcState
from bridges.media.gateway import Peer
from bridges.media.plain import MAX_PACKET, Handler, ignore
from bridges.sdp.audio import RemoteAudio, Security
from bridges.sdp.crypto import Crypto
from logs.plain import Log
from webrtc import srtp
from webrtc.dtls import Certificate, DtlsFailed, DtlsSession
from webrtc.ice import Address, IceLite, local_ufrag, read_request
from webrtc.srtp import SrtpError, SrtpKeys, SrtpSession

_RECEIVE_BUFFER = 2 << 20
_CERTIFICATE_LIFE = 86_400.0

log = Log(__name__)


class WebRtcPort(asyncio.DatagramProtocol):
    """The one port: datagrams find their leg by their source, and a source proves itself by ICE.

    Attributes:
        address: where browsers are to send; set by `open`.
        dropped: datagrams of nobody known: floods, late packets of ended calls.
    """

    def __init__(self) -> None:
        self.address: Address = ("", 0)
        self._certificate = Certificate()
        self._certified_at = time.monotonic()
        self.dropped = 0
        self._by_ufrag: dict[str, WebRtcTransport] = {}
        self._by_address: dict[Any, WebRtcTransport] = {}
        self._wire: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()

    async def open(
        self, host: str, port: int, advertised_host: str, bound: socket.socket | None = None
    ) -> None:
        """Binds `host`:`port` (0: any), or takes what is `bound`.

        Raises:
            OSError: it cannot be bound.
        """
        loop = asyncio.get_running_loop()
        where: dict[str, Any] = {"sock": bound} if bound else {"local_addr": (host, port)}
        wire, _ = await loop.create_datagram_endpoint(lambda: self, **where)
        # All calls share the buffer; the kernel gives as much of this as it allows.
        wire.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self.address = advertised_host, wire.get_extra_info("sockname")[1]

    @property
    def fileno(self) -> int:
        """The socket's number; -1 when it is closed."""
        return int(self._wire.get_extra_info("socket").fileno()) if self._wire else -1

    async def close(self) -> None:
        """Returns when the socket is really closed, which asyncio does later."""
        if self._wire:
            self._wire.close()
            self._wire = None
            await self._closed.wait()

    def connection_made(self, transport: Any) -> None:
        self._wire = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Tells protocols apart by the first byte (RFC 7983, Section 7)."""
        first = data[0] if data else 255
        leg = self._by_address.get(addr)
        if first < 4:
            self._check(data, addr)
        elif leg is None:
            self.dropped += 1
        elif 127 < first < 192:
            leg.receive_media(data)
        elif 19 < first < 64:
            leg.receive_dtls(data)
        else:
            leg.dropped += 1

    def certificate(self) -> Certificate:
        """The one for new legs: aiortc's are valid for 30 days, and a key should not live long."""
        if time.monotonic() - self._certified_at > _CERTIFICATE_LIFE:
            self._certificate = Certificate()
            self._certified_at = time.monotonic()
        return self._certificate

    def send(self, packet: bytes, destination: Address) -> None:
        if self._wire:
            self._wire.sendto(packet, destination)

    def register(self, leg: "WebRtcTransport") -> None:
        self._by_ufrag[leg.ice.ufrag] = leg

    def resume(self, leg: "WebRtcTransport") -> None:
        """A leg that another process knew, with the sources that it proved."""
        self.register(leg)
        for source in leg.ice.addresses:
            self._by_address[source] = leg

    def unregister(self, leg: "WebRtcTransport") -> None:
        self._by_ufrag.pop(leg.ice.ufrag, None)

    def forget(self, leg: "WebRtcTransport") -> None:
        """Ends a leg's share of the port."""
        self.unregister(leg)
        for source in leg.ice.addresses:
            if self._by_address.get(source) is leg:
                del self._by_address[source]

    def _check(self, data: bytes, source: Any) -> None:
        request = read_request(data)
        leg = self._by_ufrag.get(local_ufrag(request)) if request else None
        if request is None or leg is None:
            self.dropped += 1
            return
        before, aim = set(leg.ice.addresses), leg.ice.address
        response = leg.ice.respond(request, source, time.monotonic())
        if response is None:
            leg.dropped += 1
            return
        self._map(leg, before)
        self.send(response, source)
        leg.checked()
        if aim != leg.ice.address or before != set(leg.ice.addresses):
            leg.on_change()

    def _map(self, leg: "WebRtcTransport", before: set[Address]) -> None:
        after = set(leg.ice.addresses)
        for source in after:
            self._by_address[source] = leg
        for source in before - after:
            if self._by_address.get(source) is leg:
                del self._by_address[source]


class WebRtcTransport:
    """RTP and RTCP of one browser, on the shared port.

    Attributes:
        dropped: packets refused: unauthenticated, or not expected.
        failed: the DTLS handshake failed; the leg will never be heard.
    """

    rtcp_mux = True

    def __init__(self, port: WebRtcPort) -> None:
        self._port = port
        self._certificate = port.certificate()
        self.ice = IceLite(*_credentials())
        self.dropped = 0
        self.failed = False
        self.on_rtp: Handler = ignore
        self.on_rtcp: Handler = ignore
        self._reachable = asyncio.Event()
        self._remote: Security | None = None
        self._setup = "actpass"
        self._dtls: DtlsSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._rx: SrtpSession | None = None
        self._tx: SrtpSession | None = None
        self._keys: SrtpKeys | None = None
        #: RTCP packets sent under the present keys, and how often those changed.
        self.reports, self.keyed = 0, 0
        self.on_change: Callable[[], None] = lambda: None
        port.register(self)

    @classmethod
    def resume(cls, state: WebRtcState, port: WebRtcPort) -> "WebRtcTransport":
        """Goes on for another process: the browser notices nothing, and shakes no hands again."""
        made = cls(port)
        port.unregister(made)
        made._certificate = Certificate.load(state.certificate)
        made.ice = IceLite(state.ufrag, state.password)
        made._remote, made._setup, made._keys = state.remote, state.setup, state.keys
        made.ice.remote_ufrag = state.remote.ufrag if state.remote else None
        made.ice.address = cast(Address | None, state.address)
        made.ice.addresses = cast(list[Address], list(state.addresses))
        made.ice.consent_at = state.consent_at
        if state.address:
            made._reachable.set()
        port.resume(made)
        if state.remote and not state.keys:
            made._start_dtls(state.remote.fingerprints, server=state.setup == "passive")
        return made

    def resume_streams(self, ssrc: int, index: int, reports: int, since: float) -> None:
        """The keys go on with their counters: see `webrtc.srtp`. `since`: monotonic seconds."""
        if self._keys is not None:
            self._rx = srtp.ResumedReceiver(self._keys, time.monotonic() - since)
            self._tx = srtp.resumed_sender(self._keys, ssrc, index, reports)
            self.reports = reports

    def state(self) -> WebRtcState:
        """For `resume`."""
        ice = self.ice
        return WebRtcState(
            ufrag=ice.ufrag,
            password=ice.password,
            certificate=self._certificate.dump(),
            remote=self._remote,
            setup=self._setup,
            address=ice.address,
            addresses=tuple(ice.addresses),
            consent_at=ice.consent_at,
            keys=self._keys,
        )

    @property
    def filenos(self) -> tuple[int, ...]:
        """It has no socket of its own."""
        return ()

    def watch(self, on_change: Callable[[], None]) -> None:
        """Called when packets make a difference to `state`."""
        self.on_change = on_change

    @property
    def address(self) -> Address:
        return self._port.address

    @property
    def rtcp_port(self) -> int:
        return self.address[1]

    @property
    def connected(self) -> bool:
        return self._tx is not None

    @property
    def alive_at(self) -> float | None:
        """When the browser last consented to receive (RFC 7675)."""
        return self.ice.consent_at

    def security(self, *, offering: bool) -> Security:
        """What to write into the next description; an offer leaves the role open (RFC 8842, Section 5.2)."""
        setup = "actpass" if offering else self._setup
        return Security(self.ice.ufrag, self.ice.password, (self._certificate.fingerprint,), setup)

    def crypto(self, *, offering: bool) -> tuple[Crypto, ...]:
        """Nothing: the keys come out of the handshake."""
        return ()

    def meet(self, peer: Peer) -> None:
        """ICE says who is there."""

    def offer_rtcp_mux(self, wanted: bool | None) -> None:
        """Browsers know nothing else."""

    def configure(self, remote: RemoteAudio, peer: Peer | None = None, *, offered: bool) -> None:
        """Takes the browser's SDP; starts DTLS at first, and again when its certificate changed."""
        if remote.security is None:
            raise TypeError("the description of a WebRTC leg has keys")
        before, self._remote = self._remote, remote.security
        if before and offered and remote.security.ufrag != before.ufrag:
            self._restart_ice()
        self.ice.remote_ufrag = remote.security.ufrag
        # "passive" leaves the first word to us; else it is the browser's (RFC 5763, Section 5).
        server = remote.security.setup != "passive"
        self._setup = "passive" if server else "active"
        if before is None or before.fingerprints != remote.security.fingerprints:
            self._start_dtls(remote.security.fingerprints, server=server)

    def _restart_ice(self) -> None:
        self._port.unregister(self)
        self.ice.restart(*_credentials())
        self._port.register(self)

    def _start_dtls(self, fingerprints: tuple[tuple[str, str], ...], *, server: bool) -> None:
        if self._task:
            self._task.cancel()
        self._rx = self._tx = self._keys = None
        self.failed = False
        former, session = self._dtls, DtlsSession(self._certificate, server=server, send=self._send)
        self._dtls = session
        self._task = asyncio.create_task(self._shake_hands(session, fingerprints, former))

    async def _shake_hands(
        self, session: DtlsSession, fingerprints: tuple[tuple[str, str], ...], former: DtlsSession | None
    ) -> None:
        if former:
            await former.close()
        await self._reachable.wait()
        try:
            self._rx, self._tx = await session.handshake(fingerprints)
            self._keys = session.keys()
            self.reports, self.keyed = 0, self.keyed + 1
            self.on_change()
        except DtlsFailed:
            self.failed = True
        except Exception:
            # OpenSSL's own errors on a hostile flight: the leg must be reported, not forgotten.
            log.exception("dtls_handshake_crashed")
            self.failed = True

    def checked(self) -> None:
        """A connectivity check succeeded."""
        self._reachable.set()

    def receive_dtls(self, data: bytes) -> None:
        if self._dtls is None or not self._dtls.receive(data):
            self.dropped += 1

    def receive_media(self, data: bytes) -> None:
        if self._rx is None or not 12 <= len(data) <= MAX_PACKET + 144:
            self.dropped += 1
            return
        try:
            if 192 <= data[1] <= 223:
                self.on_rtcp(self._rx.unprotect_rtcp(data), time.monotonic())
            else:
                self.on_rtp(self._rx.unprotect(data), time.monotonic())
        except SrtpError:  # forged, repeated, or from before a restart
            self.dropped += 1

    def send_rtp(self, packet: bytes) -> bool:
        return self._tx is not None and self._send_protected(self._tx.protect, packet)

    def send_rtcp(self, packet: bytes) -> bool:
        self.reports += 1
        return self._tx is not None and self._send_protected(self._tx.protect_rtcp, packet)

    def _send_protected(self, protect: Callable[[bytes], bytes], packet: bytes) -> bool:
        try:
            self._send(protect(packet))
        except SrtpError:  # so late that its number is used up
            self.dropped += 1
            return False
        return True

    def _send(self, datagram: bytes) -> None:
        if self.ice.address:
            self._port.send(datagram, self.ice.address)

    async def close(self) -> None:
        self._rx = self._tx = None
        if self._task:
            self._task.cancel()
        if self._dtls:
            await self._dtls.close()
        self._port.forget(self)


def _credentials() -> tuple[str, str]:
    """Fresh ICE user fragment and password: 32 and 128 bits at least (RFC 8839, Section 5.4)."""
    return secrets.token_hex(8), secrets.token_hex(16)
