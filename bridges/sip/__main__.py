"""`python -m bridges.sip --config FILE`: the bridge between telephones and Matrix, as a process.

Exit codes: 0 after SIGTERM or SIGINT, 2 for a configuration that cannot be used or an address that
is taken (the log and stderr name it).
"""

import argparse
import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

import uvloop

from bridges.sip.app import CannotListen, run
from bridges.sip.config import Config, ConfigError, load
from logs import log


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the exit code."""
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="python -m bridges.sip", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the JSON file that the server renders")
    options = parser.parse_args(arguments)
    try:
        config = load(options.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log.configure("sip", config.log.level)
    try:
        uvloop.run(_main(config))
    except (CannotListen, OSError, sqlite3.Error, ValueError) as error:
        log.get(__name__).error("bridge_cannot_run", why=str(error))
        return 2
    return 0


async def _main(config: Config) -> None:
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, until.set)
    await run(config, until)


if __name__ == "__main__":
    sys.exit(main())
