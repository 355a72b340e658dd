"""`python -m bridges.sip --config FILE`: the bridge between telephones and Matrix, as a process.

SIGTERM leaves the calls to the process that comes next: a restart, or an upgrade, is heard by nobody. SIGINT
ends them politely: nobody comes. With `--standby` this process only loads the program and forks the one that
does the work, and another when that is lost. Under `processes.succession` another program follows.

Exit codes: 0 after SIGTERM or SIGINT, 2 for a configuration that cannot be used or an address that
is taken (the log and stderr name it).
"""

import argparse
import asyncio
import os
import signal
import sqlite3
import sys
from functools import partial
from pathlib import Path

import uvloop

from bridges.sip.app import CannotListen, run
from bridges.sip.config import Config, ConfigError, load
from logs import log
from processes.prefork import CANNOT_RUN, call_myself, keep
from processes.succession import my_turn


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the exit code."""
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="python -m bridges.sip", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the JSON file that the server renders")
    parser.add_argument("--standby", action="store_true", help="keep the program ready for when it is lost")
    options = parser.parse_args(arguments)
    try:
        config = load(options.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_RUN
    log.configure("sip", config.log.level)
    if not options.standby:
        return _work(config)
    call_myself("sip-loaded")
    return keep(partial(_work, config))


def _work(config: Config) -> int:
    """The exit code."""
    call_myself("sip-starting")
    my_turn()
    try:
        uvloop.run(_main(config))
    except (CannotListen, OSError, sqlite3.Error, ValueError) as error:
        log.get(__name__).error("bridge_cannot_run", why=str(error))
        return CANNOT_RUN
    return 0


async def _main(config: Config) -> None:
    until, left = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def leave() -> None:
        left.set()
        until.set()

    loop.add_signal_handler(signal.SIGTERM, leave)
    loop.add_signal_handler(signal.SIGINT, until.set)
    await run(config, until, started=partial(call_myself, "sip"), leaves=left.is_set)


if __name__ == "__main__":
    sys.exit(main())
