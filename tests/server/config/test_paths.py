"""Who may look into the data directory, whatever was there before (M6)."""

import importlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import main as command
from server.config import DataDir
from server.storage import Database, database_url
from server.supervision.logfile import RotatingFile

OPEN = stat.S_IRWXG | stat.S_IRWXO


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def anybody() -> Iterator[None]:
    """A umask that keeps nobody out, and puts back what a command sets."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    """As an older version, `mkdir` and a curious administrator leave it."""
    found = DataDir(tmp_path / "data")
    for folder in (found.root, found.secrets, found.secrets / "trunks", found.homeserver / "media" / "local"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    for file in (found.database, found.secrets / "trunks" / "line", found.root / "unisono.db-wal"):
        file.write_text("")
        file.chmod(0o644)
    return found


def test_what_was_there_before_is_closed(data: DataDir) -> None:
    data.create()
    assert mode(data.root) == mode(data.secrets) == mode(data.logs) == mode(data.secrets / "trunks") == 0o700
    assert mode(data.database) == mode(data.secrets / "trunks" / "line") == 0o600
    assert mode(data.root / "unisono.db-wal") == 0o600
    assert mode(data.homeserver / "media") == 0o700


def test_what_only_the_owner_may_do_stays_as_it_is(data: DataDir) -> None:
    (data.root / "hook").write_text("")
    (data.root / "hook").chmod(0o555)
    data.create()
    assert mode(data.root / "hook") == 0o500


def test_a_folder_on_another_disk_is_closed_and_a_link_to_a_file_is_not_followed(
    data: DataDir, tmp_path: Path
) -> None:
    elsewhere, shared = tmp_path / "disk", tmp_path / "ca.pem"
    elsewhere.mkdir()
    shared.write_text("")
    data.sip.symlink_to(elsewhere)
    (data.root / "ca.pem").symlink_to(shared)
    data.create()
    assert mode(elsewhere) == 0o700
    assert mode(shared) == 0o666


def test_a_root_that_is_open_and_not_ours_to_close_is_refused(
    data: DataDir, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def not_ours(_path: Path, _mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", not_ours)
    with pytest.raises(SystemExit) as end:
        command.main(["people", "list", "--data", str(data.root)])
    assert end.value.code == 2
    assert f"{data.root}: others may look into it" in capsys.readouterr().err


async def test_the_database_and_all_beside_it_are_for_their_owner_alone(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "new")
    os.umask(0o077)
    data.create()
    database = Database(database_url("", data.database))
    await database.upgrade()
    await database.close()
    assert {mode(path) & OPEN for path in data.root.rglob("*")} == {0}


def test_a_log_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    log = RotatingFile(tmp_path / "web.log", 10, 2)
    for _ in range(3):
        log.write(b"12345678\n")
    log.close()
    assert [mode(path) for path in sorted(tmp_path.iterdir())] == [0o600] * 3


@pytest.mark.parametrize(
    "name",
    [
        "server.main", "server.web", "server.sfu.__main__",
        "bridges.sip.__main__", "bridges.sip.meeting.__main__", "bridges.carrier.main",
    ],
)  # fmt: skip
def test_every_process_begins_with_closing_what_it_will_create(name: str) -> None:
    with pytest.raises(SystemExit):
        importlib.import_module(name).main(["--help"])
    assert os.umask(0) == 0o077
