"""Where a peer comes from, as limits by address count it. Pure."""

import ipaddress


def origin_of(host: str) -> str:
    """What a peer counts under: its IPv4 address, or the /64 of IPv6 that one subscriber has.

    A socket that listens to both shows IPv4 as "::ffff:192.0.2.1" (RFC 4291, Section 2.5.5.2): the same peer,
    and the one /64 of all of them is nobody's.
    """
    try:
        parsed = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return "::1" if parsed.is_loopback else str(ipaddress.ip_network((parsed, 64), strict=False))
