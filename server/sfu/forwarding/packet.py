"""RTP headers (RFC 3550, Section 5.1) with their extensions (RFC 8285)."""

import struct
from dataclasses import dataclass

from server.sfu.forwarding.vp8 import Descriptor

_FIXED = struct.Struct("!BBHII")
_ONE_BYTE = 0xBEDE


class BadPacket(Exception):
    """Not RTP or RTCP, or cut short."""


@dataclass(slots=True)
class Packet:
    """One RTP packet.

    Attributes:
        size: bytes of the whole packet.
        payload: without padding.
        extensions: values by identifier.
        descriptor, keyframe: of video, once `inspect` has looked; a packet goes to many subscribers.
        redundant: the payload is redundant audio (RFC 2198).
    """

    size: int
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    extensions: dict[int, bytes]
    descriptor: Descriptor | None = None
    keyframe: bool = False
    redundant: bool = False


def parse(data: bytes) -> Packet:
    """Raises BadPacket."""
    if len(data) < 12:
        raise BadPacket("shorter than a header")
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != 2:
        raise BadPacket("not RTP version 2")
    start = 12 + 4 * (first & 15)
    extensions: dict[int, bytes] = {}
    if first & 0x10:
        if len(data) < start + 4:
            raise BadPacket("extension cut short")
        profile, words = struct.unpack_from("!HH", data, start)
        start += 4
        if profile == _ONE_BYTE:
            extensions = _one_byte(data[start : start + 4 * words])
        elif profile >> 4 == 0x100:
            extensions = _two_bytes(data[start : start + 4 * words])
        start += 4 * words
    end = len(data) - (data[-1] if first & 0x20 else 0)
    if start > len(data) or end < start:
        raise BadPacket("lengths contradict each other")
    return Packet(
        len(data), second > 127, second & 127, sequence, timestamp, ssrc, data[start:end], extensions
    )


def _one_byte(block: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(block):
        number, length = block[at] >> 4, (block[at] & 15) + 1
        if number == 15:
            break
        if number == 0:
            at += 1
            continue
        found[number] = block[at + 1 : at + 1 + length]
        at += 1 + length
    return found


def _two_bytes(block: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 1 < len(block):
        number, length = block[at], block[at + 1]
        if number == 0:
            at += 1
            continue
        found[number] = block[at + 2 : at + 2 + length]
        at += 2 + length
    return found


def build(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    extension: bytes,
    payload: bytes,
    *,
    marker: bool,
) -> bytes:
    """One packet; `extension` is a whole block, or empty."""
    return (
        _FIXED.pack(
            0x90 if extension else 0x80,
            payload_type | marker << 7,
            sequence & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            ssrc,
        )
        + extension
        + payload
    )


def newer(one: int, other: int) -> bool:
    """Whether sequence number `one` comes after `other` (RFC 1982)."""
    return 0 < (one - other) & 0xFFFF < 0x8000
