"""One media connection of a bot: a socket of its own, ICE as the controlling side, DTLS, SRTP."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct

from aioice import stun

from tests.support.patience import PATIENCE
from webrtc.dtls import Certificate, DtlsSession, SrtpError, SrtpSession

_BATCH = 64
_CHECK_EVERY = 2.0
_PICTURE_LOSS, _TRANSPORT = 206, 205
#: One packet in so many is decrypted: what cannot be decrypted is no media.
_SAMPLE = 200

Address = tuple[str, int]


class Line:
    """
    :ivar received: datagrams of media that came in; ``sampled`` of them were decrypted and are right.
    :ivar sources: the SSRCs that they came from.
    :ivar losses: times that the other side asked for a keyframe.
    """

    def __init__(self, certificate: Certificate, host: str = "127.0.0.1") -> None:
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)
        self.certificate = certificate
        self.received = self.sampled = self.losses = 0
        self.sources: set[bytes] = set()
        self.tx: SrtpSession | None = None
        self._rx: SrtpSession | None = None
        self._dtls: DtlsSession | None = None
        self._remote = ("", "")
        self._candidates: set[Address] = set()
        self._far: Address | None = None
        self._answered = asyncio.Event()
        self._checking: asyncio.Task[None] | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind((host, 0))
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    @property
    def address(self) -> Address:
        host, port = self._socket.getsockname()
        return host, port

    def candidate(self, host: str, port: int) -> None:
        """A place where the other side may be."""
        self._candidates.add((host, port))

    async def connect(self, ufrag: str, password: str, fingerprint: tuple[str, str], *, server: bool) -> None:
        """ICE, then DTLS (``server``: the other side speaks first). Raises TimeoutError, DtlsFailed."""
        self._remote = ufrag, password
        self._dtls = DtlsSession(self.certificate, server=server, send=self.send)
        self._checking = asyncio.create_task(self._check_for_ever())
        async with asyncio.timeout(PATIENCE):
            await self._answered.wait()
        self._rx, self.tx = await self._dtls.handshake((fingerprint,), PATIENCE)

    async def close(self) -> None:
        if self._checking:
            self._checking.cancel()
        if self._dtls:
            await self._dtls.close()
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def drain(self) -> None:
        """Reads all that has come, now."""
        before = -1
        while before != self.received:
            before = self.received
            self._read()

    async def wait_received(self, packets: int, sources: int = 1) -> None:
        """Until so many more datagrams of media came, from so many sources in all. Raises TimeoutError."""
        goal = self.received + packets
        for _ in range(int(PATIENCE / 0.02)):
            if self.received >= goal and len(self.sources) >= sources:
                return
            await asyncio.sleep(0.02)  # counting is all that a datagram may cost
        raise TimeoutError(
            f"only {self.received} of {goal} packets came, from {len(self.sources)} of {sources} sources"
        )

    def send(self, data: bytes) -> None:
        if self._far is not None:
            try:
                self._socket.sendto(data, self._far)
            except OSError:
                return  # a full buffer: the packet is lost, as on any network

    async def _check_for_ever(self) -> None:
        while True:
            for place in [self._far] if self._far else list(self._candidates):
                self._socket.sendto(self._check(), place)
            await asyncio.sleep(_CHECK_EVERY if self._far else 0.05)

    def _check(self) -> bytes:
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self._remote[0]}:{self.ufrag}"
        request.attributes["PRIORITY"] = 1_845_501_695
        request.attributes["ICE-CONTROLLING"] = secrets.randbits(64)
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._remote[1].encode())
        request.add_fingerprint()
        return bytes(request)

    def _read(self) -> None:
        for _ in range(_BATCH):
            try:
                data, source = self._socket.recvfrom(2048)
            except OSError:
                return
            first = data[0]
            if first > 127:
                self._media(data)
            elif first < 4:
                self._stun(data, source)
            elif self._dtls:
                self._dtls.receive(data)

    def _media(self, data: bytes) -> None:
        if 192 <= data[1] <= 223:
            self._control(data)
            return
        self.received += 1
        self.sources.add(data[8:12])
        if self._rx and self.received % _SAMPLE == 1:
            self._rx.unprotect(data)
            self.sampled += 1

    def _control(self, data: bytes) -> None:
        if self._rx is None:
            return
        try:
            plain = self._rx.unprotect_rtcp(data)
        except SrtpError:
            return
        while len(plain) >= 4:
            kind, form = plain[1], plain[0] & 31
            if kind == _PICTURE_LOSS and form in (1, 4):
                self.losses += 1
            plain = plain[4 * (struct.unpack_from("!H", plain, 2)[0] + 1) :]

    def _stun(self, data: bytes, source: Address) -> None:
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        if message.message_class is stun.Class.RESPONSE:
            if self._far is None:
                self._far = source
            self._answered.set()
        elif message.message_class is stun.Class.REQUEST:
            response = stun.Message(
                stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=message.transaction_id
            )
            response.attributes["XOR-MAPPED-ADDRESS"] = source
            response.add_message_integrity(self.password.encode())
            response.add_fingerprint()
            self._socket.sendto(bytes(response), source)
