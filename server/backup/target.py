"""Writing an archive where the file system may know neither hard links, nor locks, modes or syncing.

Sticks (exFAT), shares (CIFS) and FUSE each lack some of it, and say so in different ways.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from server.backup.errors import BackupError


def claim(target: Path) -> None:
    """Find out before the work whether the file may be made there under this name, and leave nothing behind.

    Raises `BackupError` when it exists already, `OSError` when it cannot be made.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _reserve(target)
    target.unlink()


def publish(unfinished: Path, target: Path) -> None:
    """Give the whole file its name; never over another that has come meanwhile. Raises as `claim`."""
    try:
        os.link(unfinished, target)
    except FileExistsError as error:
        raise BackupError(f"{target} exists already") from error
    except OSError:
        # No hard links here: a name that nobody else has, and then the file in its place.
        _reserve(target)
        with _given_up(target):
            unfinished.replace(target)


def sync(file: IO[bytes]) -> None:
    """Onto the disk, where the file system can promise that."""
    file.flush()
    with contextlib.suppress(OSError):
        os.fsync(file.fileno())


def is_private(path: Path) -> bool:
    """Whether others are kept out by the file's mode; some file systems have none."""
    return not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _reserve(target: Path) -> None:
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise BackupError(f"{target} exists already") from error


@contextlib.contextmanager
def _given_up(target: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        target.unlink(missing_ok=True)
        raise
