"""What the media server's processes say, and what they take up."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from logs import plain as log

#: What belongs to other processes, or is loaded by a library that another process needs.
NEVER_USED = {
    "aiosqlite", "alembic", "livekit.api", "livekit.rtc", "nio", "numpy", "phonenumbers", "pygments", "rich",
    "sanic", "sqlalchemy", "structlog", "synapse", "twisted",
}  # fmt: skip


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("server")
    before = root.handlers, root.level, ours.level
    stream = io.StringIO()
    log.configure("info", stream)
    yield stream
    root.handlers, root.level, ours.level = before


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_names_time_level_process_and_what_it_is_about(output: io.StringIO) -> None:
    log.Log("server.sfu.x").info("participant_left", room="città", address=("127.0.0.1", 1))
    log.Log("server.sfu.x").debug("detail")
    (line,) = lines(output)
    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "info", "process": "sfu", "event": "participant_left",
        "room": "città", "address": ["127.0.0.1", 1],
    }  # fmt: skip


def test_an_exception_is_one_line(output: io.StringIO) -> None:
    try:
        int("why")
    except ValueError:
        log.Log("server.sfu.x").exception("room_tick_failed", room=b"odd")
    (line,) = lines(output)
    assert "ValueError: invalid literal" in line["exception"]
    assert (line["level"], line["room"]) == ("error", "b'odd'")


def test_libraries_warn_in_the_same_shape_and_tokens_are_blotted_out(output: io.StringIO) -> None:
    logging.getLogger("aiohttp").warning("odd %s", "/rtc?access_token=abc")
    logging.getLogger("aiohttp").info("talk")
    log.Log("server.sfu.x").warning("odd", url="/rtc?access_token=abc&x=1")
    library, ours = lines(output)
    assert (library["event"], library["level"]) == ("odd /rtc?access_token=…", "warning")
    assert ours["url"] == "/rtc?access_token=…&x=1"


def test_what_anybody_can_bring_about_is_said_once_a_second(output: io.StringIO) -> None:
    """SECURITY H1: one join left 262,000 lines, and with them went what would show whose it was."""
    now = [100.0]
    seldom = log.Log("server.sfu.x", lambda: now[0])
    for _ in range(1000):
        seldom.seldom("signal_refused", "offer", participant="PA_1")
    seldom.seldom("signal_refused", "add_track", participant="PA_2")
    now[0] += log.SELDOM
    seldom.seldom("signal_refused", "offer", participant="PA_3")
    seldom.seldom("signal_refused", "offer", participant="PA_3")
    told = [(line["kind"], line["participant"], line.get("unsaid")) for line in lines(output)]
    assert told == [("offer", "PA_1", None), ("add_track", "PA_2", None), ("offer", "PA_3", 999)]


def test_no_process_of_it_loads_what_it_never_uses() -> None:
    """Each has a stand-by, which is nothing but what it has loaded."""
    code = "import sys, server.sfu.__main__; print(*sys.modules)"
    root = Path(__file__).parents[3]
    said = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(said.stdout.split())
    assert "server.sfu.app" in loaded
    assert not loaded & NEVER_USED
