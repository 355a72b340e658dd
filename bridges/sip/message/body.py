"""What a message's body is made of: one part, or those of a multipart (RFC 5621; RFC 2046, Section 5.1)."""

import binascii
import quopri
import re
from typing import NamedTuple

from bridges.sip.message.grammar import QUOTED, WORD, unquote_string

__all__ = ["SDP", "BodyPart", "split_body"]

SDP = "application/sdp"
#: Bounds of what one message may hold; parts beyond are taken for unknown and required.
MAX_PARTS = 32
MAX_DEPTH = 4

PARAMETER = re.compile(rf";\s*({WORD})\s*=\s*({QUOTED}|[^;\s\"]*)")
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
FOLD = re.compile(rb"\r?\n[ \t]+")
LINE_END_BEFORE = re.compile(rb"\r?\n\Z")
FIRST_BOUNDARY = re.compile(rb"(?m)^--([^\r\n]{1,70}?)[ \t]*\r?$")


class BodyPart(NamedTuple):
    """`kind` and `disposition` in lower case without parameters (empty if not told). `required` parts that
    are not understood refuse a request (RFC 5621, Section 8)."""

    kind: str
    data: bytes
    disposition: str = ""
    required: bool = True

    @property
    def is_session(self) -> bool:
        """Whether it describes the session, not an early one (RFC 3959)."""
        return self.kind == SDP and self.disposition in {"", "session"}


def split_body(content_type: str, disposition: str, data: bytes) -> list[BodyPart]:
    """The parts of a body with these header values, nested ones in one list; none for an empty body."""
    return list(_parts(content_type, disposition, data, required=True, depth=0)) if data else []


def _parts(content_type: str, disposition: str, data: bytes, *, required: bool, depth: int) -> list[BodyPart]:
    kind, parameters = _value(content_type)
    how, handling = _value(disposition)
    required = required and handling.get("handling", "").lower() != "optional"
    if not kind and data.lstrip()[:2] == b"v=":
        kind = SDP  # devices leave the type of the one body that all send out
    if not kind.startswith("multipart/") or depth == MAX_DEPTH:
        return [BodyPart(kind, data, how, required)]
    sections = _sections(parameters.get("boundary", ""), data)
    found = [
        part
        for section in sections[:MAX_PARTS]
        for part in _section(section, required=required, depth=depth + 1)
    ]
    if kind == "multipart/alternative":
        found = _chosen(found)
    return found if len(sections) <= MAX_PARTS else [*found, BodyPart("", b"")]


def _chosen(alternatives: list[BodyPart]) -> list[BodyPart]:
    """Of alternatives the last that is understood, all of them if none is (RFC 2046, Section 5.1.4)."""
    return [part for part in alternatives if part.is_session][-1:] or alternatives


def _sections(boundary: str, data: bytes) -> list[bytes]:
    """What stands between the delimiters; without a boundary in the header, the body's first is taken."""
    name = boundary.encode("utf-8", "surrogateescape")
    if not name:
        first = FIRST_BOUNDARY.search(data)
        if first is None:
            return [data]
        name = first[1]
    delimiter = re.compile(rb"(?m)^--" + re.escape(name) + rb"(--)?[ \t]*(?:\r?\n|\r?\Z)")
    found: list[bytes] = []
    start: int | None = None
    for match in delimiter.finditer(data):
        if start is not None:
            found.append(LINE_END_BEFORE.sub(b"", data[start : match.start()]))
        if match[1]:
            return found
        start = match.end()
    return found if start is None else [*found, data[start:]]


def _section(section: bytes, *, required: bool, depth: int) -> list[BodyPart]:
    if not section.strip():
        return []
    if section[:1] == b"\n" or section[:2] == b"\r\n":
        head, data = b"", section.partition(b"\n")[2]
    else:
        blank = BLANK_LINE.search(section)
        head, data = (section[: blank.start()], section[blank.end() :]) if blank else (section, b"")
    headers: dict[str, str] = {}
    for line in FOLD.sub(b" ", head).splitlines():
        name, _, value = line.decode("utf-8", "replace").partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    data = _decoded(headers.get("content-transfer-encoding", "").lower(), data)
    content_type = headers.get("content-type", headers.get("c", ""))
    return _parts(content_type, headers.get("content-disposition", ""), data, required=required, depth=depth)


def _decoded(encoding: str, data: bytes) -> bytes:
    try:
        if encoding == "base64":
            return binascii.a2b_base64(data)
        return quopri.decodestring(data) if encoding == "quoted-printable" else data
    except ValueError:
        return data


def _value(text: str) -> tuple[str, dict[str, str]]:
    """A header value's word, in lower case, and its parameters."""
    word, semicolon, rest = text.partition(";")
    parameters = {
        match[1].lower(): unquote_string(match[2]) for match in PARAMETER.finditer(semicolon + rest)
    }
    return word.strip().lower(), parameters
