"""For whom the telephones' certificate is, and when another is due: pure."""

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

__all__ = ["RENEWED_BEFORE", "is_due", "server_names"]

#: Left of a certificate when the next is made: telephones and their keepers have time to notice.
RENEWED_BEFORE = timedelta(days=30)


def server_names(domain: str, hosts: Iterable[str]) -> tuple[str, ...]:
    """What telephones may be told as their server: the organisation's domain, and its addresses in their
    networks. An address that means "all of them" is none."""
    found = [domain.partition(":")[0]]
    for host in hosts:
        bare = host.strip("[]")
        if bare and not _is_unspecified(bare):
            found.append(bare)
    return tuple(dict.fromkeys(name.lower() for name in found))


def is_due(names: Sequence[str], until: datetime, wanted: Sequence[str], now: datetime) -> bool:
    """Whether a certificate for `names` that ends at `until` is to be replaced by one for `wanted`."""
    return now >= until - RENEWED_BEFORE or not set(wanted) <= {name.lower() for name in names}


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
