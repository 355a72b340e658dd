"""Logs in the shape of `logs.log`, through `logging` alone: for the SFU and the media process.

structlog loads Twisted where Synapse is installed: a fifth of what an idle process of theirs takes. In one
that logs by `logs.log` these lines come out with the others.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from logs.redaction import redact_field

_OURS = tuple(logging.getLogger(name) for name in ("server", "bridges", "processes"))
#: What anybody can bring about is said once in so many seconds.
SELDOM = 1.0


class Log:
    """For one module: `log = Log(__name__)`, `log.info("event_in_words", key=value)`."""

    def __init__(self, name: str, now: Callable[[], float] = time.monotonic) -> None:
        self._logger = logging.getLogger(name)
        self._now = now
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def debug(self, event: str, **fields: object) -> None:
        self._logger.debug(event, extra={"fields": fields})

    def info(self, event: str, **fields: object) -> None:
        self._logger.info(event, extra={"fields": fields})

    def seldom(self, event: str, kind: str = "", **fields: object) -> None:
        """As `info`, for what strangers and participants bring about: the first of a `kind` in a second.

        `unsaid`, where it stands, is how many of the kind came since the line before. A kind is a word
        of ours, never of theirs: there are few.
        """
        now = self._now()
        at, unsaid = self._said.get((event, kind), (now - SELDOM, 0))
        if now - at < SELDOM:
            self._said[event, kind] = at, unsaid + 1
            return
        self._said[event, kind] = now, 0
        told = {"kind": kind} if kind else {}
        self.info(event, **told, **fields, **({"unsaid": unsaid} if unsaid else {}))

    def warning(self, event: str, **fields: object) -> None:
        self._logger.warning(event, extra={"fields": fields})

    def error(self, event: str, **fields: object) -> None:
        self._logger.error(event, extra={"fields": fields})

    def exception(self, event: str, **fields: object) -> None:
        """In an `except`: with its traceback."""
        self._logger.exception(event, extra={"fields": fields})


class _Line(logging.Formatter):
    """One JSON line a record."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")[:-6] + "Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        told = {name: redact_field(name, value) for name, value in line.items()}
        return json.dumps(told, ensure_ascii=False, default=repr)


def configure(level: str, stream: TextIO | None = None, process: str = "sfu") -> None:
    """Send everything this process logs to `stream` (stderr) from `level` on (`debug` … `error`)."""
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Line(process))
    root = logging.getLogger()
    root.handlers = [handler]
    # Of libraries, warnings are what an administrator wants.
    root.setLevel(max(number, logging.WARNING) if number > logging.DEBUG else logging.INFO)
    for ours in _OURS:
        ours.setLevel(number)
