"""JSON logs on stderr: one line each, with the ids that tie a request or a call together.

Fields: `ts` (UTC, ISO 8601), `level`, `process`, `event`, and what is bound (`request_id`, `call_id`).
Libraries that use `logging` come out in the same shape. Tokens in addresses are blotted out wherever they
come from, because a library may put a whole URL into its message.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from server.redaction import blot_out


def _blot_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = blot_out(value)
    return event


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
        _blot_out,
    ]
    number = logging.getLevelName(level.upper())
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
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
    # Libraries talk too much for an organisation's log; their warnings are what an administrator wants.
    root.setLevel(max(number, logging.WARNING) if number > logging.DEBUG else logging.INFO)


def get(name: str) -> FilteringBoundLogger:
    """A logger that names its module: `log = get(__name__)`, `log.info("event_in_words", key=value)`."""
    logger: FilteringBoundLogger = structlog.get_logger(module=name)
    return logger
