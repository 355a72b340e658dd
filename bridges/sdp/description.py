"""The grammar: a session description as lines (RFC 8866, Section 5), before anybody asks what they mean.

What a call needs of it are an address, a port and payload types; whoever needs them refuses a description
without. Everything else may be odd, missing or unknown: it is passed over here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from bridges.sdp.errors import MalformedSdp

#: An attribute: its name, and its value or None (`a=rtcp-mux`).
Attribute = tuple[str, str | None]

# Chromium's offer with audio, video and data is 7 kB. What is longer than this is an attack.
MAX_LENGTH = 65_536
MAX_SECTIONS = 64
LINE_END = re.compile(r"\r\n|\r|\n")
#: What may stand around a line: blanks, NULs of buffers that were sent whole, a byte order mark.
PADDING = " \t\x00\ufeff"
UNKNOWN_ORIGIN = ("-", "0", "0", "IN", "IP4", "0.0.0.0")


@dataclass(frozen=True, slots=True)
class Section:
    """One media section: an `m=` line and what follows it (RFC 4566, Section 5.14).

    Attributes:
        kind: "audio", "video", "application", …
        port: 0 refuses or ends the section; also when it could not be read.
        protocol: "RTP/AVP", "UDP/TLS/RTP/SAVPF", …
        formats: the words after the protocol: payload types for RTP.
        host: the address of the section's own `c=` line, or None; empty if that is no address.
        attributes: `a=` lines in their order.
    """

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str | None = None
    attributes: tuple[Attribute, ...] = ()

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.attributes)

    def value(self, name: str) -> str | None:
        """The first value of attribute `name`; None when it is absent or has none."""
        return next(self.values(name), None)

    def values(self, name: str) -> Iterator[str]:
        return (value for key, value in self.attributes if key == name and value is not None)

    def __str__(self) -> str:
        words = " ".join(self.formats) or "0"
        head = f"m={self.kind} {self.port} {self.protocol} {words}\r\n"
        return head + _connection(self.host) + _attributes(self.attributes)


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A whole description.

    Attributes:
        origin: the words of the `o=` line: user, session id, version, "IN", "IP4" or "IP6", address; those of
            `UNKNOWN_ORIGIN` if it cannot be read.
        host: the address of the session's `c=` line, or None; empty if that is no address.
        attributes: the session's `a=` lines.
        sections: the media sections in their order.
    """

    origin: tuple[str, str, str, str, str, str]
    host: str | None = None
    attributes: tuple[Attribute, ...] = ()
    sections: tuple[Section, ...] = ()

    def value(self, name: str) -> str | None:
        return next((value for key, value in self.attributes if key == name), None)

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.attributes)

    def __str__(self) -> str:
        head = f"v=0\r\no={' '.join(self.origin)}\r\ns=-\r\n{_connection(self.host)}t=0 0\r\n"
        return head + _attributes(self.attributes) + "".join(map(str, self.sections))


def parse(text: str) -> SessionDescription:
    """Reads a description; any line ends will do, as deployed phones and browsers send all of them.

    Lines that nothing here needs (`b=`, `k=`, `i=`, …) or that are none are skipped, and the order of the
    rest within a section is not checked: real phones get it wrong.

    Raises:
        MalformedSdp: for what is too long, or has not one line of a description.
    """
    if len(text) > MAX_LENGTH:
        raise MalformedSdp(f"longer than {MAX_LENGTH} characters")
    head, *bodies = _split(text)
    if len(bodies) > MAX_SECTIONS:
        raise MalformedSdp(f"more than {MAX_SECTIONS} media sections")
    if not head and not bodies:
        raise MalformedSdp("no line of a description")
    # From the right: some phones put a display name, blanks included, where the user's name belongs.
    origin = next((value.rsplit(maxsplit=5) for letter, value in head if letter == "o"), [])
    user, session, version, network, family, address = origin if len(origin) == 6 else UNKNOWN_ORIGIN
    return SessionDescription(
        (user, session, version, network, family, address),
        _host(head),
        _read_attributes(head),
        tuple(_section(body) for body in bodies),
    )


Line = tuple[str, str]


def _split(text: str) -> list[list[Line]]:
    """The lines as (letter, value), cut before each `m=`; the first part is the session's."""
    parts: list[list[Line]] = [[]]
    # Not splitlines(): it also cuts at characters that may stand inside a value.
    for raw in LINE_END.split(text):
        letter, equals, value = raw.strip(PADDING).partition("=")
        letter = letter.strip().lower()
        if len(letter) != 1 or not equals:
            continue
        if letter == "m":
            parts.append([])
        parts[-1].append((letter, value))
    return parts


def _section(lines: list[Line]) -> Section:
    """Its place must be kept (RFC 3264, Section 6): one that cannot be used becomes one that is refused."""
    words = lines[0][1].split()
    kind, port, protocol, *formats = words + [""] * (3 - len(words))
    # "port/count" (RFC 8866, Section 5.14) is for layered streams; the first port is the one to use.
    number = port.partition("/")[0]
    return Section(
        kind.lower() or "unknown",
        read_port(number) if is_number(number, 65_535) else 0,
        protocol.upper() if protocol.upper().startswith("RTP/") else protocol or "RTP/AVP",
        tuple(formats),
        _host(lines),
        _read_attributes(lines[1:]),
    )


def _host(lines: list[Line]) -> str | None:
    value = next((value for letter, value in lines if letter == "c"), None)
    if value is None:
        return None
    words = value.split()
    try:
        return read_host(words[2]) if len(words) > 2 else ""
    except MalformedSdp:
        return ""


def _read_attributes(lines: list[Line]) -> tuple[Attribute, ...]:
    return tuple(_attribute(value) for letter, value in lines if letter == "a")


def _attribute(text: str) -> Attribute:
    name, colon, value = text.partition(":")
    return name.strip(), value.strip() if colon else None


def read_host(text: str) -> str:
    """An IP address literal in its usual spelling.

    Names are refused: resolving what a stranger wrote would block a call and probe the network.
    """
    try:
        return str(ip_address(text))
    except ValueError:
        raise MalformedSdp(f"not an IP address: {text[:60]!r}") from None


def read_port(text: str) -> int:
    return read_number(text, 65_535)


def read_number(text: str, highest: int) -> int:
    """A decimal number from 0 to `highest`, ASCII digits only."""
    if not is_number(text, highest):
        raise MalformedSdp(f"not a number up to {highest}: {text[:20]!r}")
    return int(text)


def is_number(text: str, highest: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= highest


def _connection(host: str | None) -> str:
    return f"c=IN {family_of(host)} {host}\r\n" if host else ""


def family_of(host: str) -> str:
    """The address family's word in `c=` and `o=` lines."""
    return "IP6" if ":" in host else "IP4"


def _attributes(attributes: tuple[Attribute, ...]) -> str:
    return "".join(f"a={key}\r\n" if value is None else f"a={key}:{value}\r\n" for key, value in attributes)
