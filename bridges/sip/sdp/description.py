"""The grammar: a session description as lines (RFC 4566, Section 5), before anybody asks what they mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from bridges.sip.sdp.errors import MalformedSdp

#: An attribute: its name, and its value or None (`a=rtcp-mux`).
Attribute = tuple[str, str | None]

# Chromium's offer with audio, video and data is 7 kB. What is longer than this is an attack.
MAX_LENGTH = 65_536
MAX_SECTIONS = 64


@dataclass(frozen=True, slots=True)
class Section:
    """One media section: an `m=` line and what follows it (RFC 4566, Section 5.14).

    Attributes:
        kind: "audio", "video", "application", …
        port: 0 refuses or ends the section.
        protocol: "RTP/AVP", "UDP/TLS/RTP/SAVPF", …
        formats: the words after the protocol: payload types for RTP.
        host: the address of the section's own `c=` line, or None.
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
        words = " ".join(self.formats)
        head = f"m={self.kind} {self.port} {self.protocol} {words}\r\n"
        return head + _connection(self.host) + _attributes(self.attributes)


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A whole description.

    Attributes:
        origin: the words of the `o=` line: user, session id, version, "IN", "IP4" or "IP6", address.
        host: the address of the session's `c=` line, or None.
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
    """Reads a description; line ends may be CRLF or LF, as deployed phones and browsers send both.

    Lines that nothing here needs (`b=`, `k=`, `i=`, …) are skipped, and the order of the rest within a
    section is not checked: real phones get it wrong.

    Raises:
        MalformedSdp: for anything that is not a description.
    """
    if len(text) > MAX_LENGTH:
        raise MalformedSdp(f"longer than {MAX_LENGTH} characters")
    head, *bodies = _split(text)
    if len(bodies) > MAX_SECTIONS:
        raise MalformedSdp(f"more than {MAX_SECTIONS} media sections")
    if not head or head[0] != ("v", "0"):
        raise MalformedSdp("does not begin with v=0")
    # From the right: some phones put a display name, blanks included, where the user's name belongs.
    origin = next((value.rsplit(maxsplit=5) for letter, value in head if letter == "o"), [])
    if len(origin) != 6:
        raise MalformedSdp("the o= line has fewer than six words")
    user, session, version, network, family, address = origin
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
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        if not line:
            continue
        letter, equals, value = line.partition("=")
        if len(letter) != 1 or not equals:
            raise MalformedSdp(f"not a line of a description: {line[:40]!r}")
        if letter == "m":
            parts.append([])
        parts[-1].append((letter, value))
    return parts


def _section(lines: list[Line]) -> Section:
    words = lines[0][1].split()
    if len(words) < 4:
        raise MalformedSdp("an m= line has fewer than four words")
    kind, port, protocol, *formats = words
    # "port/count" (RFC 4566, Section 5.14) is for layered streams; the first port is the one to use.
    number = port.partition("/")[0]
    return Section(
        kind, read_port(number), protocol, tuple(formats), _host(lines), _read_attributes(lines[1:])
    )


def _host(lines: list[Line]) -> str | None:
    value = next((value for letter, value in lines if letter == "c"), None)
    if value is None:
        return None
    words = value.split()
    if len(words) != 3:
        raise MalformedSdp("a c= line has not three words")
    return read_host(words[2])


def _read_attributes(lines: list[Line]) -> tuple[Attribute, ...]:
    return tuple(_attribute(value) for letter, value in lines if letter == "a")


def _attribute(text: str) -> Attribute:
    name, colon, value = text.partition(":")
    return name, value.strip() if colon else None


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
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > highest:
        raise MalformedSdp(f"not a number up to {highest}: {text[:20]!r}")
    return int(text)


def _connection(host: str | None) -> str:
    return f"c=IN {family_of(host)} {host}\r\n" if host else ""


def family_of(host: str) -> str:
    """The address family's word in `c=` and `o=` lines."""
    return "IP6" if ":" in host else "IP4"


def _attributes(attributes: tuple[Attribute, ...]) -> str:
    return "".join(f"a={key}\r\n" if value is None else f"a={key}:{value}\r\n" for key, value in attributes)
