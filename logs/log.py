"""JSON logs on stderr: one line each, with the ids that tie a request or a call together.

Fields: `ts` (UTC, ISO 8601), `level`, `process`, `event`, and what is bound (`request_id`, `call_id`): a
call's id is bound in the context of its task, so that one search finds every line of it in all processes.
Libraries that use `logging` come out in the same shape. Secrets are taken out wherever they come from,
because a library may put a whole URL into its message.
"""

import json
import logging
import sys
from collections.abc import Callable
from typing import Any, TextIO

import msgspec

from logs.absent import absent

# It loads both wherever they are installed, for what we do not use: 7 MB in each process.
with absent("rich", "twisted"):
    import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from logs.redaction import redact_field

#: Libraries whose INFO lines repeat what we log ourselves, or talk too much for an organisation's log.
QUIET = ("aiohttp", "aiosqlite", "aioice", "aiortc", "asyncio", "nio", "sanic", "sanic.access")


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: redact_field(name, value) for name, value in event.items()}


def _plain_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What modules that log by `logs.plain` bind."""
    record: Any = event.get("_record")
    fields = getattr(record, "fields", None)
    return event if fields is None else {**event, **fields, "module": record.name}


def _json(event: EventDict, default: Callable[[Any], Any], **_options: Any) -> str:
    try:
        # With the spaces that people and their programs look for.
        return msgspec.json.format(msgspec.json.encode(event, enc_hook=default), indent=0).decode()
    except (TypeError, ValueError):  # bytes of a peer that are no UTF-8, keys that are no text
        return json.dumps(event, default=default, ensure_ascii=False)


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
        processors=[*shared, structlog.processors.JSONRenderer(_json)],
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
            foreign_pre_chain=[_plain_fields, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # Of libraries, warnings are what an administrator wants.
    root.setLevel(max(number, logging.WARNING) if number > logging.DEBUG else logging.INFO)
    # Modules that may run in another process as well.
    logging.getLogger("bridges").setLevel(number)
    for name in QUIET:
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(max(number, logging.WARNING))


def get(name: str) -> FilteringBoundLogger:
    """A logger that names its module: `log = get(__name__)`, `log.info("event_in_words", key=value)`."""
    logger: FilteringBoundLogger = structlog.get_logger(module=name)
    return logger
