"""What a SUBSCRIBE asks for (RFC 6665, Section 8; RFC 4235, Section 3; RFC 3856, Section 6;
RFC 3842, Section 3)."""

from typing import NamedTuple

from bridges.sip.errors import RemoteSipError
from bridges.sip.message import MalformedMessage, Request
from bridges.sip.message.grammar import parse_number, parse_parameters
from bridges.sip.message.reply import Header
from bridges.sip.subscription.dialog_info import ALLOW_EVENTS, CONTENT_TYPE
from bridges.sip.subscription.message_summary import SIMPLE_MESSAGE_SUMMARY
from bridges.sip.subscription.pidf import PIDF

__all__ = ["MESSAGE_SUMMARY", "PRESENCE", "Asked", "BadSubscribe", "read_subscribe"]

#: Seconds: what a phone that does not say gets (RFC 4235, Section 3.4; RFC 3856, Section 6.4), and bounds.
USUAL, SHORTEST, LONGEST = 3600, 60, 3600
#: The package of a mailbox.
MESSAGE_SUMMARY = "message-summary"
#: The package of how somebody is.
PRESENCE = "presence"
#: Of each package the form in which it is told.
FORMS = {"dialog": CONTENT_TYPE, PRESENCE: PIDF, MESSAGE_SUMMARY: SIMPLE_MESSAGE_SUMMARY}


class BadSubscribe(RemoteSipError):
    """A SUBSCRIBE that cannot be granted; `headers` go with the answer of `status`."""

    def __init__(self, why: str, status: int, phrase: str, headers: tuple[Header, ...] = ()) -> None:
        super().__init__(why, status, phrase)
        self.headers = headers


class Asked(NamedTuple):
    """`event` is the Event value that each NOTIFY repeats; `expires` in seconds, 0 asks for one answer and
    ends what there is; `package` is "dialog", "presence" or "message-summary"."""

    event: str
    expires: int
    package: str = "dialog"


def read_subscribe(request: Request) -> Asked:
    """Raises `BadSubscribe`: 489 for another event, 406, 423 for too short a time, 400."""
    package, semicolon, rest = (request.header("event") or "").partition(";")
    package = package.strip().lower()
    if (form := FORMS.get(package)) is None:
        raise BadSubscribe("Event", 489, "Bad Event", (ALLOW_EVENTS,))
    accepted = {kind.partition(";")[0].strip() for kind in request.tokens("accept")}
    if accepted and accepted.isdisjoint({form, "application/*", "*/*"}):
        raise BadSubscribe("Accept", 406, "Not Acceptable", (("Accept", form),))
    try:
        number = parse_parameters(semicolon + rest).get("id")
        said = request.header("expires")
        expires = USUAL if said is None else parse_number(said.strip(), "Expires")
    except MalformedMessage as error:
        raise BadSubscribe(str(error), 400, f"Bad Request ({error})") from error
    if 0 < expires < SHORTEST:
        raise BadSubscribe("Expires", 423, "Interval Too Brief", (("Min-Expires", str(SHORTEST)),))
    return Asked(f"{package};id={number}" if number else package, min(expires, LONGEST), package)
