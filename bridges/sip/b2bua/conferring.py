"""Calls of several: two who talk go over to a conference, each in a call of their own, without hanging up;
the last two of one are a call again.

What the two do is what a transfer does: a seat takes the place of the other one (docs/decisions/0046).
"""

import secrets
from collections.abc import Callable

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.call_actor import FOCUS, CallActor
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import (
    Abort,
    AddAsked,
    ConferAsked,
    Fetched,
    GivenAway,
    JoinAsked,
    MergeAsked,
    PutOutAsked,
    TransferAsked,
    TransferReport,
    UniteAsked,
)
from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.handover import talks_since
from bridges.sip.b2bua.leg import Leg, ReofferRefused
from bridges.sip.b2bua.media_session import MediaSession
from bridges.sip.b2bua.sip_leg import SipCaller
from bridges.sip.b2bua.taking_in import TakingIn
from bridges.sip.machine import LocalMisuse
from logs import log
from wire.record import CallRecord, Transfer
from wire.route import ConferenceLeg, Party

_log = log.get(__name__)

#: How somebody is in a call by an outside line, which is paid for.
_LINES = frozenset({"mobile", "outside"})
#: What a seat, and who comes to it, are called in a call that begins with them.
SEAT, SEATED = "conference-1", "joined-2"


class Unheard:
    """Nobody waits to hear how it goes."""

    def accepted(self) -> None:
        """It is tried."""

    def rings(self) -> None:
        """Nobody is called."""

    def done(self) -> None:
        """They are in it."""

    def failed(self, cause: Cause) -> None:
        _log.info("not_taken_into_conference", cause=cause.value)


class Then(Unheard):
    """One step after the other: `second` is taken when the first has been done."""

    def __init__(self, report: TransferReport, second: Callable[[], None]) -> None:
        self._report, self._second = report, second

    def done(self) -> None:
        self._second()

    def failed(self, cause: Cause) -> None:
        self._report.failed(cause)


class Added(Unheard):
    """Whoever is called into a call: when they answer, those who talk there `come` to them."""

    def __init__(self, report: TransferReport, come: Callable[[], None]) -> None:
        self._report, self._come = report, come

    def rings(self) -> None:
        self._report.rings()

    def done(self) -> None:
        self._report.done()
        self._come()

    def failed(self, cause: Cause) -> None:
        _log.info("nobody_added", cause=cause.value)
        self._report.failed(cause)


class Conferring(TakingIn):
    """The part of a call that concerns conferences."""

    async def _confer(self, event: AddAsked | MergeAsked | ConferAsked | UniteAsked) -> None:
        match event:
            case AddAsked():
                await self._add(event)
            case MergeAsked():
                self._merge(event)
            case ConferAsked():
                self._take_part(event)
            case UniteAsked():
                self._unite(event)

    # --- a telephone refers somebody to a conference: RFC 4579 ---

    async def _replace(self, event: TransferAsked | JoinAsked | PutOutAsked | Fetched | GivenAway) -> None:
        match event:
            case TransferAsked() | JoinAsked() | PutOutAsked() if self._comes_early(event.leg):
                self._early.append(event)
            case PutOutAsked():
                self._put_out(event)
            case TransferAsked() if (mine := self._refers_to_mine(event)) is not None:
                self._take_part(ConferAsked(mine, event.report, leaving=event.leg))
            case TransferAsked(leg=leg, to=to, report=report) if self._leads(leg):
                await self._add(AddAsked(leg, to, report))
            case JoinAsked() if self._leads(event.leg):
                self._bring(event)
            case _:
                await super()._replace(event)

    def _leads(self, name: str) -> bool:
        """Whether its telephone has called the conference that it is in, and so was told its address."""
        leg = self._legs.get(name)
        return self.seat is not None and isinstance(leg, SipCaller) and leg.leads

    def _put_out(self, asked: PutOutAsked) -> None:
        conference = self.conference if self._leads(asked.leg) else None
        if conference is not None and self._host.put_out(conference, asked.to):
            asked.report.accepted()
            asked.report.done()
        else:
            asked.report.failed(Cause.NOT_FOUND)

    def _bring(self, asked: JoinAsked) -> None:
        """The other side of another call of its person comes."""
        found, conference = self._consulted(asked), self.conference
        cause = self._why_not(asked.leg, found)
        if found is None or conference is None or cause is not None:
            asked.report.failed(cause or Cause.NO_SUCH_CALL)
        else:
            found[0].post(ConferAsked(conference, asked.report, leaving=found[1]))

    def _refers_to_mine(self, asked: TransferAsked) -> str | None:
        """The conference that a telephone sends the other side of this call to, where its person is."""
        conference = asked.to.removeprefix(FOCUS)
        person = self.party_of(asked.leg).user_id
        mine = asked.to.startswith(FOCUS) and self._host.takes_part(conference, person)
        return conference if mine else None

    # --- people are added ---

    async def _add(self, asked: AddAsked) -> None:
        conferences = self._services.conferences
        if conferences is None or not self.talks or self.apart:
            asked.report.failed(Cause.UNAVAILABLE)
            return
        asked.report.accepted()
        conference = self.conference or conferences.fresh()
        come = ConferAsked(conference, Unheard())
        report = Added(asked.report, lambda: self.post(come))
        try:
            by, began = self.party_of(asked.leg), self.journal.record.conversation
            added = await self._host.call_into(conference, by, asked.to, report, began)
        except OSError as error:
            _log.warning("nobody_can_be_added", why=str(error))
            asked.report.failed(Cause.UNAVAILABLE)
        else:
            self._awaited = conference
            self._additions.append(added)

    def _merge(self, asked: MergeAsked) -> None:
        """Where each has a conference, or one of them is not there any more, all stays as it is."""
        conferences, other = self._services.conferences, self._host.bridged(asked.call_id)
        theirs = other.leg_of(self.party_of(asked.leg).user_id) if other is not None else None
        if other is None or theirs is None or other is self:
            asked.report.failed(Cause.NO_SUCH_CALL)
            return
        both = self.seat is not None and other.seat is not None
        waits = self.apart or other.apart
        if conferences is None or both or waits or not self.talks or not other.talks:
            asked.report.failed(Cause.UNAVAILABLE)
            return
        conference = self.conference or other.conference or conferences.fresh()
        _log.info("calls_merge", conference=conference, other=asked.call_id)
        comes = ConferAsked(conference, asked.report, leaving=theirs)
        if self.seat is not None:
            other.post(comes)
        elif other.seat is None:
            self.post(ConferAsked(conference, Then(asked.report, lambda: other.post(comes))))
        else:
            self.post(ConferAsked(conference, Then(asked.report, lambda: _replaced(other, asked.report))))

    # --- two go over to a conference ---

    def _take_part(self, asked: ConferAsked) -> None:
        conversation, leaving = self._conversation, asked.leaving
        if self.seat is not None and self.conference == asked.conference and leaving is None:
            asked.report.done()
            return
        if conversation is None or not self.talks or self.seat is not None or self.apart:
            asked.report.failed(Cause.UNAVAILABLE)
            return
        out = leaving or conversation.legs[1]
        kept = conversation.other(out)
        if kept is None:
            asked.report.failed(Cause.NO_SUCH_CALL)
            return
        conversation.replace(out)
        self._report = asked.report
        asked.report.accepted()
        self._aside(self._take_seats(kept, out, asked.conference, both=leaving is None))

    async def _take_seats(self, kept: str, other: str, conference: str, *, both: bool) -> None:
        """`kept` goes on with a seat in place of `other`; so does that one, if `both` stay, in a call of its
        own. Nobody is let go before all is ready."""
        name = f"conference-{next(self._numbers)}"
        media = MediaSession(self._services.gateway, f"{self.call_id}-{name}")
        record: CallRecord | None = self._record_in(kept, other if both else None, conference)
        try:
            seat = await self._seat(name, conference, media)
            try:
                if both:
                    await self._send_over(other, kept, conference)
                await self.media.fetch(self.leg(kept), seat, media, name)
            except BaseException:
                seat.drop(Cause.UNAVAILABLE)
                raise
            self._fetched[name] = seat
            self._devices[name] = Fork(name, ConferenceLeg(conference))
        except (OSError, MediaError, MalformedSdp, ReofferRefused, LocalMisuse) as error:
            _log.warning("conference_not_entered", leg=kept, why=str(error) or type(error).__name__)
            record = None
        await media.close()
        self.post(Fetched(name, record))

    async def _seat(self, name: str, conference: str, media: MediaSession) -> Leg:
        """One that has a session with nobody yet.

        Raises OSError, MediaError, MalformedSdp, ReofferRefused.
        """
        conferences = self._services.conferences
        if conferences is None:
            raise OSError("there are no calls of several")
        seat = await conferences.seat(name, conference, self.post)
        try:
            await media.welcome(seat, beside=self.call_id)
        except BaseException:
            seat.drop(Cause.UNAVAILABLE)
            await media.close()
            raise
        return seat

    async def _send_over(self, name: str, kept: str, conference: str) -> None:
        """A leg goes on in a call of its own, with another seat. Raises as `_seat`, and LocalMisuse if it has
        hung up: then all is as it was."""
        record = self._record_in(name, kept, conference)
        media = MediaSession(self._services.gateway, record.id)
        seat = await self._seat(SEAT, conference, media)
        try:
            await media.fetch(seat, self.leg(name), self.media, SEATED)
            self._host.begin_in_conference(self, name, record, seat, Fork(SEAT, ConferenceLeg(conference)))
        except BaseException:
            seat.drop(Cause.UNAVAILABLE)
            await media.close()
            await self._side_work.rejoin(self._legs[kept], self._legs[name])
            raise
        await media.see_off()

    def _record_in(self, name: str, other: str | None, conference: str) -> CallRecord:
        """Of the call in which a leg goes on in the conference. It follows on the one before; of an outside
        line and a colleague only the line does: whoever pays for it pays once."""
        before, now = self.journal.record, self._services.now_ms()
        party = self.party_of(name)
        beside = [self.shown(other)] if other is not None else []
        apart = other is not None and self.leg(other).answered_on in _LINES
        follows = not apart or self.leg(name).answered_on in _LINES
        party_known = self.known_of(name)
        return CallRecord(
            id=identity.call_id(now, secrets.token_bytes(10)),
            via=self._via(name),
            dialled=before.dialled,
            started_at=now,
            caller=party_known,
            caller_since=talks_since(before, party_known),
            callee=Party(name=self._host.title(conference, party, beside)),
            withheld=before.withheld and party == before.caller,
            transfer=Transfer(previous=before.id if follows else None, conversation=before.conversation),
        )

    # --- two are left ---

    def _unite(self, asked: UniteAsked) -> None:
        conversation, other = self._conversation, self._host.bridged(asked.call_id)
        theirs = other.seat if other is not None else None
        kept = conversation.other(asked.leg) if conversation is not None else None
        if conversation is None or kept is None or other is None or theirs is None or not self.talks:
            return
        conversation.replace(asked.leg)
        self._aside(self._fetch(asked.leg, kept, other, theirs))


def _replaced(call: CallActor, report: TransferReport) -> None:
    """Its person has another leg in the conference."""
    call.post(Abort(Cause.NORMAL))
    report.done()
