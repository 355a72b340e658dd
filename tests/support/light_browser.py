"""The least that passes for a browser: one UDP socket, ICE checks, DTLS, SRTP; no codecs, no jitter buffer.

Where aiortc's peer connection is too heavy (many calls at once) or too well behaved (floods, wrong keys).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
from types import TracebackType
from typing import Any

from aioice import stun

from bridges.sdp.audio import RemoteAudio, read_webrtc
from bridges.sdp.codecs import PCMU, TELEPHONE_EVENT, Codec
from bridges.sdp.description import parse
from tests.support.patience import PATIENCE
from webrtc.dtls import Certificate, DtlsSession, SrtpSession

_HEADER = struct.Struct("!BBHII")


class LightBrowser(asyncio.DatagramProtocol):
    """``async with LightBrowser() as browser:`` then :meth:`offer` or :meth:`answer`, and :meth:`connect`.

    :param codecs: what its descriptions list.
    :param certificate: share one among many, making it is slow.
    """

    def __init__(
        self,
        *,
        codecs: tuple[Codec, ...] = (PCMU, TELEPHONE_EVENT),
        certificate: Certificate | None = None,
    ) -> None:
        self.codecs = codecs
        self.certificate = certificate or Certificate()
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)
        #: Decrypted RTP and RTCP packets, oldest first.
        self.packets: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.ssrc = secrets.randbits(32)
        self.sequence, self.timestamp = secrets.randbits(15), secrets.randbits(31)
        self.gateway: tuple[str, int] = ("", 0)
        self._remote: RemoteAudio | None = None
        self._wire: asyncio.DatagramTransport | None = None
        self._answered = asyncio.Event()
        self._dtls: DtlsSession | None = None
        self.rx: SrtpSession | None = None
        self.tx: SrtpSession | None = None

    async def __aenter__(self) -> LightBrowser:
        loop = asyncio.get_running_loop()
        self._wire, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._dtls:
            await self._dtls.close()
        if self._wire:
            self._wire.close()

    def sdp(self, *, setup: str = "actpass", direction: str = "sendrecv", **other: str) -> str:
        """Its description; ``fingerprint`` and ``ufrag`` may be given other (wrong) values."""
        fingerprint = other.get("fingerprint", " ".join(self.certificate.fingerprint))
        words = " ".join(str(codec.payload_type) for codec in self.codecs)
        return "\r\n".join(
            [
                "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
                f"m=audio 9 UDP/TLS/RTP/SAVPF {words}", "c=IN IP4 0.0.0.0", "a=mid:0", f"a={direction}",
                f"a=ice-ufrag:{other.get('ufrag', self.ufrag)}", f"a=ice-pwd:{self.password}",
                f"a=fingerprint:{fingerprint}", f"a=setup:{setup}", "a=rtcp-mux",
                *(f"a=rtpmap:{c.payload_type} {c.name}/{c.clock_rate}" for c in self.codecs), "",
            ]
        )  # fmt: skip

    def learn(self, sdp: str) -> RemoteAudio:
        """Takes the gateway's description."""
        description = parse(sdp)
        remote = read_webrtc(description)
        assert remote and remote.security, sdp
        candidate = description.sections[remote.layout.audio].value("candidate")
        assert candidate, sdp
        self.gateway = candidate.split()[4], int(candidate.split()[5])
        self._remote = remote
        return remote

    async def connect(self, sdp: str, *, server: bool = False, timeout: float = PATIENCE) -> None:
        """ICE and DTLS with the gateway of this description.

        :param server: waits for the gateway to begin the DTLS handshake (its setup is ``active``).
        :raises TimeoutError: no check was answered.
        """
        remote = self.learn(sdp)
        assert remote.security
        self._dtls = DtlsSession(self.certificate, server=server, send=self.send_raw)
        async with asyncio.timeout(timeout):
            while not self._answered.is_set():
                self.check()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._answered.wait(), 0.1)
        self.rx, self.tx = await self._dtls.handshake(remote.security.fingerprints, timeout)

    def check(self, *, password: str | None = None, ufrag: str | None = None) -> None:
        """Sends one connectivity check, which is also consent."""
        assert self._remote and self._remote.security
        theirs = self._remote.security
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{ufrag or theirs.ufrag}:{self.ufrag}"
        request.attributes["PRIORITY"] = 1_845_501_695
        request.attributes["ICE-CONTROLLING"] = secrets.randbits(64)
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity((password or theirs.password).encode())
        self.send_raw(bytes(request))

    def send(self, payload_type: int, payload: bytes) -> None:
        """One packet of its stream."""
        assert self.tx
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + 160) & 0xFFFFFFFF
        header = _HEADER.pack(0x80, payload_type, self.sequence, self.timestamp, self.ssrc)
        self.send_raw(self.tx.protect(header + payload))

    def send_raw(self, data: bytes) -> None:
        assert self._wire
        self._wire.sendto(data, self.gateway)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data[0] < 4:
            self._answered.set()
        elif 19 < data[0] < 64 and self._dtls:
            self._dtls.receive(data)
        elif self.rx and 192 <= data[1] <= 223:
            self.rtcp.append(self.rx.unprotect_rtcp(data))
        elif self.rx:
            self.packets.append(self.rx.unprotect(data))
