"""What a SUBSCRIBE asks for (RFC 6665, Section 8; RFC 4235, Section 3)."""

from typing import NamedTuple

from bridges.sip.errors import RemoteSipError
from bridges.sip.message import MalformedMessage, Request
from bridges.sip.message.grammar import parse_number, parse_parameters
from bridges.sip.message.reply import Header
from bridges.sip.subscription.dialog_info import ALLOW_EVENTS, CONTENT_TYPE

__all__ = ["Asked", "BadSubscribe", "read_subscribe"]

#: Seconds: what a phone that does not say gets (RFC 4235, Section 3.4), and bounds.
USUAL, SHORTEST, LONGEST = 3600, 60, 3600
ACCEPTED = frozenset({CONTENT_TYPE, "application/*", "*/*"})


class BadSubscribe(RemoteSipError):
    """A SUBSCRIBE that cannot be granted; `headers` go with the answer of `status`."""

    def __init__(self, why: str, status: int, phrase: str, headers: tuple[Header, ...] = ()) -> None:
        super().__init__(why, status, phrase)
        self.headers = headers


class Asked(NamedTuple):
    """`event` is the Event value that each NOTIFY repeats; `expires` in seconds, 0 asks for one answer and
    ends what there is."""

    event: str
    expires: int


def read_subscribe(request: Request) -> Asked:
    """Raises `BadSubscribe`: 489 for another event, 406, 423 for too short a time, 400."""
    package, semicolon, rest = (request.header("event") or "").partition(";")
    if package.strip().lower() != "dialog":
        raise BadSubscribe("Event", 489, "Bad Event", (ALLOW_EVENTS,))
    accepted = {kind.partition(";")[0].strip() for kind in request.tokens("accept")}
    if accepted and accepted.isdisjoint(ACCEPTED):
        raise BadSubscribe("Accept", 406, "Not Acceptable", (("Accept", CONTENT_TYPE),))
    try:
        number = parse_parameters(semicolon + rest).get("id")
        said = request.header("expires")
        expires = USUAL if said is None else parse_number(said.strip(), "Expires")
    except MalformedMessage as error:
        raise BadSubscribe(str(error), 400, f"Bad Request ({error})") from error
    if 0 < expires < SHORTEST:
        raise BadSubscribe("Expires", 423, "Interval Too Brief", (("Min-Expires", str(SHORTEST)),))
    return Asked(f"dialog;id={number}" if number else "dialog", min(expires, LONGEST))
