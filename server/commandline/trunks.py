"""`unisono trunks`: add, list, remove."""

import argparse
import sys

from server.commandline.actions import ACTOR, Tools, add_action, table
from server.trunks.rules import Line
from server.trunks.service import KnownLine, NewLine


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    added = add_action(actions, "add", "add a line to the outside", _add)
    added.add_argument("name", help="small letters, digits and hyphens")
    added.add_argument("--host", required=True)
    added.add_argument("--port", type=int, default=5060)
    added.add_argument("--transport", choices=("udp", "tcp"), default="udp")
    added.add_argument("--username", help="of a provider to register with; a fixed peer has none")
    added.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    added.add_argument(
        "--caller-id", metavar="NUMBER", help="shown for callers without a number of their own"
    )
    add_action(actions, "list", "list all lines and how they are", _list)
    removed = add_action(actions, "remove", "remove a line", _remove)
    removed.add_argument("name")


async def _add(arguments: argparse.Namespace, tools: Tools) -> str:
    password = sys.stdin.readline().rstrip("\r\n") if arguments.password_stdin else None
    line = Line(
        arguments.name,
        "register" if password else "peer",
        arguments.host,
        arguments.port,
        arguments.transport,
        arguments.username,
        arguments.caller_id,
    )
    added = await tools.admin.trunks.add(ACTOR, NewLine(line, password))
    return f"Added {added.line.name} ({added.line.kind}, {added.line.host}:{added.line.port})."


async def _list(_arguments: argparse.Namespace, tools: Tools) -> str:
    rows = [_row(known) for known in await tools.admin.trunks.known()]
    return table([("NAME", "KIND", "ADDRESS", "FROM", "STATE"), *rows])


def _row(known: KnownLine) -> tuple[str, ...]:
    line, state = known.line, known.state
    said = "not enabled" if not line.enabled else "unknown" if state is None else state.why or "up"
    return (line.name, line.kind, f"{line.host}:{line.port}/{line.transport}", known.source, said)


async def _remove(arguments: argparse.Namespace, tools: Tools) -> str:
    await tools.admin.trunks.remove(ACTOR, arguments.name)
    return f"Removed {arguments.name}."
