"""Where the lines of the processes go: files that are turned over, or the supervisor's own stderr."""

import os
import sys
from pathlib import Path
from typing import BinaryIO, Protocol


class Sink(Protocol):
    def write(self, line: bytes) -> None:
        """Take one line, its newline included."""

    def close(self) -> None: ...


class StderrSink:
    """For `--log -`: all processes mixed, as a service manager likes it."""

    def write(self, line: bytes) -> None:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()

    def close(self) -> None:
        pass


class RotatingFile:
    """Appends to `path`; at `limit` bytes the file becomes `path.1`, that one `path.2`, and `kept` remain."""

    def __init__(self, path: Path, limit: int, kept: int) -> None:
        self._path = path
        self._limit = limit
        self._kept = kept
        self._file: BinaryIO = _appended(path)
        self._size = path.stat().st_size

    def write(self, line: bytes) -> None:
        if self._size and self._size + len(line) > self._limit:
            self._turn_over()
        self._file.write(line)
        self._size += len(line)

    def close(self) -> None:
        self._file.close()

    def _turn_over(self) -> None:
        self._file.close()
        for number in range(self._kept - 1, 0, -1):
            older = self._named(number)
            if older.exists():
                older.replace(self._named(number + 1))
        self._path.replace(self._named(1))
        self._file = _appended(self._path)
        self._size = 0

    def _named(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


def _appended(path: Path) -> BinaryIO:
    """What is logged of people's doings is for the owner alone, whatever the umask."""
    return open(path, "ab", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600))
