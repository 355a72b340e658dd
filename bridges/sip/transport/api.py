"""What a user agent sees of the SIP engine: values, events, calls, and what it must inject.

`bridges.sip.transport.endpoint.SipEndpoint` is the implementation. A short story of each direction::

    endpoint = SipEndpoint(config, accounts=accounts, registration_store=store)
    endpoint.on_invite = incoming              # async def incoming(call: IncomingCall) -> None
    endpoint.on_registration_change = changed  # def changed(username: str, registered: bool) -> None
    await endpoint.start()

    async def incoming(call: IncomingCall) -> None:      # 100 Trying has been sent already
        match call.origin:
            case FromPhone(account): ...                 # digest checked: it says who calls, not From
            case FromTrunk(name): ...                    # a peer by its address, or a registered trunk
        call.ring()                                      # 180; ring(183, sdp) for early media
        call.answer(sdp)                                 # 200, repeated until the ACK
        async for event in call.events():                # or call.listen(callback), see Call.listen
            match event:
                case Acknowledged(sdp): ...              # ACK; sdp if the INVITE had no offer
                case Reinvite(sdp, method): call.accept_reinvite(answer)  # or refuse_reinvite(488)
                case Dtmf(signal): ...
                case Ended(by=by, status=status): break  # always the last event, exactly once

    leg = await endpoint.invite(endpoint.target_of(contact), from_=..., to=..., sdp=offer)
    # Progress* then Answered (ACK has been sent) or Ended. leg.cancel(ANSWERED_ELSEWHERE), leg.bye()

Calls never raise for what the other side does: that comes as events. They raise `CallStateError`
for local misuse (answering twice, ringing a call that has ended). A method called on a call that
ended by itself in the meantime (`bye`, `cancel`, `reject`) does nothing: such races are ordinary.
All methods run on the event loop's thread; only `invite` and `reinvite` must be awaited.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from bridges.sip.errors import LocalSipError
from bridges.sip.message import Flow, Transport
from bridges.sip.networks import Advertised

__all__ = [
    "ANSWERED_ELSEWHERE",
    "Account",
    "Accounts",
    "Acknowledged",
    "Answered",
    "Call",
    "CallRefused",
    "CallStateError",
    "Contact",
    "Credentials",
    "DialogSnapshot",
    "Dtmf",
    "Ended",
    "EndedBy",
    "EndpointConfig",
    "Event",
    "FromPhone",
    "FromTrunk",
    "IncomingCall",
    "NameAddress",
    "OnInvite",
    "OnRegistrationChange",
    "OnTrunkChange",
    "Origin",
    "OutgoingCall",
    "Progress",
    "Reason",
    "RegistrationStore",
    "Reinvite",
    "Target",
    "Transport",
    "TrunkConfig",
    "TrunkStatus",
]


class CallStateError(LocalSipError):
    """A method does not fit the state of the call: a mistake of the caller of this API."""


class CallRefused(LocalSipError):
    """The other side refused our re-INVITE; the call goes on as before.

    `status` is its SIP status (408 when it did not answer, 491 when both sides asked at once).
    """

    def __init__(self, status: int, phrase: str) -> None:
        super().__init__(f"{status} {phrase}")
        self.status = status
        self.phrase = phrase


# --- values -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NameAddress:
    """A From or To value without its tag: `"Anna Rossi" <sip:201@example.org>`."""

    uri: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an INVITE goes: the Request-URI, and the next hop that the bytes are sent to.

    `host` is an IP address or a name (resolved when sent), `port` its port, None for what the DNS says
    (RFC 3263). `alternatives` are further addresses and ports, tried while none has answered. `route` are
    Route values.
    `symmetric` keeps later requests of the dialog on the address the INVITE went to, whatever
    Contact says: right for phones, which may be behind a NAT. `answer_within` is how many seconds the
    next hop may stay silent (100 Trying is an answer) until the call ends with TIMEOUT, 408; None leaves
    that to Timer B (32 s). Trunks have it: somebody waits, and another line can be tried. `redirects` is how
    often the call may be sent on to another server for the same number (302). Make one with
    `SipEndpoint.target_of(contact)` or `SipEndpoint.trunk_target(trunk, number)`.
    """

    uri: str
    transport: Transport
    host: str
    port: int | None
    route: tuple[str, ...] = ()
    symmetric: bool = False
    answer_within: float | None = None
    redirects: int = 0
    alternatives: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What answers a 401 or 407 (RFC 3261, Section 22.2). Never logged."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """One SIP account: HA1 = H(username:realm:password) in lower-case hex (RFC 7616, Section 3.4.2)."""

    username: str
    ha1_md5: str = field(repr=False)
    ha1_sha256: str = field(repr=False)
    user_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """One live registration of a phone. `host` and `port` are where its REGISTER came from."""

    username: str
    uri: str
    transport: Transport
    host: str
    port: int
    expires_in: float
    user_agent: str = ""
    #: The proxies on the way to it, nearest first, as Route values (RFC 3327).
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """A Reason header value (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`."""

    protocol: str
    cause: int | None
    text: str = ""


#: For `OutgoingCall.cancel`: phones that get it do not show a missed call.
ANSWERED_ELSEWHERE = Reason("SIP", 200, "Call completed elsewhere")


@dataclass(frozen=True, slots=True)
class FromPhone:
    """The INVITE was authenticated by digest as this account."""

    account: Account


@dataclass(frozen=True, slots=True)
class FromTrunk:
    """The INVITE came from the trunk of this name."""

    name: str


Origin = FromPhone | FromTrunk


# --- events of a call ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """A provisional answer (never 100) to our INVITE; `remote_tag` tells forks apart."""

    status: int
    phrase: str
    sdp: str | None
    remote_tag: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """Our INVITE was accepted and the ACK sent. `sdp` is the answer; None if the peer gave none."""

    sdp: str | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Our first 200 was acknowledged, or that of a re-INVITE without offer.

    `sdp` is the answer to our offer, when the INVITE came without one.
    """

    sdp: str | None


@dataclass(frozen=True, slots=True)
class Reinvite:
    """The peer asks for another session (hold, resume, new address) by re-INVITE or UPDATE.

    Answer with `accept_reinvite(sdp)` or `refuse_reinvite(status)`. `sdp` None is a request for our
    offer. Refreshes of a session timer without SDP in UPDATE are answered by the engine, unseen.
    """

    sdp: str | None
    method: str = "INVITE"


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A key by INFO, however it was spelled: 0-9, *, #, A-D."""

    signal: str
    duration_ms: int = 160


class EndedBy(Enum):
    """Who or what ended a call."""

    LOCAL = "local"  # our reject, cancel or bye
    CANCEL = "cancel"  # the caller gave up before we answered
    BYE = "bye"  # the peer hung up
    REFUSED = "refused"  # a final answer 300-699 to our INVITE
    TIMEOUT = "timeout"  # no answer to our INVITE (408), no ACK, or a session timer ran out
    TRANSPORT = "transport"  # it could not be sent (503)


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of every call.

    `status` is the SIP status that ended an INVITE (486, 487, 408 …) and 0 for an answered call.
    `reasons` are the Reason headers of the BYE, CANCEL or refusal.
    """

    by: EndedBy
    status: int = 0
    phrase: str = ""
    reasons: tuple[Reason, ...] = ()


Event = Progress | Answered | Acknowledged | Reinvite | Dtmf | Ended

#: JSON-serialisable state of a call: enough for `SipEndpoint.bye_snapshot` after a restart.
DialogSnapshot = dict[str, Any]


# --- calls --------------------------------------------------------------------------------------


class Call(Protocol):
    """One dialog (or a dialog to be). `call_id` is the SIP Call-ID."""

    @property
    def call_id(self) -> str: ...

    @property
    def local_tag(self) -> str: ...

    @property
    def remote_tag(self) -> str | None: ...

    @property
    def ended(self) -> bool: ...

    @property
    def peer(self) -> Flow:
        """Where the last request of the peer came from, or ours go to (`host` may be a name)."""

    def listen(self, callback: Callable[[Event], None]) -> None:
        """Give every event, those already waiting first, to `callback`, at once and in order.

        One consumer a call: either this or `events`.
        """

    def events(self) -> AsyncIterator[Event]:
        """Every event up to and with `Ended`."""

    def bye(self, reason: Reason | None = None) -> None:
        """Hang up an answered call. Before the answer it cancels or rejects (487) instead.

        `Ended` follows: at once, or with the ACK that an answer of ours still waits for.
        """

    async def reinvite(self, sdp: str) -> str | None:
        """Offer another session; the answer's SDP. Raises `CallRefused`; waits for a pending one."""

    async def probe(self) -> bool | None:
        """Ask the peer by OPTIONS whether it still knows the call (RFC 5057, Section 5); None if it does not
        answer. Changes nothing.
        """

    def accept_reinvite(self, sdp: str | None) -> None:
        """Answer the last `Reinvite` with 200."""

    def refuse_reinvite(self, status: int = 488) -> None:
        """Answer the last `Reinvite` with an error; the session stays as it was."""

    def snapshot(self) -> DialogSnapshot:
        """State to be stored for `SipEndpoint.bye_snapshot`, of an answered call or an INVITE not answered.

        Raises `CallStateError` for any other.

        The CSeq in it leaves room for later requests, so one snapshot after the answer is enough
        (take a new one after a `Reinvite` with a new Contact, if it matters).
        """


class IncomingCall(Call, Protocol):
    """An INVITE received; answer with ring, answer, reject."""

    @property
    def origin(self) -> Origin: ...

    @property
    def dialled(self) -> str:
        """The user part of the Request-URI, unquoted ("202", "+3906…"); of To, if a provider that we
        register with called our Contact."""

    @property
    def request_uri(self) -> str: ...

    @property
    def caller(self) -> NameAddress:
        """From, or P-Asserted-Identity when it comes from a trunk and is present."""

    @property
    def caller_number(self) -> str | None:
        """The user part of the caller, of a phone its account; None if `withheld`."""

    @property
    def withheld(self) -> bool:
        """Whether the caller's name and number are not to be told to anybody (RFC 3323): anonymous From, or
        Privacy."""

    @property
    def sdp(self) -> str | None:
        """The offer; None if the peer wants ours in the 200."""

    @property
    def max_forwards(self) -> int:
        """Hops left. Whoever passes the call on gives one less to `invite`, so that a loop ends."""

    @property
    def headers(self) -> Mapping[str, Sequence[str]]:
        """All header values of the INVITE by lower-case long name."""

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        """A provisional answer 101-199 (180 ringing; 183 with SDP is early media)."""

    def answer(self, sdp: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        """200 OK, repeated until the ACK; without one within 32 s the call is ended by TIMEOUT."""

    def reject(self, status: int, phrase: str | None = None, headers: Sequence[tuple[str, str]] = ()) -> None:
        """A final answer 300-699; `Ended(LOCAL, status)` follows."""


class OutgoingCall(Call, Protocol):
    """An INVITE sent. Forking is the caller's work: one OutgoingCall a contact."""

    @property
    def target(self) -> Target: ...

    def start(self) -> None:
        """Send the INVITE of `SipEndpoint.prepare`; nothing if it was sent, or cancelled before."""

    def cancel(self, reason: Reason | None = None) -> None:
        """CANCEL (sent once a provisional answer is there, RFC 3261, Section 9.1).

        `Ended(LOCAL, 487)` follows; an answer that crosses is acknowledged and hung up by the engine.
        """


# --- injected -----------------------------------------------------------------------------------

#: Finds the account of a SIP user name. It may raise: the request is then answered 503.
Accounts = Callable[[str], Awaitable[Account | None]]
OnInvite = Callable[[IncomingCall], Awaitable[None]]
#: (user name, whether it has a live contact now); called when that changes only.
OnRegistrationChange = Callable[[str, bool], None]
OnTrunkChange = Callable[["TrunkStatus"], None]


class RegistrationStore(Protocol):
    """Keeps bindings over a restart. Rows are JSON-serialisable; times in them are Unix seconds."""

    async def load(self) -> Sequence[Mapping[str, Any]]:
        """All rows saved and not replaced since."""

    async def save(self, username: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the rows of one user name (none: it is registered nowhere)."""


# --- configuration ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TrunkConfig:
    """One trunk: a `peer` known by its address, or a provider that we `register` with."""

    name: str
    host: str
    #: None: as the DNS says (RFC 3263).
    port: int | None = 5060
    kind: str = "peer"  # or "register"
    transport: Transport = Transport.UDP
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    caller_id: str | None = None
    #: Further IP addresses and networks whose INVITEs are this trunk's.
    addresses: tuple[str, ...] = ()
    #: Who answers its digest challenges, if that is not `username`.
    auth_username: str | None = None
    #: What stands in From: the user (else the caller's number), and the domain (else ours, or `host` where
    #: we register).
    from_user: str | None = None
    from_domain: str | None = None
    #: "host" or "host:port" that requests go through.
    outbound_proxy: str | None = None
    #: Where the caller's number stands: "from", "pai", "ppi", "rpid".
    caller_in: tuple[str, ...] = ("from", "pai")
    #: Seconds between OPTIONS to a peer; 0 sends none.
    keep_alive: float = 30.0


@dataclass(frozen=True, slots=True)
class TrunkStatus:
    """`up`: whether its other side is there, None while nobody knows; `why` explains what is not up.

    `usable`: whether calls are sent. A peer is always tried; a line that registers, once it is registered.
    """

    name: str
    up: bool | None
    why: str | None = None
    usable: bool = True


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Addresses and limits. Port 0 lets the system choose; `None` switches that transport off."""

    domain: str
    realm: str
    host: str = "127.0.0.1"
    udp_port: int | None = 5060
    tcp_port: int | None = 5060
    #: The address that Via and Contact tell the world; `host` if None.
    advertised_host: str | None = None
    #: The same for those in certain networks.
    advertised: Advertised = field(default_factory=Advertised)
    trunks: tuple[TrunkConfig, ...] = ()
    user_agent: str = "Unisono"
    #: Whether REGISTER is taken, and INVITEs of phones; False for an endpoint between peers only.
    registrar: bool = True
    min_expires: int = 60
    max_expires: int = 3600
    max_contacts: int = 10
    #: Calls that one trunk may bring at once, and a second (twice as many in a burst); None: any number.
    trunk_calls: int | None = None
    trunk_calls_per_second: float | None = None
    max_transactions: int = 50_000
    max_connections: int = 2_000
    max_connections_per_host: int = 200
    #: Seconds without a byte after which an idle TCP connection without registrations is closed.
    idle_timeout: float = 3900.0
    #: Key of the digest nonces; a fresh random one if None. Set it to keep nonces over a restart.
    nonce_secret: bytes | None = field(default=None, repr=False)
    #: Key of the Contacts that we register with providers; a fresh random one if None. Set it to keep them
    #: over a restart.
    contact_secret: bytes | None = field(default=None, repr=False)
    #: Addresses and ports of nameservers to be asked in place of the machine's.
    nameservers: tuple[tuple[str, int], ...] = ()
    #: Digest algorithms in the order offered. Phones that read one challenge only read the first.
    digest_algorithms: tuple[str, ...] = ("MD5", "SHA-256")
    #: RFC 3261's T1, seconds (the round-trip estimate). T2 and T4 follow it as 8 and 10 times.
    t1: float = 0.5
