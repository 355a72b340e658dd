"""A leg's SRTP with keys from the signalling (SDES, RFC 4568): plain RTP's ports and latch, and a cipher."""

import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from pylibsrtp import Policy

from bridges.media.call_state import PlainState
from bridges.media.gateway import NoCommonCodec, Peer
from bridges.media.latch import Trust
from bridges.media.plain import PlainTransport
from bridges.media.ports import RtpPorts
from bridges.sdp.audio import Address, RemoteAudio
from bridges.sdp.crypto import SUITES, Crypto
from webrtc import srtp
from webrtc.srtp import SrtpError, SrtpKeys, SrtpSession

Cipher = Callable[[bytes], bytes]

_PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
}


class SdesTransport(PlainTransport):
    """RTP and RTCP of one leg, encrypted. Both sides name the key of what they send."""

    def __init__(self, address: Address, ports: RtpPorts, trust: Trust) -> None:
        super().__init__(address, ports, trust)
        # One key a suite for the whole life of the leg: a re-offer changes nothing.
        lines = enumerate(SUITES.items(), start=1)
        self._own = tuple(Crypto(tag, suite, secrets.token_bytes(size)) for tag, (suite, size) in lines)
        self._chosen: tuple[Crypto, Crypto] | None = None
        self._rx: SrtpSession | None = None
        self._tx: SrtpSession | None = None

    def state(self) -> PlainState:
        return replace(super().state(), own=self._own, chosen=self._chosen)

    def _take(self, state: PlainState) -> None:
        self._own, self._chosen = state.own, state.chosen

    def resume_streams(self, ssrc: int, index: int, reports: int, since: float) -> None:
        """The keys go on with their counters: see `webrtc.srtp`. `since`: monotonic seconds."""
        if self._chosen is not None:
            keys = _keys(*self._chosen)
            self._rx = srtp.ResumedReceiver(keys, time.monotonic() - since)
            self._tx = srtp.resumed_sender(keys, ssrc, index, reports)
            self.reports = reports

    def crypto(self, *, offering: bool) -> tuple[Crypto, ...]:
        """What to write: all suites to choose of, or the chosen one."""
        if offering or self._chosen is None:
            return self._own
        return (self._chosen[1],)

    @property
    def connected(self) -> bool:
        return self._tx is not None and super().connected

    def configure(self, remote: RemoteAudio, peer: Peer | None = None, *, offered: bool) -> None:
        """As for plain RTP. Raises NoCommonCodec: no suite is known, or the answer chose none of ours."""
        theirs, ours = self._choice(remote.crypto, offered=offered)
        super().configure(remote, peer, offered=offered)
        before, self._chosen = self._chosen, (theirs, ours)
        # The same keys go on with their packet counters; counted from zero again they would be refused.
        if before is None or (before[0].suite, before[0].key) != (theirs.suite, theirs.key):
            self._rx = srtp.receiver(_keys(theirs, ours))
        if before is None or (before[1].suite, before[1].key) != (ours.suite, ours.key):
            self._tx = srtp.sender(_keys(theirs, ours))
            self.reports, self.keyed = 0, self.keyed + 1

    def _choice(self, lines: tuple[Crypto, ...], *, offered: bool) -> tuple[Crypto, Crypto]:
        """Their key and ours. An answer bears the tag of the offer's line that it takes (Section 5.1.2)."""
        for theirs in lines:
            ours = next((own for own in self._own if own.suite == theirs.suite), None)
            if ours is not None and (offered or ours.tag == theirs.tag):
                return theirs, Crypto(theirs.tag, ours.suite, ours.key)
        raise NoCommonCodec("no SRTP suite that both sides know")

    def send_rtp(self, packet: bytes) -> bool:
        return self._tx is not None and self._sealed(self._tx.protect, packet, super().send_rtp)

    def send_rtcp(self, packet: bytes) -> bool:
        self.reports += 1
        return self._tx is not None and self._sealed(self._tx.protect_rtcp, packet, super().send_rtcp)

    def _receive_rtp(self, packet: bytes, now: float) -> None:
        rx = self._rx
        if rx is not None:
            mixed = 192 <= packet[1] <= 223
            opened = self._opened(rx.unprotect_rtcp if mixed else rx.unprotect, packet)
            if opened is not None:
                super()._receive_rtp(opened, now)

    def _receive_rtcp(self, packet: bytes, now: float) -> None:
        if self._rx is not None:
            opened = self._opened(self._rx.unprotect_rtcp, packet)
            if opened is not None:
                super()._receive_rtcp(opened, now)

    def _opened(self, open_: Cipher, packet: bytes) -> bytes | None:
        try:
            return open_(packet)
        except SrtpError:  # forged, repeated, or in clear
            self.dropped += 1
            return None

    def _sealed(self, seal: Cipher, packet: bytes, send: Callable[[bytes], bool]) -> bool:
        try:
            return send(seal(packet))
        except SrtpError:  # so late that its number is used up
            self.dropped += 1
            return False


def _keys(theirs: Crypto, ours: Crypto) -> SrtpKeys:
    return SrtpKeys(_PROFILES[ours.suite], theirs.key, ours.key)
