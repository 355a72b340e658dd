"""Files that are on the disk when one is told so."""

import os
from pathlib import Path

import pytest

from processes import durable


def test_content_and_name_are_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    path = tmp_path / "file.ogg"
    path.write_bytes(b"old")
    durable.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    # The name is of use only once it stands for the new content.
    assert synced == [path.stat().st_ino, tmp_path.stat().st_ino]
    assert [one.name for one in tmp_path.iterdir()] == ["file.ogg"]
