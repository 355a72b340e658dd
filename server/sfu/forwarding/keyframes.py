"""Where a picture can be begun, for the codecs that are forwarded without being understood otherwise."""

from collections.abc import Iterator

from server.sfu.forwarding import vp8
from server.sfu.forwarding.packet import Packet

_H264_KEY = {5, 7}


def is_keyframe(mime: str, payload: bytes) -> bool:
    """Whether this packet begins a keyframe; True for codecs of which nothing is known."""
    kind = mime.lower()
    if kind == "video/vp8":
        found = vp8.read(payload)
        return found is not None and found.keyframe
    if kind == "video/h264":
        return _h264(payload)
    if kind == "video/vp9":
        return _vp9(payload)
    if kind == "video/av1":
        # N: a new coded sequence; Z: not the rest of an earlier unit (AV1 RTP specification, Section 4.4).
        return bool(payload) and payload[0] & 0x88 == 0x08
    return True


def _vp9(payload: bytes) -> bool:
    """RFC 9628, Section 4.2: not predicted (P), begins a frame (B), of the lowest spatial layer (SID)."""
    if not payload or payload[0] & 0x48 != 0x08:
        return False
    at = 1
    if payload[0] & 0x80:
        at += 2 if payload[1:2] >= b"\x80" else 1
    return not payload[0] & 0x20 or (at < len(payload) and not payload[at] & 0x0E)


def _h264(payload: bytes) -> bool:
    """RFC 6184, Section 5.4: single units, aggregates (STAP-A) and fragments (FU-A)."""
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind == 24:
        return any(unit in _H264_KEY for unit in _aggregated(payload))
    if kind == 28:
        return bool(payload[1] & 0x80) and payload[1] & 0x1F in _H264_KEY
    return kind in _H264_KEY


def _aggregated(payload: bytes) -> Iterator[int]:
    """The kinds of the units of an aggregate; Chromium sends SEI before SPS at times."""
    at = 1
    while at + 2 < len(payload):
        yield payload[at + 2] & 0x1F
        at += 2 + (payload[at] << 8 | payload[at + 1])


def inspect(mime: str, packet: Packet) -> None:
    """Notes what a video packet begins; once, before it goes to many."""
    if mime.lower() == "video/vp8":
        found = packet.descriptor = vp8.read(packet.payload)
        packet.keyframe = found is not None and found.keyframe
    else:
        packet.keyframe = is_keyframe(mime, packet.payload)
