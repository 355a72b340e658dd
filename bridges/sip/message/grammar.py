"""Parsers of single header values, in linear time; every one raises `MalformedMessage` only.

Grammar: RFC 3261, Section 25.1. What real phones send beyond it is let through where it is
harmless: `#` in a user part (star codes), letters that are not ASCII there, a host whose last label ends
in digits.

Bytes that are not UTF-8 come as lone surrogates; what is read for people (names, user parts) has U+FFFD
in their place, what is compared or given back (tags, branches) keeps them.
"""

import re
from functools import lru_cache
from urllib.parse import unquote

from sipmessage import URI, Address, CSeq, Parameters, Via

from bridges.sip.message.errors import MalformedMessage

__all__ = [
    "WORD",
    "loose_via",
    "parse_address",
    "parse_address_list",
    "parse_cseq",
    "parse_number",
    "parse_parameters",
    "parse_uri",
    "parse_via",
    "quote_display_name",
    "readable",
    "split_list",
    "to_wire",
    "unquote_string",
]

WORD = r"[A-Za-z0-9\-.!%*_+`'~]+"
HOST = r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.\-]+"
QUOTED = r'"(?:[^"\\]|\\.)*"'
MAX_URI = 1024
#: How many parsed addresses are kept, and of which length at most: 2 MB. Every call brings a few that are its
#: own, as they have its tags; those that are worth keeping come again within seconds.
REMEMBERED = 1_024
REMEMBERED_LENGTH = 256

SIP_URI = re.compile(
    r"(?P<scheme>[sS][iI][pP][sS]?):"
    r"(?:(?P<user>[A-Za-z0-9\-_.!~*'()&=+$,;?/%#\x80-\U0010ffff]+)(?::(?P<password>[^@:;?<>\s]*))?@)?"
    rf"(?P<host>{HOST})(?::(?P<port>[0-9]{{1,5}}))?(?P<parameters>;[^?<>\s\"]*)?(?:\?(?P<headers>[^<>\s\"]*))?"
)
TEL_URI = re.compile(r"[tT][eE][lL]:(?P<number>[0-9A-Fa-f+*#\-.()]+)(?P<parameters>;[^?<>\s\"]*)?")
NAME_ADDR = re.compile(
    rf"(?:(?P<quoted>{QUOTED})\s*|(?P<name>[^\"<>,;:@]*))<\s*(?P<uri>[^<>\s]+)\s*>\s*(?P<parameters>;.*)?"
)
ADDR_SPEC = re.compile(r"(?P<uri>[^\s;<>\"?,]+)\s*(?P<parameters>;.*)?")
VIA = re.compile(
    rf"SIP\s*/\s*2\.0\s*/\s*(?P<transport>{WORD})\s+(?P<host>{HOST})(?:\s*:\s*(?P<port>[0-9]{{1,5}}))?"
    r"\s*(?P<parameters>;.*)?"
)
VIA_BEGINS = re.compile(
    rf"SIP\s*/\s*[0-9]+\.[0-9]+\s*/\s*(?P<transport>{WORD})\s+(?P<host>{HOST})(?:\s*:\s*(?P<port>[0-9]{{1,5}}))?"
    r"\s*(?=[;,]|$)"
)
CSEQ = re.compile(rf"(?P<sequence>[0-9]{{1,10}})\s+(?P<method>{WORD})")
PARAMETER = re.compile(rf"\s*(?P<name>{WORD})\s*(?:=\s*(?P<value>{QUOTED}|[^\s\";,<>=]+)\s*)?(?:;|$)")
LIST_ITEM = re.compile(rf"(?:{QUOTED}|<[^<>]*>|[^\",<>])*")
ESCAPED = re.compile(r"\\(.)")
#: Lone surrogates too, which cannot be written: names may come from JSON.
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
ESCAPED_BYTE = re.compile(r"[\udc80-\udcff]")


def unquote_string(value: str) -> str:
    """The contents of a quoted-string; anything else as it is."""
    if len(value) >= 2 and value[0] == '"' == value[-1]:
        return ESCAPED.sub(r"\1", value[1:-1]) if "\\" in value else value[1:-1]
    return value


def readable(text: str) -> str:
    """The text with U+FFFD for each byte that was not UTF-8."""
    return ESCAPED_BYTE.sub("\ufffd", text) if not text.isascii() else text


def to_wire(text: str) -> bytes:
    """UTF-8; bytes that were none when they came go back as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")  # half of a pair, out of JSON


def quote_display_name(name: str) -> str:
    """A display name as a quoted-string, with control characters (header injection) made spaces."""
    name = CONTROL.sub(" ", name).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}"'


def split_list(value: str) -> list[str]:
    """Split at the commas outside quotes and angle brackets. Raises for an unbalanced or empty item."""
    if "," not in value:
        return [value.strip()]
    items, position = [], 0
    while True:
        match = LIST_ITEM.match(value, position)
        end = match.end() if match else position
        item = value[position:end].strip()
        if not item or (end < len(value) and value[end] != ","):
            raise MalformedMessage("list")
        items.append(item)
        if end == len(value):
            return items
        position = end + 1


def parse_parameters(text: str | None, *, escaped: bool = False) -> Parameters:
    """`;name=value;flag` with names in lower case. `escaped` undoes %XX, as in URIs."""
    found: dict[str, str | None] = {}
    position = 1 if text else 0
    while text and position < len(text):
        match = PARAMETER.match(text, position)
        if match is None:
            raise MalformedMessage("parameters")
        name, value = match["name"].lower(), match["value"]
        if name == "self" or name in found:  # `self` cannot be a keyword of the library's mapping
            raise MalformedMessage("parameters")
        if value is not None:
            value = unquote(value) if escaped else unquote_string(value)
        found[name] = value
        position = match.end()
    return Parameters(**found)


def uri_parameters(text: str | None) -> Parameters:
    """URI parameters have a wider alphabet than header parameters (`[`, `/`, `:` and such)."""
    found: dict[str, str | None] = {}
    for item in text[1:].split(";") if text else ():
        name, equals, value = item.partition("=")
        name = unquote(name).lower()
        if not name or name == "self" or (equals and not value):
            raise MalformedMessage("URI parameters")
        found[name] = unquote(value) if equals else None
    return Parameters(**found)


def parse_port(text: str | None) -> int | None:
    if text is None:
        return None
    port = int(text)
    if not 0 < port < 65536:
        raise MalformedMessage("port")
    return port


def parse_uri(text: str) -> URI:
    """A sip, sips or tel URI. Another scheme is status 416 (RFC 3261, Section 8.2.2.1); too long 414.

    Headers (`?Subject=…`) are dropped: they may stand in no place that is read here but Contact.
    """
    if len(text) > MAX_URI:
        raise MalformedMessage("URI too long", 414, "Request-URI Too Long")
    if match := SIP_URI.fullmatch(text):
        user = match["user"]
        return URI(
            scheme=match["scheme"].lower(),
            host=match["host"],
            user=unquote(readable(user)) if user is not None else None,
            password=match["password"] or None,
            port=parse_port(match["port"]),
            parameters=uri_parameters(match["parameters"]),
        )
    if match := TEL_URI.fullmatch(text):
        return URI(
            scheme="tel", host="", user=match["number"], parameters=uri_parameters(match["parameters"])
        )
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", text) and not re.match(r"(?i:sips?|tel):", text):
        raise MalformedMessage("URI scheme", 416, "Unsupported URI Scheme")
    raise MalformedMessage("URI")


def parse_address(value: str) -> Address:
    """`"Name" <uri>;parameters` or `uri;parameters` (which are the header's then, Section 20.10).

    The same few values come with every message of a call, so short ones are remembered.
    """
    return remembered_address(value) if len(value) <= REMEMBERED_LENGTH else read_address(value)


def read_address(value: str) -> Address:
    match = NAME_ADDR.fullmatch(value)
    if match:
        name = unquote_string(match["quoted"]) if match["quoted"] is not None else match["name"].strip()
        name = readable(name)
    else:
        match, name = ADDR_SPEC.fullmatch(value), ""
        if match is None:
            raise MalformedMessage("address")
    return Address(uri=parse_uri(match["uri"]), name=name, parameters=parse_parameters(match["parameters"]))


remembered_address = lru_cache(maxsize=REMEMBERED)(read_address)


def parse_address_list(values: list[str]) -> list[Address]:
    """All addresses of a header that may be repeated or separated by commas."""
    return [parse_address(item) for value in values for item in split_list(value)]


def parse_via(value: str) -> Via:
    """One Via value (RFC 3261, Section 20.42)."""
    match = VIA.fullmatch(value)
    if match is None:
        raise MalformedMessage("Via")
    return Via(
        transport=match["transport"].upper(),
        host=match["host"],
        port=parse_port(match["port"]),
        parameters=parse_parameters(match["parameters"]),
    )


def loose_via(value: str) -> Via:
    """The transport and the host of a Via of whatever version, with parameters that cannot be read: where an
    answer that says so goes."""
    match = VIA_BEGINS.match(value)
    if match is None:
        raise MalformedMessage("Via")
    return Via(
        transport=match["transport"].upper(),
        host=match["host"],
        port=parse_port(match["port"]),
        parameters=Parameters(),
    )


@lru_cache(maxsize=256)
def parse_cseq(value: str) -> CSeq:
    """`CSeq`, a number below 2**31 and a method."""
    match = CSEQ.fullmatch(value)
    if match is None or int(match["sequence"]) >= 2**31:
        raise MalformedMessage("CSeq")
    return CSeq(sequence=int(match["sequence"]), method=match["method"])


def parse_number(value: str, name: str, limit: int = 2**32) -> int:
    """A plain decimal number below `limit` (Content-Length, Expires, Max-Forwards)."""
    if not value.isascii() or not value.isdigit() or len(value) > 10 or int(value) >= limit:
        raise MalformedMessage(name)
    return int(value)
