"""Which address of ours the other side is told, by the network where it is. Pure."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


class Advertised:
    """Addresses by network: a telephone of the house is told the house's address, a provider the public one.

    Args:
        by_network: address (IP literal) by network ("10.0.0.0/8"); of several that fit the narrowest counts.

    Raises:
        ValueError: what should be a network or an address is none.
    """

    def __init__(self, by_network: Mapping[str, str] | None = None) -> None:
        found = [(ip_network(net, strict=False), host) for net, host in (by_network or {}).items()]
        for _, host in found:
            if ip_address(host).is_unspecified:
                raise ValueError(f"nobody can be reached at {host}")
        self._networks: list[tuple[IPv4Network | IPv6Network, str]] = sorted(
            found, key=lambda entry: entry[0].prefixlen, reverse=True
        )

    @property
    def hosts(self) -> frozenset[str]:
        """All addresses that are told."""
        return frozenset(host for _, host in self._networks)

    def to(self, peer: str | None) -> str | None:
        """What a peer at this address is told; None where no network says it, or its address is a name."""
        if not self._networks:
            return None
        try:
            address = ip_address((peer or "").partition("%")[0])
        except ValueError:
            return None
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        return next((host for network, host in self._networks if address in network), None)
