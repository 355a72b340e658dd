"""`python -m server.sfu --config FILE`: group calls, as a process.

With `--standby` this process only loads the program and forks the one that does the work, and another when
that is lost, so that nobody waits for Python to load.

Exit codes: 0 after SIGTERM or SIGINT, 2 for a configuration that cannot be used or an address that is taken.
"""

import argparse
import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

import uvloop

from logs import plain as log
from processes.prefork import CANNOT_RUN, call_myself, keep
from server.sfu.app import CannotListen, run
from server.sfu.config import Config, ConfigError, load


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the exit code."""
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="python -m server.sfu", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the JSON file that the server renders")
    parser.add_argument("--standby", action="store_true", help="keep the program ready for when it is lost")
    options = parser.parse_args(arguments)
    try:
        config = load(options.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log.configure(config.log.level)
    if not options.standby:
        return _work(config)
    call_myself("sfu-parent")
    return keep(partial(_work, config))


def _work(config: Config) -> int:
    """The exit code."""
    call_myself("sfu")
    try:
        uvloop.run(_main(config))
    except (CannotListen, OSError) as error:
        log.Log("server.sfu").error("sfu_cannot_run", why=str(error))
        return CANNOT_RUN
    return 0


async def _main(config: Config) -> None:
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, until.set)
    await run(config, until)


if __name__ == "__main__":
    sys.exit(main())
