"""`unisono people`: add, invite, list, remove, password. Works while the server runs, and before."""

import argparse
import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from server.audit.service import COMMAND_LINE
from server.commandline import people_standing as people_cli
from server.commandline.place import Failure, Place, add_place, open_started
from server.composition.features import Features, features_alone
from server.directory.service import Added, NewPerson, Person
from server.edge import Refusal
from server.homeserver.client import HomeserverClient
from server.homeserver.errors import HomeserverError
from server.storage import Database, DatabaseAway, database_url

Action = Callable[[argparse.Namespace, Features, HomeserverClient], Awaitable[str]]


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _configure_add(_action(actions, "add", "add a person", _add))
    _configure_invite(_action(actions, "invite", "add a person and mail them a link to join", _invite))
    listed = _action(actions, "list", "list all people", _list)
    listed.add_argument("--json", action="store_true", help="one JSON array instead of a table")
    removed = _action(actions, "remove", "remove a person and sign them out everywhere", _remove)
    removed.add_argument("email")
    changed = _action(actions, "password", "set a person's password and sign them out everywhere", _password)
    changed.add_argument("email")
    _add_password(changed)
    people_cli.add_actions(actions)


def _action(actions: Any, name: str, words: str, action: Action) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=words, description=words.capitalize() + "."
    )
    add_place(parser)
    parser.set_defaults(run=lambda arguments: _run(arguments, action))
    return parser


def _configure_add(parser: argparse.ArgumentParser) -> None:
    _add_person(parser)
    _add_password(parser)
    parser.add_argument(
        "--sip-password",
        action="append",
        default=[],
        metavar="PASSWORD",
        help="of the desk phone of the extension in the same place; made up and shown once when not given",
    )


def _configure_invite(parser: argparse.ArgumentParser) -> None:
    _add_person(parser)
    parser.add_argument("--language", choices=("it", "en"), help="of the mail; else the organisation's first")
    parser.add_argument(
        "--again", action="store_true", help="mail a fresh link to somebody who was invited before"
    )


def _add_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--email", required=True)
    parser.add_argument("--name", default="", help='as colleagues see it: "Anna Rossi"')
    role = parser.add_mutually_exclusive_group()
    role.add_argument("--role", choices=("member", "administrator"), default="member")
    role.add_argument(
        "--administrator", action="store_const", dest="role", const="administrator", help="the same as --role"
    )
    parser.add_argument(
        "--extension", action="append", default=[], metavar="DIGITS", help="short internal number; repeatable"
    )
    parser.add_argument(
        "--number", action="append", default=[], metavar="NUMBER", help="outside number; repeatable"
    )


def _add_password(parser: argparse.ArgumentParser) -> None:
    """What stands on a command line can be read by everybody on the machine: stdin is the better way."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--password", help="made up and shown once when not given")
    either.add_argument("--password-stdin", action="store_true", help="read the password from standard input")


def _run(arguments: argparse.Namespace, action: Action) -> int:
    place = open_started(arguments)
    try:
        words = asyncio.run(_with_features(place, arguments, action))
    except (DatabaseAway, Refusal) as error:
        raise Failure(str(error)) from error
    sys.stdout.write(words + "\n")
    return 0


async def _with_features(place: Place, arguments: argparse.Namespace, action: Action) -> str:
    async with _homeserver(place) as homeserver:
        database = Database(database_url(place.config.database.url, place.data.database))
        try:
            await database.upgrade()
            return await action(
                arguments, features_alone(place.config, place.secrets, database, homeserver), homeserver
            )
        finally:
            await database.close()


@asynccontextmanager
async def _homeserver(place: Place) -> AsyncIterator[HomeserverClient]:
    client = HomeserverClient(
        place.config.homeserver.url,
        place.config.organisation.domain,
        place.secrets.sessions_as_token,
        place.secrets.telephone_as_token,
    )
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def _add(arguments: argparse.Namespace, features: Features, homeserver: HomeserverClient) -> str:
    if len(arguments.sip_password) > len(arguments.extension):
        raise Failure("there are more SIP passwords than extensions")
    password, made_up = _chosen_password(arguments)
    given: list[str | None] = [*arguments.sip_password]
    given += [None] * (len(arguments.extension) - len(given))
    new = NewPerson(
        email=arguments.email,
        name=arguments.name,
        role=arguments.role,
        extensions=list(zip(arguments.extension, given, strict=True)),
        numbers=arguments.number,
    )
    added = await features.accounts.enrol(new, password)
    await _ensure_on_homeserver(added.person, homeserver)
    return "\n".join(_what_was_added(added, password if made_up else None))


def _chosen_password(arguments: argparse.Namespace) -> tuple[str, bool]:
    """The password, and whether it was made up here."""
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if arguments.password is not None:
        return arguments.password, False
    return secrets.token_urlsafe(12), True


async def _ensure_on_homeserver(person: Person, homeserver: HomeserverClient) -> None:
    """So that colleagues can write before the first sign-in, which does the same when this cannot."""
    try:
        await homeserver.ensure_user(person.user_id[1:].partition(":")[0], person.name)
    except HomeserverError:
        return


def _what_was_added(added: Added, password: str | None) -> list[str]:
    lines = [f"Added {added.person.name} as {added.person.user_id}."]
    if password is not None:
        lines.append(f"Password (shown only now): {password}")
    for extension, sip_password in added.sip_passwords.items():
        lines.append(f"SIP password of {extension} (shown only now): {sip_password}")
    return lines


async def _invite(arguments: argparse.Namespace, features: Features, homeserver: HomeserverClient) -> str:
    invitations = features.account.invitations
    if arguments.again:
        person_id = await invitations.person_id(arguments.email)
        await invitations.send_again(person_id, COMMAND_LINE)
        return f"A fresh link goes to {arguments.email}."
    new = NewPerson(
        arguments.email,
        arguments.name,
        arguments.role,
        [(extension, None) for extension in arguments.extension],
        arguments.number,
    )
    invitation, sip_passwords = await invitations.invite(new, arguments.language, COMMAND_LINE)
    await _ensure_on_homeserver(invitation.person, homeserver)
    lines = _what_was_added(Added(invitation.person, sip_passwords), None)
    # The web process delivers: it may be on its way already, or wait until the server is started.
    return "\n".join([*lines, f"The invitation goes to {invitation.person.email}."])


async def _list(arguments: argparse.Namespace, features: Features, _homeserver: HomeserverClient) -> str:
    people = await features.directory.everyone()
    if arguments.json:
        return msgspec.json.encode(people).decode()
    rows = [("NAME", "E-MAIL", "EXTENSIONS", "NUMBERS", "USER ID")]
    rows += [(p.name, p.email, " ".join(p.extensions), " ".join(p.numbers), p.user_id) for p in people]
    return table(rows)


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "\n".join(lines)


async def _remove(arguments: argparse.Namespace, features: Features, _homeserver: HomeserverClient) -> str:
    person = await features.accounts.remove(arguments.email)
    return f"Removed {person.name}. Nobody will get {person.user_id} again."


async def _password(arguments: argparse.Namespace, features: Features, _homeserver: HomeserverClient) -> str:
    password, made_up = _chosen_password(arguments)
    await features.accounts.set_password(arguments.email, password)
    shown = f"\nPassword (shown only now): {password}" if made_up else ""
    return f"Changed the password of {arguments.email}.{shown}"
