"""The media process's configuration: one JSON file, rendered by the server, read strictly.

An unknown key, a missing one or a wrong type is an error that names the key.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from bridges.media.latch import Trust
from bridges.media.settings import MediaSettings
from bridges.networks import Advertised

Network = IPv4Network | IPv6Network
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class ConfigError(Exception):
    """The file cannot be used; the message names the file and the key."""


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
    #: See `bridges.media.latch.Trust`.
    trust: Literal["sdp", "signalling", "phones"] = "phones"
    #: See `bridges.media.settings.MediaSettings`; seconds.
    silence_check: Annotated[int, msgspec.Meta(ge=10)] = 60
    silence_limit: Annotated[int, msgspec.Meta(ge=0)] = 0
    detect_tones: bool = False

    def settings(self) -> MediaSettings:
        """For the engine. Raises ValueError."""
        return MediaSettings(
            host=self.host,
            advertised_host=self.advertised_host,
            advertised=Advertised(self.advertised),
            webrtc_host=self.webrtc_host,
            webrtc_port=self.webrtc_port,
            rtp_port_min=self.rtp_port_min,
            rtp_port_max=self.rtp_port_max,
            trust=Trust(self.trust),
            silence_check=self.silence_check,
            silence_limit=self.silence_limit,
            detect_tones=self.detect_tones,
        )


class Ng(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The control port. The protocol knows no password: whoever may ask hears every call.

    `clients` are the networks that may; `interfaces` the addresses that `direction` can name.
    """

    host: str = "127.0.0.1"
    port: Port = 2223
    clients: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    interfaces: dict[str, str] = {}
    #: Folder of the files that `play media` can name.
    files: str | None = None
    #: Folder that recordings are written to.
    recordings: str | None = None
    #: Where a stand-by of this process meets it: a socket to be made in a folder that is the owner's alone.
    standby: str | None = None

    def networks(self) -> tuple[Network, ...]:
        """Raises ValueError."""
        return tuple(ip_network(client, strict=False) for client in self.clients)


class Log(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is logged."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    ng: Ng = Ng()
    media: Media = Media()
    log: Log = Log()


def load(path: Path) -> Config:
    """Read `path`. Raises ConfigError, which names what is wrong and where."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Config)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
