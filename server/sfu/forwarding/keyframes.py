"""Where a picture can be begun, for the codecs that are forwarded without being understood otherwise."""

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
        # I is any, P 0 (not predicted), B 1 (begins a frame): RFC 9628, Section 4.2.
        return bool(payload) and payload[0] & 0x48 == 0x08
    if kind == "video/av1":
        # N: a new coded video sequence (AV1 RTP specification, Section 4.4).
        return bool(payload) and bool(payload[0] & 0x08)
    return True


def _h264(payload: bytes) -> bool:
    """RFC 6184, Section 5.4: single units, aggregates (STAP-A) and fragments (FU-A)."""
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind == 24:
        return len(payload) > 3 and payload[3] & 0x1F in _H264_KEY
    if kind == 28:
        return bool(payload[1] & 0x80) and payload[1] & 0x1F in _H264_KEY
    return kind in _H264_KEY


def inspect(mime: str, packet: Packet) -> None:
    """Notes what a video packet begins; once, before it goes to many."""
    if mime.lower() == "video/vp8":
        found = packet.descriptor = vp8.read(packet.payload)
        packet.keyframe = found is not None and found.keyframe
    else:
        packet.keyframe = is_keyframe(mime, packet.payload)
