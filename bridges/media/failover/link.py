"""The way between a media process and its stand-by: a socket in a folder that is the owner's alone."""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Bytes that may wait in the kernel.
_BUFFER = 1 << 20
#: Most descriptors that come with one message (SCM_MAX_FD).
MOST_SOCKETS = 253
_CREDENTIALS = struct.Struct("3i")


def listening(path: Path) -> socket.socket:
    """Non-blocking, in place of what another process left there. Raises OSError."""
    made = _socket()
    try:
        path.unlink(missing_ok=True)
        with _near(path) as short:
            made.bind(short)
        made.listen(1)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def connected(path: Path) -> socket.socket:
    """Raises OSError: nobody listens."""
    made = _socket()
    try:
        with _near(path) as short:
            made.connect(short)
    except OSError:
        made.close()
        raise
    return made


def peer(link: socket.socket) -> tuple[int, int]:
    """Process and user at the other end."""
    data = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(data)
    return pid, uid


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        made.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
    return made


@contextmanager
def _near(path: Path) -> Iterator[str]:
    """A name that fits into the 108 bytes of an address, however deep the folder lies."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
