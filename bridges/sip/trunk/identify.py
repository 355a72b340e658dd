"""Whose INVITE is this? Pure."""

import hmac
from collections.abc import Collection, Sequence
from enum import IntEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from bridges.sip.message import Request

__all__ = ["Match", "Network", "address_of", "contact_user", "is_among", "match", "networks"]

Network = IPv4Network | IPv6Network


class Match(IntEnum):
    """How well a request fits a trunk, where several share an address."""

    NONE = 0
    ADDRESS = 1
    VIA_PORT = 2
    PORT = 3


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks as they are configured; what is neither is left out."""
    found = []
    for text in texts:
        try:
            found.append(ip_network(text.strip().strip("[]"), strict=False))
        except ValueError:
            continue
    return tuple(found)


def match(request: Request, hosts: Collection[str], known: Sequence[Network], port: int) -> Match:
    """How a request fits the trunk at these IP addresses and networks, and this port.

    The address decides. The port may be any, over UDP and TCP: providers send from others than they
    listen on, and a connection that the peer opened has one of its own.
    """
    address = address_of(request.flow.host)
    if address is None or not is_among(address, hosts, known):
        return Match.NONE
    if request.flow.port == port:
        return Match.PORT
    return (
        Match.VIA_PORT if (request.via.port or request.flow.transport.default_port) == port else Match.ADDRESS
    )


def is_among(address: IPv4Address | IPv6Address, hosts: Collection[str], known: Sequence[Network]) -> bool:
    return any(address == address_of(host) for host in hosts) or any(address in network for network in known)


@lru_cache(maxsize=4096)
def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """The address; IPv4 where a socket of both families shows it mapped (RFC 4291, Section 2.5.5.2)."""
    try:
        found = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def contact_user(secret: bytes, name: str, username: str) -> str:
    """The user part of the Contact that we register with a provider.

    Nobody else can guess it, so an INVITE to it is the provider's, from whichever of its many hosts;
    and it is the same after a restart, so no earlier registration of ours rings beside it. It says
    nothing of the line's password: `secret` is the installation's own.
    """
    return "t" + hmac.digest(secret, f"{name}\0{username}".encode(), "sha256").hex()[:20]
