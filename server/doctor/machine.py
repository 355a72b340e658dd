"""The machine: data directory, disk, clock, limits, databases."""

import ctypes
import ctypes.util
import resource
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from server.backup.archive import DATABASES, integrity
from server.config import DataDir
from server.doctor.findings import Finding, ok, problem, warning

#: Bytes free below which it is time to act, and below which nothing works for long.
_LITTLE, _NOTHING = 2_000_000_000, 200_000_000
#: Open files that a busy server needs: each call and each browser holds several.
_FILES = 4096
#: adjtimex(2): the answer of a clock that nobody sets.
_TIME_ERROR = 5
#: Seconds that files may lie in the future before the clock has gone wrong.
_TOLERANCE = 120.0


def data_directory(data: DataDir) -> Iterator[Finding]:
    """Whether it is there, and closed to others."""
    if not data.root.is_dir():
        yield problem("data", f"{data.root} is missing", "start the server once, or restore a backup")
        return
    for path in (data.root, data.secrets):
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield problem("data", f"others may look into {path}", f"chmod 700 {path}")
    loose = [p for p in _files(data.secrets) if p.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    for path in loose:
        yield problem("data", f"others may read {path}", f"chmod 600 {path}")
    if not loose:
        yield ok("data", str(data.root))


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()] if folder.exists() else []


def disk(data: DataDir) -> Finding:
    free = shutil.disk_usage(data.root if data.root.exists() else Path("/")).free
    words = f"{free / 1e9:.1f} GB free"
    mend = "make room or move the data directory: with a full disk messages and call records wait unwritten"
    if free < _NOTHING:
        return problem("disk", words, mend)
    return warning("disk", words, mend) if free < _LITTLE else ok("disk", words)


def databases(data: DataDir) -> Iterator[Finding]:
    """Whether SQLite finds its files sound."""
    for name in DATABASES:
        path = data.root / name
        if not path.exists():
            continue
        wrong = integrity(path)
        if wrong:
            yield problem("database", f"{name}: {wrong}", "stop the server and restore the last backup")
        else:
            yield ok("database", f"{name} is sound, {path.stat().st_size / 1e6:.1f} MB")


def clock(data: DataDir, now: float | None = None) -> Finding:
    """Codes of authenticator apps and certificates live by it."""
    now = time.time() if now is None else now
    mend = "let the machine set its clock: systemctl enable --now systemd-timesyncd"
    newest = max((p.stat().st_mtime for p in data.root.glob("*.db*")), default=0.0)
    if newest > now + _TOLERANCE:
        return problem("clock", f"the data is {newest - now:.0f} s from the future", mend)
    if _unsynchronised():
        return warning("clock", "nothing keeps it right", mend)
    return ok("clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now)))


class _Timex(ctypes.Structure):
    """Large enough for `struct timex`; `modes` 0 only asks."""

    _fields_ = (("modes", ctypes.c_uint), ("rest", ctypes.c_byte * 508))


def _unsynchronised() -> bool:
    """Whether the kernel says that nobody disciplines its clock; False where it does not say."""
    library = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
    if not hasattr(library, "adjtimex"):
        return False
    return bool(library.adjtimex(ctypes.byref(_Timex())) == _TIME_ERROR)


def limits() -> Finding:
    """The server raises the soft limit by itself (`open_files.py`): the hard one counts."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    words = (
        "any number of open files allowed" if hard == resource.RLIM_INFINITY else f"{hard} open files allowed"
    )
    if hard != resource.RLIM_INFINITY and hard < _FILES:
        return warning("limits", words, f"ulimit -Hn {_FILES}, or LimitNOFILE={_FILES} in the unit file")
    return ok("limits", words)
