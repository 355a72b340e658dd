"""Cutting a TCP stream into messages (RFC 3261, Section 18.3; RFC 5626, Section 3.5.1)."""

import re
from collections.abc import Iterator

from bridges.sip.message.errors import MalformedMessage
from bridges.sip.message.ingress import FOLD, MAX_MESSAGE, remains_of

__all__ = ["Ping", "StreamFramer"]

MAX_HEAD = 32_768
CONTENT_LENGTH = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,10})[ \t]*(?=\r\n|$)", re.IGNORECASE
)


class Ping:
    """A double line end between messages: the peer wants a single one back."""


class StreamFramer:
    """Feed it what the connection gives; it yields whole messages and pings.

    Where a message ends is told by Content-Length alone. A stream in which it is absent, repeated
    with another value, or too large cannot be followed any more: `MalformedMessage`, and the
    connection is to be closed; what was whole before that is yielded first. A message that is only wrong
    inside does no harm to the next.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0

    @property
    def buffered(self) -> int:
        """Bytes waiting for the rest of their message."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes | Ping]:
        """Everything complete now, to be iterated over. Raises `MalformedMessage`, which can be answered."""
        self._buffer += data
        while True:
            yield from self._skip_line_ends()
            try:
                message = self._next_message()
            except MalformedMessage as error:
                error.remains = remains_of(bytes(self._buffer).partition(b"\r\n\r\n")[0])
                raise
            if message is None:
                return
            yield message

    def _skip_line_ends(self) -> Iterator[Ping]:
        if self._searched:
            return
        buffer = self._buffer
        while buffer and buffer[0] in b"\r\n":
            if buffer[:4] == b"\r\n\r\n":
                yield Ping()
                del buffer[:4]
            elif b"\r\n\r\n".startswith(bytes(buffer[:4])):
                return  # may become a ping with the next bytes
            else:
                del buffer[:1]

    def _next_message(self) -> bytes | None:
        buffer = self._buffer
        if buffer and buffer[0] in b"\r\n":
            return None
        end = buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) > MAX_HEAD:
                raise MalformedMessage("headers too long", 513, "Message Too Large")
            return None
        self._searched = end
        total = end + 4 + content_length(bytes(buffer[:end]))
        if total > MAX_MESSAGE:
            raise MalformedMessage("size", 513, "Message Too Large")
        if len(buffer) < total:
            return None
        message = bytes(buffer[:total])
        del buffer[:total]
        self._searched = 0
        return message


def content_length(head: bytes) -> int:
    if b"\r\n " in head or b"\r\n\t" in head:
        head = FOLD.sub(b" ", head)
    found = set(CONTENT_LENGTH.findall(head))
    if len(found) != 1:
        raise MalformedMessage("Content-Length")
    return int(found.pop())
