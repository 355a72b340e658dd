"""What the doctor sees of the machine."""

import os
import time
from pathlib import Path

from server.config import DataDir
from server.doctor import machine
from server.doctor.findings import Finding, ok, problem, summary, warning


def levels(findings: list[Finding]) -> list[str]:
    return [finding.level for finding in findings]


def test_a_missing_or_open_data_directory_is_a_problem(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    assert levels(list(machine.data_directory(data))) == ["problem"]
    data.create()
    secret = data.secrets / "trunks" / "provider"
    secret.parent.mkdir()
    secret.write_text("s")
    secret.chmod(0o644)
    data.root.chmod(0o755)
    found = list(machine.data_directory(data))
    assert [finding.mend for finding in found] == [f"chmod 700 {data.root}", f"chmod 600 {secret}"]
    secret.chmod(0o600)
    data.root.chmod(0o700)
    assert levels(list(machine.data_directory(data))) == ["ok"]


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.database.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    [found] = list(machine.databases(data))
    assert found.level == "problem" and "unisono.db" in found.words and "backup" in found.mend


def test_data_from_the_future_means_a_wrong_clock(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.database.write_bytes(b"")
    os.utime(data.database, (time.time(), 2_000_000_000))
    assert machine.clock(data, now=1_999_990_000).level == "problem"
    assert machine.clock(data, now=2_000_000_001).level != "problem"


def test_a_problem_decides_the_exit_status_and_a_warning_does_not() -> None:
    assert summary([ok("a", "b")]) == ("All is well.", 0)
    assert summary([ok("a", "b"), warning("a", "b", "c")]) == ("0 to mend, 1 to look at.", 0)
    assert summary([problem("a", "b", "c"), warning("a", "b", "c")]) == ("1 to mend, 1 to look at.", 1)
    assert str(problem("disk", "full", "make room")).splitlines() == [
        "PROBLEM  disk: full",
        "          -> make room",
    ]
