"""The command `unisono`."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from server.commandline.place import Failure

#: Command -> (module with `configure(parser)`, help). A command pays only for its own imports.
COMMANDS = {
    "serve": ("server.commandline.serve", "start the server and keep it running"),
    "people": ("server.commandline.people", "add, list and remove people"),
    "demo": ("server.commandline.demo", "play the outside world of the demo organisation"),
    "extensions": ("server.commandline.extensions", "give people extensions, and phones passwords"),
    "numbers": ("server.commandline.numbers", "give people outside numbers"),
    "groups": ("server.commandline.groups", "make ring groups: one number for several people"),
    "trunks": ("server.commandline.trunks", "add, list and remove lines to the outside"),
    "certificate": ("server.commandline.certificate", "show and renew what desk phones check over TLS"),
    "trace": ("server.commandline.trace", "show what was said for a call"),
    "contacts": ("server.commandline.contacts", "read the company phonebook in and write it out"),
    "search": ("server.commandline.search", "show and make anew what messages are found by"),
    "backup": ("server.commandline.backup", "write everything into one archive, while the server runs"),
    "restore": ("server.commandline.restore", "put an archive of a backup into an empty data directory"),
    "drain": ("server.commandline.drain", "move calls to a new version of what carries them"),
    "doctor": ("server.commandline.doctor", "look for what is wrong, and say what to mend"),
    "version": ("server.version", "print the version"),
}


def build_parser(command: str | None) -> argparse.ArgumentParser:
    """The parser with all commands named, and `command`'s arguments filled in."""
    parser = argparse.ArgumentParser(
        prog="unisono", description="Phone, chat and meetings of an organisation."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, words) in COMMANDS.items():
        own = commands.add_parser(name, help=words, description=words.capitalize() + ".")
        if name == command:
            importlib.import_module(module).configure(own)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its status."""
    # Whatever this process and those it starts create is for their owner alone.
    os.umask(0o077)
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = build_parser(given[0] if given else None).parse_args(given)
    try:
        status = chosen.run(chosen)
    except Failure as failure:
        sys.stderr.write(f"unisono: {failure}\n")
        status = failure.status
    sys.exit(status)


if __name__ == "__main__":
    main()
