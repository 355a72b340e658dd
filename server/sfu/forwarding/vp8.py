"""The VP8 payload descriptor (RFC 7741, Section 4.2)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What stands before a VP8 frame; None for what is not there. `size` is its length in bytes."""

    size: int
    keyframe: bool
    picture_id: int | None = None
    wide: bool = False
    tl0: int | None = None
    keyidx: int | None = None


def read(payload: bytes) -> Descriptor | None:
    """None for a payload that is cut short."""
    try:
        return _read(payload)
    except IndexError:
        return None


def _read(payload: bytes) -> Descriptor:
    first, at = payload[0], 1
    picture_id = tl0 = keyidx = None
    wide = False
    if first & 0x80:
        flags, at = payload[1], 2
        if flags & 0x80:
            wide = bool(payload[at] & 0x80)
            picture_id = (payload[at] & 0x7F) << 8 | payload[at + 1] if wide else payload[at]
            at += 1 + wide
        if flags & 0x40:
            tl0, at = payload[at], at + 1
        if flags & 0x30:
            keyidx, at = payload[at] & 0x1F, at + 1
    # S bit, first partition, and the P bit of the frame header that follows (RFC 6386, Section 9.1).
    keyframe = bool(first & 0x10) and not first & 7 and not payload[at] & 1
    return Descriptor(at, keyframe, picture_id, wide, tl0, keyidx)


def rewrite(payload: bytes, found: Descriptor, picture_id: int, tl0: int, keyidx: int) -> bytes:
    """The payload with other running numbers; each is shortened to the bits it has in the original."""
    if not payload[0] & 0x80:
        return payload
    head, at = bytearray(payload[: found.size]), 2
    if found.picture_id is not None:
        if found.wide:
            head[at] = 0x80 | picture_id >> 8 & 0x7F
            head[at + 1] = picture_id & 0xFF
        else:
            head[at] = picture_id & 0x7F
        at += 1 + found.wide
    if found.tl0 is not None:
        head[at] = tl0 & 0xFF
        at += 1
    if found.keyidx is not None:
        head[at] = head[at] & 0xE0 | keyidx & 0x1F
    return bytes(head) + payload[found.size :]


class Renumbering:
    """Keeps picture id, TL0PICIDX and KEYIDX running on when the source of the picture changes."""

    def __init__(self) -> None:
        self._offsets = (0, 0, 0)
        self._last = (0, 0, 0)
        self._started = False

    def switch(self, first: Descriptor) -> None:
        """From `first` on, a keyframe of another source, the numbers follow what was sent last."""
        if not self._started:
            self._started = True
            return
        now = (first.picture_id or 0, first.tl0 or 0, first.keyidx or 0)
        picture, tl0, keyidx = (last + 1 - number for last, number in zip(self._last, now, strict=True))
        self._offsets = (picture, tl0, keyidx)

    def apply(self, payload: bytes, found: Descriptor) -> bytes:
        picture = (found.picture_id or 0) + self._offsets[0] & (0x7FFF if found.wide else 0x7F)
        tl0 = (found.tl0 or 0) + self._offsets[1] & 0xFF
        keyidx = (found.keyidx or 0) + self._offsets[2] & 0x1F
        self._last = (picture, tl0, keyidx)
        if self._offsets == (0, 0, 0):
            return payload
        return rewrite(payload, found, picture, tl0, keyidx)
