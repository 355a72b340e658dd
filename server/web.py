"""The web process: `python -m server.web --data DIR`, started by the supervisor with what it rendered.

With `--standby` this process only loads the program and forks the one that does the work, and another when
that is lost; both listen on the same sockets. Under `processes.succession` another program follows.
"""

import argparse
import gc
import os
import sys
from functools import partial
from pathlib import Path
from socket import socket

import msgspec

from logs import log
from processes.prefork import CANNOT_RUN, call_myself, keep
from processes.succession import BACKLOG, inherited, my_turn
from server.app import create_app
from server.config import Config, DataDir
from server.edge import protocol
from server.edge.connections import Limits
from server.edge.sanic_types import App
from server.open_files import allow_many
from server.secrets import load_or_create

#: Files that the process has open besides connections.
_RESERVE = 200


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; the exit code."""
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="python -m server.web")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--standby", action="store_true", help="keep the program ready for when it is lost")
    options = parser.parse_args(arguments)
    data = DataDir(options.data)
    config = msgspec.json.decode((data.run / "web.json").read_bytes(), type=Config)
    log.configure("web", config.log.level)
    section = config.web
    try:
        front = inherited(section.host, section.port)
        inside = inherited(section.internal_host, section.internal_port)
    except OSError as error:
        log.get(__name__).error("web_cannot_listen", why=str(error))
        return CANNOT_RUN
    work = partial(_work, config, data, front, inside)
    if not options.standby:
        return work()
    call_myself("web-loaded")
    return keep(work)


def _work(config: Config, data: DataDir, front: socket, inside: socket) -> int:
    """The exit code."""
    call_myself("web-starting")
    app = create_app(config, data, load_or_create(data.secrets), inside=inside)
    app.register_listener(lambda *_: call_myself("web"), "after_server_start")
    protocol.install(app, _limits(config, allow_many()))
    app.register_listener(_settled, "after_server_start")
    my_turn(front, inside)
    # One process on one loop: the features keep state (live presence, throttles) that must not be split.
    app.run(
        sock=front,
        single_process=True,
        access_log=False,
        motd=False,
        protocol=protocol.BoundedProtocol,
        backlog=BACKLOG,
    )
    return 0


async def _settled(_app: App) -> None:
    """What is there from now on to the end need not be looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.collect()  # The next time is once a quarter of what was looked through is new: of nothing.


def _limits(config: Config, files: int) -> Limits:
    """A request that is passed on to another process needs a second file."""
    section = config.web
    total = min(section.connections, max(1, (files - _RESERVE) // 2))
    return Limits(total, section.connections_by_address, proxies=section.proxies > 0)


if __name__ == "__main__":
    sys.exit(main())
