"""`unisono backup FILE`."""

import argparse
import sqlite3
import sys
import time
from pathlib import Path

from server.backup import archive
from server.backup.archive import Manifest, Origin, described
from server.backup.errors import BackupError
from server.backup.target import is_private
from server.commandline.place import Failure, Place, add_place, open_started
from server.config import files
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
    configuration = arguments.config.resolve() if arguments.config else place.data.configuration
    origin = _origin(place, configuration)
    try:
        manifest = archive.write(origin, target)
    except (BackupError, OSError, sqlite3.Error) as error:
        raise Failure(f"no backup was made: {error}", 1) from error
    sys.stdout.write(
        f"Wrote {target}: {described(manifest)}, {target.stat().st_size / 1e6:.1f} MB compressed.\n"
        "It holds every secret of the server: keep it as safe as the server itself.\n"
    )
    if place.config.client_dir is not None:
        sys.stdout.write(
            f"The folder `web.client_dir` ({place.config.client_dir}) is a program: it is not in it.\n"
        )
    if not is_private(target):
        sys.stdout.write("The file system does not keep others from reading it: move it to one that does.\n")
    return told_missing(manifest)


def _origin(place: Place, configuration: Path | None) -> Origin:
    """What is to be kept, the files that the configuration names included.

    One that is gone is kept as the server has it, loaded at its start; what nobody has any more is named.
    """
    named: dict[str, bytes] = {}
    missing: list[str] = []
    if configuration is not None and not configuration.is_file():
        missing.append(str(configuration))
        configuration = None
    for file in files.named(place.config):
        path = files.found(configuration.parent, file.path, file.key) if configuration else Path(file.path)
        try:
            named[file.key] = path.read_bytes()
        except OSError:
            if file.content is not None:
                named[file.key] = f"{file.content}\n".encode()
            else:
                missing.append(f"{file.key} = {file.path}")
    domain = place.config.organisation.domain
    return Origin(place.data.root, version(), domain, int(time.time()), configuration, named, tuple(missing))


def told_missing(manifest: Manifest) -> int:
    """Name what the archive has not; the exit status."""
    for name in manifest.missing:
        sys.stdout.write(f"NOT in the archive: {name}\n")
    return 1 if manifest.missing else 0
