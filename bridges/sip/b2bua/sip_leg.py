"""Legs made of SIP: a phone or a trunk, calling or called."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from bridges.media.gateway import Peer, Profile
from bridges.sdp.audio import SDES_PROTOCOLS, profile_word
from bridges.sdp.description import parse
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua import causes
from bridges.sip.b2bua.causes import TABLE, Cause
from bridges.sip.b2bua.events import (
    Answers,
    Changed,
    Confirmed,
    Gone,
    JoinAsked,
    Key,
    Owes,
    Post,
    PutOutAsked,
    Reoffer,
    Rings,
    TransferAsked,
)
from bridges.sip.b2bua.flows import Flows
from bridges.sip.b2bua.identity import dialled_of
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.b2bua.line_answers import Speaks, judge
from bridges.sip.transport.api import (
    Acknowledged,
    Answered,
    AnswerWaits,
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
    Referred,
    Refreshed,
    Reinvite,
    Replaces,
)
from bridges.sip.trunk import AnswerLimits, AnswerWatch
from logs import log
from wire.record import AnsweredOn
from wire.route import WORD_MAX

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


def _clock() -> float:
    """The clock of a leg's timer."""
    return asyncio.get_running_loop().time()


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


def profile_of(offer: str) -> Profile:
    """Over what a telephone offers its audio. What cannot be read is refused by the gateway."""
    try:
        word = profile_word(parse(offer))
    except MalformedSdp:
        return Profile.RTP
    return Profile.SDES if word in SDES_PROTOCOLS else Profile.RTP


class ReferReport:
    """Tells a phone how the transfer goes that it asked for by the REFER of this number (RFC 3515)."""

    def __init__(self, call: Call, number: int, *, accepted: bool = False) -> None:
        self.call, self.number = call, number
        self._accepted = accepted

    def accepted(self) -> None:
        self._accepted = True
        self.call.accept_refer(self.number)

    def rings(self) -> None:
        self.call.notify_refer(self.number, 180)

    def done(self) -> None:
        self.call.notify_refer(self.number, 200)

    def failed(self, cause: Cause) -> None:
        status = TABLE[cause].status
        if self._accepted:
            self.call.notify_refer(self.number, status, TABLE[cause].text)
        else:
            self.call.refuse_refer(self.number, status)


class SipLeg:
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
        #: The offers told and not yet answered or refused, by CSeq: one may be taken back for another.
        self._asked: deque[int] = deque()

    def move(self, name: str, post: Post) -> None:
        self.name, self._post = name, post

    def _hear(self, event: Event) -> None:
        match event:
            case Reinvite(sdp=sdp, cseq=cseq):
                self._asked.append(cseq)
                self._post(Reoffer(self.name, sdp))
            case Acknowledged(sdp=str(sdp)):
                # The answer to an offer of ours: to a call or a re-INVITE that came without one.
                self._post(Confirmed(self.name, sdp))
            case Referred():
                self._referred(event)
            case Refreshed():
                self._post(Changed(self.name))
            case AnswerWaits():
                self._post(Owes(self.name))
            case Dtmf(signal=digit, duration_ms=duration):
                self._post(Key(self.name, digit, duration))
            case Ended():
                _log.info("sip_leg_ended", leg=self.name, by=event.by.value, status=event.status)
                self._post(self._gone(event))

    def _referred(self, event: Referred) -> None:
        """Phones may transfer; a line, which nobody of the house answers for, may not."""
        to, report = dialled_of(event.target), ReferReport(self._call, event.number)
        if self._trunk or (event.replaces is None and not to):
            _log.warning("refer_refused", leg=self.name, trunk=self._trunk)
            report.failed(Cause.FORBIDDEN if self._trunk else Cause.NOT_FOUND)
        elif event.ends:
            self._post(PutOutAsked(self.name, to, report))
        elif event.replaces is not None:
            self._post(JoinAsked(self.name, report, event.replaces))
        else:
            self._post(TransferAsked(self.name, to, report))

    def say_after(self, written: Callable[[], Awaitable[object]]) -> None:
        """What it asked for is acknowledged once that is done."""
        self._call.say_after(written)

    def report(self, number: int) -> ReferReport:
        """To who asked for a transfer by the REFER of this number, in an earlier process."""
        return ReferReport(self._call, number, accepted=True)

    def number_of(self, report: object) -> int | None:
        """The REFER of this leg that a report is about."""
        return report.number if isinstance(report, ReferReport) and report.call is self._call else None

    def is_dialog(self, replaces: Replaces) -> bool:
        """Whether this is the dialog that the phone at its other end names (RFC 3891, Section 3)."""
        own = self._call.call_id, self._call.local_tag, self._call.remote_tag
        return not self._call.ended and own == (replaces.call_id, replaces.to_tag, replaces.from_tag)

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

    def accept_reoffer(self, sdp: str) -> bool:
        asked = self._asked.popleft() if self._asked else None
        return self._call.ended or self._call.accept_reinvite(sdp, asked)

    def refuse_reoffer(self) -> None:
        asked = self._asked.popleft() if self._asked else None
        if not self._call.ended:
            self._call.refuse_reinvite(cseq=asked)

    def get_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None:
        """SIP keeps its own timers."""

    def snapshot(self) -> dict[str, Any] | None:
        if self._call.ended:
            return None
        return {
            "sip": self._call.snapshot(),
            "name": self.name,
            "description": self.description,
            "given": self.given,
            "profile": self.profile.value,
            "answered": self._answered,
        }

    def _adopt(self, kept: Mapping[str, Any]) -> None:
        self.description, self.given = str(kept["description"]), str(kept["given"])
        self._answered = bool(kept["answered"])

    def resume(self) -> None:
        self._call.resume()

    async def said(self) -> None:
        """SIP retransmits by itself."""


class SipCaller(SipLeg):
    """A phone or trunk that called us. `limits`: the trunk's."""

    def __init__(self, call: IncomingCall, post: Post, *, limits: AnswerLimits | None = None) -> None:
        trunk = limits is not None
        super().__init__("caller", call, post, trunk=trunk)
        self._watch = AnswerWatch(replace(limits or AnswerLimits(), not_before=0.0), _clock())
        self._rang_out = False
        #: Whether its telephone was told the address of the conference that it called.
        self.leads = False
        self._incoming = call
        self.offerless = call.sdp is None
        self.offer = self.description = call.sdp or OFFERLESS
        self.profile = profile_of(self.offer)
        self.hops = call.max_forwards - 1
        self._proven = not trunk or call.peer.transport.reliable
        call.keep_answers_back()
        call.listen(self._on_event)

    @classmethod
    def restore(
        cls, kept: Mapping[str, Any], call: IncomingCall, post: Post, *, limits: AnswerLimits | None
    ) -> "SipCaller":
        """What `snapshot` was taken of. Raises `KeyError`, `TypeError`, `ValueError` for what is none."""
        leg = cls(call, post, limits=limits)
        leg._adopt(kept)
        leg.offerless, leg._proven = bool(kept["offerless"]), bool(kept["proven"])
        leg._rang_out = bool(kept["rang_out"])
        leg.leads = bool(kept.get("leads"))
        if leg._answered:
            leg._watch.answered(_clock())
        return leg

    def snapshot(self) -> dict[str, Any] | None:
        kept = super().snapshot()
        more = {
            "offerless": self.offerless,
            "proven": self._proven,
            "rang_out": self._rang_out,
            "leads": self.leads,
        }
        return kept and kept | more

    def resume(self) -> None:
        super().resume()
        if self.confirmed:
            self._post(Confirmed(self.name))

    def lead(self, conference: str) -> None:
        """Its telephone called a conference, which it adds people to, and puts them out of, by REFER."""
        self._incoming.become_focus(conference)
        self.leads = True

    @property
    def accepted(self) -> bool:
        return self._answered

    @property
    def confirmed(self) -> bool:
        """Whether it has an answer, and nothing is waited for."""
        return self._answered and self._proven and not self.offerless

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        if not self._call.ended:
            # An early answer cannot be given to an offer that was not made.
            self._incoming.ring(status, None if self.offerless else sdp)

    def accept(self, sdp: str) -> None:
        if self._call.ended:
            return
        self._answered = True
        self._watch.answered(_clock())
        self._incoming.answer(sdp)
        if self.confirmed:
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

    def get_timer(self) -> float | None:
        return self._watch.get_timer()

    def handle_timer(self, now: float) -> None:
        if self._watch.handle_timer(now):
            _log.info("call_rang_too_long", leg=self.name)
            self._rang_out = True
            self.drop(Cause.NO_ANSWER)

    def _gone(self, ended: Ended) -> Gone:
        return Gone(self.name, Cause.NO_ANSWER) if self._rang_out else super()._gone(ended)

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


class SipFork(SipLeg):
    """A phone or trunk that we call. `limits`: the trunk's; how long it may ring is the plan's to say.
    `flows`: the phone's further ones, tried one after the other while nothing has been heard of it."""

    def __init__(
        self,
        name: str,
        call: OutgoingCall,
        post: Post,
        *,
        profile: Profile = Profile.RTP,
        limits: AnswerLimits | None = None,
        flows: Flows | None = None,
    ) -> None:
        super().__init__(name, call, post, trunk=limits is not None)
        self.profile = profile
        self._flows = flows
        self._dropped = False
        self._moving: asyncio.Task[None] | None = None
        self._outgoing = call
        self._limits = replace(limits or AnswerLimits(), within=None)
        self._watch = AnswerWatch(self._limits, _clock())
        self._rang = self._false_answer = False
        self._listen_to(call)

    @classmethod
    def restore(
        cls, kept: Mapping[str, Any], call: OutgoingCall, post: Post, *, limits: AnswerLimits | None
    ) -> "SipFork":
        """What `snapshot` was taken of. Raises `KeyError`, `TypeError`, `ValueError` for what is none."""
        leg = cls(str(kept["name"]), call, post, profile=Profile(kept["profile"]), limits=limits)
        # How soon it may answer was counted from an INVITE of long ago.
        leg._limits = replace(leg._limits, not_before=0.0)
        leg._watch = AnswerWatch(leg._limits, _clock())
        leg._adopt(kept)
        leg._rang = bool(kept["rang"])
        return leg

    def snapshot(self) -> dict[str, Any] | None:
        kept = super().snapshot()
        return kept and kept | {"rang": self._rang}

    def resume(self) -> None:
        super().resume()
        if self._answered:
            self._post(Answers(self.name, self.description))

    def _listen_to(self, call: OutgoingCall) -> None:
        call.keep_answers_back()
        call.listen(self._on_event)
        call.keep_ack_back()

    def acknowledge(self) -> None:
        """Its answer is on the disk."""
        self._outgoing.send_ack()

    def start(self) -> None:
        """Send the INVITE."""
        self._watch = AnswerWatch(self._limits, _clock())
        self._outgoing.start()

    async def _go_on(self, flows: Flows) -> None:
        call = await flows.next_call()
        if self._dropped:
            return
        if call is None:
            self._post(Gone(self.name, Cause.UNREACHABLE))
            return
        self._call = self._outgoing = call
        self._listen_to(call)
        call.start()

    def drop(self, cause: Cause) -> None:
        self._dropped = True
        if self._call.ended:
            return
        if self._answered:
            self._call.bye(reason_of(cause))
        else:
            self._outgoing.cancel(reason_of(cause))

    def _gone(self, ended: Ended) -> Gone:
        if self._false_answer:
            return Gone(self.name, Cause.NO_TRUNK, of_line=True)
        if not self._trunk and not self._answered and ended.moved_to is not None:
            # A line that says so is judged by its status: nobody of the house answers for it.
            return Gone(self.name, Cause.UNREACHABLE, sent_to=dialled_of(ended.moved_to)[:WORD_MAX] or None)
        if not self._trunk or self._answered or ended.by is EndedBy.LOCAL:
            return super()._gone(ended)
        verdict = judge(ended, rang=self._rang)
        return Gone(self.name, verdict.cause, of_line=verdict.speaks is Speaks.LINE)

    def _on_event(self, event: Event) -> None:
        match event:
            case Progress(status=status, sdp=sdp):
                self._flows = None
                self._rang = self._rang or status in RINGING
                if sdp:
                    self.description = sdp
                self._post(Rings(self.name, status, sdp))
            case Answered() if not self._watch.answered(_clock()):
                _log.warning("answered_too_early", leg=self.name)
                self._false_answer = True
                self._call.bye(reason_of(Cause.NO_TRUNK))
            case Answered(sdp=sdp):
                self._answered, self._flows = True, None
                # A 200 without a description repeats the one of the 183 before it.
                self.description = sdp or self.description
                self._post(Answers(self.name, self.description))
            case Ended() if self._flows is not None and self._flows.are_left(event):
                self._moving = asyncio.create_task(self._go_on(self._flows))
            case _:
                self._hear(event)
