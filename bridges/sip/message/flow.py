"""Where a message came from, or goes to."""

from dataclasses import dataclass
from enum import Enum

__all__ = ["Flow", "Transport", "host_port"]


class Transport(Enum):
    """Transport protocols, spelt as in a Via header."""

    UDP = "UDP"
    TCP = "TCP"

    @property
    def reliable(self) -> bool:
        """Whether the transport itself repeats what is lost (RFC 3261, Section 17)."""
        return self is Transport.TCP


@dataclass(frozen=True, slots=True)
class Flow:
    """The remote address of a datagram, or of a TCP connection (which it names)."""

    transport: Transport
    host: str
    port: int


def host_port(host: str, port: int | None) -> str:
    """`host:port` as URIs and Via spell it: an IPv6 address in brackets."""
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return host if port is None else f"{host}:{port}"
