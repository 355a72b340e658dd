"""`unisono numbers`: add, list, remove."""

import argparse

from server.commandline.actions import ACTOR, Tools, add_action, table


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    added = add_action(actions, "add", "give a person an outside number", _add)
    added.add_argument("number")
    added.add_argument("--email", required=True, help="of the person")
    add_action(actions, "list", "list all outside numbers", _list)
    removed = add_action(actions, "remove", "take an outside number away", _remove)
    removed.add_argument("number")


async def _add(arguments: argparse.Namespace, tools: Tools) -> str:
    administration = tools.admin.administration
    person = await administration.by_email(arguments.email)
    person = await administration.add_number(ACTOR, person.id, arguments.number)
    return f"{person.name} is reached at {', '.join(person.numbers)}."


async def _list(_arguments: argparse.Namespace, tools: Tools) -> str:
    people = await tools.admin.administration.people()
    rows = sorted((number, p.name, p.email) for p in people for number in p.numbers)
    return table([("NUMBER", "NAME", "E-MAIL"), *rows])


async def _remove(arguments: argparse.Namespace, tools: Tools) -> str:
    person = await tools.admin.administration.remove_number(ACTOR, arguments.number)
    return f"{person.name} is reached at {', '.join(person.numbers) or 'no outside number'}."
