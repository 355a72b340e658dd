"""What goes into an archive comes out of it, and nothing that was tampered with does."""

import io
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server.backup import archive
from server.backup.archive import Origin
from server.backup.errors import BackupError

SECRET = "secrets/internal_secret"


def database(path: Path, rows: int) -> sqlite3.Connection:
    """An open database in WAL mode, as a running server has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
    connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(rows)])
    return connection


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    root = tmp_path / "data"
    for name, content in ((SECRET, "s\n"), ("homeserver/media/ab/cd", "picture"), ("domain", "localhost\n")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    for name in ("logs/web.log", "run/web.json"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("not worth keeping")
    return Origin(root, "1.2", "localhost", 1_800_000_000)


def test_a_backup_of_a_running_server_comes_back_whole(origin: Origin, tmp_path: Path) -> None:
    configuration = tmp_path / "own.toml"
    configuration.write_text("[web]\n")
    origin = Origin(origin.root, "1.2", "localhost", 1_800_000_000, configuration)
    with closing(database(origin.root / "unisono.db", 1000)) as running:
        manifest = archive.write(origin, tmp_path / "backup")
        running.execute("INSERT INTO t VALUES ('later')")
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    assert manifest.members[0].path == "unisono.db"
    restored = tmp_path / "there" / "data"
    assert archive.restore(tmp_path / "backup", restored) == manifest
    assert count(restored / "unisono.db") == 1000
    assert (restored / SECRET).read_text() == "s\n"
    assert (restored / SECRET).stat().st_mode & 0o777 == 0o600
    assert (restored / "homeserver/media/ab/cd").read_text() == "picture"
    assert (restored / "configuration.toml").read_text() == "[web]\n"
    assert not (restored / "logs").exists() and not (restored / "run").exists()
    assert list(tmp_path.glob(".*")) == list((tmp_path / "there").glob(".*")) == []


def test_neither_an_archive_nor_a_data_directory_is_overwritten(origin: Origin, tmp_path: Path) -> None:
    archive.write(origin, tmp_path / "backup")
    with pytest.raises(BackupError, match="exists already"):
        archive.write(origin, tmp_path / "backup")
    with pytest.raises(BackupError, match="not empty"):
        archive.restore(tmp_path / "backup", origin.root)


#: Writes one member of an archive into another, as it is or not.
Change = Callable[[tarfile.TarFile, tarfile.TarInfo, bytes], None]


def rewritten(source: Path, target: Path, change: Change) -> Path:
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for entry in old:
            content = old.extractfile(entry)
            change(new, entry, content.read() if content else b"")
    return target


def keep(new: tarfile.TarFile, entry: tarfile.TarInfo, content: bytes) -> None:
    entry.size = len(content)
    new.addfile(entry, io.BytesIO(content))


def alter(new: tarfile.TarFile, entry: tarfile.TarInfo, content: bytes) -> None:
    keep(new, entry, b"t\n" if entry.name == SECRET else content)


def leave_out(new: tarfile.TarFile, entry: tarfile.TarInfo, content: bytes) -> None:
    if entry.name != SECRET:
        keep(new, entry, content)


def add(new: tarfile.TarFile, entry: tarfile.TarInfo, content: bytes) -> None:
    if entry.name == archive.MANIFEST:
        keep(new, tarfile.TarInfo("extra"), b"x")
    keep(new, entry, content)


def climb(new: tarfile.TarFile, entry: tarfile.TarInfo, content: bytes) -> None:
    if entry.name == SECRET:
        entry.name = "../../climbed"
    keep(new, entry, content)


def link(new: tarfile.TarFile, entry: tarfile.TarInfo, content: bytes) -> None:
    if entry.name == SECRET:
        entry.type, entry.linkname, content = tarfile.SYMTYPE, "/etc/passwd", b""
    keep(new, entry, content)


def no_manifest(new: tarfile.TarFile, entry: tarfile.TarInfo, content: bytes) -> None:
    if entry.name != archive.MANIFEST:
        keep(new, entry, content)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (alter, "checksum differs"),
        (leave_out, "missing"),
        (add, "not in the manifest"),
        (climb, "leads out"),
        (link, "no plain file"),
        (no_manifest, "no manifest"),
    ],
)
def test_what_was_tampered_with_is_refused_and_leaves_nothing(
    origin: Origin,
    tmp_path: Path,
    change: Change,
    words: str,
) -> None:
    archive.write(origin, tmp_path / "backup")
    bad = rewritten(tmp_path / "backup", tmp_path / "bad", change)
    with pytest.raises(BackupError, match=words):
        archive.restore(bad, tmp_path / "there")
    assert not (tmp_path / "there").exists() and not (tmp_path.parent / "climbed").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_torn_archive_is_refused(origin: Origin, tmp_path: Path, share: float) -> None:
    archive.write(origin, tmp_path / "backup")
    whole = (tmp_path / "backup").read_bytes()
    (tmp_path / "torn").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BackupError, match=r"damaged|not complete"):
        archive.restore(tmp_path / "torn", tmp_path / "there")


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_flipped_bits_are_noticed(origin: Origin, tmp_path: Path, at: float) -> None:
    database(origin.root / "unisono.db", 3000).close()
    archive.write(origin, tmp_path / "backup")
    content = bytearray((tmp_path / "backup").read_bytes())
    content[int(len(content) * at)] ^= 0xFF
    (tmp_path / "flipped").write_bytes(content)
    with pytest.raises(BackupError):
        archive.restore(tmp_path / "flipped", tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_a_damaged_database_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "unisono.db"
    database(path, 5000).close()
    assert archive.integrity(path) is None
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)
    assert archive.integrity(path) is not None
