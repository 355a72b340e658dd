"""DTLS-SRTP through aiortc: the only file that touches aiortc's private members.

aiortc is pinned to one version because of it. `RTCPeerConnection` would need a socket, an ICE agent and
a media pipeline for each call; here one UDP port serves all calls and packets never leave their bytes. Of
aiortc only the DTLS handshake is used, over a stand-in for its ICE transport.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from pylibsrtp import Error as SrtpError

__all__ = ["Certificate", "DtlsFailed", "DtlsSession", "SrtpError", "SrtpSession"]

# A browser's handshake takes five datagrams; more than this waiting is a flood.
_QUEUE = 32


class SrtpSession(Protocol):
    """What is used of `pylibsrtp.Session`, which has no types; all methods raise `SrtpError`."""

    def protect(self, packet: bytes) -> bytes: ...
    def protect_rtcp(self, packet: bytes) -> bytes: ...
    def unprotect(self, packet: bytes) -> bytes: ...
    def unprotect_rtcp(self, packet: bytes) -> bytes: ...


class DtlsFailed(Exception):
    """The handshake failed: no answer, no common cipher, or not the certificate of the SDP."""


class Certificate:
    """The gateway's self-signed certificate; shared by many calls."""

    def __init__(self) -> None:
        self.rtc = RTCCertificate.generateCertificate()

    @property
    def fingerprint(self) -> tuple[str, str]:
        """SHA-256, as SDP wants it (RFC 8122)."""
        found = next(item for item in self.rtc.getFingerprints() if item.algorithm == "sha-256")
        return found.algorithm, found.value


class _IceStandIn:
    """What `RTCDtlsTransport` uses of an `RTCIceTransport`: `_recv`, `_send` and `role`."""

    # Only read when the DTLS role is "auto", which it never is here.
    role = "controlled"

    def __init__(self, send: Callable[[bytes], None], waiting: int) -> None:
        self._deliver = send
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(waiting)

    async def _recv(self) -> bytes:
        return await self.queue.get()

    async def _send(self, data: bytes) -> None:
        self._deliver(data)


class DtlsSession:
    """One DTLS association and the SRTP keys that come out of it.

    Args:
        certificate: ours.
        server: whether the peer speaks first (`a=setup:passive` on our side).
        send: puts one datagram on the wire.
        waiting: how many datagrams may wait to be read; data channels need more than a handshake does.
    """

    def __init__(
        self,
        certificate: Certificate,
        *,
        server: bool,
        send: Callable[[bytes], None],
        waiting: int = _QUEUE,
    ) -> None:
        self._ice = _IceStandIn(send, waiting)
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

    async def close(self) -> None:
        """Says goodbye (close_notify) and ends the task that keeps the association alive."""
        await self._transport.stop()
