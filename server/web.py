"""The web process: `python -m server.web --data DIR`, started by the supervisor with what it rendered."""

import argparse
import os
from pathlib import Path

import msgspec

from logs import log
from server.app import create_app
from server.config import Config, DataDir
from server.edge import protocol
from server.edge.connections import Limits
from server.open_files import allow_many
from server.secrets import load_or_create

#: Connections that wait to be accepted; the kernel has a bound of its own (net.core.somaxconn).
_BACKLOG = 1024
#: Files that the process has open besides connections.
_RESERVE = 200


def main(arguments: list[str] | None = None) -> None:
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="python -m server.web")
    parser.add_argument("--data", type=Path, required=True)
    data = DataDir(parser.parse_args(arguments).data)
    config = msgspec.json.decode((data.run / "web.json").read_bytes(), type=Config)
    log.configure("web", config.log.level)
    app = create_app(config, data, load_or_create(data.secrets))
    protocol.install(app, _limits(config, allow_many()))
    # One process on one loop: the features keep state (live presence, throttles) that must not be split.
    app.run(
        host=config.web.host,
        port=config.web.port,
        single_process=True,
        access_log=False,
        motd=False,
        protocol=protocol.BoundedProtocol,
        backlog=_BACKLOG,
    )


def _limits(config: Config, files: int) -> Limits:
    """A request that is passed on to another process needs a second file."""
    section = config.web
    total = min(section.connections, max(1, (files - _RESERVE) // 2))
    return Limits(total, section.connections_by_address, proxies=section.proxies > 0)


if __name__ == "__main__":
    main()
