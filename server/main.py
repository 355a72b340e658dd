"""The command `unisono`."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from server.cli import Failure

#: Command -> (module with `configure(parser)`, help). A command pays only for its own imports.
COMMANDS = {
    "serve": ("server.supervision.cli", "start the server and keep it running"),
    "people": ("server.accounts.cli", "add, list and remove people"),
    "demo": ("server.demo.cli", "play the outside world of the demo organisation"),
    "extensions": ("server.administration.extensions_cli", "give people extensions, and phones passwords"),
    "numbers": ("server.administration.numbers_cli", "give people outside numbers"),
    "trunks": ("server.trunks.cli", "add, list and remove lines to the outside"),
    "contacts": ("server.phonebooks.cli", "read the company phonebook in and write it out"),
    "backup": ("server.backup.cli", "write everything into one archive, while the server runs"),
    "restore": ("server.backup.restoring", "put an archive of a backup into an empty data directory"),
    "doctor": ("server.doctor.cli", "look for what is wrong, and say what to mend"),
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
