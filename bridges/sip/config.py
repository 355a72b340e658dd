"""The bridge's configuration: one JSON file, rendered by the server, read strictly.

An unknown key, a missing one or a wrong type is an error that names the key.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class ConfigError(Exception):
    """The file cannot be used; the message names the file and the key."""


class Sip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SIP listeners. A port of None switches that transport off; 0 lets the system choose."""

    host: str = "127.0.0.1"
    udp_port: Port | None = 5060
    tcp_port: Port | None = 5060
    advertised_host: str | None = None
    #: Calls that one trunk may bring at once, and a second; None: any number.
    trunk_calls: int | None = None
    trunk_calls_per_second: int | None = None


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP listener for the homeserver's transactions, health and inspection."""

    host: str = "127.0.0.1"
    port: Port = 8081


class Media(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where calls' audio is received."""

    host: str = "127.0.0.1"
    advertised_host: str | None = None
    #: Told instead to those in certain networks, in SIP too: address by network.
    advertised: dict[str, str] = {}
    webrtc_host: str | None = None
    webrtc_port: Port = 5062
    rtp_port_min: Port = 20000
    rtp_port_max: Port = 20999
    #: See `bridges.sip.media.latch.Trust`.
    trust: Literal["sdp", "signalling", "phones"] = "phones"
    #: See `bridges.sip.media.in_process.MediaSettings`; seconds.
    silence_check: Annotated[int, msgspec.Meta(ge=10)] = 60
    silence_limit: Annotated[int, msgspec.Meta(ge=0)] = 0


class Trunk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outside line: a `peer` known by its address, or a provider that we `register` with."""

    name: str
    kind: Literal["peer", "register"] = "peer"
    host: str
    port: Port | None = None
    transport: Literal["udp", "tcp"] = "udp"
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
