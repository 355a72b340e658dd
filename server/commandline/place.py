"""What the commands of `unisono` share.

A command is a module with `configure(parser)`: it adds its arguments and sets `run`, a function of the parsed
arguments that returns the exit status.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from server.config import Config, ConfigError, DataDir, load
from server.secrets import Secrets, load_or_create


class Failure(Exception):
    """Ends the command with these words on stderr and `status`; 2 is for what the caller must put right."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Place:
    """The server a command works on."""

    config: Config
    data: DataDir
    secrets: Secrets


def add_place(parser: argparse.ArgumentParser, data: Path | None = None) -> None:
    """The two options that say which server is meant; `data` is the directory when none is given."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file; see config/default.toml")
    words = "the server's data directory" + (f", by default {data}" if data else "")
    parser.add_argument("--data", type=Path, metavar="DIR", required=data is None, default=data, help=words)


def open_place(arguments: argparse.Namespace) -> Place:
    """Load what `add_place` asked for; the data directory and its secrets are made when missing.

    Raises `Failure`.
    """
    return _open(arguments, lambda _data: load(arguments.config))


def open_started(arguments: argparse.Namespace) -> Place:
    """The same for commands on a server: without `--config` it is what that server was started with.

    Domain, region and realm go into what people are given; the defaults would silently be wrong.
    Raises `Failure`.
    """

    def started_with(data: DataDir) -> Config:
        rendered = data.run / "web.json"
        if arguments.config is not None or not rendered.exists():
            return load(arguments.config)
        try:
            return msgspec.json.decode(rendered.read_bytes(), type=Config)
        except msgspec.DecodeError as error:
            # Written by another version, which was not started again since.
            if data.configuration is not None:
                return load(data.configuration)
            raise ConfigError("give the server's configuration: --config FILE") from error

    return _open(arguments, started_with)


def _open(arguments: argparse.Namespace, configuration: Callable[[DataDir], Config]) -> Place:
    try:
        data = DataDir(arguments.data.resolve())
        config = configuration(data)
        data.create()
        return Place(config, data, load_or_create(data.secrets))
    except (ConfigError, msgspec.DecodeError) as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from error
