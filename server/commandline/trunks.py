"""`unisono trunks`: add, change, list, show, test, remove."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import msgspec

from server.commandline.actions import ACTOR, Tools, add_action, table
from server.numbers.forms import CallerForm, Form, InboundForm
from server.trunks.rules import Line, Transport, UnknownTrunk
from server.trunks.service import KnownLine, NewLine
from server.trunks.settings import CallerHeader


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    added = add_action(actions, "add", "add a line to the outside", _add)
    added.add_argument("name", help="small letters, digits and hyphens")
    added.add_argument("--host", required=True, help="where the provider is called: a name or an address")
    _describe(added)
    changed = add_action(actions, "change", "change what is given of a line, and leave the rest", _change)
    changed.add_argument("name")
    changed.add_argument("--host", help="where the provider is called: a name or an address")
    _describe(changed)
    add_action(actions, "list", "list all lines and how they are", _list)
    shown = add_action(actions, "show", "show all settings of a line", _show)
    shown.add_argument("name")
    tried = add_action(actions, "test", "ask the provider of a line, and say what it answers", _test)
    tried.add_argument("name")
    removed = add_action(actions, "remove", "remove a line", _remove)
    removed.add_argument("name")


def _describe(parser: argparse.ArgumentParser) -> None:
    """What can be said of a line; what is not given is None."""
    parser.add_argument(
        "--port", type=int, help="without it, what the DNS says of the host (NAPTR and SRV), or else 5060"
    )
    parser.add_argument("--transport", choices=get_args(Transport))
    parser.add_argument("--username", help="of a provider to register with; a fixed peer has none")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    parser.add_argument(
        "--caller-id", metavar="NUMBER", help="shown for callers without a number of their own"
    )
    settings = parser.add_argument_group("what the provider's sheet says")
    settings.add_argument(
        "--address",
        dest="addresses",
        action="append",
        metavar="ADDRESS",
        help="from where else its calls come in: an IP address or a network such as 192.0.2.0/24, whatever"
        ' the port; may be given several times, "" removes all',
    )
    settings.add_argument(
        "--auth-username", metavar="USER", help="answers its digest challenges, if that is not --username"
    )
    settings.add_argument(
        "--from-user", metavar="USER", help="stands in From (an account, say) instead of the caller's number"
    )
    settings.add_argument(
        "--from-domain",
        metavar="DOMAIN",
        help="stands in From; without it our own domain, or --host where the line registers",
    )
    settings.add_argument(
        "--outbound-proxy", metavar="HOST[:PORT]", help="the server that everything is sent through"
    )
    settings.add_argument(
        "--caller-in",
        action="append",
        choices=get_args(CallerHeader),
        help="where the caller's number stands: From, P-Asserted-Identity, P-Preferred-Identity or"
        " Remote-Party-ID; may be given several times (default: from and pai)",
    )
    settings.add_argument(
        "--callee-format",
        choices=get_args(Form),
        help="how the number that is called is written: +390655510177, 390655510177, 00390655510177,"
        " 0655510177, or as the caller dialled it",
    )
    settings.add_argument(
        "--callee-prefix", metavar="DIGITS", help="stands before it, but for emergency numbers"
    )
    settings.add_argument(
        "--caller-format", choices=get_args(CallerForm), help="how the caller's number is written"
    )
    settings.add_argument(
        "--inbound-format",
        choices=get_args(InboundForm),
        help="how numbers come in: auto knows all spellings; plain or national where they would be mistaken",
    )
    settings.add_argument(
        "--inbound-prefix", metavar="DIGITS", help="taken off the numbers that come in, where it stands"
    )
    settings.add_argument(
        "--options",
        action=argparse.BooleanOptionalAction,
        help="ask a peer by OPTIONS if it is there; one that does not answer is called all the same",
    )
    _describe_tls(parser.add_argument_group("over TLS"))
    _describe_answers(parser.add_argument_group("how long a call may go without an answer"))


def _describe_tls(settings: "argparse._ArgumentGroup") -> None:
    settings.add_argument(
        "--tls-name", metavar="NAME", help="whom the provider's certificate is for, if not for --host"
    )
    settings.add_argument(
        "--tls-ca",
        type=_content,
        metavar="FILE",
        help="who may have signed it, certificates in PEM; without it, whom this machine trusts",
    )
    settings.add_argument(
        "--tls-fingerprint",
        metavar="SHA256",
        help="believe the one certificate with this SHA-256, whoever signed it",
    )


def _content(file: str) -> str:
    """What a file says; nothing for "", which takes back what was given before."""
    try:
        return Path(file).read_text("ascii") if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"{file}: {getattr(error, 'strerror', 'no text')}") from error


def _describe_answers(settings: "argparse._ArgumentGroup") -> None:
    settings.add_argument(
        "--answer-within-out",
        type=int,
        metavar="SECONDS",
        help="a call out may ring, or play the provider's announcements, for so long (10 to 600;"
        " default 120)",
    )
    settings.add_argument(
        "--answer-within-in",
        type=int,
        metavar="SECONDS",
        help="a call in that nobody answers is refused after so long (10 to 600; default 180)",
    )
    settings.add_argument(
        "--answer-not-before",
        type=float,
        metavar="SECONDS",
        help="a call out that is answered sooner reached a machine of the provider's and goes by the next"
        " line (0 to 30; default 0: every answer counts, for machines at the callee's answer at once, too)",
    )


def _given(arguments: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(arguments, name, None)) is not None}


def _laid_over(line: Line, arguments: argparse.Namespace) -> Line:
    """`line` with what was given on the command line."""
    settings = msgspec.structs.replace(line.settings, **_given(arguments, line.settings.__struct_fields__))
    changes = _given(arguments, ("host", "port", "transport", "username", "caller_id"))
    return replace(line, **changes, settings=settings)


def _password(arguments: argparse.Namespace) -> str | None:
    return sys.stdin.readline().rstrip("\r\n") if arguments.password_stdin else None


async def _add(arguments: argparse.Namespace, tools: Tools) -> str:
    password = _password(arguments)
    line = _laid_over(Line(arguments.name, "register" if password else "peer", arguments.host), arguments)
    added = await tools.admin.trunks.add(ACTOR, NewLine(line, password))
    return f"Added {added.line.name} ({added.line.kind}, {added.line.address})."


async def _change(arguments: argparse.Namespace, tools: Tools) -> str:
    line = _laid_over((await _known(arguments.name, tools)).line, arguments)
    changed = await tools.admin.trunks.replace(ACTOR, NewLine(line, _password(arguments)))
    return f"Changed {changed.line.name} ({changed.line.kind}, {changed.line.address})."


async def _known(name: str, tools: Tools) -> KnownLine:
    found = next((one for one in await tools.admin.trunks.known() if one.line.name == name), None)
    if found is None:
        raise UnknownTrunk
    return found


async def _list(_arguments: argparse.Namespace, tools: Tools) -> str:
    rows = [_row(known) for known in await tools.admin.trunks.known()]
    return table([("NAME", "KIND", "ADDRESS", "FROM", "STATE"), *rows])


async def _show(arguments: argparse.Namespace, tools: Tools) -> str:
    known = await _known(arguments.name, tools)
    line = known.line
    rows = [
        ("host", f"{line.address}/{line.transport}"),
        ("kind", line.kind),
        ("username", line.username or "-"),
        ("password", "set" if known.has_password else "-"),
        ("caller_id", line.caller_id or "-"),
        ("state", _row(known)[-1]),
        *((name, _shown(value)) for name, value in msgspec.to_builtins(line.settings).items()),
    ]
    return table(rows)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(value) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in {None, ""}:
        return "-"
    lines = str(value).strip().splitlines()
    return lines[0] if len(lines) == 1 else f"{lines[0]} … ({len(lines)} lines)"


def _row(known: KnownLine) -> tuple[str, ...]:
    line, state = known.line, known.state
    if not line.enabled:
        said = "not enabled"
    elif state is None or state.up is None:
        said = f"unknown ({state.why})" if state and state.why else "unknown"
    else:
        said = state.why or "up"
    return (line.name, line.kind, f"{line.address}/{line.transport}", known.source, said)


async def _test(arguments: argparse.Namespace, tools: Tools) -> str:
    trial = await tools.admin.trunks.try_out(arguments.name)
    if trial is None:
        return "The SIP bridge, which asks the provider, does not answer: is the server running?"
    return "\n".join(said_of(trial))


def said_of(trial: dict[str, Any]) -> list[str]:
    """What came of a trial, in sentences."""
    asked, transport = trial["asked"], trial["transport"]
    if not trial["servers"]:
        return [f"{asked} is not known: the name has no address, or its server is not named for {transport}."]
    found = ", ".join(f"{one['host']}:{one['port']}" for one in trial["servers"])
    return [f"{asked} over {transport} is {found}.", *(_answered(one) for one in trial["answers"])]


#: What stands for no answer at all; other words say why there could be none.
_SILENCE = {"", "Request Timeout", "Not Reachable"}


def _answered(answer: dict[str, Any]) -> str:
    method, status, where = answer["method"], answer["status"], f"{answer['host']}:{answer['port']}"
    said = f"{where} answers {method} with {status} {answer['phrase']}"
    if status is None and answer["phrase"] not in _SILENCE:
        return f"{where} cannot be asked by {method}: {answer['phrase']}."
    if status is None:
        hint = "it may take calls all the same" if method == "OPTIONS" else "nothing can be registered"
        return f"{where} does not answer {method}: {hint}."
    if method == "OPTIONS":
        return f"{said}: it is there."
    if status < 300:
        return f"{said}: user name and password are right."
    if status in {401, 403, 407}:
        return f"{said}: look at user name (also --auth-username) and password."
    return f"{said}."


async def _remove(arguments: argparse.Namespace, tools: Tools) -> str:
    await tools.admin.trunks.remove(ACTOR, arguments.name)
    return f"Removed {arguments.name}."
