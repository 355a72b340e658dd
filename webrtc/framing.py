"""Datagrams over a stream, for ICE-TCP: each has its length before it, in two bytes (RFC 4571, Section 2)."""

import struct

_LENGTH = struct.Struct("!H")
#: Larger than any packet of RTP, DTLS or STUN that is meant for us.
MAX_FRAME = 4096


class BadFrame(Exception):
    """A frame larger than anything that is meant for us: no ICE-TCP, or an attack."""


def frame(datagram: bytes) -> bytes:
    return _LENGTH.pack(len(datagram)) + datagram


class Deframer:
    """Takes bytes as they come; keeps at most one unfinished frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The datagrams that are whole by now. Raises BadFrame."""
        buffer = self._buffer
        buffer += data
        found, at = [], 0
        while len(buffer) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, at)
            if length > MAX_FRAME:
                raise BadFrame(f"a frame of {length} bytes")
            end = at + _LENGTH.size + length
            if end > len(buffer):
                break
            found.append(bytes(buffer[at + _LENGTH.size : end]))
            at = end
        del buffer[:at]
        return found
