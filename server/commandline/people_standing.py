"""`unisono people`: disable, enable, role, calls."""

import argparse
from typing import Any, get_args

from server.commandline.actions import ACTOR, Tools, add_action
from server.directory.rules import CallsOutside
from server.directory.service import PersonChange

_MAY_CALL: dict[CallsOutside, str] = {
    "inside": "colleagues and emergency numbers",
    "national": "colleagues and numbers of this country",
    "all": "all numbers that the organisation allows",
}


def add_actions(actions: Any) -> None:
    """The actions of administrators on an account, beside those of the accounts themselves."""
    for name, words, action in (
        ("disable", "end a person's sessions and let them in no more", _disable),
        ("enable", "let a disabled person in again", _enable),
        ("role", "make a person an administrator or a member", _role),
        ("calls", "say whom a person may call outside", _calls),
    ):
        parser = add_action(actions, name, words, action)
        parser.add_argument("email")
        if name == "role":
            parser.add_argument("role", choices=("member", "administrator"))
        if name == "calls":
            parser.add_argument("calls", choices=get_args(CallsOutside))


async def _disable(arguments: argparse.Namespace, tools: Tools) -> str:
    person = await tools.admin.administration.by_email(arguments.email)
    await tools.admin.administration.disable(ACTOR, person.id)
    return f"{person.name} is disabled and signed out everywhere."


async def _enable(arguments: argparse.Namespace, tools: Tools) -> str:
    person = await tools.admin.administration.by_email(arguments.email)
    await tools.admin.administration.enable(ACTOR, person.id)
    return f"{person.name} may sign in again."


async def _role(arguments: argparse.Namespace, tools: Tools) -> str:
    person = await tools.admin.administration.by_email(arguments.email)
    await tools.admin.administration.change(ACTOR, person.id, PersonChange(role=arguments.role))
    return f"{person.name} is {arguments.role} now."


async def _calls(arguments: argparse.Namespace, tools: Tools) -> str:
    person = await tools.admin.administration.by_email(arguments.email)
    change = PersonChange(calls_outside=arguments.calls)
    await tools.admin.administration.change(ACTOR, person.id, change)
    return f"{person.name} may call {_MAY_CALL[arguments.calls]}."
