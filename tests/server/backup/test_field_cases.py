"""Backups as the field takes them (cases 29 and 30)."""

import errno
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from server import main as command
from server.backup import archive
from server.backup.archive import Origin
from server.backup.errors import BackupError
from server.config import DataDir, load
from server.secrets import write_private

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    root = tmp_path / "data"
    (root / "secrets").mkdir(parents=True)
    (root / "secrets" / "internal_secret").write_text("s\n")
    with closing(sqlite3.connect(root / "unisono.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (x)")
        database.commit()
    return Origin(root, "1.2", "localhost", 1_800_000_000)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            command.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, printed.out + printed.err

    return run


def _cannot(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    def refused(*_arguments: object, **_more: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, name, refused)


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES])
def test_a_backup_to_a_file_system_without_hard_links(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Case 29: backup to a share or a stick."""
    _cannot(monkeypatch, "link", number)
    made = archive.write(origin, tmp_path / "stick" / "backup")
    assert archive.restore(tmp_path / "stick" / "backup", tmp_path / "there") == made
    with pytest.raises(BackupError, match="exists already"):
        archive.write(origin, tmp_path / "stick" / "backup")
    assert [path.name for path in (tmp_path / "stick").iterdir()] == ["backup"]


def test_without_hard_links_nothing_that_came_meanwhile_is_overwritten(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 29: another backup that took the name while this one was made."""
    target = tmp_path / "backup"

    def meanwhile(_unfinished: Path, _target: Path) -> None:
        target.write_text("somebody else's")
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", meanwhile)
    with pytest.raises(BackupError, match="exists already"):
        archive.write(origin, target)
    assert target.read_text() == "somebody else's"


def test_what_cannot_be_made_there_is_refused_before_the_work(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 29: a name that the file system does not take, a target that is a link."""

    def worked(*_arguments: object) -> None:
        raise AssertionError("the work began")

    monkeypatch.setattr(archive, "copy_database", worked)
    with pytest.raises(OSError, match="name too long"):
        archive.write(origin, tmp_path / ("x" * 300))
    (tmp_path / "away").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BackupError, match="exists already"):
        archive.write(origin, tmp_path / "away")
    assert not list(tmp_path.glob(".unisono*"))


def test_a_file_system_that_cannot_sync_is_good_enough(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 29: some FUSE file systems."""
    _cannot(monkeypatch, "fsync", errno.EINVAL)
    assert archive.write(origin, tmp_path / "backup").members


def test_the_copy_of_a_database_needs_no_locks(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 29: a share without byte-range locks; SQLite would say that the database is locked."""
    copy = tmp_path / "copy"
    archive.copy_database(origin.root / "unisono.db", copy)
    # The mode travels in the file: 1 is a rollback journal, 2 would be WAL (SQLite, File Format, 1.3).
    assert copy.read_bytes()[18:20] == b"\x01\x01"
    assert archive.integrity(copy) is None
    opened: list[object] = []
    connect = sqlite3.connect

    def remembered(name: str, *, uri: bool, timeout: float = 5.0) -> sqlite3.Connection:
        opened.append(name)
        return connect(name, uri=uri, timeout=timeout)

    monkeypatch.setattr(sqlite3, "connect", remembered)
    archive.copy_database(origin.root / "unisono.db", tmp_path / "second")
    assert str(opened[1]).endswith("vfs=unix-none")


def test_where_modes_mean_nothing_it_is_said(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """Case 29: on a stick everybody reads everything."""
    opened = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, _mode=0o777, **k: opened(path, flags, 0o755, **k))
    before = os.umask(0)
    monkeypatch.setattr(os, "umask", lambda _mask: before)
    try:
        status, words = run("backup", tmp_path / "backup", "--data", origin.root)
    finally:
        monkeypatch.undo()
        os.umask(before)
    assert status == 0
    assert "does not keep others from reading it" in words


def test_a_restore_into_a_file_system_of_its_own(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 29: a mounted data directory can be neither removed nor replaced, and holds `lost+found`."""
    made = archive.write(origin, tmp_path / "backup")
    mounted = tmp_path / "volume"
    (mounted / "lost+found").mkdir(parents=True)
    monkeypatch.setattr(Path, "is_mount", lambda self: self == mounted)
    assert archive.restore(tmp_path / "backup", mounted) == made
    assert (mounted / "secrets" / "internal_secret").read_text() == "s\n"
    assert not list(mounted.glob(".*"))


CONFIGURATION = """
[mail]
host = "mail.example.org"
password_file = "{mail}"
[sms.http]
url = "https://sms.example.org"
secret_file = "deep/sms.secret"
[sms.smpp]
password_file = "../smpp.secret"
[sfu]
api_secret_file = "sfu.secret"
[[trunks]]
name = "provider"
kind = "register"
host = "sip.example.org"
username = "u"
password_file = "secrets/provider"
"""
KEYS = (
    "mail.password_file", "sms.http.secret_file", "sms.smpp.password_file", "sfu.api_secret_file",
    "trunks.provider.password_file",
)  # fmt: skip


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A configuration whose secrets lie beside it, below it, above it, and elsewhere."""
    folder = tmp_path / "etc" / "unisono"
    elsewhere = tmp_path / "run" / "mail.secret"
    for path, secret in (
        (elsewhere, "of mail"),
        (folder / "deep" / "sms.secret", "of sms"),
        (folder.parent / "smpp.secret", "of smpp"),
        (folder / "sfu.secret", "of sfu"),
        (folder / "secrets" / "provider", "of provider"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{secret}\n")
    (folder / "unisono.toml").write_text(CONFIGURATION.format(mail=elsewhere))
    return folder / "unisono.toml"


def secrets_of(configuration: Path) -> list[str | None]:
    config = load(configuration)
    trunk = config.trunks[0].password
    return [
        config.mail.password,
        config.sms.http.secret,
        config.sms.smpp.password,
        config.sfu.api_secret,
        trunk,
    ]


ALL = ["of mail", "of sms", "of smpp", "of sfu", "of provider"]


@pytest.mark.parametrize("given", [True, False], ids=["named", "as-started"])
def test_every_file_that_the_configuration_names_comes_back(
    origin: Origin, etc: Path, tmp_path: Path, run: Run, *, given: bool
) -> None:
    """Case 30: secrets that lie in files of their own. The machine of before is gone."""
    data = DataDir(origin.root)
    data.create()
    named = ("--config", etc) if given else ()
    if not given:
        write_private(data.run / "web.json", msgspec.json.encode(load(etc)).decode())
        data.started_with(etc)
    status, words = run("backup", tmp_path / "backup", "--data", origin.root, *named)
    assert status == 0 and "NOT" not in words, words
    for folder in ("data", "etc", "run"):
        shutil.rmtree(tmp_path / folder)
    status, words = run("restore", tmp_path / "backup", "--data", tmp_path / "new")
    assert status == 0 and "NOT" not in words, words
    restored = tmp_path / "new" / "configuration.toml"
    assert f"--config {restored}" in words and "configuration.files" in words
    assert secrets_of(restored) == ALL
    kept = sorted((tmp_path / "new" / "configuration.files").iterdir())
    assert [path.name for path in kept] == sorted(KEYS)
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    # And once more, from what was restored.
    assert run("backup", tmp_path / "second", "--data", tmp_path / "new", "--config", restored)[0] == 0
    assert run("restore", tmp_path / "second", "--data", tmp_path / "newer")[0] == 0
    shutil.rmtree(tmp_path / "new")
    assert secrets_of(tmp_path / "newer" / "configuration.toml") == ALL


def test_what_is_where_it_was_comes_before_the_copy(etc: Path) -> None:
    """Case 30: a password that was changed after the restore."""
    kept = etc.parent / "configuration.files"
    kept.mkdir()
    (kept / "sfu.api_secret_file").write_text("old")
    assert secrets_of(etc) == ALL
    (etc.parent / "sfu.secret").unlink()
    assert secrets_of(etc)[3] == "old"


def test_a_file_that_is_gone_is_kept_as_the_server_has_it(
    origin: Origin, etc: Path, tmp_path: Path, run: Run
) -> None:
    """Case 30: removed while the server runs."""
    data = DataDir(origin.root)
    data.create()
    write_private(data.run / "web.json", msgspec.json.encode(load(etc)).decode())
    data.started_with(etc)
    (etc.parent / "sfu.secret").unlink()
    assert run("backup", tmp_path / "backup", "--data", origin.root)[0] == 0
    assert run("restore", tmp_path / "backup", "--data", tmp_path / "new")[0] == 0
    assert (tmp_path / "new" / "configuration.files" / "sfu.api_secret_file").read_text() == "of sfu\n"


def test_what_is_missing_is_named_by_backup_and_restore(
    origin: Origin, etc: Path, tmp_path: Path, run: Run
) -> None:
    """Case 30: the configuration itself is gone."""
    data = DataDir(origin.root)
    data.create()
    data.started_with(etc)
    etc.unlink()
    status, words = run("backup", tmp_path / "backup", "--data", origin.root)
    assert status == 1 and f"NOT in the archive: {etc}" in words
    status, words = run("restore", tmp_path / "backup", "--data", tmp_path / "new")
    assert status == 1 and f"NOT in the archive: {etc}" in words


def test_a_backup_between_an_upgrade_and_the_next_start(
    origin: Origin, etc: Path, tmp_path: Path, run: Run
) -> None:
    """What the older version wrote for its processes lacks new settings."""
    data = DataDir(origin.root)
    data.create()
    write_private(data.run / "web.json", "{}")
    status, words = run("backup", tmp_path / "backup", "--data", origin.root)
    assert status == 2 and "--config FILE" in words
    data.started_with(etc)
    assert run("backup", tmp_path / "backup", "--data", origin.root)[0] == 0


def test_a_secret_that_is_no_text_is_named(etc: Path, run: Run, tmp_path: Path) -> None:
    (etc.parent / "sfu.secret").write_bytes(b"\xff\xfe")
    status, words = run("backup", tmp_path / "backup", "--data", tmp_path / "data", "--config", etc)
    assert status == 2 and "`sfu.api_secret_file`" in words and "no text in UTF-8" in words
