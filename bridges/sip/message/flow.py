"""Where a message came from, or goes to."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

__all__ = ["Flow", "Listener", "Transport", "host_port", "is_address"]


class Transport(Enum):
    """Transport protocols, spelt as in a Via header."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"

    @property
    def reliable(self) -> bool:
        """Whether the transport itself repeats what is lost (RFC 3261, Section 17): it has connections."""
        return self is not Transport.UDP

    @property
    def secure(self) -> bool:
        """Whether nobody on the way can read or change what passes."""
        return self is Transport.TLS

    @property
    def default_port(self) -> int:
        """Where it is spoken unless a URI says otherwise (RFC 3261, Section 19.1.2)."""
        return 5061 if self is Transport.TLS else 5060

    @property
    def uri_parameter(self) -> str:
        """What makes a `sip:` URI of it; UDP is what a URI without it means."""
        return "" if self is Transport.UDP else f";transport={self.value.lower()}"

    @property
    def naptr_service(self) -> str:
        """Its service in NAPTR records (RFC 3263, Section 4.1)."""
        return {Transport.UDP: "SIP+D2U", Transport.TCP: "SIP+D2T", Transport.TLS: "SIPS+D2T"}[self]

    @property
    def srv_name(self) -> str:
        """What stands before a host in SRV records (RFC 3263, Section 4.1)."""
        return {Transport.UDP: "_sip._udp", Transport.TCP: "_sip._tcp", Transport.TLS: "_sips._tcp"}[self]


@dataclass(frozen=True, slots=True)
class Listener:
    """Where a transport is listened on. Port 0 lets the system choose."""

    transport: Transport
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Flow:
    """The remote address of a datagram, or of a TCP connection (which it names)."""

    transport: Transport
    host: str
    port: int

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable; see `restore`."""
        return {"transport": self.transport.value, "host": self.host, "port": self.port}

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> "Flow":
        """From `snapshot`. Raises `ValueError` for what is none."""
        try:
            return cls(Transport(snapshot["transport"]), str(snapshot["host"]), int(snapshot["port"]))
        except (KeyError, TypeError) as error:
            raise ValueError("not a snapshot of a flow") from error


def host_port(host: str, port: int | None) -> str:
    """`host:port` as URIs and Via spell it: an IPv6 address in brackets."""
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return host if port is None else f"{host}:{port}"


@lru_cache(maxsize=4096)
def is_address(host: str) -> bool:
    """Whether a host is an IP address, not a name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
