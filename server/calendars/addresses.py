"""Which addresses a person may have the server read from. Pure.

The server stands inside of a network that its people must not reach by it (server-side request forgery):
only addresses of the open internet are asked, and those that the administrator names.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from ipaddress import IPv4Network as Four
from urllib.parse import urljoin, urlsplit

from server.calendars.refusals import BadAddress

LONGEST = 2048
Network = Four | IPv6Network
#: What an IPv4 address hides in (RFC 6052, RFC 3056, RFC 4380).
_NAT64 = IPv6Network("64:ff9b::/96")
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
#: Global unicast as far as it is given out (IANA); Python takes what nobody was given for that, too.
_UNICAST = IPv6Network("2000::/3")
#: Of Azure's own, and answers every machine inside of it.
_CLOUD = IPv4Address("168.63.129.16")
#: Below 1024 only the web's own: mail servers and the like are not to be spoken to.
_WEB = frozenset({80, 443})


def networks(written: Sequence[str]) -> tuple[Network, ...]:
    """Raises ValueError."""
    return tuple(ip_network(one, strict=False) for one in written)


def calendar_url(typed: str) -> str:
    """An address as people have it, by https unless they say http. Raises `BadAddress`."""
    text = typed.strip()
    scheme, colon, rest = text.partition("://")
    if not colon:
        text = f"https://{text}"
    elif scheme.lower() in {"webcal", "webcals"}:
        text = f"https://{rest}"
    return checked(text)


def checked(url: str) -> str:
    """Without the fragment. Raises `BadAddress`."""
    if len(url) > LONGEST or not url.isprintable() or " " in url or "\\" in url:
        raise BadAddress
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise BadAddress
    if port is not None and port < 1024 and port not in _WEB:
        raise BadAddress
    return parts._replace(fragment="").geturl()


def resolved(base: str, reference: str) -> str:
    """Where a redirect or an href of a server leads. Raises `BadAddress`."""
    try:
        return checked(urljoin(base, reference))
    except ValueError as error:
        raise BadAddress from error


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def is_literal(host: str) -> bool:
    """Whether it is an IP address, which no resolver is asked for."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def may_reach(address: str, allowed: Sequence[Network], *, public: bool = True) -> bool:
    """Whether an IP address may be asked; `public`: not only those that are `allowed` by name."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(found)
    if any(inner in network for network in allowed if network.version == inner.version):
        return True
    if isinstance(inner, IPv6Address):
        given = inner in _UNICAST and not any(inner in network for network in _TUNNELS)
    else:
        given = inner != _CLOUD and not inner.is_multicast
    return public and given and inner.is_global


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def shares_password(first: str, other: str) -> bool:
    """Whether the password for the one address may be sent to the other: the same host, or one beside it or
    beneath it, as large providers give (caldav.example.org, p12-caldav.example.org)."""
    one, two = urlsplit(first), urlsplit(other)
    if one.scheme == "https" != two.scheme:
        return False
    here, there = (one.hostname or "").lower(), (two.hostname or "").lower()
    if here == there:
        return two.scheme == "https" or one.port == two.port
    if is_literal(here) or is_literal(there):
        return False
    parent = here.partition(".")[2]
    return there.endswith(f".{here}") or (_is_somebodys(parent) and there.endswith(f".{parent}"))


def _is_somebodys(domain: str) -> bool:
    """Not one beneath which anybody has a name: neither `org`, nor a country's `co.uk` or `com.au`."""
    name, _, last = domain.rpartition(".")
    return bool(name) and ("." in name or len(last) > 2 or len(name) > 3)
