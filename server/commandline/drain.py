"""`unisono drain`: another program in the place of one that runs, without a call being lost."""

import argparse
import sys

from server.commandline.place import Failure, add_place, open_started
from server.supervision.renewal import NotRenewed, NotRunning, follow_homeserver, renew

#: What is said when it is done.
_DONE = {
    "media": "media: a new process carries all calls.\n",
    "sip": "sip: a new process goes on with all calls.\n",
    "web": "web: a new process serves everybody.\n",
    "homeserver": "homeserver: a new process serves everybody; no call has ended.\n",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Empty a process of its work, as before an upgrade: the program is loaded again, as it is on the disk"
        " now, and takes everything over while people speak. Where it cannot be loaded, all stays as it"
        " is; only the homeserver is ended first: calls go on, chat waits for the seconds that it takes."
    )
    parser.add_argument(
        "part",
        choices=list(_DONE),
        help="media: what carries calls; sip: telephones and their calls; web: pages and their API;"
        " homeserver: Matrix",
    )
    add_place(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    place = open_started(arguments)
    part, data = arguments.part, place.data
    try:
        if part == "homeserver":
            follow_homeserver(data, f"{place.config.homeserver.url}/health")
            count = 1
        else:
            count = renew(data, part)
    except NotRunning:
        without = ", or its calls have no stand-by: see `[media] standby`" if part == "media" else ""
        raise Failure(f"no server runs here{without}") from None
    except NotRenewed:
        raise Failure(f"no other process has taken over; see the log of `{part}`", 1) from None
    except PermissionError as error:
        raise Failure(f"this is for who runs the server: {error.strerror}") from error
    sys.stdout.write(
        f"{part}: {count} processes followed by new ones, with all their calls.\n"
        if count > 1
        else _DONE[part]
    )
    return 0
