"""The carrier's configuration: one JSON file, read strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=1, le=65_535)]


class ConfigError(Exception):
    """A configuration that cannot be used; the message names the file and the key."""


class Sip(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the carrier listens for SIP, UDP and TCP."""

    host: str = "127.0.0.1"
    port: Port = 5080


class Control(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where it is told what to do, by HTTP."""

    host: str = "127.0.0.1"
    port: Port = 8082


class Media(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The ports of its RTP."""

    host: str = "127.0.0.1"
    rtp_port_min: Port = 21_000
    rtp_port_max: Port = 21_099


class Bridge(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whom it calls, and takes calls from."""

    host: str = "127.0.0.1"
    port: Port = 5060


class Log(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How much it tells on stderr."""

    level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The whole; ``region`` is the country whose national numbers it understands."""

    sip: Sip = Sip()
    control: Control = Control()
    media: Media = Media()
    bridge: Bridge = Bridge()
    region: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "IT"
    log: Log = Log()


def load(path: Path) -> Config:
    """Read and check a configuration.

    :raises ConfigError: when it is missing, no JSON, has an unknown key or a value of the wrong kind.
    """
    try:
        config = msgspec.json.decode(path.read_bytes(), type=Config)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    if config.media.rtp_port_min > config.media.rtp_port_max:
        raise ConfigError(f"{path}: media.rtp_port_min is above media.rtp_port_max")
    return config
