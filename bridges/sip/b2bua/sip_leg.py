"""Legs made of SIP: a phone or a trunk, calling or called."""

from typing import Any

from bridges.sip.b2bua import causes
from bridges.sip.b2bua.causes import TABLE, Cause
from bridges.sip.b2bua.events import Answers, Confirmed, Gone, Key, Post, Reoffer, Rings
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.b2bua.line_answers import Speaks, judge
from bridges.sip.media.gateway import Peer, Profile
from bridges.sip.transport.api import (
    Acknowledged,
    Answered,
    Call,
    CallRefused,
    CallStateError,
    Dtmf,
    Ended,
    EndedBy,
    Event,
    IncomingCall,
    OutgoingCall,
    Progress,
    Reason,
    Reinvite,
)
from logs import log
from wire.record import AnsweredOn

_log = log.get(__name__)

#: Offered to the forks in place of a caller that wants our offer (RFC 3261, Section 14.1; RFC 3264).
#: Its address is a hold; the real one comes with the ACK.
OFFERLESS = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"
)


#: Provisional answers that come from a callee, not from a network still looking for one.
RINGING = frozenset({180, 182})


def reason_of(cause: Cause) -> Reason:
    """The Reason header of a CANCEL or BYE."""
    return Reason(*causes.reason(cause))


def cause_of(ended: Ended, *, trunk: bool, answered: bool) -> Cause:
    """Why a SIP leg ended."""
    if answered:
        return Cause.NORMAL if ended.by is EndedBy.BYE else Cause.MEDIA_FAILED
    match ended.by:
        case EndedBy.CANCEL:
            return Cause.CANCELLED
        case EndedBy.BYE:
            return Cause.NORMAL
        case _:
            return causes.from_status(ended.status or 503, trunk=trunk)


class _SipLeg:
    """What calling and called legs share."""

    profile = Profile.RTP
    idle = True

    def __init__(self, name: str, call: Call, post: Post, *, trunk: bool) -> None:
        self.name, self._call, self._post, self._trunk = name, call, post, trunk
        self.answered_on: AnsweredOn = "outside" if trunk else "desk_phone"
        self.description = ""
        self.given = ""
        self._answered = False
        self._proven = True

    def _hear(self, event: Event) -> None:
        match event:
            case Reinvite(sdp=sdp):
                self._post(Reoffer(self.name, sdp))
            case Acknowledged(sdp=str(sdp)):
                # The answer to an offer of ours: to a call or a re-INVITE that came without one.
                self._post(Confirmed(self.name, sdp))
            case Dtmf(signal=digit, duration_ms=duration):
                self._post(Key(self.name, digit, duration))
            case Ended():
                _log.info("sip_leg_ended", leg=self.name, by=event.by.value, status=event.status)
                self._post(self._gone(event))

    def _gone(self, ended: Ended) -> Gone:
        return Gone(self.name, cause_of(ended, trunk=self._trunk, answered=self._answered))

    @property
    def peer(self) -> Peer:
        """A trunk is known by its address: what it says by a datagram anybody could have sent."""
        return Peer(self._call.peer.host, authenticated=not self._trunk, proven=self._proven)

    def established(self) -> None:
        """It hears the other side."""

    async def answers(self) -> bool | None:
        return await self._call.probe()

    async def reoffer(self, sdp: str) -> str:
        try:
            answer = await self._call.reinvite(sdp)
        except (CallRefused, CallStateError) as error:
            raise ReofferRefused(str(error)) from error
        if answer is None:
            raise ReofferRefused("an answer without a session description")
        return answer

    def accept_reoffer(self, sdp: str) -> None:
        if not self._call.ended:
            self._call.accept_reinvite(sdp)

    def refuse_reoffer(self) -> None:
        if not self._call.ended:
            self._call.refuse_reinvite()

    def get_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None:
        """SIP keeps its own timers."""

    def snapshot(self) -> dict[str, Any] | None:
        try:
            return None if self._call.ended else {"sip": self._call.snapshot()}
        except CallStateError:
            return None

    async def said(self) -> None:
        """SIP retransmits by itself."""


class SipCaller(_SipLeg):
    """A phone or trunk that called us."""

    def __init__(self, call: IncomingCall, post: Post, *, trunk: bool) -> None:
        super().__init__("caller", call, post, trunk=trunk)
        self._incoming = call
        self.offerless = call.sdp is None
        self.offer = self.description = call.sdp or OFFERLESS
        self.hops = call.max_forwards - 1
        self._proven = not trunk or call.peer.transport.reliable
        call.listen(self._on_event)

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        if not self._call.ended:
            # An early answer cannot be given to an offer that was not made.
            self._incoming.ring(status, None if self.offerless else sdp)

    def accept(self, sdp: str) -> None:
        if self._call.ended:
            return
        self._answered = True
        self._incoming.answer(sdp)
        if self._proven and not self.offerless:
            self._post(Confirmed(self.name))

    def drop(self, cause: Cause) -> None:
        if self._call.ended:
            return
        if self._answered:
            self._call.bye(reason_of(cause))
        else:
            row = TABLE[cause]
            reason = f'Q.850;cause={row.q850};text="{row.text}"'
            self._incoming.reject(row.status, row.text, [("Reason", reason)])

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Acknowledged):
            self._acknowledged(event)
        self._hear(event)

    def _acknowledged(self, event: Acknowledged) -> None:
        """The first ACK: whoever sent the INVITE has our answer."""
        proven, self._proven = self._proven, True
        if self.offerless:
            self.offerless = False
            if event.sdp is None:
                # RFC 3261, Section 13.2.2.4: the answer to our offer belongs into the ACK.
                self._post(Gone(self.name, Cause.NOT_ACCEPTABLE))
                self._call.bye(reason_of(Cause.NOT_ACCEPTABLE))
        elif not proven:
            self._post(Confirmed(self.name))


class SipFork(_SipLeg):
    """A phone or trunk that we call."""

    def __init__(self, name: str, call: OutgoingCall, post: Post, *, trunk: bool) -> None:
        super().__init__(name, call, post, trunk=trunk)
        self._outgoing = call
        self._rang = False
        call.listen(self._on_event)

    def drop(self, cause: Cause) -> None:
        if self._call.ended:
            return
        if self._answered:
            self._call.bye(reason_of(cause))
        else:
            self._outgoing.cancel(reason_of(cause))

    def _gone(self, ended: Ended) -> Gone:
        if not self._trunk or self._answered or ended.by is EndedBy.LOCAL:
            return super()._gone(ended)
        verdict = judge(ended, rang=self._rang)
        return Gone(self.name, verdict.cause, of_line=verdict.speaks is Speaks.LINE)

    def _on_event(self, event: Event) -> None:
        match event:
            case Progress(status=status, sdp=sdp):
                self._rang = self._rang or status in RINGING
                if sdp:
                    self.description = sdp
                self._post(Rings(self.name, status, sdp))
            case Answered(sdp=sdp):
                self._answered = True
                # A 200 without a description repeats the one of the 183 before it.
                self.description = sdp or self.description
                self._post(Answers(self.name, self.description))
            case _:
                self._hear(event)
