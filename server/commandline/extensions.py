"""`unisono extensions`: add, password, remove."""

import argparse

from server.administration import provisioning
from server.administration.service import Device
from server.commandline.actions import ACTOR, Tools, add_action

_PHONES = tuple(one.phone for one in provisioning.settings(provisioning.Account("", "", "")))


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    added = add_action(actions, "add", "give a person an extension", _add)
    added.add_argument("extension", help="two to six digits")
    added.add_argument("--email", required=True, help="of the person")
    renewed = add_action(actions, "password", "make a new password for an extension's phones", _password)
    renewed.add_argument("extension")
    removed = add_action(actions, "remove", "take an extension away", _remove)
    removed.add_argument("extension")
    for one in (added, renewed):
        one.add_argument("--phone", choices=_PHONES, help="print the settings for this kind of phone")
        one.add_argument("--tls", action="store_true", help="of these, those for SIP over TLS")


async def _add(arguments: argparse.Namespace, tools: Tools) -> str:
    person = await tools.admin.administration.by_email(arguments.email)
    device = await tools.admin.administration.add_extension(ACTOR, person.id, arguments.extension)
    return _shown(device, arguments)


async def _password(arguments: argparse.Namespace, tools: Tools) -> str:
    device = await tools.admin.administration.new_password(ACTOR, arguments.extension)
    return _shown(device, arguments)


async def _remove(arguments: argparse.Namespace, tools: Tools) -> str:
    person = await tools.admin.administration.remove_extension(ACTOR, arguments.extension)
    return f"{person.name} has the extension {arguments.extension} no more."


def _shown(device: Device, arguments: argparse.Namespace) -> str:
    account = device.account
    lines = [
        f"Extension {account.extension} of {device.person.name}.",
        f"SIP password (shown only now): {account.password}",
        f"The phone registers at {account.server}:{account.port} ({account.transport})"
        f" as {account.extension}@{account.domain}.",
    ]
    if arguments.tls and not account.tls_port:
        lines.append("SIP over TLS is off: set `sip.tls_port`.")
    phone = f"{arguments.phone}{provisioning.OVER_TLS}" if arguments.tls else arguments.phone
    texts = [one.text for one in provisioning.settings(account) if one.phone == phone]
    return "\n".join([*lines, *(["", *texts] if texts else [])]).rstrip("\n")
