"""What a session gives: what its shell is to do, and what its user is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from sipmessage import URI

from bridges.sip.message import Flow, OutgoingRequest, Response
from bridges.sip.message.grammar import to_wire
from bridges.sip.transaction import ServerTransaction

__all__ = [
    "Abandon",
    "Acknowledged",
    "Answered",
    "Avoid",
    "Deliver",
    "Ended",
    "EndedBy",
    "Event",
    "Locate",
    "OfferAnswered",
    "OfferRefused",
    "OfferWithdrawn",
    "Output",
    "Progress",
    "Reason",
    "Refreshed",
    "Reinvite",
    "Reply",
    "RequestAnswered",
    "Send",
    "Transmit",
]

# --- for the shell ---


class Send(NamedTuple):
    """Begin a client transaction. Its answers go to `receive_response`; silence to `timed_out`, failure to
    `failed`, with this very request. `home` is where a phone was last, which may open another connection."""

    request: OutgoingRequest
    flow: Flow
    home: Flow | None = None


class Reply(NamedTuple):
    """Answer within a server transaction. `has_effect`: what it acknowledges must outlive the process."""

    transaction: ServerTransaction
    status: int
    data: bytes
    has_effect: bool = False


class Transmit(NamedTuple):
    """Bytes outside of transactions: the ACK to a 2xx; a 2xx or a reliable 1xx, repeated."""

    data: bytes
    flow: Flow

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable; see `restore`."""
        return {"data": self.data.decode("utf-8", "surrogateescape"), "flow": self.flow.snapshot()}

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> "Transmit":
        """From `snapshot`. Raises `ValueError`, `KeyError` for what is none."""
        return cls(to_wire(str(snapshot["data"])), Flow.restore(snapshot["flow"]))


class Abandon(NamedTuple):
    """Forget the client transaction of this request."""

    request: OutgoingRequest


class Avoid(NamedTuple):
    """The server at this flow did not answer: others are to be preferred for a while."""

    flow: Flow


class Locate(NamedTuple):
    """Find the servers of this URI; go on with `move` or `unreachable`."""

    uri: URI


class Deliver(NamedTuple):
    """A request of a dialog usage that the user has opened; answer it with `respond`."""

    transaction: ServerTransaction


# --- for the user ---


@dataclass(frozen=True, slots=True)
class Reason:
    """A Reason header value (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`."""

    protocol: str
    cause: int | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A provisional answer (never 100) to our INVITE; `remote_tag` tells forks apart.

    `early_media` is what P-Early-Media says of media before the answer (RFC 5009): "sendrecv", "sendonly",
    "recvonly", "inactive", "gated"; None if it says nothing. `offers`: `sdp` is an offer, which waits for
    `accept_offer`.
    """

    status: int
    phrase: str
    sdp: str | None
    remote_tag: str | None
    early_media: str | None = None
    offers: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """Our INVITE was accepted and the ACK sent. `sdp` is the answer; None if the peer gave none.

    `offers`: the INVITE had no offer, and this is one; the ACK waits for `accept_offer`.
    """

    sdp: str | None
    offers: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Our first 200 was acknowledged, or that of a re-INVITE without offer.

    `sdp` is the answer to our offer, when the INVITE came without one.
    """

    sdp: str | None


@dataclass(frozen=True, slots=True)
class Reinvite:
    """The peer asks for another session (hold, resume, new address) by re-INVITE, UPDATE or PRACK.

    Answer with `accept_reinvite(sdp)` or `refuse_reinvite(status)`. `sdp` None is a request for our
    offer. Refreshes of a session timer without SDP in UPDATE are answered by the engine, unseen. `cseq` tells
    an offer from the one that came after it was taken back.
    """

    sdp: str | None
    method: str = "INVITE"
    cseq: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """The peer took its re-INVITE back (CANCEL): the session is what it was before."""

    cseq: int


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """What we offered was accepted; `token` is what it was offered with. `offers`: we asked for an offer, and
    this is it; it waits for `accept_offer`."""

    sdp: str | None
    offers: bool = False
    token: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """What we offered was refused; the session is what it was before."""

    status: int
    phrase: str
    token: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """The final answer to a request of the user's (`Session.request`); no response: silence or failure."""

    token: Any
    status: int
    phrase: str
    response: Response | None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The session's time begins anew, or the peer is reached another way: nothing else is different. A
    snapshot made before is out of date."""


class EndedBy(Enum):
    """Who or what ended a call."""

    LOCAL = "local"  # our reject, cancel or bye
    CANCEL = "cancel"  # the caller gave up before we answered
    BYE = "bye"  # the peer hung up
    REFUSED = "refused"  # a final answer 300-699 to our INVITE
    TIMEOUT = "timeout"  # no answer to our INVITE (408), no ACK or PRACK, or a session timer ran out
    TRANSPORT = "transport"  # it could not be sent (503)


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of every call.

    `status` is the SIP status that ended an INVITE (486, 487, 408 …) and 0 for an answered call.
    `reasons` are the Reason headers of the BYE, CANCEL or refusal. `moved_to`: the URI to which a 3xx sends
    the call on.
    """

    by: EndedBy
    status: int = 0
    phrase: str = ""
    reasons: tuple[Reason, ...] = ()
    moved_to: str | None = None


Event = (
    Progress
    | Answered
    | Acknowledged
    | Reinvite
    | OfferWithdrawn
    | OfferAnswered
    | OfferRefused
    | RequestAnswered
    | Refreshed
    | Ended
)
Output = Send | Reply | Transmit | Abandon | Avoid | Locate | Deliver | Event
