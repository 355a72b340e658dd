"""Synapse's log records in the shape of our own logs. Loaded by Synapse, so it imports next to nothing."""

import json
import logging
from datetime import UTC, datetime

from logs.redaction import redact


class JsonFormatter(logging.Formatter):
    """One JSON line a record; Synapse's `request` is the method and the id the web process gave."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "process": "homeserver",
            "module": record.name,
            "event": redact(record.getMessage()),
        }
        method, _, request_id = str(getattr(record, "request", "")).partition("-")
        if method.isupper() and request_id:
            line["request_id"] = request_id
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
