"""`unisono search`: status, rebuild."""

import argparse

from server.commandline.actions import Tools, add_action
from server.commandline.place import Failure
from server.composition.search import search_database
from server.homeserver.errors import HomeserverError
from server.search.history import History
from server.search.store import SqlSearch


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_action(actions, "status", "say how much can be found", _status)
    add_action(actions, "rebuild", "read all rooms anew, while the server runs", _rebuild)


async def _status(_arguments: argparse.Namespace, tools: Tools) -> str:
    database = search_database(tools.place.config, tools.place.data)
    try:
        store = SqlSearch(database)
        await store.prepare()
        rooms, messages = await store.counts()
        words = "" if await store.is_complete() else "; older ones are still being read"
        return f"{messages} messages of {rooms} rooms can be found{words}."
    finally:
        await database.close()


async def _rebuild(_arguments: argparse.Namespace, tools: Tools) -> str:
    database = search_database(tools.place.config, tools.place.data)
    store = SqlSearch(database)

    async def people() -> list[str]:
        return [person.user_id for person in await tools.features.directory.everyone()]

    async def wake() -> None:
        """The server itself is told what is said."""

    try:
        await store.prepare(anew=True)
        matrix = tools.homeserver.rooms_of_meetings
        rooms = await History(store, matrix, people, wake, HomeserverError).read()
        messages = (await store.counts())[1]
    except HomeserverError as error:
        raise Failure(
            f"the chat server does not answer: {error}; what is missing is read at the next start"
        ) from error
    else:
        return f"Read {rooms} rooms: {messages} messages can be found."
    finally:
        await database.close()
