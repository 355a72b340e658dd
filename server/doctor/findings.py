"""What a check found."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]
_MARKS: dict[Level, str] = {"ok": "ok      ", "warning": "warning ", "problem": "PROBLEM "}


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` says what to do about anything but "ok"."""

    level: Level
    what: str
    words: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{_MARKS[self.level]} {self.what}: {self.words}"
        return f"{line}\n          -> {self.mend}" if self.mend else line


def ok(what: str, words: str) -> Finding:
    return Finding("ok", what, words)


def warning(what: str, words: str, mend: str) -> Finding:
    return Finding("warning", what, words, mend)


def problem(what: str, words: str, mend: str) -> Finding:
    return Finding("problem", what, words, mend)


def summary(findings: Iterable[Finding]) -> tuple[str, int]:
    """The last line, and the exit status: 1 when there is a problem."""
    levels = [finding.level for finding in findings]
    problems, warnings = levels.count("problem"), levels.count("warning")
    if not problems and not warnings:
        return "All is well.", 0
    return f"{problems} to mend, {warnings} to look at.", 1 if problems else 0
