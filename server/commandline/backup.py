"""`unisono backup FILE`."""

import argparse
import sqlite3
import sys
import time
from pathlib import Path

from server.backup import archive
from server.backup.archive import BackupError, Origin, described
from server.commandline.place import Failure, add_place, open_started
from server.version import version


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="the archive to write; must not exist yet")
    parser.set_defaults(run=_backup)


def _backup(arguments: argparse.Namespace) -> int:
    place = open_started(arguments)
    if place.config.database.url:
        raise Failure(
            "this server keeps its data in a database of its own (`database.url`):"
            " back that up with the database's tools, pg_dump for PostgreSQL, and stop the server meanwhile"
        )
    root, target = place.data.root, arguments.file.resolve()
    if target.is_relative_to(root):
        raise Failure("the archive must not lie in the data directory that it is made of")
    origin = Origin(root, version(), place.config.organisation.domain, int(time.time()), arguments.config)
    try:
        manifest = archive.write(origin, target)
    except (BackupError, OSError, sqlite3.Error) as error:
        raise Failure(f"no backup was made: {error}", 1) from error
    sys.stdout.write(
        f"Wrote {target}: {described(manifest)}, {target.stat().st_size / 1e6:.1f} MB compressed.\n"
        "It holds every secret of the server: keep it as safe as the server itself.\n"
    )
    return 0
