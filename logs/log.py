"""JSON logs on stderr: one line each, with the ids that tie a request or a call together.

Fields: `ts` (UTC, ISO 8601), `level`, `process`, `event`, and what is bound (`request_id`, `call_id`): a
call's id is bound in the context of its task, so that one search finds every line of it in all processes.
Libraries that use `logging` come out in the same shape. Secrets are taken out wherever they come from,
because a library may put a whole URL into its message.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from logs.redaction import redact_field

#: Libraries whose INFO lines repeat what we log ourselves, or talk too much for an organisation's log.
QUIET = ("aiohttp", "aiosqlite", "aioice", "aiortc", "asyncio", "nio", "sanic", "sanic.access")


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: redact_field(name, value) for name, value in event.items()}


def configure(process: str, level: str, stream: TextIO | None = None) -> None:
    """Send everything this process logs to `stream` (stderr) from `level` on (`debug` … `error`)."""

    def name_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        name_process,
        structlog.processors.format_exc_info,
        _redact,
    ]
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=True,
    )
    _catch_standard_logging(shared, number, stream or sys.stderr)


def _catch_standard_logging(shared: list[Processor], number: int, stream: TextIO) -> None:
    """What libraries log through `logging` comes out in the same shape."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # Of libraries, warnings are what an administrator wants.
    root.setLevel(max(number, logging.WARNING) if number > logging.DEBUG else logging.INFO)
    for name in QUIET:
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(max(number, logging.WARNING))


def get(name: str) -> FilteringBoundLogger:
    """A logger that names its module: `log = get(__name__)`, `log.info("event_in_words", key=value)`."""
    logger: FilteringBoundLogger = structlog.get_logger(module=name)
    return logger
