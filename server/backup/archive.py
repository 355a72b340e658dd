"""The archive: a gzip-compressed tar, its last member a manifest with the checksum of every other.

Databases are copied with SQLite's online backup, each as it is at one moment. Their order matters: a call's
record travels from the bridge to the web process, and the bridge forgets it once it is acknowledged, so that
the bridge is copied first and the record is in one of the two, or in both. Files are copied after the
databases that name them, because they are written before their rows.
"""

import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from server.backup.errors import BackupError
from server.backup.target import claim, publish, sync
from server.config.files import KEPT

FORMAT = 1
MANIFEST = "manifest.json"
CONFIGURATION = "configuration.toml"
#: In the order they are copied; see above.
DATABASES = ("sip/bridge.db", "unisono.db", "homeserver/homeserver.db")
#: Made anew at each start, or of no use elsewhere.
LEFT_OUT = ("run", "logs", "search")
_SIDE_FILES = ("-wal", "-shm", "-journal")
_CHUNK = 1 << 20
#: Of a manifest; a larger one is none of ours. Bytes.
_MANIFEST_MAX = 200_000_000


class Member(msgspec.Struct, frozen=True):
    """A file of the data directory; `path` with slashes, `sha256` in hexadecimal."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What an archive holds. `made_at` in seconds since the epoch.

    `missing` names what the configuration does and the archive has not.
    """

    format: int
    version: str
    domain: str
    made_at: int
    members: tuple[Member, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a backup is taken. `configuration` is the TOML file the server runs with, if it is known.

    `named` are the files that it names, by the key of each; `missing` names those that could not be read.
    """

    root: Path
    version: str
    domain: str
    made_at: int
    configuration: Path | None = None
    named: Mapping[str, bytes] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def write(origin: Origin, target: Path) -> Manifest:
    """Write the archive of the data directory to `target`, which appears only once it is whole.

    Raises `BackupError` when `target` exists already, `OSError`, `sqlite3.Error`.
    """
    claim(target)
    with tempfile.TemporaryDirectory(prefix=".unisono-backup-", dir=target.parent) as scratch:
        unfinished = Path(scratch) / "archive"
        # What is in it would open every door: nobody else may read it.
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
                manifest = _fill(archive, origin, Path(scratch))
            sync(file)
        publish(unfinished, target)
    return manifest


def _fill(archive: tarfile.TarFile, origin: Origin, scratch: Path) -> Manifest:
    members: list[Member] = []
    for name in DATABASES:
        if (origin.root / name).exists():
            copy = scratch / "database"
            copy_database(origin.root / name, copy)
            members.append(_add(archive, copy, name))
            copy.unlink()
    for name in _files(origin):
        try:
            members.append(_add(archive, origin.root / name, name))
        except FileNotFoundError:
            # Deleted since it was listed: then it is not part of what there is to keep.
            continue
    if origin.configuration is not None:
        members.append(_add(archive, origin.configuration, CONFIGURATION))
    for key, content in origin.named.items():
        members.append(_put(archive, f"{KEPT}/{key}", content, origin.made_at))
    manifest = Manifest(FORMAT, origin.version, origin.domain, origin.made_at, tuple(members), origin.missing)
    _put(archive, MANIFEST, msgspec.json.encode(manifest), origin.made_at)
    return manifest


def _put(archive: tarfile.TarFile, name: str, content: bytes, made_at: int) -> Member:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), 0o600, made_at
    archive.addfile(entry, io.BytesIO(content))
    return Member(name, len(content), hashlib.sha256(content).hexdigest())


def copy_database(source: Path, target: Path) -> None:
    """The database as it is at one moment, while others go on writing. Raises `sqlite3.Error`.

    In one step: copying page by page would begin anew with each write of another process. Our databases and
    Synapse's are in WAL mode, where a reader holds nobody up. The copy is nobody else's: it needs no locks,
    which the file system of a backup may not have.
    """
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as there,
        closing(sqlite3.connect(f"{target.absolute().as_uri()}?vfs=unix-none", uri=True)) as here,
    ):
        # Without it, WAL mode would want memory that is shared.
        here.execute("PRAGMA locking_mode = EXCLUSIVE")
        there.backup(here, pages=-1)
        # The copy travels as one file.
        here.execute("PRAGMA journal_mode = DELETE")


def _files(origin: Origin) -> Iterator[str]:
    """Everything else of the data directory, by path."""
    root = origin.root
    # A restored configuration lies here, with what it names: they go in as what they are.
    apart = {CONFIGURATION, KEPT} if origin.configuration is not None else set()
    databases = {name + suffix for name in DATABASES for suffix in ("", *_SIDE_FILES)}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] in {*LEFT_OUT, *apart} or name in databases:
            continue
        if path.is_file() and not path.is_symlink():
            yield name


def _add(archive: tarfile.TarFile, path: Path, name: str) -> Member:
    """Add a file as it is now: what grows meanwhile is cut where it was."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = status.st_size, 0o600, int(status.st_mtime)
        watched = _Watched(file, status.st_size)
        archive.addfile(entry, watched)
    return Member(name, status.st_size, watched.digest.hexdigest())


class _Watched(io.RawIOBase):
    """Hashes what is read through it; never gives more than `size` bytes, and no fewer."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        super().__init__()
        self.digest = hashlib.sha256()
        self._file, self._left = file, size

    def readable(self) -> bool:
        return True

    def read(self, wanted: int = -1) -> bytes:
        wanted = self._left if wanted < 0 else min(wanted, self._left)
        content = self._file.read(wanted)
        self._left -= len(content)
        self.digest.update(content)
        return content


def described(manifest: Manifest) -> str:
    """A manifest in a few words."""
    size = sum(member.size for member in manifest.members)
    return f"{len(manifest.members)} files, {size / 1e6:.1f} MB"


def restore(source: Path, root: Path) -> Manifest:
    """Unpack an archive into `root`, which must not exist or be empty, and verify every byte of it.

    Nothing is left behind in `root` unless all is well. Raises `BackupError`, `OSError`.
    """
    # Every ext4 file system begins with `lost+found`.
    if root.exists() and {path.name for path in root.iterdir()} - {"lost+found"}:
        raise BackupError(f"{root} is not empty: restore into a directory that is")
    root.parent.mkdir(parents=True, exist_ok=True)
    inside = root.exists() and (root.is_mount() or not os.access(root.parent, os.W_OK))
    scratch = Path(tempfile.mkdtemp(prefix=f".{root.name}-restoring-", dir=root if inside else root.parent))
    try:
        manifest = _unpack(source, scratch)
        _check_databases(scratch)
        _move_in(scratch, root, inside=inside)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return manifest


def _move_in(scratch: Path, root: Path, *, inside: bool) -> None:
    """All at once, but where `root` cannot be replaced: it is mounted, or the folder is somebody else's."""
    if not inside:
        if root.exists():
            root.rmdir()
        scratch.rename(root)
        return
    for path in scratch.iterdir():
        path.rename(root / path.name)
    scratch.rmdir()


def _unpack(source: Path, folder: Path) -> Manifest:
    found: dict[str, Member] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(source, mode="r|gz") as archive:
            for entry in archive:
                if manifest is not None:
                    raise BackupError("something follows the manifest")
                content = archive.extractfile(entry) if entry.isreg() else None
                if content is None:
                    raise BackupError(f"{entry.name} is no plain file")
                if entry.name == MANIFEST:
                    manifest = _read_manifest(entry, content)
                else:
                    found[entry.name] = _extract(entry.name, content, folder)
    except (tarfile.TarError, zlib.error, EOFError, OSError, msgspec.DecodeError) as error:
        raise BackupError(f"{source} is damaged or no backup: {error}") from error
    if manifest is None:
        raise BackupError(f"{source} is not complete: it has no manifest")
    _compare(manifest, found)
    return manifest


def _read_manifest(entry: tarfile.TarInfo, content: IO[bytes]) -> Manifest:
    if entry.size > _MANIFEST_MAX:
        raise BackupError("the manifest is too large")
    manifest = msgspec.json.decode(content.read(), type=Manifest)
    if manifest.format != FORMAT:
        raise BackupError(f"the backup has format {manifest.format}; this version reads {FORMAT}")
    return manifest


def _extract(name: str, content: IO[bytes], folder: Path) -> Member:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise BackupError(f"{name!r} leads out of the data directory")
    target = folder.joinpath(*parts)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
        sync(file)
    return Member(name, size, digest.hexdigest())


def _compare(manifest: Manifest, found: dict[str, Member]) -> None:
    expected = {member.path: member for member in manifest.members}
    if missing := sorted(expected.keys() - found.keys()):
        raise BackupError(f"{missing[0]} is missing from the backup")
    if unknown := sorted(found.keys() - expected.keys()):
        raise BackupError(f"{unknown[0]} is not in the manifest")
    for name, member in found.items():
        if member != expected[name]:
            raise BackupError(f"{name} is not what was backed up: its checksum differs")


def _check_databases(root: Path) -> None:
    for name in DATABASES:
        if (root / name).exists() and (wrong := integrity(root / name)):
            raise BackupError(f"{name}: {wrong}")


def integrity(path: Path) -> str | None:
    """What SQLite finds wrong with a database file; None when it is sound."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as there:
            rows = there.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        return str(error)
    return None if rows == [("ok",)] else str(rows[0][0]) if rows else "no answer"
