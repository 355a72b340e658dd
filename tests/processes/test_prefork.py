"""The parent that forks who does the work, and another when that is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
