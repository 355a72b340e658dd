"""`unisono trace`, as it is typed."""

import asyncio
import json
from pathlib import Path

import pytest

from server.main import main
from server.telephony.store import SqlCallRecords
from server.traces.store import SqlTraces
from tests.support.web import migrated
from wire.record import CallRecord
from wire.route import Party
from wire.trace import CallTrace, TracedMessage

RECORD = CallRecord(
    id="01A", revision=1, via="sip", dialled="202", started_at=1_000, ended_at=2_000, outcome="answered",
    caller=Party("@anna:localhost", "Anna Rossi", "201"),
)  # fmt: skip
MESSAGE = TracedMessage(
    at=1_000, kind="sip", sent=False, leg="caller", transport="UDP", local="192.0.2.9:5060",
    remote="192.0.2.1:5060", text="INVITE sip:202@localhost SIP/2.0\r\n\r\n",
)  # fmt: skip


async def _fill(path: Path) -> None:
    database = await migrated(path)
    await SqlCallRecords(database.engine).put(RECORD)
    await SqlTraces(database.engine).put([CallTrace(id="01A", messages=(MESSAGE,), ended_at=2_000)])
    await database.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    asyncio.run(_fill(folder / "unisono.db"))
    return folder


def run(data: Path, *arguments: str) -> int:
    """The exit status of the command."""
    with pytest.raises(SystemExit) as ended:
        main(["trace", *arguments, "--data", str(data)])
    return int(ended.value.code or 0)


def test_without_a_call_the_latest_are_listed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data) == 0
    assert "01A   1970-01-01 00:00:01.000Z  Anna Rossi  202  answered" in capsys.readouterr().out


def test_a_call_is_shown_as_a_ladder(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "01A") == 0
    assert "INVITE sip:202@localhost SIP/2.0" in capsys.readouterr().out


def test_all_that_was_kept_is_printed_as_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "01A", "--json") == 0
    out = capsys.readouterr().out
    shown = json.loads(out[out.index("\n{") :] if not out.startswith("{") else out)
    assert (shown["call"]["id"], shown["trace"]["messages"][0]["leg"]) == ("01A", "caller")


def test_the_capture_is_written_to_a_file(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "call.pcap"
    assert run(data, "01A", "--pcap", str(file)) == 0
    assert b"INVITE sip:202@localhost" in file.read_bytes()
    assert run(data, "01A", "--pcap", str(tmp_path / "nowhere" / "x")) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_an_unknown_call_is_said_so(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "nothing") == 2
    assert "There is no such call" in capsys.readouterr().err
