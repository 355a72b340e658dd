"""`python -m server.sfu --config FILE`: group calls, as a process.

Exit codes: 0 after SIGTERM or SIGINT, 2 for a configuration that cannot be used or an address that is taken.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import structlog
import uvloop

from server import log
from server.sfu.app import CannotListen, run
from server.sfu.config import Config, ConfigError, load


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m server.sfu", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the JSON file that the server renders")
    options = parser.parse_args(arguments)
    try:
        config = load(options.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log.configure("sfu", config.log.level)
    try:
        uvloop.run(_main(config))
    except (CannotListen, OSError) as error:
        structlog.get_logger(__name__).error("sfu_cannot_run", why=str(error))
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
