"""Who comes to take part in a call that there is: a parked one, one that rings for others, one's own. They
call for it, or ask that it rings on a device of theirs, too."""

from msgspec import structs

from bridges.media.gateway import MediaError, Profile
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua import causes, identity
from bridges.sip.b2bua import conversation as talk
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import TakeAsked, TakenIn, TakerRouted
from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import CallerLeg
from bridges.sip.b2bua.transfers import Transfers
from bridges.sip.machine import LocalMisuse
from logs import log
from wire.route import Party, PhoneLeg, RouteRequest

_log = log.get(__name__)


class TakingIn(Transfers):
    """The part of a call that takes such callers in."""

    async def _take_in(self, event: TakenIn | TakeAsked | TakerRouted) -> None:
        match event:
            case TakenIn():
                await self._taken_in(event)
            case TakeAsked():
                self._take_asked(event)
            case TakerRouted():
                await self._taker_routed(event)

    async def _taken_in(self, taken: TakenIn) -> None:
        leg, journal = self._coming.pop(taken.name)
        try:
            if taken.instead is None:
                await self._picked_up(leg, journal)
            else:
                await self._in_place(leg, journal, taken.instead)
        except (LocalMisuse, MediaError, MalformedSdp) as error:
            _log.info("caller_not_taken_in", leg=leg.name, why=str(error) or type(error).__name__)
            leg.drop(Cause.UNAVAILABLE)
            self._host.end_journal(journal, Cause.UNAVAILABLE)

    async def _picked_up(self, leg: CallerLeg, journal: Journal) -> None:
        """It answers for those for whom it rings."""
        origin, who, ringing = self._dialling.origin.leg, journal.record.caller, self.ringing
        if ringing is None:
            raise LocalMisuse("nothing rings any more")
        await self.media.offer(origin, leg.name, leg.profile, leg.peer)
        leg.given = await self.media.take_in(leg, origin, join=False)
        to = Party() if ringing.withheld else identity.shown_to_all(ringing.caller)
        journal.record.transfer = structs.replace(journal.record.transfer, to=to, next=ringing.id)
        self._host.end_journal(journal, Cause.ANSWERED_ELSEWHERE)
        leg.accept(leg.given)
        device = Fork(leg.name, PhoneLeg(who.number or ""), encrypted=leg.profile is Profile.SDES)
        if not await self._dialling.picked_up(leg, device, who):
            leg.drop(Cause.UNAVAILABLE)

    def _take_asked(self, asked: TakeAsked) -> None:
        """The route says what of theirs may ring: as for a call that whoever it rings for gives to them."""
        record, number = self.ringing, self._dialling.number
        if record is None:
            asked.report.failed(Cause.NO_SUCH_CALL)
            return
        asked.report.accepted()
        request = RouteRequest(
            call_id=record.id,
            caller=record.callee,
            dialled=asked.user_id,
            via="sip",
            registered=tuple(self._services.endpoint.registered()),
            withheld=record.withheld,
            transferred=identity.shown_to_all(record.caller),
            device=asked.device,
        )

        async def ask() -> None:
            self.post(TakerRouted(await self._dialling.plan_of(request), asked.report, number))

        self._aside(ask())

    async def _taker_routed(self, routed: TakerRouted) -> None:
        plan = routed.plan
        if self.ringing is None or routed.number != self._dialling.number:
            routed.report.failed(Cause.NO_SUCH_CALL)
        elif plan is None:
            routed.report.failed(Cause.UNAVAILABLE)
        elif plan.outcome != "ring":
            routed.report.failed(causes.from_plan(plan.cause))
        else:
            await self._dialling.let_take(plan, routed.report)

    async def _in_place(self, leg: CallerLeg, journal: Journal, instead: str) -> None:
        """It talks with whom `instead` has talked, under its own record."""
        conversation, kept = self._conversation, self.leg(self.other_of(instead))
        if conversation is None or not self.talks or self.bound(instead):
            raise LocalMisuse("one of them is being replaced, waits in a queue, or listens")
        leg.given = await self.media.take_in(leg, kept, join=True)
        await self.note_audio()
        callee, before = self.party_of(kept.name), self.journal
        if self.party_of(instead).user_id != journal.record.caller.user_id:
            callee = self.known_of(kept.name)
        conversation.replace(instead)
        self._legs[leg.name], self.journal = leg, journal
        leg.accept(leg.given)
        outputs = conversation.replaced(leg.name, called=True)
        record = journal.record
        record.callee = callee
        record.transfer = structs.replace(
            record.transfer, previous=before.record.id, conversation=before.record.conversation
        )
        before.record.transfer = structs.replace(before.record.transfer, to=record.caller, next=record.id)
        self.transferred = True
        journal.keep("bridged", self.snapshot)
        _log.info("call_taken_over", leg=leg.name, next_call_id=record.id)
        self._host.went_over(self, before)
        journal.answered(kept.answered_on)
        await self._do([one for one in outputs if not isinstance(one, talk.Rejoin)])
        await self.media.drop(instead)
        self._listen()
        self._aside(self._end_music())
        self._aside(self._side_work.carry(leg, kept))
        self.remember()
