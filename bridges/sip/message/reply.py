"""Writing responses (RFC 3261, Sections 8.2.6 and 18.2; RFC 3581)."""

import re
from collections.abc import Sequence

from sipmessage import Via

from bridges.sip.message.errors import MalformedMessage
from bridges.sip.message.flow import Flow
from bridges.sip.message.grammar import to_wire
from bridges.sip.message.model import Request

__all__ = ["PHRASES", "Header", "encode", "make_error_response", "make_response", "reply_flow"]

Header = tuple[str, str]

#: RFC 3261, Section 21, and the extensions spoken here.
PHRASES = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
    200: "OK", 202: "Accepted", 302: "Moved Temporarily",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone",
    413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type",
    416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required",
    422: "Session Interval Too Small", 423: "Interval Too Brief", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops",
    484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
    489: "Bad Event", 491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out", 513: "Message Too Large",
    600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}  # fmt: skip

LINE_END = re.compile(r"[\r\n\x00]+")


def encode(
    start: str, lines: Sequence[str], headers: Sequence[Header], body: bytes, content_type: str
) -> bytes:
    """Bytes of a message. Line ends inside a value (header injection) become spaces."""
    parts = [start, *lines]
    for name, value in headers:
        parts.append(f"{name}: {LINE_END.sub(' ', value)}")
    if body:
        parts.append(f"Content-Type: {content_type}")
    parts.append(f"Content-Length: {len(body)}\r\n\r\n")
    return to_wire("\r\n".join(parts)) + body


def received_via(value: str, via: Via, flow: Flow) -> str:
    """The top Via with what RFC 3261 (18.2.1) and RFC 3581 (4) add to it: received and rport."""
    if "rport" in via.parameters:
        value = re.sub(
            r";\s*rport\s*(=[^;]*)?(?=;|$)", f";rport={flow.port}", value, count=1, flags=re.IGNORECASE
        )
        return f"{value};received={flow.host}"
    return value if via.host == flow.host else f"{value};received={flow.host}"


def reply_flow(via: Via, flow: Flow) -> Flow:
    """Where a response goes: over the connection, or back to the source address.

    The port of Via is used only when the client did not ask for rport; the address never is, so
    that nobody can have answers sent to a third party (RFC 3261, Section 18.2.2).
    """
    if flow.transport.reliable or "rport" in via.parameters:
        return flow
    return Flow(flow.transport, flow.host, via.port or 5060)


def reply_head(headers: dict[str, list[str]], via: Via, flow: Flow) -> str:
    values = headers["via"]
    lines = [f"Via: {received_via(values[0], via, flow)}"]
    lines += [f"Via: {value}" for value in values[1:]]
    for name, key in (("From", "from"), ("Call-ID", "call-id"), ("CSeq", "cseq")):
        lines += [f"{name}: {value}" for value in headers.get(key, ())[:1]]
    return "\r\n".join(lines)


def make_response(
    request: Request,
    status: int,
    phrase: str | None = None,
    *,
    to_tag: str | None = None,
    headers: Sequence[Header] = (),
    body: bytes = b"",
    content_type: str = "application/sdp",
) -> bytes:
    """A response to `request`; `to_tag` is added unless the request has one (never to a 100)."""
    if request.reply_head is None:
        request.reply_head = reply_head(request.headers, request.via, request.flow)
    to = request.headers["to"][0]
    if to_tag and request.to_tag is None and status != 100:
        to = f"{to};tag={to_tag}"
    start = f"SIP/2.0 {status} {LINE_END.sub(' ', phrase or PHRASES.get(status, 'Unknown'))}"
    return encode(start, (request.reply_head, f"To: {to}"), headers, body, content_type)


def make_error_response(error: MalformedMessage, flow: Flow, to_tag: str) -> tuple[bytes, Flow] | None:
    """The answer to a malformed request and where it goes; None if it cannot be answered."""
    rest = error.remains
    if rest is None:
        return None
    lines = [reply_head(rest.headers, rest.via, flow)]
    for to in rest.headers.get("to", ())[:1]:
        lines.append(f"To: {to}" if "tag=" in to.lower() else f"To: {to};tag={to_tag}")
    data = encode(f"SIP/2.0 {error.status} {LINE_END.sub(' ', error.phrase)}", lines, (), b"", "")
    return data, reply_flow(rest.via, flow)
