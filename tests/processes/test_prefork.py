"""The parent that forks who does the work, another when that is lost, and one of another program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE
from tests.support.stack import alive, wait_until

#: Says its process number; ends as it is told.
PROGRAM = """
import os, signal, sys
from processes.prefork import keep
def work():
    print(os.getpid(), flush=True)
    if sys.argv[1] == "fails":
        return int(sys.argv[2])
    ends = sys.argv[1] == "willing"
    signal.signal(signal.SIGTERM, (lambda *_: sys.exit(0)) if ends else (lambda *_: None))
    while True:
        signal.pause()
sys.exit(keep(work))
"""


@contextmanager
def parent(*how: str) -> Iterator[subprocess.Popen[str]]:
    command = (sys.executable, "-c", PROGRAM, *how)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def says(process: subprocess.Popen[str]) -> int:
    """The next process that works."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_who_is_lost_is_followed_by_another_and_all_end_together() -> None:
    with parent("willing") as process:
        first = says(process)
        os.kill(first, signal.SIGKILL)
        second = says(process)
        assert second != first and alive(second)
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert not alive(second)


def test_who_ignores_it_is_killed() -> None:
    with parent("stubborn") as process:
        worker = says(process)
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert not alive(worker)


def test_without_its_parent_nobody_works_on() -> None:
    with parent("willing") as process:
        worker = says(process)
        process.kill()
        wait_until(lambda: not alive(worker), PATIENCE)


@pytest.mark.parametrize(("code", "tries", "exit_code"), [(2, 1, 2), (7, 6, 7)])
def test_who_cannot_work_is_not_tried_for_ever(code: int, tries: int, exit_code: int) -> None:
    with parent("fails", str(code)) as process:
        output, _ = process.communicate(timeout=PATIENCE)
        assert (len(output.split()), process.returncode) == (tries, exit_code)


# --- another program ---

#: Says its version, its process number and its parent's; then by which signal it ends.
VERSION = """
import os, signal, sys
from processes.prefork import CHECK, keep
def work():
    farewells = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, farewells)
    print("VERSION", os.getpid(), os.getppid(), flush=True)
    print("VERSION", signal.sigwait(farewells).name, flush=True)
    return 0
sys.exit(0 if CHECK in sys.argv else keep(work, renews=True))
"""


@contextmanager
def program(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Its first version."""
    path = folder / "program.py"
    path.write_text(VERSION.replace("VERSION", "1"))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        (sys.executable, str(path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def words(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def test_the_next_version_takes_over_when_it_is_loaded(tmp_path: Path) -> None:
    with program(tmp_path) as process:
        version, first, parent = words(process)
        assert (version, int(parent)) == ("1", process.pid)
        (tmp_path / "program.py").write_text(VERSION.replace("VERSION", "2"))
        process.send_signal(signal.SIGHUP)
        assert words(process) == ["1", "SIGTERM"]  # another one comes after it
        version, second, parent = words(process)
        assert (version, int(parent)) == ("2", process.pid)
        assert not alive(int(first))
        os.kill(int(second), signal.SIGKILL)
        assert words(process)[0] == "2"
        process.send_signal(signal.SIGINT)
        assert words(process) == ["2", "SIGINT"]  # nobody comes
        assert process.wait(PATIENCE) == 0


def test_a_version_that_cannot_be_loaded_changes_nothing(tmp_path: Path) -> None:
    with program(tmp_path) as process:
        first = int(words(process)[1])
        (tmp_path / "program.py").write_text("import nothing_of_that_name")
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        assert any("program_not_renewed" in line or "ModuleNotFoundError" in line for line in process.stderr)
        assert alive(first)
        process.terminate()
        assert words(process) == ["1", "SIGTERM"]
        assert process.wait(PATIENCE) == 0
