import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from logs import log, plain
from server.homeserver.synapse_log import JsonFormatter


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers, root.level, logging.getLogger("bridges").level
    stream = io.StringIO()
    log.configure("web", "info", stream)
    yield stream
    root.handlers, root.level = before[0], before[1]
    logging.getLogger("bridges").setLevel(before[2])
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_names_time_level_process_and_bound_ids(output: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="r1", call_id="c1")
    log.get("server.x").info("call_routed", legs=2)
    (line,) = lines(output)
    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "info", "process": "web", "module": "server.x", "event": "call_routed",
        "legs": 2, "request_id": "r1", "call_id": "c1",
    }  # fmt: skip


def test_libraries_come_out_in_the_same_shape(output: io.StringIO) -> None:
    logging.getLogger("aiohttp").warning("odd %s", "thing")
    (line,) = lines(output)
    assert (line["event"], line["level"], line["process"]) == ("odd thing", "warning", "web")


def test_modules_that_log_without_structlog_come_out_with_their_fields(output: io.StringIO) -> None:
    plain.Log("bridges.media.x").info("media_gone", leg="phone", token="abc")
    (line,) = lines(output)
    told = {"event": "media_gone", "leg": "phone", "module": "bridges.media.x", "level": "info"}
    assert line | told == line
    assert "abc" not in output.getvalue()


def test_tokens_in_addresses_are_blotted_out_whoever_logs_them(output: io.StringIO) -> None:
    log.get("x").error("failed", url="/sync?access_token=abc&since=s1")
    logging.getLogger("lib").error("GET /sync?access_token=abc HTTP/1.1")
    assert "abc" not in output.getvalue()
    assert lines(output)[0]["url"] == "/sync?access_token=…&since=s1"


def test_an_exception_is_one_line(output: io.StringIO) -> None:
    log.get("x").error("failed", exc_info=ValueError("why"))
    (line,) = lines(output)
    assert "ValueError: why" in line["exception"]


def test_below_the_level_nothing_is_said(output: io.StringIO) -> None:
    log.get("x").debug("detail")
    assert output.getvalue() == ""


def test_synapse_speaks_in_our_shape() -> None:
    record = logging.LogRecord("synapse.x", logging.WARNING, "f", 1, "at %s", ("?access_token=abc",), None)
    record.request = "GET-my-request-id"
    line = json.loads(JsonFormatter().format(record))
    assert line["request_id"] == "my-request-id"
    assert (line["process"], line["level"], line["event"]) == ("homeserver", "warning", "at ?access_token=…")
