"""Where a leg's sound comes from, in words that name no person: by which quality is compared. Pure."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Literal

Kind = Literal["phone", "line", "browser"]

#: Versions, serial numbers and hardware addresses: they make two of what is one model.
_NUMBER = re.compile(r"^(?:v?\d+(?:[._-]\d+)*[a-z]?|(?:[0-9a-f]{2}[:-]?){6})$", re.IGNORECASE)
_CUT = re.compile(r"[/(;]")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Place:
    """`trunk` is the name of a line, `model` that of a phone, `network` the one its signalling comes from."""

    kind: Kind
    trunk: str | None = None
    model: str | None = None
    network: str | None = None


def model_of(user_agent: str) -> str:
    """Maker and model out of a User-Agent (RFC 3261, Section 20.41), without versions and addresses."""
    words = [word for word in _CUT.split(user_agent)[0].split() if not _NUMBER.match(word)]
    name = "".join(char for char in " ".join(words[:2]) if char.isascii() and char.isprintable())
    return name[:_LONGEST] or "unknown"


def network_of(host: str) -> str | None:
    """The network of an address: /24, or /48 of IPv6; None for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    length = 24 if isinstance(address, IPv4Address) else 48
    return str(ip_network(f"{host}/{length}", strict=False))
