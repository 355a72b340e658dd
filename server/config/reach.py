"""Which addresses only this machine can reach. Pure."""

import ipaddress


def is_private(host: str) -> bool:
    """Whether `host` is an address that nobody outside of a private network can reach (RFC 1918, RFC 4193).

    A name may lead anywhere, and an empty or wildcard host listens everywhere.
    """
    if is_loopback(host):
        return True
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return address.is_private and not address.is_unspecified


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, IPv6 with or without brackets) is this machine alone.

    `localhost` and what ends in `.localhost` never leave the machine (RFC 6761, Section 6.3). Of other names
    nobody knows where they will lead tomorrow. An empty host listens everywhere.
    """
    name = host.lower().rstrip(".").removeprefix("[").removesuffix("]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
