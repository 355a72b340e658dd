"""From bytes to a checked message, or `MalformedMessage`.

Read liberally: a header line that is none, or that nothing here needs, never costs the message. What a
request does need and cannot be read makes it malformed, with enough in the error to answer it; of a
response everything that can be read is kept, as nobody could be told of the rest.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sipmessage import URI, Address, Parameters, Via
from sipmessage.message import COMPACT_FORMS

from bridges.sip.message.errors import MalformedMessage, Remains
from bridges.sip.message.flow import Flow
from bridges.sip.message.grammar import (
    WORD,
    loose_via,
    parse_address,
    parse_address_list,
    parse_cseq,
    parse_number,
    parse_uri,
    parse_via,
    readable,
    split_list,
)
from bridges.sip.message.model import HeaderMap, Request, Response
from bridges.sip.message.outgoing import MAGIC_COOKIE

__all__ = ["MAX_MESSAGE", "is_keep_alive", "parse_message", "remains_of", "restore_request"]

MAX_MESSAGE = 65_536
MAX_HEADERS = 128
MAX_HEADER = 8_192
MAX_CALL_ID = 256
#: Lines looked at for what an answer needs, when there are too many for a message.
MAX_LINES = 1_000

LONG_FORMS = {compact: name.lower() for compact, name in COMPACT_FORMS.items()}
#: Headers of which a second value is an attack or a fault (RFC 4475, Section 3.3.8).
SINGLE = frozenset(
    {"call-id", "content-length", "content-type", "cseq", "event", "expires", "from", "max-forwards"}
    | {"min-expires", "session-expires", "to"}
)
REQUIRED = ("via", "from", "to", "call-id", "cseq")
#: Without these there is nowhere to answer, or nothing to tell an answer by.
ANSWERED_BY = ("via", "cseq")
#: Headers that go back to the peer, or into a digest, byte for byte. Bytes that are not UTF-8 stay in them
#: as lone surrogates (`surrogateescape`); in all others they are U+FFFD.
EXACT = frozenset(
    {*REQUIRED, "contact", "record-route", "route", "authorization", "proxy-authorization"}
    | {"www-authenticate", "proxy-authenticate"}
)
#: Requests whose Contact and Record-Route are used: elsewhere they may be odd.
USES_CONTACT = frozenset({"INVITE", "UPDATE", "REGISTER"})

#: No leading `[ \t]*`: searching for it would take quadratic time on a run of spaces.
FOLD = re.compile(rb"\r\n[ \t]+")
#: Control characters; a single line end too, as only both together end a line. They are read as blanks.
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
NAME = re.compile(WORD)
REQUEST_LINE = re.compile(rf"({WORD})[ \t]+(\S+)[ \t]+SIP/2\.0[ \t]*", re.IGNORECASE)
STATUS_LINE = re.compile(r"SIP/2\.0[ \t]+([1-6][0-9]{2})(?:[ \t]+(.*))?", re.IGNORECASE | re.DOTALL)
#: A start line that is meant to be a request's; responses begin with `SIP/`.
LIKE_A_REQUEST = re.compile(rf"(?!SIP/)({WORD})\s", re.IGNORECASE)
OTHER_VERSION = re.compile(r"\sSIP/(?!2\.0\s*$)[0-9]+\.[0-9]+\s*$", re.IGNORECASE)
TAG = re.compile(r";\s*tag\s*=\s*([^\s;,<>\"]+)", re.IGNORECASE)
NOWHERE = URI(scheme="sip", host="invalid.invalid")


def is_keep_alive(datagram: bytes) -> bool:
    """Line ends alone, a lone NUL, or STUN's first byte: what holds a NAT open, to be ignored in silence."""
    return not datagram.strip(b"\r\n\x00") or datagram[0] <= 0x03


def parse_message(data: bytes, flow: Flow) -> Request | Response:
    """One datagram, or one message cut from a stream.

    Raises `MalformedMessage`, and nothing else, for any bytes.
    """
    if len(data) > MAX_MESSAGE:
        raise MalformedMessage("size", 513, "Message Too Large")
    head, blank, body = cut_head(data.lstrip(b"\r\n"))
    try:
        return read_message(head, blank, body, flow)
    except MalformedMessage as error:
        error.remains = remains_of(head)
        raise


def restore_request(snapshot: Mapping[str, Any]) -> Request:
    """From `Request.snapshot`. Raises `ValueError` for what is none."""
    try:
        data = str(snapshot["data"]).encode("utf-8", "surrogateescape")
        found = parse_message(data, Flow.restore(snapshot["flow"]))
    except (KeyError, TypeError, MalformedMessage) as error:
        raise ValueError("not a snapshot of a request") from error
    if isinstance(found, Request):
        return found
    raise ValueError("a snapshot of a response")


def cut_head(data: bytes) -> tuple[bytes, bool, bytes]:
    """The head, whether a blank line ended it, and the body. Line feeds alone end lines, too."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank and b"\r\n" not in data:
        head, blank, body = data.partition(b"\n\n")
        head = head.replace(b"\n", b"\r\n")
    return head, bool(blank), body


def read_message(head: bytes, ended: bool, body: bytes, flow: Flow) -> Request | Response:
    start, headers, surplus = split_head(head)
    if match := STATUS_LINE.fullmatch(start):
        return make_response(match, headers, body, flow)
    if surplus:
        raise MalformedMessage("too many headers", 513, "Message Too Large")
    match = REQUEST_LINE.fullmatch(start)
    if match is None:
        if OTHER_VERSION.search(start):
            raise MalformedMessage("version", 505, "Version Not Supported")
        raise MalformedMessage("start line")
    if not ended:
        raise MalformedMessage("no end of headers")
    return make_request(match[1], match[2], headers, body, flow)


def split_head(head: bytes, most: int = MAX_HEADERS) -> tuple[str, HeaderMap, bool]:
    """The start line, raw header values by lower-case long name with folded lines made one, and whether
    there were more than `most` lines. Lines that are no header are passed over."""
    if b"\r\n " in head or b"\r\n\t" in head:
        head = FOLD.sub(b" ", head)
    start, *lines = head.decode("utf-8", "surrogateescape").split("\r\n", most)
    surplus = len(lines) == most
    headers: HeaderMap = {}
    for line in lines[: most - 1] if surplus else lines:
        name, colon, value = line.partition(":")
        name = name.strip(" \t").lower()
        name = LONG_FORMS.get(name, name)
        if not colon or not NAME.fullmatch(name) or (len(line) > MAX_HEADER and name not in REQUIRED):
            continue
        value = FORBIDDEN.sub(" ", value).strip(" \t")
        headers.setdefault(name, []).append(value if name in EXACT else readable(value))
    return start, headers, surplus


def cut_body(headers: HeaderMap, body: bytes) -> bytes:
    """The body as Content-Length has it: what is beyond is dropped (RFC 3261, Section 18.3)."""
    lengths = headers.get("content-length")
    if not lengths:
        return body
    length = parse_number(lengths[0], "content-length")
    if length > len(body):
        raise MalformedMessage("Content-Length")
    return body[:length]


def check_shape(headers: HeaderMap) -> None:
    for name in REQUIRED:
        if name not in headers:
            raise MalformedMessage(f"no {name}")
        if any(len(value) > MAX_HEADER for value in headers[name]):
            raise MalformedMessage(f"{name} too long")
    call_id = headers["call-id"][0]
    if not call_id or len(call_id) > MAX_CALL_ID or " " in call_id or "\t" in call_id:
        raise MalformedMessage("call-id")


def check_repeats(headers: HeaderMap) -> None:
    for name, values in headers.items():
        if len(values) > 1 and name in SINGLE:
            raise MalformedMessage(f"two {name}")


def top_via(headers: HeaderMap) -> Via:
    """The topmost Via, which gets a value of its own. The others are other elements' business."""
    values = headers["via"]
    if "," in values[0]:
        headers["via"] = values = [*split_list(values[0]), *values[1:]]
    return parse_via(values[0])


def is_rfc_3261(via: Via) -> bool:
    """Whether a request comes from a client of RFC 3261, and not of RFC 2543 (Section 17.2.3)."""
    return (via.parameters.get("branch") or "").startswith(MAGIC_COOKIE)


def contacts(headers: HeaderMap) -> tuple[list[Address], bool]:
    values = headers.get("contact", [])
    if values == ["*"]:
        return [], True
    if "record-route" in headers:
        parse_address_list(headers["record-route"])
    return parse_address_list(values), False


def readable_contacts(headers: HeaderMap) -> list[Address]:
    """The addresses in Contact and Record-Route that can be read; `headers` keep only these."""
    addresses: list[Address] = []
    for name in ("record-route", "contact"):
        if name not in headers:
            continue
        pairs = list(addresses_among(headers.pop(name)))
        if pairs:
            headers[name] = [value for value, _ in pairs]
        addresses = [address for _, address in pairs]
    return addresses if "contact" in headers else []


def addresses_among(values: Iterable[str]) -> Iterable[tuple[str, Address]]:
    for value in values:
        try:
            yield from [(item, parse_address(item)) for item in split_list(value)]
        except MalformedMessage:
            continue


def loose_address(value: str) -> Address:
    """From and To of a response: what is compared is the tag alone (RFC 3261, Section 12.2.1.2)."""
    try:
        return parse_address(value)
    except MalformedMessage:
        tag = TAG.search(value)
        return Address(uri=NOWHERE, name="", parameters=Parameters(tag=tag[1]) if tag else Parameters())


def make_request(method: str, target: str, headers: HeaderMap, body: bytes, flow: Flow) -> Request:
    check_shape(headers)
    answerable = method != "ACK"
    if answerable:
        check_repeats(headers)
    if method == "REGISTER" and "expires" in headers:
        parse_number(headers["expires"][0], "expires")
    cseq = parse_cseq(headers["cseq"][0])
    if cseq.method != method:
        raise MalformedMessage("CSeq method")
    if method in USES_CONTACT:
        addresses, star = contacts(headers)
    else:
        addresses, star = readable_contacts(headers), False
    if star and method != "REGISTER":
        raise MalformedMessage("Contact")
    from_ = parse_address(headers["from"][0])
    via = top_via(headers)
    if method == "INVITE" and "contact" not in headers and not is_rfc_3261(via):
        # A client of RFC 2543 may leave it out, and is reached at its From then (there, Section 6.13).
        headers["contact"], addresses = [f"<{from_.uri}>"], [Address(uri=from_.uri)]
    hops = headers.get("max-forwards") if answerable else None
    return Request(
        flow=flow,
        headers=headers,
        body=cut_body(headers, body),
        via=via,
        from_=from_,
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
    try:
        body = cut_body(headers, body)
    except MalformedMessage:
        headers.pop("content-length")
    return Response(
        flow=flow,
        headers=headers,
        body=body,
        via=top_via(headers),
        from_=loose_address(headers["from"][0]),
        to=loose_address(headers["to"][0]),
        call_id=headers["call-id"][0],
        cseq=parse_cseq(headers["cseq"][0]),
        contacts=readable_contacts(headers),
        status=int(start[1]),
        phrase=readable(FORBIDDEN.sub(" ", start[2] or "")).strip(),
    )


def remains_of(head: bytes) -> Remains | None:
    """What an error answer to a request with this head needs, if it is there. An ACK is never answered.

    Where From, To or Call-ID is missing, that is what the answer is about: it has none either.

    Any line end will do here: who writes a wrong one is to hear of it.
    """
    start, headers, _ = split_head(b"\r\n".join(head.splitlines()), MAX_LINES)
    match = LIKE_A_REQUEST.match(start)
    if match is None or match[1].upper() == "ACK" or any(name not in headers for name in ANSWERED_BY):
        return None
    try:
        return Remains(match[1], answer_via(headers), headers)
    except MalformedMessage:
        return None


def answer_via(headers: HeaderMap) -> Via:
    """Raises `MalformedMessage` for a Via that names no host."""
    try:
        return top_via(headers)
    except MalformedMessage:
        return loose_via(headers["via"][0])
