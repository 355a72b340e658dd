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
from pathlib import Path
from typing import Any, Protocol

from bridges.networks import Advertised
from bridges.sip.errors import LocalSipError
from bridges.sip.machine import LocalMisuse
from bridges.sip.message import Flow, Transport
from bridges.sip.message.flow import Listener
from bridges.sip.session.events import (
    Acknowledged,
    Answered,
    Ended,
    EndedBy,
    OfferWithdrawn,
    Progress,
    Reason,
    Refreshed,
    Reinvite,
)
from bridges.sip.session.refer import Replaces

__all__ = [
    "ANSWERED_ELSEWHERE",
    "Account",
    "Accounts",
    "Acknowledged",
    "AnswerWaits",
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
    "OfferWithdrawn",
    "OnInvite",
    "OnRegistrationChange",
    "OnTrunkChange",
    "Origin",
    "OutgoingCall",
    "Progress",
    "Reason",
    "Referred",
    "Refreshed",
    "RegistrationStore",
    "Reinvite",
    "Replaces",
    "Target",
    "Transport",
    "TrunkConfig",
    "TrunkStatus",
]


#: A method does not fit the state of the call: a mistake of the caller of this API.
CallStateError = LocalMisuse


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
    #: It is reached over the flow that it registered, never at its Contact (RFC 5626); `flows` are further
    #: ones to the same phone, each tried when the one before has failed.
    outbound: bool = False
    flows: "tuple[Contact, ...]" = ()


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
class Dtmf:
    """A key by INFO, however it was spelled: 0-9, *, #, A-D."""

    signal: str
    duration_ms: int = 160


@dataclass(frozen=True, slots=True)
class Referred:
    """The peer asks us to call `target` (a URI) for the other side of its call (RFC 3515), in place of the
    dialog `replaces` if that is given; `ends`: to put them out of the conference. `referred_by` is the
    Referred-By value as it stood (RFC 3892).

    Answer with `accept_refer(number)` or `refuse_refer(number, status)`.
    """

    number: int
    target: str
    replaces: Replaces | None = None
    referred_by: str | None = None
    ends: bool = False


@dataclass(frozen=True, slots=True)
class AnswerWaits:
    """What acknowledges a request of the peer is kept back; `say_after` says it (see `keep_answers_back`)."""


Event = (
    Progress
    | Answered
    | Acknowledged
    | Reinvite
    | OfferWithdrawn
    | Refreshed
    | Dtmf
    | Referred
    | AnswerWaits
    | Ended
)

#: JSON-serialisable state of a call: enough for `SipEndpoint.restore` after a restart.
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

    async def reinvite(self, sdp: str | None) -> str | None:
        """Offer another session; the answer's SDP. Raises `CallRefused`; waits for a pending one.

        Where both sides ask at once it is asked again after a while; if the other side does so first, ours is
        refused (491). None asks for the other side's offer, which `acknowledge` must answer. Cancelled, it is
        taken back.
        """

    def acknowledge(self, sdp: str) -> None:
        """Answer an offer that came with the answer to a request of ours; nothing if there is none."""

    async def probe(self) -> bool | None:
        """Ask the peer by OPTIONS whether it still knows the call (RFC 5057, Section 5); None if it does not
        answer. Changes nothing.
        """

    def accept_reinvite(self, sdp: str | None, cseq: int | None = None) -> bool:
        """Answer the last `Reinvite` with 200; or the one of this `cseq`, if it is the last.

        False if it was taken back meanwhile (`OfferWithdrawn`): the session is what it was before.
        """

    def refuse_reinvite(self, status: int = 488, cseq: int | None = None) -> None:
        """Answer it with an error; the session stays as it was."""

    def resume(self) -> None:
        """Go on after `SipEndpoint.restore`: what may have been lost is sent again, what waits for the user
        told again. Nothing happens before."""

    def accept_refer(self, number: int) -> None:
        """Follow the `Referred` of this number: 202, and a first NOTIFY."""

    def refuse_refer(self, number: int, status: int) -> None:
        """Do not follow it."""

    def notify_refer(self, number: int, status: int, phrase: str | None = None) -> None:
        """How the call that was asked for goes; with a final status nothing more is told. The peer may have
        hung up by then."""

    def keep_answers_back(self) -> None:
        """What acknowledges a CANCEL, a REFER or another session waits from now on, and all that is to be
        said after it, until `say_after`, which `AnswerWaits` asks for, or for most of T1: the peer of a
        process that dies before says its request again."""

    def say_after(self, written: Callable[[], Awaitable[object]]) -> None:
        """As soon as `written` is done, say what was kept back."""

    def snapshot(self) -> DialogSnapshot:
        """State to be stored for `SipEndpoint.restore`. Raises `CallStateError` for a call that has ended.

        The CSeq in it leaves room for later requests. Take a new one after each event.
        """


class IncomingCall(Call, Protocol):
    """An INVITE received; answer with ring, answer, reject."""

    @property
    def origin(self) -> Origin: ...

    @property
    def replaces(self) -> Replaces | None:
        """The dialog in whose place it calls (RFC 3891)."""

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

    def become_focus(self, user: str) -> None:
        """From now on our Contact says that it is a conference of this name (RFC 4579, Section 4.1)."""

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

    def keep_ack_back(self) -> None:
        """The ACK of the answer is to wait for `send_ack`: a process that dies before is told the answer once
        more. When the peer repeats it, or something else is to be said to it, the ACK waits no longer."""

    def send_ack(self) -> None:
        """What the peer answered is not forgotten any more; nothing if its ACK does not wait."""


class RestoredCall(Call, Protocol):
    """A call of an earlier process, in either direction."""

    def resume(self) -> None:
        """Go on: what may have been lost is sent again, what waits for the user told again. Nothing happens
        before."""


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
    #: Seconds after which a call in that nobody answers is refused, and before which an answer to a call out
    #: is none.
    answer_within_in: float | None = None
    answer_not_before: float = 0.0
    #: Over TLS: whom its certificate is for (None: the host that is called), who may have signed it (PEM;
    #: None: whom the machine trusts), or the SHA-256 of the one certificate that is believed.
    tls_name: str | None = None
    tls_ca: str | None = None
    tls_fingerprint: str | None = None


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
    tls_port: int | None = None
    #: Certificate (with those between it and its authority) and key, PEM files: what TLS shows.
    tls_files: tuple[Path, Path] | None = None
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

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """What is listened on."""
        ports = {
            Transport.UDP: self.udp_port,
            Transport.TCP: self.tcp_port,
            Transport.TLS: self.tls_port,
        }
        return tuple(Listener(t, self.host, port) for t, port in ports.items() if port is not None)
