"""The bridge's configuration: one JSON file, rendered by the server, read strictly.

An unknown key, a missing one or a wrong type is an error that names the key.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from bridges.media.config import Media

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class ConfigError(Exception):
    """The file cannot be used; the message names the file and the key."""


class Sip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SIP listeners. A port of None switches that transport off; 0 lets the system choose."""

    host: str = "127.0.0.1"
    udp_port: Port | None = 5060
    tcp_port: Port | None = 5060
    tls_port: Port | None = None
    #: PEM files; TLS needs both.
    tls_certificate: str | None = None
    tls_key: str | None = None
    advertised_host: str | None = None
    #: Calls that one trunk may bring at once, and a second; None: any number.
    trunk_calls: int | None = None
    trunk_calls_per_second: int | None = None
    #: Who is offered SRTP: nobody, or phones and lines over TLS.
    srtp: Literal["never", "tls"] = "never"


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP listener for the homeserver's transactions, health and inspection."""

    host: str = "127.0.0.1"
    port: Port = 8081


class Trunk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outside line: a `peer` known by its address, or a provider that we `register` with."""

    name: str
    kind: Literal["peer", "register"] = "peer"
    host: str
    port: Port | None = None
    transport: Literal["udp", "tcp", "tls"] = "udp"
    username: str | None = None
    password: str | None = None
    caller_id: str | None = None
    addresses: tuple[str, ...] = ()
    auth_username: str | None = None
    from_user: str | None = None
    from_domain: str | None = None
    outbound_proxy: str | None = None
    caller_in: tuple[Literal["from", "pai", "ppi", "rpid"], ...] = ("from", "pai")
    options: bool = True
    tls_name: str | None = None
    tls_ca: str | None = None
    tls_fingerprint: str | None = None
    answer_within_in: float = 180.0
    answer_not_before: float = 0.0

    def __repr__(self) -> str:
        return f"Trunk({self.name!r}, {self.kind!r}, {self.host!r})"


class Log(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is logged."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    domain: str
    realm: str
    region: str = "IT"
    sip: Sip = Sip()
    control: Control = Control()
    media: Media = Media()
    #: Control ports ("host:port") of the processes that carry calls; none: this one does.
    media_servers: tuple[str, ...] = ()
    #: What a party on hold is played: "" the music that comes with us, "none" nothing, else a file.
    music_on_hold: str = ""
    #: Numbers of slots for parked calls, and seconds after which one that is parked comes back.
    park_slots: tuple[str, ...] = ()
    park_return: float = 120.0
    homeserver_url: str
    web_url: str
    as_token: str
    hs_token: str
    internal_secret: str
    metrics_token: str | None = None
    bot_localpart: str = "unisono-telephone"
    database: str
    trunks: tuple[Trunk, ...] = ()
    log: Log = Log()

    def __repr__(self) -> str:
        return f"Config({self.domain!r})"


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
