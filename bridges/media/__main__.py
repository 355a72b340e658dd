"""`python -m bridges.media --config FILE`: call media, as a process under rtpengine's ng protocol.

With a stand-by (`ng.standby`) this process only loads the program and forks: one process that carries calls,
and one that is told of each call and goes on when the first dies or hangs. SIGHUP loads the program again
and moves all calls to it.

Exit codes: 0 after SIGTERM or SIGINT, 2 for a configuration that cannot be used or an address that is taken.
"""

import argparse
import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

# Nothing here is worth a second thread of numpy's, which every fork would have to do without.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import uvloop

from bridges.media.config import Config, ConfigError, load
from bridges.media.failover.prefork import CANNOT_RUN, Prefork, outlive_parent
from bridges.media.failover.standby import Inheritance, Standby
from bridges.media.process import run
from logs import plain as log
from processes.prefork import call_myself

#: Set for the program that is loaded in place of an earlier one.
_RENEWED = "UNISONO_MEDIA_RENEWED"


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the exit code."""
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="python -m bridges.media", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the JSON file that the server renders")
    options = parser.parse_args(arguments)
    try:
        config = load(options.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log.configure(config.log.level, process="media")
    if config.ng.standby is None:
        return _carry(config, None)
    call_myself("media-parent")
    path = Path(config.ng.standby)
    parent = Prefork(path, partial(_carry, config), partial(_stand_by, config, path), _renew)
    return parent.run(retire=os.environ.pop(_RENEWED, None) is not None)


def _carry(config: Config, supervisor: int | None, inherited: Inheritance | None = None) -> int:
    """The exit code. `supervisor`: a descriptor that can be read when that has ended."""
    call_myself("media")
    try:
        uvloop.run(_main(config, supervisor, inherited))
    except (OSError, ValueError) as error:
        log.Log("bridges.media").error("media_cannot_run", why=str(error))
        return CANNOT_RUN
    return 0


def _stand_by(config: Config, path: Path, orders: int, supervisor: int) -> int:
    call_myself("media-standby")
    inherited = Standby(path, orders).wait()
    if inherited is None:
        return 0
    outlive_parent()
    return _carry(config, supervisor, inherited)


def _renew() -> None:
    """The same process, with the program as it is on the disk now."""
    os.environ[_RENEWED] = "1"
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606


async def _main(config: Config, supervisor: int | None, inherited: Inheritance | None) -> None:
    until, retire = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, until.set)
    loop.add_signal_handler(signal.SIGUSR1, retire.set)
    if supervisor is not None:
        loop.add_reader(supervisor, until.set)
    await run(config, until, retire, inherited)


if __name__ == "__main__":
    sys.exit(main())
