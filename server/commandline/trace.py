"""`unisono trace`: what was said for a call, as a ladder, as JSON, or as a capture file."""

import argparse
from pathlib import Path

import msgspec

from server.commandline.actions import ACTOR, Tools, run, table
from server.commandline.place import Failure, add_place
from server.traces.ladder import as_text, moment
from server.traces.pcap import capture
from server.traces.service import ListedCall, TracedCall

_LISTED = 20


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "call", nargs="?", metavar="CALL", help="its id; without one the latest calls are listed"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print everything that was kept as JSON")
    form.add_argument("--pcap", type=Path, metavar="FILE", help="write its SIP messages for Wireshark")
    add_place(parser)
    parser.set_defaults(run=lambda arguments: run(arguments, _trace))


async def _trace(arguments: argparse.Namespace, tools: Tools) -> str:
    traces = tools.admin.traces
    if arguments.call is None:
        listed = await traces.calls(ACTOR, None, _LISTED)
        return table([("CALL", "BEGAN", "FROM", "TO", "OUTCOME"), *(_row(one) for one in listed)])
    form = "json" if arguments.json else "pcap" if arguments.pcap else "text"
    found = await traces.read(ACTOR, arguments.call, form)
    if found.trace is None:
        raise Failure("nothing was kept of this call, or not any more", 1)
    if arguments.json:
        return _json(found)
    if arguments.pcap:
        return _written(arguments.pcap, capture(found.trace.messages))
    return as_text(found.record, found.trace)


def _row(one: ListedCall) -> tuple[str, ...]:
    record = one.record
    return (
        record.id,
        moment(record.started_at),
        record.caller.name or "-",
        record.callee.name or record.dialled,
        record.outcome,
    )


def _json(found: TracedCall) -> str:
    shown = {"call": found.record.to_json(), "trace": found.trace}
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()


def _written(path: Path, content: bytes) -> str:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    return f"Wrote {path} ({len(content)} bytes)."
