"""DTLS-SRTP through aiortc: the only file that touches aiortc's private members.

aiortc is pinned to one version because of it. `RTCPeerConnection` would need a socket, an ICE agent and
a media pipeline for each call; here one UDP port serves all calls and packets never leave their bytes. Of
aiortc only the DTLS handshake is used, over a stand-in for its ICE transport.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol, Self

from aiortc.rtcdtlstransport import (
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from webrtc.srtp import SrtpError, SrtpKeys, SrtpSession

__all__ = ["Certificate", "DtlsFailed", "DtlsSession", "SrtpError", "SrtpSession"]

# A browser's handshake takes five datagrams; more than this waiting is a flood.
_QUEUE = 32
#: Seconds of work on what waits, before others have their turn: a full queue would give them none.
SLICE = 0.002


class DtlsFailed(Exception):
    """The handshake failed: no answer, no common cipher, or not the certificate of the SDP."""


class Certificate:
    """The gateway's self-signed certificate; shared by many calls."""

    def __init__(self, rtc: RTCCertificate | None = None) -> None:
        self.rtc = rtc or RTCCertificate.generateCertificate()

    @classmethod
    def load(cls, data: bytes) -> Self:
        """The certificate that `dump` wrote. Raises ValueError."""
        key = serialization.load_pem_private_key(data, None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise ValueError("not the key of a certificate of ours")  # noqa: TRY004
        return cls(RTCCertificate(key, x509.load_pem_x509_certificate(data)))

    def dump(self) -> bytes:
        """Certificate and private key (PEM), for a process that goes on in place of this one."""
        # Private: aiortc has no way to take a certificate out.
        key = self.rtc._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + self.rtc._cert.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> tuple[str, str]:
        """SHA-256, as SDP wants it (RFC 8122)."""
        found = next(item for item in self.rtc.getFingerprints() if item.algorithm == "sha-256")
        return found.algorithm, found.value


class Pace(Protocol):
    """How much of the processor's time one association may take; times in seconds."""

    def spent(self, seconds: float, now: float) -> None: ...
    def wait(self, now: float) -> float: ...


class _IceStandIn:
    """What `RTCDtlsTransport` uses of an `RTCIceTransport`: `_recv`, `_send` and `role`.

    What is done with a datagram, data channels included, is done before the next is asked for: so it is known
    what it costs.
    """

    # Only read when the DTLS role is "auto", which it never is here.
    role = "controlled"

    def __init__(self, send: Callable[[bytes], None], waiting: int, pace: Pace | None) -> None:
        self._deliver = send
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(waiting)
        self._pace = pace
        self._began: float | None = None
        self._turn = 0.0

    async def _recv(self) -> bytes:
        await self._settle()
        if self.queue.empty():
            self._turn = 0.0
        datagram = await self.queue.get()
        self._began = time.thread_time()
        return datagram

    async def _settle(self) -> None:
        """Counts what the last datagram cost, and waits when that is too much."""
        if self._began is None:
            return
        seconds, self._began = time.thread_time() - self._began, None
        self._turn += seconds
        wait = 0.0
        if self._pace is not None:
            now = time.monotonic()
            self._pace.spent(seconds, now)
            wait = self._pace.wait(now)
        if wait or self._turn > SLICE:
            self._turn = 0.0
            await asyncio.sleep(wait)

    async def _send(self, data: bytes) -> None:
        self._deliver(data)


class DtlsSession:
    """One DTLS association and the SRTP keys that come out of it.

    Args:
        certificate: ours.
        server: whether the peer speaks first (`a=setup:passive` on our side).
        send: puts one datagram on the wire.
        waiting: how many datagrams may wait to be read; data channels need more than a handshake does.
        pace: what they may cost; who sends more is read later.
    """

    def __init__(
        self,
        certificate: Certificate,
        *,
        server: bool,
        send: Callable[[bytes], None],
        waiting: int = _QUEUE,
        pace: Pace | None = None,
    ) -> None:
        self._ice = _IceStandIn(send, waiting, pace)
        self._transport = RTCDtlsTransport(self._ice, [certificate.rtc])  # type: ignore[arg-type]
        # Private: aiortc derives the role from ICE (ORTC); with SDP it comes from `a=setup`.
        self._transport._set_role("server" if server else "client")

    @property
    def transport(self) -> RTCDtlsTransport:
        """What aiortc's SCTP runs over."""
        return self._transport

    def receive(self, datagram: bytes) -> bool:
        """Takes a DTLS record (first byte 20 to 63, RFC 7983); False when too many are waiting."""
        try:
            self._ice.queue.put_nowait(datagram)
        except asyncio.QueueFull:
            return False
        return True

    async def handshake(
        self, fingerprints: tuple[tuple[str, str], ...], timeout: float = 20.0
    ) -> tuple[SrtpSession, SrtpSession]:
        """Runs the handshake; to be called once.

        Args:
            fingerprints: of the peer's certificate, from its SDP; all that are supported must match.
            timeout: seconds.

        Returns:
            The SRTP sessions for receiving and for sending.

        Raises:
            DtlsFailed: see there.
        """
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(*item) for item in fingerprints])
        try:
            # Not wait_for: its extra task would let the first media arrive before the keys are known.
            async with asyncio.timeout(timeout):
                await self._transport.start(parameters)
        except TimeoutError:
            raise DtlsFailed("no answer") from None
        if self._transport.state != "connected":
            raise DtlsFailed("handshake refused")
        # Private: the keys stay inside aiortc otherwise, and each packet would pass through its
        # RtpPacket, its router and a queue: 9 ms of CPU a second and call instead of 2.
        return self._transport._rx_srtp, self._transport._tx_srtp

    def keys(self) -> SrtpKeys:
        """What the handshake agreed on, after it; for a process that goes on in place of this one.

        Raises:
            DtlsFailed: it is not done.
        """
        # Private: aiortc exports them itself, and forgets them.
        ssl = self._transport._ssl
        if ssl is None:
            raise DtlsFailed("no handshake yet")
        chosen = ssl.get_selected_srtp_profile()
        profile = next(each for each in SRTP_PROFILES if each.openssl_profile == chosen)
        size = 2 * (profile.key_length + profile.salt_length)
        view = ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", size)
        client, server = (profile.get_key_and_salt(view, index) for index in (0, 1))
        ours, theirs = (server, client) if self._transport._role == "server" else (client, server)
        return SrtpKeys(profile.libsrtp_profile, theirs, ours)

    async def close(self) -> None:
        """Says goodbye (close_notify) and ends the task that keeps the association alive."""
        await self._transport.stop()
