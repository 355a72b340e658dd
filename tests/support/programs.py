"""The programs that tests run, and the parts of `./test` that install them: one table for both.

For `./test`: `python -m tests.support.programs PART` prints `command:package:path` for each program of it,
`--part-of PATH` the part that runs a file.
`tests/test_programs.py` holds that a test which runs a program lies in a part that installs it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

#: Debian's package of each program, by the name that tests ask for.
PACKAGES = {
    "baresip": "baresip-core",
    "chromium": "chromium",
    "espeak-ng": "espeak-ng",
    "firefox-esr": "firefox-esr",
    "initdb": "postgresql",
    "ip": "iproute2",
    "linphonec": "linphone-cli",
    "openssl": "openssl",
    "rtpengine": "rtpengine-daemon",
    "sipp": "sip-tester",
    "sipsak": "sipsak",
}

_PHONES = ("baresip", "linphonec", "sipp", "sipsak")
_BROWSERS = ("chromium", "firefox-esr")

#: What each part installs before its tests run. A part that is not named installs nothing.
PARTS = {
    "unit": ("espeak-ng", "openssl"),
    "contract": ("initdb", "rtpengine"),
    "interop": (*_BROWSERS, *_PHONES, "espeak-ng", "ip", "openssl"),
    "browser": (*_BROWSERS, *_PHONES, "espeak-ng", "ip"),
}

#: The part of a test, by where it lies; the longest path counts. What is not named is of the part `unit`.
FOLDERS = {
    "tests/contracts": "contract",
    "tests/fuzz": "fuzz",
    "tests/interop": "interop",
    "tests/interop/browser": "browser",
    "tests/interop/livekit": "livekit",
    "tests/support": "interop",
    "tests/support/test_browser.py": "browser",
}

#: Where Debian keeps what it leaves out of the PATH, and other names of the same program.
_ELSEWHERE = {"initdb": "/usr/lib/postgresql/*/bin/initdb"}
_ALIASES = {"chromium": ("chromium-browser",), "firefox-esr": ("firefox",)}


class ProgramMissing(Exception):
    """A program that a test runs is not on this machine; the text says what installs it."""


def part_of(path: str) -> str:
    """The part of `./test` that runs `path`, a file or folder relative to the project."""
    inside = [folder for folder in FOLDERS if path == folder or path.startswith(folder + "/")]
    return FOLDERS[max(inside, key=len)] if inside else "unit"


def found(name: str) -> str | None:
    """The path of a program, or None."""
    for command in (name, *_ALIASES.get(name, ())):
        path: str | None = shutil.which(command)
        if path is not None:
            return path
    if name in _ELSEWHERE:
        versions = sorted(Path("/").glob(_ELSEWHERE[name].lstrip("/")), key=_version)
        return str(versions[-1]) if versions else None
    return None


def _version(path: Path) -> int:
    """Of `/usr/lib/postgresql/15/bin/initdb`, 15."""
    return int(path.parts[-3])


def program(name: str) -> str:
    """The path of a program that a test runs.

    :raises ProgramMissing: when it is not here; the test fails with it, as nobody reads skips.
    """
    if path := found(name):
        return path
    raise ProgramMissing(f"{name} is not here; on Debian: sudo apt-get install {PACKAGES[name]}")


def main() -> None:
    if sys.argv[1] == "--part-of":
        sys.stdout.write(part_of(sys.argv[2]) + "\n")
        return
    for name in PARTS.get(sys.argv[1], ()):
        sys.stdout.write(f"{name}:{PACKAGES[name]}:{found(name) or ''}\n")


if __name__ == "__main__":
    main()
