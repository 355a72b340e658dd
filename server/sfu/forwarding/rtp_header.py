"""Headers towards one subscriber: what it agreed to, written into every packet."""

import struct
from dataclasses import dataclass

#: Identifiers that fit into the one-byte form of header extensions (RFC 8285, Section 4.2).
_MAX_ID = 14


@dataclass(frozen=True)
class SendParameters:
    """What a subscriber agreed to for one track.

    Attributes:
        mid: of the media section.
        payload_type: of the codec.
        mid_id, transport_id: of the header extensions for the mid and the transport-wide number; 0: none.
        rtx: payload type of retransmissions (RFC 4588), None: packets are repeated as they were.
        red: payload type of redundant audio (RFC 2198), None: only primary encodings are understood.
    """

    mid: str
    payload_type: int
    mid_id: int = 1
    transport_id: int = 0
    rtx: int | None = None
    red: int | None = None


class HeaderWriter:
    """A prepared header: fixed part (RFC 3550, Section 5.1), mid and transport-wide number."""

    def __init__(self, terms: SendParameters) -> None:
        mid = terms.mid.encode()[:16]
        block = b""
        if 0 < terms.mid_id <= _MAX_ID and mid:
            block = bytes([terms.mid_id << 4 | len(mid) - 1]) + mid
        self.numbered = 0 < terms.transport_id <= _MAX_ID
        if self.numbered:
            block += bytes([terms.transport_id << 4 | 1])
        length = len(block) + 2 * self.numbered
        words = -(-length // 4)
        self._first = 0x90 if words else 0x80
        self._block = struct.pack("!HH", 0xBEDE, words) + block if words else b""
        number = "H" if self.numbered else ""
        self._form = struct.Struct(f"!BBHII{len(self._block)}s{number}{words * 4 - length}x")
        self.size = self._form.size

    def write(self, kind: int, sequence: int, timestamp: int, ssrc: int, number: int) -> bytes:
        """`kind` is the second byte: payload type and marker; `number` the transport-wide one."""
        if self.numbered:
            return self._form.pack(self._first, kind, sequence, timestamp, ssrc, self._block, number)
        return self._form.pack(self._first, kind, sequence, timestamp, ssrc, self._block)

    def padding(self, kind: int, sequence: int, timestamp: int, ssrc: int, number: int, size: int) -> bytes:
        """A packet of padding alone (RFC 3550, Section 5.1); `size` from 1 to 255 bytes."""
        head = self.write(kind, sequence, timestamp, ssrc, number)
        return bytes([head[0] | 0x20]) + head[1:] + bytes(size - 1) + bytes([size])
