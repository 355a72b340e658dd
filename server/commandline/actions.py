"""Commands that work on the database of a server, whether it runs or not."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from server.audit.service import COMMAND_LINE
from server.commandline.place import Failure, Place, add_place, open_started
from server.composition.administration import AdminFeatures, make_admin
from server.composition.features import Features, features_alone
from server.directory.access import Actor
from server.edge import Refusal
from server.homeserver.client import HomeserverClient
from server.storage import Database, DatabaseAway, database_url

#: Who commands are by, in the audit log.
ACTOR = Actor(COMMAND_LINE)


@dataclass(frozen=True, slots=True)
class Tools:
    """What a command works with."""

    place: Place
    database: Database
    features: Features
    admin: AdminFeatures
    homeserver: HomeserverClient


Action = Callable[[argparse.Namespace, Tools], Awaitable[str]]


def add_action(actions: Any, name: str, words: str, action: Action) -> argparse.ArgumentParser:
    """A subcommand that runs `action` and prints what it returns."""
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=words, description=words.capitalize() + "."
    )
    add_place(parser)
    parser.set_defaults(run=lambda arguments: run(arguments, action))
    return parser


def run(arguments: argparse.Namespace, action: Action) -> int:
    """Run `action` with the tools of the place that `arguments` name; refusals end the command."""
    place = open_started(arguments)
    try:
        words = asyncio.run(_with_tools(place, arguments, action))
    except (DatabaseAway, Refusal) as error:
        raise Failure(str(error)) from error
    sys.stdout.write(words + "\n")
    return 0


async def _with_tools(place: Place, arguments: argparse.Namespace, action: Action) -> str:
    config, secrets = place.config, place.secrets
    homeserver = HomeserverClient(
        config.homeserver.url,
        config.organisation.domain,
        secrets.sessions_as_token,
        secrets.telephone_as_token,
    )
    database = Database(database_url(config.database.url, place.data.database))
    await homeserver.start()
    try:
        await database.upgrade()
        features = features_alone(config, secrets, database, homeserver)
        admin = make_admin(config, place.data, secrets, database, features.account, homeserver)
        return await action(arguments, Tools(place, database, features, admin, homeserver))
    finally:
        await database.close()
        await homeserver.close()


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "\n".join(lines)
