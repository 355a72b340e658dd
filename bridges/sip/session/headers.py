"""Header values that a session reads and writes."""

from collections.abc import Iterable

from bridges.sip.message import MalformedMessage, Request, Response
from bridges.sip.message.grammar import parse_number, parse_parameters, quote_display_name, split_list
from bridges.sip.message.reply import Header
from bridges.sip.session.events import Reason

__all__ = [
    "ACCEPT",
    "ALLOW",
    "EXTENSIONS",
    "SUPPORTED",
    "allowed",
    "early_media",
    "moved_to",
    "rack_of",
    "reason_headers",
    "reasons_of",
    "rseq_of",
    "takes_session",
    "unsupported_extensions",
]

#: Bodies that are read where a session is made or changed.
ACCEPT = "application/sdp, multipart/mixed, multipart/alternative"
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK"
#: What in an Accept header lets a session description come.
SESSION_TYPES = frozenset({"application/sdp", "application/*", "*/*"})
#: Answers that name somebody else, and the schemes of those who can be dialled.
MOVED, DIALLED = frozenset({300, 301, 302}), frozenset({"sip", "sips", "tel"})
#: Option tags that may stand in Require (RFC 3261, Section 20.32).
EXTENSIONS = frozenset({"timer", "100rel", "replaces"})
SUPPORTED = ("Supported", "100rel, replaces, timer")
DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive", "gated"})


def unsupported_extensions(request: Request, also: frozenset[str] = frozenset()) -> list[str]:
    """Option tags in Require that we do not speak, as they stood. `also`: lower case, of this method."""
    said = [item.strip() for value in request.headers.get("require", ()) for item in value.split(",")]
    return [tag for tag in said if tag and tag.lower() not in EXTENSIONS | also]


def takes_session(request: Request) -> bool:
    """Whether an answer with a session may come: without Accept it may (RFC 3261, Section 20.1)."""
    accepted = {kind.partition(";")[0].strip() for kind in request.tokens("accept")}
    return not accepted or not accepted.isdisjoint(SESSION_TYPES)


def reason_headers(reason: Reason | None) -> tuple[Header, ...]:
    """The Reason header (RFC 3326), if there is a reason."""
    if reason is None:
        return ()
    cause = "" if reason.cause is None else f";cause={reason.cause}"
    text = f";text={quote_display_name(reason.text)}" if reason.text else ""
    return (("Reason", f"{reason.protocol}{cause}{text}"),)


def reasons_of(message: Request | Response | None) -> tuple[Reason, ...]:
    """The Reason values of a message; what does not parse is left out."""
    found = []
    for value in message.headers.get("reason", ()) if message else ():
        try:
            found += [reason_of(item) for item in split_list(value)]
        except MalformedMessage:
            continue
    return tuple(found)


def moved_to(response: Response) -> str | None:
    """Where a 300, 301 or 302 sends the call on: its first contact that a phone could dial
    (RFC 3261, Sections 21.3.1 to 21.3.3). The others would be tried after it."""
    if response.status not in MOVED:
        return None
    return next((str(one.uri) for one in response.contacts if one.uri.scheme in DIALLED), None)


def reason_of(value: str) -> Reason:
    protocol, semicolon, rest = value.partition(";")
    parameters = parse_parameters(semicolon + rest)
    cause = parameters.get("cause")
    return Reason(
        protocol.strip(), parse_number(cause, "cause") if cause else None, parameters.get("text") or ""
    )


def early_media(response: Response) -> str | None:
    """What P-Early-Media says (RFC 5009, Section 8): the first direction; `gated` alone counts as such."""
    found = [tag for tag in response.tokens("p-early-media") if tag in DIRECTIONS]
    return next((tag for tag in found if tag != "gated"), found[0] if found else None)


def rseq_of(response: Response) -> int | None:
    """The RSeq of a provisional answer that wants a PRACK (RFC 3262, Section 4); None if it wants none."""
    if not 100 < response.status < 200 or "100rel" not in response.tokens("require"):
        return None
    return _number(response.header("rseq") or "")


def rack_of(prack: Request) -> tuple[int, int, str] | None:
    """RSeq, CSeq number and method that a PRACK acknowledges (RFC 3262, Section 7.2); None for nonsense."""
    words = (prack.header("rack") or "").split()
    if len(words) != 3:
        return None
    rseq, cseq = _number(words[0]), _number(words[1])
    return None if rseq is None or cseq is None else (rseq, cseq, words[2])


def allowed(methods: Iterable[str]) -> Header:
    """The Allow header with the methods of further usages."""
    return ("Allow", ", ".join((ALLOW, *methods)))


def _number(text: str) -> int | None:
    try:
        return parse_number(text.strip(), "number")
    except MalformedMessage:
        return None
