"""REFER and the subscription that it makes (RFC 3515; RFC 6665; RFC 5057): a usage beside the session.

Both sides are machines of their own within the dialog of a session, which carries their requests: `Notifier`
got a REFER and tells how it goes, `Referrer` sent one and hears of it. Either may outlive the session
(RFC 5057, Section 4.1): a transferor may hang up before the last NOTIFY.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple
from urllib.parse import unquote

from bridges.sip.errors import RemoteSipError
from bridges.sip.machine import LocalMisuse, Machine
from bridges.sip.message import MalformedMessage, Request
from bridges.sip.message.grammar import parse_address, parse_parameters, split_list
from bridges.sip.message.reply import PHRASES, Header
from bridges.sip.session.events import Output
from bridges.sip.session.session import Session
from bridges.sip.transaction import ServerTransaction

__all__ = [
    "TRANSITIONS",
    "BadRefer",
    "Notifier",
    "NotifierState",
    "ReferProgress",
    "ReferRequest",
    "ReferTrigger",
    "Referrer",
    "Replaces",
    "read_refer",
    "read_replaces",
    "replaced_by",
]

#: Seconds that a subscription made by REFER lives without an end (RFC 3515, Section 2.4.4: our choice).
EXPIRES = 180
SIPFRAG = "message/sipfrag;version=2.0"
STATUS_LINE = re.compile(rb"\s*SIP/2\.0[ \t]+([1-6][0-9]{2})[ \t]*([^\r\n]{0,200})")


class BadRefer(RemoteSipError):
    """A REFER that cannot be followed, or a Replaces that names no dialog; `status` says why."""


class Replaces(NamedTuple):
    """The dialog that an INVITE is to take the place of (RFC 3891, Section 6.1): its owner's view."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


@dataclass(frozen=True, slots=True)
class ReferRequest:
    """What a REFER asks for: call `target`, in place of `replaces` if that is given; or, `ends`, have whoever
    that is put out of the conference that got it (RFC 4579, Section 5.11).

    `referred_by` is the Referred-By value as it stood (RFC 3892), to be passed on.
    """

    target: str
    replaces: Replaces | None
    referred_by: str | None
    ends: bool = False


def read_replaces(value: str) -> Replaces:
    """A Replaces value. Raises `BadRefer` (400) unless it names a dialog."""
    call_id, semicolon, rest = value.partition(";")
    try:
        parameters = parse_parameters(semicolon + rest)
    except MalformedMessage as error:
        raise BadRefer("Replaces") from error
    to_tag, from_tag = parameters.get("to-tag"), parameters.get("from-tag")
    if not call_id.strip() or not to_tag or not from_tag:
        raise BadRefer("Replaces")
    return Replaces(call_id.strip(), to_tag, from_tag, "early-only" in parameters)


def replaced_by(request: Request) -> Replaces | None:
    """The dialog in whose place an INVITE comes (RFC 3891, Section 3). Raises `BadRefer` (400) for more than
    one, and where it is to join another one as well (RFC 3911)."""
    try:
        values = [item for value in request.headers.get("replaces", ()) for item in split_list(value)]
    except MalformedMessage as error:
        raise BadRefer("Replaces") from error
    if not values and "replaces" not in request.headers:
        return None
    if len(values) != 1 or "join" in request.headers:
        raise BadRefer("Replaces")
    return read_replaces(values[0])


def read_refer(request: Request) -> ReferRequest:
    """Raises `BadRefer` unless there is one Refer-To that can be called (RFC 3515, Section 2.4.2)."""
    try:
        values = [item for value in request.headers.get("refer-to", ()) for item in split_list(value)]
    except MalformedMessage as error:
        raise BadRefer("Refer-To") from error
    if len(values) != 1:
        raise BadRefer("Refer-To")
    value = values[0].strip()
    text = value.partition("<")[2].partition(">")[0] if "<" in value else value.partition(";")[0]
    text, _, headers = text.strip().partition("?")
    ends = _check_target(text)
    replaces = None
    for field in headers.split("&"):
        name, _, content = field.partition("=")
        if unquote(name).lower() == "replaces":
            replaces = read_replaces(unquote(content))
    return ReferRequest(text, replaces, request.header("referred-by"), ends)


def _check_target(text: str) -> bool:
    """Whether it is a BYE that is asked for."""
    scheme, colon, _ = text.partition(":")
    if colon and scheme.strip().lower() not in {"sip", "sips", "tel"}:
        raise BadRefer("Refer-To", 416, "Unsupported URI Scheme")
    try:
        uri = parse_address(f"<{text}>").uri
    except MalformedMessage as error:
        raise BadRefer("Refer-To") from error
    method = (uri.parameters.get("method") or "INVITE").upper()
    if method not in {"INVITE", "BYE"}:
        raise BadRefer("Refer-To", 501, "Not Implemented")
    return method == "BYE"


class NotifierState(Enum):
    """RFC 6665, Section 4.1.2, as far as an implicit subscription goes."""

    PENDING = "pending"
    ACTIVE = "active"
    TERMINATED = "terminated"


class ReferTrigger(Enum):
    """What moves either side."""

    ACCEPT = "202"
    PROGRESS = "NOTIFY, active"
    FINAL = "NOTIFY, terminated"
    REFUSE = "300-699 to the REFER"
    GONE = "nobody is there any more"


TRANSITIONS: dict[tuple[NotifierState, ReferTrigger], NotifierState] = {
    (NotifierState.PENDING, ReferTrigger.ACCEPT): NotifierState.ACTIVE,
    (NotifierState.PENDING, ReferTrigger.REFUSE): NotifierState.TERMINATED,
    # A NOTIFY may overtake the 202 (RFC 3515, Section 2.4.4).
    (NotifierState.PENDING, ReferTrigger.PROGRESS): NotifierState.ACTIVE,
    (NotifierState.PENDING, ReferTrigger.FINAL): NotifierState.TERMINATED,
    (NotifierState.PENDING, ReferTrigger.GONE): NotifierState.TERMINATED,
    (NotifierState.ACTIVE, ReferTrigger.ACCEPT): NotifierState.ACTIVE,
    (NotifierState.ACTIVE, ReferTrigger.PROGRESS): NotifierState.ACTIVE,
    (NotifierState.ACTIVE, ReferTrigger.FINAL): NotifierState.TERMINATED,
    (NotifierState.ACTIVE, ReferTrigger.GONE): NotifierState.TERMINATED,
}


class Notifier(Machine[NotifierState, ReferTrigger]):
    """The side that got the REFER of this number (its CSeq), `transaction`, which waits for `accept` or
    `refuse`; `silent`: it asks to be told nothing (RFC 4488). Made by `of`, or by `restore`."""

    transitions = TRANSITIONS

    def __init__(
        self,
        session: Session,
        number: int,
        transaction: ServerTransaction | None = None,
        *,
        silent: bool = False,
    ) -> None:
        super().__init__(NotifierState.PENDING)
        self._session, self._transaction, self._silent = session, transaction, silent
        #: Which of several REFERs a NOTIFY is about (RFC 3515, Section 2.4.6).
        self._event = f"refer;id={number}"
        self._expires_at: float | None = None

    @classmethod
    def of(cls, session: Session, transaction: ServerTransaction) -> "Notifier":
        """Of a REFER that has just come."""
        silent = transaction.request.tokens("refer-sub")[:1] == ["false"]
        return cls(session, transaction.request.cseq.sequence, transaction, silent=silent)

    @classmethod
    def restore(cls, session: Session, number: int, left: float, now: float) -> "Notifier":
        """Of one that an earlier process has accepted; `left` is what `left` was."""
        notifier = cls(session, number)
        notifier.state, notifier._expires_at = NotifierState.ACTIVE, now + left
        return notifier

    def left(self, now: float) -> float | None:
        """Seconds for which who asked is still told how it goes; None: they are not, or not yet."""
        if self.state is not NotifierState.ACTIVE or self._expires_at is None:
            return None
        return max(0.0, self._expires_at - now)

    def repeat(self, transaction: ServerTransaction, now: float) -> list[Output]:
        """It has come once more, since who accepted it ended before it could say so."""
        return self._session.respond(transaction, 202, now)

    def accept(self, now: float) -> list[Output]:
        """202, and the first NOTIFY at once. `Refer-Sub: false` asks for none (RFC 4488). Raises LocalMisuse
        if it is answered already."""
        self._move(ReferTrigger.ACCEPT)
        if self._transaction is None:
            raise LocalMisuse("answered already")
        if self._silent:
            self._move(ReferTrigger.FINAL)
            silent = [("Refer-Sub", "false")]
            return self._session.respond(self._transaction, 202, now, silent, has_effect=True)
        self._expires_at = now + EXPIRES
        answer = self._session.respond(self._transaction, 202, now, has_effect=True)
        return [*answer, *self._notify(100, None, now)]

    def refuse(self, status: int, now: float) -> list[Output]:
        """Raises LocalMisuse if it is answered already."""
        self._move(ReferTrigger.REFUSE)
        if self._transaction is None:
            raise LocalMisuse("answered already")
        return self._session.respond(self._transaction, status, now)

    def progress(self, status: int, phrase: str | None, now: float) -> list[Output]:
        """What became of the call that was asked for; a final status ends the subscription. Nothing once it
        is over: who asked may have left."""
        trigger = ReferTrigger.PROGRESS if status < 200 else ReferTrigger.FINAL
        return self._notify(status, phrase, now) if self._follow(trigger) else []

    def gone(self) -> None:
        """A NOTIFY was refused: nobody listens any more (RFC 6665, Section 4.2.2)."""
        self._follow(ReferTrigger.GONE)

    def _notify(self, status: int, phrase: str | None, now: float) -> list[Output]:
        left = max(0, round((self._expires_at or now) - now))
        state = "terminated;reason=noresource" if status >= 200 else f"active;expires={left}"
        body = f"SIP/2.0 {status} {phrase or PHRASES.get(status, 'Unknown')}\r\n"
        headers: tuple[Header, ...] = (("Event", self._event), ("Subscription-State", state))
        return self._session.request("NOTIFY", self, now, headers, body.encode(), SIPFRAG)

    def get_timer(self) -> float | None:
        return self._expires_at if self.state is NotifierState.ACTIVE else None

    def handle_timer(self, now: float) -> list[Output]:
        """The subscription has run out: what will become of the call is not told any more."""
        if self._expires_at is None or now < self._expires_at or not self._follow(ReferTrigger.FINAL):
            return []
        headers: tuple[Header, ...] = (
            ("Event", self._event),
            ("Subscription-State", "terminated;reason=timeout"),
        )
        return self._session.request("NOTIFY", self, now, headers, b"SIP/2.0 100 Trying\r\n", SIPFRAG)


class ReferProgress(NamedTuple):
    """What a NOTIFY told of the call that we asked for; `over`: nothing more will come."""

    status: int
    phrase: str
    over: bool


class Referrer(Machine[NotifierState, ReferTrigger]):
    """The side that sent a REFER. Its session must have the usage NOTIFY."""

    transitions = TRANSITIONS

    def __init__(self, session: Session) -> None:
        super().__init__(NotifierState.PENDING)
        self._session = session
        self._silent_at: float | None = None

    def refer(
        self, target: str, referred_by: str, now: float, replaces: Replaces | None = None
    ) -> list[Output]:
        """Ask the peer to call `target` (a URI without headers). `RequestAnswered` has this as its token."""
        asked = f"<{target}?Replaces={_escape(str(replaces))}>" if replaces else f"<{target}>"
        self._silent_at = now + self._session.patience
        headers = (self._session.contact, ("Refer-To", asked), ("Referred-By", referred_by))
        return self._session.request("REFER", self, now, headers)

    def answered(self, status: int, now: float) -> ReferProgress | None:
        """The final answer to the REFER; what it means, if that is the end."""
        if 200 <= status < 300:
            self._follow(ReferTrigger.ACCEPT)
            return None
        return ReferProgress(status, PHRASES.get(status, ""), over=True) if self._refused() else None

    def _refused(self) -> bool:
        return self._follow(ReferTrigger.REFUSE) or self._follow(ReferTrigger.GONE)

    def receive_notify(
        self, transaction: ServerTransaction, now: float
    ) -> tuple[list[Output], ReferProgress | None]:
        """A NOTIFY for us: 200 (481 when the subscription is over, 489 for another event); what it says."""
        request = transaction.request
        if (request.header("event") or "").partition(";")[0].strip().lower() != "refer":
            return self._session.respond(transaction, 489, now, [("Allow-Events", "refer")]), None
        over = (request.header("subscription-state") or "").strip().lower().startswith("terminated")
        if not self._follow(ReferTrigger.FINAL if over else ReferTrigger.PROGRESS):
            return self._session.respond(transaction, 481, now), None
        self._silent_at = None if over else now + EXPIRES + self._session.patience
        found = STATUS_LINE.match(request.body)
        status, phrase = (int(found[1]), found[2].decode("utf-8", "replace").strip()) if found else (0, "")
        return self._session.respond(transaction, 200, now), ReferProgress(status, phrase, over)

    def get_timer(self) -> float | None:
        return None if self.state is NotifierState.TERMINATED else self._silent_at

    def handle_timer(self, now: float) -> ReferProgress | None:
        """No NOTIFY for too long (RFC 6665, Section 4.1.2.4, Timer N): what became of it is not known."""
        if self._silent_at is None or now < self._silent_at or not self._follow(ReferTrigger.GONE):
            return None
        return ReferProgress(408, "Request Timeout", over=True)


def _escape(text: str) -> str:
    """A header value inside a URI (RFC 3261, Section 19.1.1)."""
    safe = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()[]/?:+$")
    return "".join(char if char in safe else f"%{byte:02X}" for char in text for byte in char.encode())
