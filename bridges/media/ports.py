"""The bounded range of UDP ports for plain RTP: even for RTP, the next for RTCP (RFC 3550, Section 11)."""

import errno
import socket

from bridges.media.gateway import MediaError, NoPortsLeft


class RtpPorts:
    """Hands out pairs of bound sockets in turn, so that a port rests before it is used again.

    A late packet of a call that ended does not then meet the next call.

    Args:
        host: address to bind to.
        lowest, highest: the range, both included.
        kept: pairs that only emergency calls get, at most a quarter of all.
    """

    def __init__(self, host: str, lowest: int, highest: int, kept: int = 0) -> None:
        self._host = host
        self._pairs = range(lowest + lowest % 2, highest, 2)
        self._kept = min(kept, len(self._pairs) // 4)
        self._used: set[int] = set()
        self._next = 0

    @property
    def free(self) -> int:
        """Pairs not handed out."""
        return len(self._pairs) - len(self._used)

    def open_pair(self, *, emergency: bool = False) -> tuple[socket.socket, socket.socket]:
        """Non-blocking sockets for RTP and RTCP.

        Raises:
            NoPortsLeft: all pairs are handed out, kept for emergency calls, or taken by other programs.
            MediaError: the address cannot be bound at all.
        """
        if not emergency and self.free <= self._kept:
            raise NoPortsLeft(f"no RTP ports left of {len(self._pairs)} pairs: {self._kept} are kept")
        for _ in range(len(self._pairs)):
            port = self._pairs[self._next]
            self._next = (self._next + 1) % len(self._pairs)
            if port not in self._used and (pair := self._bind(port)):
                self._used.add(port)
                return pair
        raise NoPortsLeft(f"no RTP ports left of {len(self._pairs)} pairs")

    def take(self, port: int) -> None:
        """A pair that came bound from another process is handed out by now."""
        self._used.add(port)

    def release(self, port: int) -> None:
        """Takes the pair of RTP port `port` back; its sockets are closed by whoever used them."""
        self._used.discard(port)

    def _bind(self, port: int) -> tuple[socket.socket, socket.socket] | None:
        opened: list[socket.socket] = []
        try:
            for number in (port, port + 1):
                opened.append(_bound(self._host, number))
        except OSError as error:
            for each in opened:
                each.close()
            if error.errno != errno.EADDRINUSE:
                raise MediaError(f"cannot bind {self._host}: {error.strerror}") from error
            return None
        return opened[0], opened[1]


def _bound(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
