"""Which address of this machine others can reach."""

import ipaddress
import socket


def outward_address() -> str | None:
    """The IPv4 address that packets to the outside would carry; None without a network.

    Nothing is sent: connecting a datagram socket only asks the routing table. The far end is an address
    kept for documentation (RFC 5737).
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    address = ipaddress.ip_address(found)
    return None if address.is_loopback or address.is_unspecified else found
