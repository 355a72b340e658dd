"""The web process: `python -m server.web --data DIR`, started by the supervisor with what it rendered."""

import argparse
import os
from pathlib import Path

import msgspec

from server import log
from server.app import create_app
from server.config import Config, DataDir
from server.secrets import load_or_create


def main(arguments: list[str] | None = None) -> None:
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="python -m server.web")
    parser.add_argument("--data", type=Path, required=True)
    data = DataDir(parser.parse_args(arguments).data)
    config = msgspec.json.decode((data.run / "web.json").read_bytes(), type=Config)
    log.configure("web", config.log.level)
    app = create_app(config, data, load_or_create(data.secrets))
    # One process on one loop: the features keep state (live presence, throttles) that must not be split.
    app.run(host=config.web.host, port=config.web.port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
