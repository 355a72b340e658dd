"""A recording as a file that every browser plays, made piece by piece. Pure."""

import struct

from server.sounds.wave import linear
from wire.recording import CHANNELS, RATE

#: Bytes before the sound.
HEAD = 44
#: Bytes of the file for each byte of sound.
WIDTH = 2


def length(size: int) -> int:
    """Bytes of the file of so many bytes of sound."""
    return HEAD + WIDTH * size


def head(size: int) -> bytes:
    """16-bit PCM, the caller left and the callee right; `size` in bytes of G.711."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, CHANNELS, RATE, WIDTH * CHANNELS * RATE, 4, 16)
    body = WIDTH * size
    return (
        struct.pack("<4sI4s", b"RIFF", HEAD - 8 + body, b"WAVE") + form + struct.pack("<4sI", b"data", body)
    )


def needed(start: int, end: int) -> tuple[int, int]:
    """Which bytes of sound are in the bytes of the file from `start` to before `end`."""
    first, last = max(start - HEAD, 0) // WIDTH, max(end - HEAD + WIDTH - 1, 0) // WIDTH
    return first, max(last, first)


def cut(size: int, sound: bytes, start: int, end: int) -> bytes:
    """The bytes of the file from `start` to before `end`; `sound` is what `needed` says."""
    first, _ = needed(start, end)
    at = HEAD + WIDTH * first
    body = linear(sound)
    return head(size)[start:end] + body[max(start - at, 0) : max(end - at, 0)]
