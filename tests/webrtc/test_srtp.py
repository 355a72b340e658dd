"""SRTP sessions that go on in another process."""

from __future__ import annotations

import secrets
import struct

import pytest
from pylibsrtp import Policy

from webrtc.srtp import (
    ResumedReceiver,
    SrtpError,
    SrtpKeys,
    receiver,
    resumed_sender,
    sender,
)

SSRC = 0xDEADBEEF
PROFILES = [
    (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
    (Policy.SRTP_PROFILE_AES128_CM_SHA1_32, 30),
    (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
]


def rtp(index: int) -> bytes:
    return struct.pack("!BBHII", 0x80, 0, index & 0xFFFF, index * 160 & 0xFFFFFFFF, SSRC) + b"hello"


def pair(profile: int, size: int) -> tuple[SrtpKeys, SrtpKeys]:
    """Keys as both ends hold them."""
    one, other = secrets.token_bytes(size), secrets.token_bytes(size)
    return SrtpKeys(profile, one, other), SrtpKeys(profile, other, one)


@pytest.mark.parametrize(("profile", "size"), PROFILES)
@pytest.mark.parametrize("first", [0, 1, 0x7000, 0x7FFF, 0x8000, 0xFFFF])
@pytest.mark.parametrize("count", [1, 300, 70_000, 140_000])
def test_a_receiver_understands_who_goes_on_for_a_sender(
    profile: int, size: int, first: int, count: int
) -> None:
    near, far = pair(profile, size)
    sending, receiving = sender(near), receiver(far)
    last = first + count - 1
    step = 3000 if count > 3000 else 1
    for index in (*range(first, last, step), last):
        receiving.unprotect(sending.protect(rtp(index)))
    resumed = resumed_sender(near, SSRC, last, 0)
    for index in range(last + 50, last + 60):
        assert receiving.unprotect(resumed.protect(rtp(index))) == rtp(index)


@pytest.mark.parametrize(("profile", "size"), PROFILES)
@pytest.mark.parametrize("first", [0, 0x7FFF, 0x8000, 0xFFFE])
@pytest.mark.parametrize("count", [1, 3, 70_000, 140_000])
def test_who_goes_on_for_a_receiver_understands_the_sender(
    profile: int, size: int, first: int, count: int
) -> None:
    near, far = pair(profile, size)
    sending = sender(near)
    last = first + count - 1
    for index in (*range(first, last, 3000 if count > 3000 else 1), last):
        packet = sending.protect(rtp(index))
    resumed = ResumedReceiver(far, age=3600.0)
    for index in range(last + 3, last + 10):
        packet = sending.protect(rtp(index))
        assert resumed.unprotect(packet) == rtp(index)
    with pytest.raises(SrtpError):
        resumed.unprotect(packet[:-1] + bytes([packet[-1] ^ 1]))


def test_numbers_of_reports_are_not_used_twice() -> None:
    near, far = pair(*PROFILES[0])
    sending, receiving = sender(near), receiver(far)
    report = struct.pack("!BBHI", 0x80, 201, 1, SSRC)
    for _ in range(7):
        receiving.unprotect_rtcp(sending.protect_rtcp(report))
    with pytest.raises(SrtpError):
        receiving.unprotect_rtcp(sender(near).protect_rtcp(report))
    assert receiving.unprotect_rtcp(resumed_sender(near, SSRC, 5, 7).protect_rtcp(report)) == report


def test_who_is_not_the_peer_is_not_believed_after_many_tries() -> None:
    near, far = pair(*PROFILES[0])
    stranger = sender(SrtpKeys(near.profile, near.theirs, secrets.token_bytes(30)))
    resumed = ResumedReceiver(far, age=10.0)
    for index in range(80):
        with pytest.raises(SrtpError):
            resumed.unprotect(stranger.protect(rtp(index)))
