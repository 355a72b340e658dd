"""`unisono groups`: add, change, list, show, remove."""

import argparse
from collections.abc import Sequence
from typing import get_args

from msgspec import structs

from server.commandline.actions import ACTOR, Tools, add_action, table
from server.commandline.place import Failure
from server.composition.directory import make_groups
from server.forwarding.rules import ToColleague, ToNumber
from server.groups.rules import (
    SECONDS_MAX,
    SECONDS_MIN,
    Member,
    Otherwise,
    RingGroup,
    Strategy,
    ToAttendant,
    ToGroup,
    ToMailbox,
    Waiting,
)
from server.groups.service import Groups

_KINDS = ("colleague", "voicemail", "number", "group")


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    added = add_action(actions, "add", "make a ring group", _add)
    added.add_argument("extension", help="two to six digits")
    added.add_argument("--name", required=True, help="what callers and members read")
    _describe(added)
    changed = add_action(actions, "change", "change what is given of a group, and leave the rest", _change)
    changed.add_argument("extension", help="of the group")
    changed.add_argument("--name", help="what callers and members read")
    _describe(changed)
    add_action(actions, "list", "list all ring groups", _list)
    shown = add_action(actions, "show", "show a group and its members", _show)
    shown.add_argument("extension")
    removed = add_action(actions, "remove", "remove a group", _remove)
    removed.add_argument("extension")


def _describe(parser: argparse.ArgumentParser) -> None:
    """What can be said of a group; what is not given is None."""
    parser.add_argument(
        "--member",
        dest="members",
        action="append",
        metavar="E-MAIL",
        help="in the order in which they ring; may be given several times",
    )
    parser.add_argument(
        "--number",
        dest="numbers",
        action="append",
        metavar="NUMBER",
        help="an outside number that reaches the group; may be given several times",
    )
    parser.add_argument("--strategy", choices=get_args(Strategy))
    parser.add_argument(
        "--seconds", type=_seconds, help=f"that a turn rings, {SECONDS_MIN} to {SECONDS_MAX} (default: 20)"
    )
    parser.add_argument(
        "--ring-busy",
        action=argparse.BooleanOptionalAction,
        help="let members ring who are in a call (default: not)",
    )
    parser.add_argument(
        "--queue",
        action=argparse.BooleanOptionalAction,
        help="let callers wait for members who are on duty (default: not)",
    )
    parser.add_argument(
        "--otherwise",
        type=_target,
        metavar="KIND:TARGET",
        help="where calls go that nobody takes: colleague:E-MAIL, voicemail:E-MAIL, number:NUMBER,"
        " group:EXTENSION, or nowhere",
    )


def _seconds(text: str) -> int:
    seconds = int(text)
    if not SECONDS_MIN <= seconds <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"must be {SECONDS_MIN} to {SECONDS_MAX}")
    return seconds


def _target(text: str) -> tuple[str, str]:
    kind, _, target = text.partition(":")
    if text != "nowhere" and (kind not in _KINDS or not target):
        raise argparse.ArgumentTypeError("must be KIND:TARGET or nowhere")
    return kind, target


async def _add(arguments: argparse.Namespace, tools: Tools) -> str:
    wanted = RingGroup(id="", name=arguments.name, extension=arguments.extension)
    group = await _groups(tools).add(ACTOR, await _described(wanted, arguments, tools))
    return await _words(group, tools)


async def _change(arguments: argparse.Namespace, tools: Tools) -> str:
    groups = _groups(tools)
    before = await groups.by_extension(arguments.extension)
    wanted = structs.replace(before, name=arguments.name or before.name)
    return await _words(await groups.change(ACTOR, await _described(wanted, arguments, tools)), tools)


async def _list(_arguments: argparse.Namespace, tools: Tools) -> str:
    rows = [
        (one.extension, one.name, one.strategy, str(len(one.members)), ", ".join(one.numbers))
        for one in await _groups(tools).all()
    ]
    return table([("EXTENSION", "NAME", "STRATEGY", "MEMBERS", "NUMBERS"), *rows])


async def _show(arguments: argparse.Namespace, tools: Tools) -> str:
    return await _words(await _groups(tools).by_extension(arguments.extension), tools)


async def _remove(arguments: argparse.Namespace, tools: Tools) -> str:
    groups = _groups(tools)
    group = await groups.by_extension(arguments.extension)
    await groups.remove(ACTOR, group.id)
    return f"There is no group {group.name} any more; {group.extension} is free."


def _groups(tools: Tools) -> Groups:
    admin, directory = tools.admin, tools.features.directory
    return make_groups(tools.place.config, tools.database, directory, admin.audit, None)


async def _described(before: RingGroup, arguments: argparse.Namespace, tools: Tools) -> RingGroup:
    """With what the arguments say. Raises `directory.rules.PersonNotFound`, `groups.rules.UnknownGroup`."""
    members, target = before.members, before.otherwise
    if arguments.members is not None:
        members = await _members(arguments.members, before, tools)
    if arguments.otherwise is not None:
        kind, named = arguments.otherwise
        target = await _otherwise(kind, named, tools)
    return structs.replace(
        before,
        numbers=before.numbers if arguments.numbers is None else tuple(filter(None, arguments.numbers)),
        strategy=arguments.strategy or before.strategy,
        seconds=arguments.seconds or before.seconds,
        skip_busy=before.skip_busy if arguments.ring_busy is None else not arguments.ring_busy,
        members=members,
        otherwise=target,
        waiting=_waiting(before, arguments.queue),
    )


def _waiting(before: RingGroup, queue: bool | None) -> Waiting | None:
    if queue is None:
        return before.waiting
    return before.waiting or Waiting() if queue else None


async def _members(emails: Sequence[str], before: RingGroup, tools: Tools) -> tuple[Member, ...]:
    """Who was in the group before is there as before."""
    here = {one.user_id: one.here for one in before.members}
    found = [await _user_id(email, tools) for email in emails if email]
    return tuple(Member(user_id, here.get(user_id, True)) for user_id in found)


async def _otherwise(kind: str, target: str, tools: Tools) -> Otherwise | None:
    match kind:
        case "colleague":
            return ToColleague(await _user_id(target, tools))
        case "voicemail":
            return ToMailbox(await _user_id(target, tools))
        case "number":
            return ToNumber(target)
        case "group":
            return ToGroup((await _groups(tools).by_extension(target)).id)
        case _:
            return None


async def _user_id(email: str, tools: Tools) -> str:
    person = await tools.admin.administration.by_email(email)
    if person.disabled:
        raise Failure(f"{person.name} is disabled")
    return person.user_id


async def _words(group: RingGroup, tools: Tools) -> str:
    reached = ", ".join((group.extension, *group.numbers))
    busy = "members in a call are left out" if group.skip_busy else "members in a call ring, too"
    lines = [f"{group.name}: {reached}.", f"Rings {group.strategy}, {group.seconds} s a turn; {busy}."]
    for one in group.members:
        person = await tools.features.directory.by_user_id(one.user_id)
        if person is not None:
            lines.append(f"  {person.name} <{person.email}>{'' if one.here else ' (not for now)'}")
    if group.waiting is not None:
        waits = group.waiting
        lines.append(
            f"A queue: {waits.most} callers wait, {waits.longest} s at most; wrap-up {waits.wrap_up} s."
        )
    lines.append(f"When nobody takes it: {await _target_words(group.otherwise, tools)}.")
    return "\n".join(lines)


async def _target_words(target: Otherwise | None, tools: Tools) -> str:
    match target:
        case ToColleague(user_id=user_id):
            return f"to {user_id}"
        case ToMailbox(user_id=user_id):
            return f"to the voicemail of {user_id}"
        case ToNumber(number=number):
            return f"to {number}"
        case ToGroup(group_id=group_id):
            names = [one.name for one in await _groups(tools).all() if one.id == group_id]
            return f"to the group {names[0]}" if names else "the call ends"
        case ToAttendant(attendant_id=attendant_id):
            name = (await _groups(tools).attendants()).get(attendant_id)
            return f"to the attendant {name}" if name else "the call ends"
        case _:
            return "the call ends"
