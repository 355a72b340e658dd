"""The SFU's configuration: one JSON file, rendered by the server, read strictly.

An unknown key, a missing one or a wrong type is an error that names the key.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class ConfigError(Exception):
    """The file cannot be used; the message names the file and the key."""


class Web(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The listener for signalling, the server API and health."""

    host: str = "127.0.0.1"
    port: Port = 7880


class Media(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The one UDP port of all participants; 0 lets the system choose.

    `tcp_port` is for those whose network lets no UDP out (ICE-TCP); None: nobody is offered it.
    `advertised_host` and `advertised_port` are what they are told, where a NAT or a forwarder stands between.
    """

    host: str = "127.0.0.1"
    advertised_host: str | None = None
    advertised_port: Port | None = None
    tcp_port: Port | None = None
    port: Port = 7882


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one process takes on.

    `bitrate` is what one participant may send, in bit/s; `videos`, how many pictures one is sent.
    `answer_seconds` is how long an offer may wait for its answer, `connect_seconds` how long nothing may be
    heard on a connection that was agreed upon (RFC 7675, Section 5.1). Who sends more than twice `bitrate`
    for `flood_seconds` is put out. Who is without a WebSocket for `grace_seconds` has left.
    `metadata` is of a room, and of a participant as the server describes it; `own_metadata` of what a
    participant says of itself beyond its token. Both in characters, attributes and their names included.
    """

    rooms: Positive = 200
    participants: Positive = 100
    tracks: Positive = 12
    videos: Positive = 25
    message: Positive = 524_288
    data_packet: Positive = 65_536
    metadata: Positive = 65_536
    own_metadata: Positive = 4096
    bitrate: Positive = 12_000_000
    messages_per_second: Positive = 50
    answer_seconds: Positive = 15
    connect_seconds: Positive = 30
    flood_seconds: Positive = 10
    grace_seconds: Positive = 15


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told what happens in the rooms (LiveKit's webhooks), and which of `keys` signs it."""

    url: Annotated[str, msgspec.Meta(pattern="^https?://")]
    key: str


class Log(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is logged."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `keys` holds the secret of each issuer of tokens."""

    keys: dict[str, Annotated[str, msgspec.Meta(min_length=32)]]
    web: Web = Web()
    media: Media = Media()
    limits: Limits = Limits()
    webhook: Webhook | None = None
    log: Log = Log()

    def __post_init__(self) -> None:
        if self.webhook is not None and self.webhook.key not in self.keys:
            raise ValueError("`webhook.key` names none of `keys`")

    def __repr__(self) -> str:
        return f"Config({self.web!r}, {self.media!r})"


def load(path: Path) -> Config:
    """Read `path`. Raises ConfigError, which names what is wrong and where."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Config)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from error
