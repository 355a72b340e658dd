"""`unisono version`."""

import argparse
import sys
from importlib import metadata


def configure(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_run)


def version() -> str:
    """The installed version; "unknown" in sources that were never installed."""
    try:
        return metadata.version("unisono")
    except metadata.PackageNotFoundError:
        return "unknown"


def _run(_arguments: argparse.Namespace) -> int:
    sys.stdout.write(version() + "\n")
    return 0
