"""SRTP sessions (RFC 3711) out of keys, from their beginning or in mid call.

libsrtp has no call, in this binding, to set a session's rollover counter; it is led there by packets of
its own that are thrown away.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from pylibsrtp import Error as SrtpError
from pylibsrtp import Policy, Session

__all__ = ["ResumedReceiver", "SrtpError", "SrtpKeys", "SrtpSession", "receiver", "resumed_sender", "sender"]

_HEADER = struct.Struct("!BBHII")
#: Steps of the packet index that libsrtp follows (less than 2^15), and where it is led from.
_STEP, _START = 0x4000, 0x7000
#: Packets that are tried with other rollover counters before the first is believed.
_TRIES = 50
#: Packets a second that a peer sends at most, for how often its counter may have rolled over.
_FASTEST = 120


class SrtpSession(Protocol):
    """What is used of `pylibsrtp.Session`, which has no types; all methods raise `SrtpError`."""

    def protect(self, packet: bytes) -> bytes: ...
    def protect_rtcp(self, packet: bytes) -> bytes: ...
    def unprotect(self, packet: bytes) -> bytes: ...
    def unprotect_rtcp(self, packet: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """Master keys with their salts.

    Attributes:
        profile: libsrtp's number of the ciphers.
        theirs: of what the peer sends.
        ours: of what we send.
    """

    profile: int
    theirs: bytes = field(repr=False)
    ours: bytes = field(repr=False)


def receiver(keys: SrtpKeys) -> SrtpSession:
    """For what the peer sends, whatever its SSRC."""
    return _session(keys.profile, keys.theirs, Policy.SSRC_ANY_INBOUND)


def sender(keys: SrtpKeys) -> SrtpSession:
    """For what we send."""
    return _session(keys.profile, keys.ours, Policy.SSRC_ANY_OUTBOUND)


def resumed_sender(keys: SrtpKeys, ssrc: int, index: int, reports: int) -> SrtpSession:
    """The sending session of a stream that another process began.

    Args:
        keys: of the association.
        ssrc: of the stream.
        index: rollover counter and sequence number (48 bits) that no packet was sent beyond.
        reports: how many RTCP packets were sent, or more: their numbers are used up.
    """
    session = sender(keys)
    for packet in _led(ssrc, index):
        session.protect(packet)
    report = struct.pack("!BBHI", 0x80, 201, 1, ssrc)
    for _ in range(reports):
        session.protect_rtcp(report)
    return session


class ResumedReceiver:
    """The receiving session of a peer that has been sending for `age` seconds at most.

    How often its sequence number has rolled over is found by trying: a wrong guess never authenticates.
    """

    def __init__(self, keys: SrtpKeys, age: float) -> None:
        self._keys = keys
        self._rollovers = int(max(age, 0.0) * _FASTEST / 0x10000) + 1
        self._session = receiver(keys)
        self._tries = _TRIES
        self.unprotect_rtcp = self._session.unprotect_rtcp

    def unprotect(self, packet: bytes) -> bytes:
        """Raises SrtpError."""
        if not self._tries or len(packet) < _HEADER.size:
            return self._session.unprotect(packet)
        self._tries -= 1
        _, _, sequence, _, ssrc = _HEADER.unpack_from(packet)
        for rollovers in range(self._rollovers + 1):
            session = receiver(self._keys)
            self._lead(session, ssrc, (rollovers << 16) + sequence - 1)
            try:
                opened = session.unprotect(packet)
            except SrtpError:
                continue
            self._session, self._tries = session, 0
            return opened
        raise SrtpError("no rollover counter fits")

    def protect(self, packet: bytes) -> bytes:
        """It only receives."""
        raise SrtpError("a session for receiving")

    protect_rtcp = protect

    def _lead(self, session: SrtpSession, ssrc: int, index: int) -> None:
        """As if the peer had sent until `index`."""
        mirror = _session(self._keys.profile, self._keys.theirs, Policy.SSRC_ANY_OUTBOUND)
        for packet in _led(ssrc, index):
            session.unprotect(mirror.protect(packet))


def _session(profile: int, key: bytes, direction: int) -> SrtpSession:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=profile)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    session: SrtpSession = Session(policy=policy)
    return session


def _led(ssrc: int, index: int) -> Iterator[bytes]:
    """Packets without sound whose numbers lead a fresh session to `index`; none where it starts there."""
    for step in (*range(_START, index, _STEP), index):
        if index > _START:
            yield _HEADER.pack(0x80, 0, step & 0xFFFF, 0, ssrc) + b"\0"
