"""Three pages of Chromium and one of Firefox in one meeting, on a host of their own.

Firefox sends no ICE checks to loopback addresses, so the whole house stands in a network namespace.
"""

from __future__ import annotations

import subprocess
import sys

from tests.interop.test_firefox_call import HOST

_TESTS = 1


def test_three_chromiums_and_a_firefox_meet() -> None:
    pytest = [sys.executable, "-m", "pytest", "-v", "tests/interop/browser/meeting_of_four.py"]
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", HOST, "host", *pytest],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{_TESTS} passed" in done.stdout, done.stdout
