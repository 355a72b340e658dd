"""`unisono restore FILE`."""

import argparse
import sys
import time
from pathlib import Path

from server.backup import archive
from server.backup.archive import described
from server.backup.errors import BackupError
from server.commandline.backup import told_missing
from server.commandline.place import Failure
from server.config import DataDir, files
from server.supervision.supervisor import DataInUse, lock


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="an archive of `unisono backup`")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", required=True, help="where to put it; must be empty or missing"
    )
    parser.set_defaults(run=_restore)


def _restore(arguments: argparse.Namespace) -> int:
    root = arguments.data.resolve()
    try:
        manifest = archive.restore(arguments.file, root)
        # The next start makes what was left out; the lock proves that nobody runs on it yet.
        data = DataDir(root)
        data.create()
        lock(data).close()
    except (BackupError, DataInUse, OSError) as error:
        raise Failure(f"nothing was restored: {error}", 1) from error
    kept = root / files.KEPT
    made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(manifest.made_at))
    own = "--config " + str(root / "configuration.toml") if (root / "configuration.toml").exists() else ""
    sys.stdout.write(
        f"Restored {described(manifest)}, made {made} by version {manifest.version}"
        f" for the domain {manifest.domain}.\n"
        f"Start it with: unisono serve {own or '--config FILE'} --data {root}\n"
    )
    if kept.exists():
        sys.stdout.write(
            f"The files that the configuration names are in {kept}, each under its key:"
            " they are used where those themselves are missing.\n"
        )
    return told_missing(manifest)
