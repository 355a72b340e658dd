"""Files that are there after the power has failed: whole, under their name, and for their owner alone."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """The file is the old one or has all of `content`; when this returns it is on the disk, and its name in
    its folder, too. Raises OSError."""
    unfinished = path.with_suffix(".new")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    rename(unfinished, path)


def rename(path: Path, target: Path) -> None:
    """Durably. Raises OSError."""
    path.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """A file's content, or which names a folder has. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
