"""`python -m server.sfu --config FILE`: group calls, as a process.

With `--standby` it loads all it needs, opens nothing, and begins at the first line on its stdin: the
supervisor lets it take the place of one that was lost, so that nobody waits for Python to load.

Exit codes: 0 after SIGTERM or SIGINT, 2 for a configuration that cannot be used or an address that is taken.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import uvloop

from logs import plain as log
from server.sfu.app import CannotListen, run
from server.sfu.config import Config, ConfigError, load


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the exit code."""
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="python -m server.sfu", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the JSON file that the server renders")
    parser.add_argument("--standby", action="store_true", help="begin at the first line on stdin")
    options = parser.parse_args(arguments)
    try:
        config = load(options.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.standby and not _called_up():
        return 0
    log.configure(config.log.level)
    try:
        uvloop.run(_main(config))
    except (CannotListen, OSError) as error:
        log.Log("server.sfu").error("sfu_cannot_run", why=str(error))
        return 2
    return 0


def _called_up() -> bool:
    """Wait for the line; False when whoever would have sent it is gone."""
    _call_myself("sfu-standby")
    line = sys.stdin.readline()
    _call_myself("sfu")
    return line != ""


def _call_myself(name: str) -> None:
    """In `ps` and `top`, where Linux lets one (proc(5)): at most 15 characters."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name, "ascii")


async def _main(config: Config) -> None:
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, until.set)
    await run(config, until)


if __name__ == "__main__":
    sys.exit(main())
