"""From bytes to a checked message, or `MalformedMessage`."""

import re

from sipmessage import Address, Via
from sipmessage.message import COMPACT_FORMS

from bridges.sip.message.errors import MalformedMessage, Remains
from bridges.sip.message.flow import Flow
from bridges.sip.message.grammar import (
    WORD,
    parse_address,
    parse_address_list,
    parse_cseq,
    parse_number,
    parse_uri,
    parse_via,
    split_list,
)
from bridges.sip.message.model import HeaderMap, Request, Response

__all__ = ["MAX_MESSAGE", "is_keep_alive", "parse_message"]

MAX_MESSAGE = 65_536
MAX_HEADERS = 128
MAX_HEADER = 8_192
MAX_CALL_ID = 256

LONG_FORMS = {compact: name.lower() for compact, name in COMPACT_FORMS.items()}
#: Headers of which a second value is an attack or a fault (RFC 4475, Section 3.3.8).
SINGLE = frozenset(
    {"call-id", "content-length", "content-type", "cseq", "event", "expires", "from", "max-forwards"}
    | {"min-expires", "session-expires", "to"}
)
REQUIRED = ("via", "from", "to", "call-id", "cseq")
NUMBERS = {"expires": 2**32, "min-expires": 2**32, "content-length": 2**32}

#: No leading `[ \t]*`: searching for it would take quadratic time on a run of spaces.
FOLD = re.compile(rb"\r\n[ \t]+")
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
NAME = re.compile(WORD)
REQUEST_LINE = re.compile(rf"({WORD}) (\S+) SIP/2\.0", re.IGNORECASE)
STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*))?", re.IGNORECASE)


def is_keep_alive(datagram: bytes) -> bool:
    """Line ends alone, a lone NUL, or STUN's first byte: what holds a NAT open, to be ignored in silence."""
    return not datagram.strip(b"\r\n\x00") or datagram[0] <= 0x03


def parse_message(data: bytes, flow: Flow) -> Request | Response:
    """One datagram, or one message cut from a stream.

    Raises `MalformedMessage`, and nothing else, for any bytes.
    """
    if len(data) > MAX_MESSAGE:
        raise MalformedMessage("size", 513, "Message Too Large")
    head, blank, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not blank:
        raise MalformedMessage("no end of headers")
    start, headers = split_head(head)
    if match := STATUS_LINE.fullmatch(start):
        return make_response(match, headers, cut_body(headers, body), flow)
    match = REQUEST_LINE.fullmatch(start)
    if match is None:
        raise MalformedMessage("start line")
    try:
        return make_request(match[1], match[2], headers, cut_body(headers, body), flow)
    except MalformedMessage as error:
        error.remains = remains(match[1], headers)
        raise


def split_head(head: bytes) -> tuple[str, HeaderMap]:
    """The start line, and raw header values by lower-case long name; folded lines made one."""
    if b"\r\n " in head or b"\r\n\t" in head:
        head = FOLD.sub(b" ", head)
    try:
        lines = head.decode().split("\r\n")
    except UnicodeDecodeError:
        raise MalformedMessage("not UTF-8") from None
    if len(lines) > MAX_HEADERS:
        raise MalformedMessage("too many headers", 513, "Message Too Large")
    headers: HeaderMap = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t").lower()
        if not colon or not NAME.fullmatch(name) or len(line) > MAX_HEADER or FORBIDDEN.search(value):
            raise MalformedMessage("header line")
        headers.setdefault(LONG_FORMS.get(name, name), []).append(value.strip(" \t"))
    return lines[0], headers


def cut_body(headers: HeaderMap, body: bytes) -> bytes:
    """The body as Content-Length has it: what is beyond is dropped (RFC 3261, Section 18.3)."""
    for name, limit in NUMBERS.items():
        for value in headers.get(name, ()):
            parse_number(value, name, limit)
    lengths = headers.get("content-length")
    if not lengths:
        return body
    length = int(lengths[0])
    if length > len(body):
        raise MalformedMessage("Content-Length")
    return body[:length]


def check_shape(headers: HeaderMap) -> None:
    for name in REQUIRED:
        if name not in headers:
            raise MalformedMessage(f"no {name}")
    for name, values in headers.items():
        if len(values) > 1 and name in SINGLE:
            raise MalformedMessage(f"two {name}")
    call_id = headers["call-id"][0]
    if not call_id or len(call_id) > MAX_CALL_ID or " " in call_id or "\t" in call_id:
        raise MalformedMessage("call-id")


def vias(headers: HeaderMap) -> Via:
    """Check every Via; the topmost."""
    values = headers["via"]
    if any("," in value for value in values):
        headers["via"] = values = [item for value in values for item in split_list(value)]
    parsed = [parse_via(value) for value in values]
    return parsed[0]


def contacts(headers: HeaderMap) -> tuple[list[Address], bool]:
    values = headers.get("contact", [])
    if values == ["*"]:
        return [], True
    if "record-route" in headers:
        parse_address_list(headers["record-route"])
    return parse_address_list(values), False


def make_request(method: str, target: str, headers: HeaderMap, body: bytes, flow: Flow) -> Request:
    check_shape(headers)
    cseq = parse_cseq(headers["cseq"][0])
    if cseq.method != method:
        raise MalformedMessage("CSeq method")
    addresses, star = contacts(headers)
    if star and method != "REGISTER":
        raise MalformedMessage("Contact")
    hops = headers.get("max-forwards")
    return Request(
        flow=flow,
        headers=headers,
        body=body,
        via=vias(headers),
        from_=parse_address(headers["from"][0]),
        to=parse_address(headers["to"][0]),
        call_id=headers["call-id"][0],
        cseq=cseq,
        contacts=addresses,
        method=method,
        target=target,
        uri=parse_uri(target),
        max_forwards=parse_number(hops[0], "Max-Forwards", 256) if hops else 70,
        all_contacts=star,
    )


def make_response(start: re.Match[str], headers: HeaderMap, body: bytes, flow: Flow) -> Response:
    check_shape(headers)
    addresses, _ = contacts(headers)
    return Response(
        flow=flow,
        headers=headers,
        body=body,
        via=vias(headers),
        from_=parse_address(headers["from"][0]),
        to=parse_address(headers["to"][0]),
        call_id=headers["call-id"][0],
        cseq=parse_cseq(headers["cseq"][0]),
        contacts=addresses,
        status=int(start[1]),
        phrase=start[2] or "",
    )


def remains(method: str, headers: HeaderMap) -> Remains | None:
    """What an error answer needs, if it is there. An ACK is never answered."""
    if method == "ACK" or any(name not in headers for name in REQUIRED):
        return None
    try:
        return Remains(method, vias(headers), headers)
    except MalformedMessage:
        return None
