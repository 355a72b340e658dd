"""One peer connection: ICE, DTLS, SRTP and data channels with a participant, for media one way."""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any

from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters
from aiortc.rtcsctptransport import RTCSctpCapabilities, RTCSctpTransport

from logs.plain import Log
from server.sfu.forwarding import rtcp
from server.sfu.forwarding.bucket import Bucket
from server.sfu.forwarding.packet import BadPacket
from server.sfu.signal.pace import Pace
from server.sfu.signal.sdp import Local, Security
from server.sfu.transport.port import MediaPort
from webrtc import sctp
from webrtc.dtls import DtlsFailed, DtlsSession, SrtpError, SrtpSession
from webrtc.ice import IceLite

RELIABLE, LOSSY = "_reliable", "_lossy"
_SCTP_PORT = 5000
_WAITING = 256
#: Bytes that may wait for a slow subscriber; what comes beyond it is dropped. What is lossy is of no use
#: when it is late; who writes reliably was held back long before (`room/backlog.py`).
_MAX_BUFFER = {RELIABLE: 32 << 20, LOSSY: 256 << 10}
_MAX_CHANNELS = 8
#: Bytes a second of who only receives: reports, and what data it acknowledges.
_UNASKED = 500_000
#: What a datagram counts as at the least: a picture's have some 1,200 bytes, and each has to be decrypted.
_LEAST = 400
#: Of the processor's time, what comes over data channels may take this share; so many seconds at once.
_DATA_SHARE, _DATA_AT_ONCE = 0.15, 0.1
#: RTCP packets a second: a few hundred repairs among many pictures; a short one can cost much to read.
_REPORTS = 500

log = Log(__name__)
Received = Callable[[bytes, float], None]
Told = Callable[[list[rtcp.Feedback], float], None]


def _ignore(_data: bytes, _now: float) -> None:
    """Until somebody listens."""


class Peer:
    """What goes in and out; `listen` adds whoever wants to know of RTCP.

    Attributes:
        failed: the handshake failed.
        on_rtp, on_data, on_connected: whom to tell.
        guard: bytes that the participant may send, asked before decryption, which costs; few at first.
        refused: bytes that were too many.
    """

    def __init__(self, port: MediaPort, *, opens_channels: bool, max_message: int) -> None:
        self._port = port
        self._opens_channels = opens_channels
        self._max_message = max_message
        self._certificate = port.certificate
        self.ice = IceLite(*_credentials())
        self.failed = False
        self.on_rtp: Received = _ignore
        self.guard = Bucket(_UNASKED, _UNASKED)
        self.refused = 0
        self._reports = Bucket(_REPORTS, 2 * _REPORTS)
        self._pace = Pace()
        self._listeners: list[Told] = []
        self.on_data: Callable[[str, bytes], None] = lambda _label, _data: None
        self.on_connected: Callable[[], None] = lambda: None
        self._reachable = asyncio.Event()
        self._configured_at: float | None = None
        self._dtls: DtlsSession | None = None
        self._sctp: Any = None
        self._wants_data = False
        self._channels: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._rx: SrtpSession | None = None
        self._tx: SrtpSession | None = None
        self._closed = False
        port.register(self)

    @property
    def connected(self) -> bool:
        return self._tx is not None

    def local(self) -> Local:
        """What to write into the next description."""
        host, number = self._port.address
        fingerprint, stream = self._certificate.fingerprint, self._port.stream_port
        return Local(self.ice.ufrag, self.ice.password, fingerprint, host, number, stream)

    def configure(self, remote: Security, *, data: bool) -> None:
        """Takes the other side's description; DTLS starts with the first one."""
        before = self.ice.remote_ufrag
        if before is not None and before != remote.ufrag and not self._opens_channels:
            self.restart()
        self.ice.remote_ufrag = remote.ufrag
        self._wants_data = self._wants_data or data
        self._configured_at = time.monotonic()
        if self._dtls is None and not self._closed:
            # The other side speaks first: we offer actpass, and answer passive.
            pace = Pace(_DATA_SHARE, _DATA_AT_ONCE)
            self._dtls = DtlsSession(
                self._certificate, server=True, send=self._send, waiting=_WAITING, pace=pace
            )
            self._spawn(self._start(self._dtls, remote.fingerprint))
        elif data and self.connected and self._sctp is None:
            self._spawn(self._start_data())

    def restart(self) -> None:
        """New ICE credentials; media goes on over the old pair meanwhile."""
        self._port.unregister(self)
        self.ice.restart(*_credentials())
        self._port.register(self)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start(self, session: DtlsSession, fingerprint: tuple[str, str]) -> None:
        await self._reachable.wait()
        try:
            self._rx, self._tx = await session.handshake((fingerprint,))
        except DtlsFailed as error:
            self.failed = True
            log.seldom("dtls_failed", why=str(error))
            return
        except Exception:
            # OpenSSL's own errors on a hostile flight: the participant must be let go, not forgotten.
            self.failed = True
            log.exception("dtls_handshake_crashed")
            return
        if self._wants_data:
            await self._start_data()
        self.on_connected()

    async def _start_data(self) -> None:
        if self._dtls is None or self._sctp is not None:
            return
        self._sctp = RTCSctpTransport(self._dtls.transport, _SCTP_PORT)
        sctp.Bounded(self._sctp)
        self._sctp.on("datachannel", self._take_channel)
        await self._sctp.start(RTCSctpCapabilities(maxMessageSize=self._max_message), _SCTP_PORT)
        if self._opens_channels:
            # Odd numbers belong to the DTLS server (RFC 8832, Section 6).
            reliable = RTCDataChannelParameters(label=RELIABLE, id=1)
            lossy = RTCDataChannelParameters(label=LOSSY, id=3, ordered=False, maxRetransmits=0)
            for parameters in (reliable, lossy):
                self._channels[parameters.label] = RTCDataChannel(self._sctp, parameters)

    def _take_channel(self, channel: Any) -> None:
        if len(self._channels) >= _MAX_CHANNELS:
            channel.close()
            return
        label = channel.label
        self._channels[label] = channel
        channel.on("message", lambda data: self._message(label, data))

    def _message(self, label: str, data: bytes | str) -> None:
        raw = data.encode() if isinstance(data, str) else data
        if len(raw) <= self._max_message:
            self.on_data(label, raw)

    def send_data(self, label: str, data: bytes) -> bool:
        """False when it was not sent: not connected yet, or far too much is waiting."""
        channel = self._channels.get(label)
        most = _MAX_BUFFER.get(label, 0)
        if channel is None or channel.readyState != "open" or channel.bufferedAmount > most:
            return False
        channel.send(data)
        return True

    @property
    def backlog(self) -> int:
        """Bytes that wait to be sent reliably."""
        channel = self._channels.get(RELIABLE)
        return channel.bufferedAmount if channel is not None else 0

    def hold_back(self, *, yes: bool) -> None:
        """Whether the participant has to wait with what it wants to write."""
        if self._sctp is None:
            return
        if yes:
            sctp.hold_back(self._sctp)
        elif not self._closed:
            self._spawn(sctp.let_go_on(self._sctp))

    def silence(self, now: float) -> float:
        """Seconds since the last connectivity check, or since the connection was agreed upon."""
        if self._configured_at is None:
            return 0.0
        return now - max(self._configured_at, self.ice.consent_at or 0.0)

    def checked(self) -> None:
        self._reachable.set()

    def receive_dtls(self, data: bytes, now: float) -> None:
        if self._dtls is not None and self._admits(data, now):
            self._dtls.receive(data)

    def _admits(self, data: bytes, now: float) -> bool:
        """Whether a datagram is not too much; a small one costs as much as one of `_LEAST` bytes."""
        size = max(len(data), _LEAST)
        if self.guard.take(size, now):
            return True
        self.refused += size
        return False

    def receive_media(self, data: bytes, now: float) -> None:
        if self._rx is None or len(data) < 12:
            return
        if not self._admits(data, now):
            return
        try:
            if 192 <= data[1] <= 223:
                self._receive_reports(self._rx, data, now)
            else:
                self.on_rtp(self._rx.unprotect(data), now)
        except (SrtpError, ValueError):  # forged or repeated, or too long
            self._port.dropped += 1

    def _receive_reports(self, rx: SrtpSession, data: bytes, now: float) -> None:
        """Raises SrtpError. What is small can be much to do: it lists packets by number."""
        if not self._reports.take(1, now) or self._pace.wait(now):
            self.refused += max(len(data), _LEAST)
            return
        began = time.thread_time()
        self._receive_rtcp(rx.unprotect_rtcp(data), now)
        self._pace.spent(time.thread_time() - began, now)

    def listen(self, told: Told) -> None:
        """`told` hears of every RTCP packet, with the time."""
        self._listeners.append(told)

    def _receive_rtcp(self, data: bytes, now: float) -> None:
        try:
            said = rtcp.parse(data)
        except BadPacket:
            self._port.dropped += 1
            return
        for told in self._listeners:
            told(said, now)

    def send_rtp(self, packet: bytes) -> None:
        if self._tx is not None and self.ice.address is not None:
            try:
                self._port.send(self._tx.protect(packet), self.ice.address)
            except (SrtpError, ValueError):  # so late that its number is used up, or too long
                self._port.dropped += 1

    def send_rtcp(self, packet: bytes) -> None:
        if self._tx is not None and self.ice.address is not None:
            self._port.send(self._tx.protect_rtcp(packet), self.ice.address)

    def _send(self, data: bytes) -> None:
        if self.ice.address is not None:
            self._port.send(data, self.ice.address)

    async def close(self) -> None:
        self._closed = True
        self._rx = self._tx = None
        for task in list(self._tasks):
            task.cancel()
        if self._sctp is not None:
            await self._sctp.stop()
        if self._dtls is not None:
            await self._dtls.close()
        self._port.forget(self)


def _credentials() -> tuple[str, str]:
    """Fresh ICE user fragment and password: 32 and 128 bits at least (RFC 8839, Section 5.4)."""
    return secrets.token_hex(8), secrets.token_hex(16)
