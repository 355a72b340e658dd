"""Somebody in a conversation is replaced by somebody else: transfers, and calls that become one."""

import secrets

from msgspec import structs

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua import conversation as talk
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.call_actor import CallActor
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conversation import Conversation
from bridges.sip.b2bua.dialling import Dialling, Transferred
from bridges.sip.b2bua.events import Fetched, GivenAway, JoinAsked, TransferAsked
from bridges.sip.b2bua.handover import Handover, go_on_counting
from bridges.sip.b2bua.leg import Leg, ReofferRefused
from bridges.sip.b2bua.matrix_leg import MatrixCaller, MatrixFork
from bridges.sip.machine import LocalMisuse
from logs import log
from wire.record import Side, Transfer
from wire.route import OWN_DEVICES, QUEUE_CALLER, QUEUE_WAYS, Party

_log = log.get(__name__)


class Transfers(CallActor):
    """The part of a call that replaces its legs; what the conversation wants is done here."""

    async def _replace(self, event: TransferAsked | JoinAsked | Fetched | GivenAway) -> None:
        match event:
            case TransferAsked():
                await self._transfer(event)
            case JoinAsked():
                await self._join_calls(event)
            case Fetched():
                await self._join(event)
            case GivenAway(outputs=outputs):
                await self._do(list(outputs))

    async def _do(self, outputs: list[talk.Output]) -> None:
        for output in outputs:
            match output:
                case talk.SetUp():
                    self._dial(output)
                case talk.StopSetUp(cause=cause):
                    await self._stop_set_up(cause)
                case talk.Rejoin(kept=kept, leg=name):
                    await self._rejoin(kept, name)
                case talk.Kept(cause=cause):
                    self._give_up(cause)
                case talk.Drop(leg=name, cause=cause):
                    if leg := self._leg(name):
                        leg.drop(cause)
                case talk.Held(by=by):
                    _log.info("call_held" if by else "call_resumed", by=sorted(by))
                    self._tell_held(by)
                case talk.Finished(cause=cause):
                    self._cause, self._over = cause, True

    def _comes_early(self, name: str) -> bool:
        """Whether a leg has answered, and the other side is yet to confirm it: a caller's ACK or choice of a
        device is on its way. Telephones that answer by themselves transfer within that time."""
        dialling = self._dialling
        in_talk = self._conversation is not None and name in self._conversation.legs
        return (
            dialling.answered and not in_talk and name in {dialling.origin.leg.name, dialling.machine.winner}
        )

    # --- transfer ---

    async def _transfer(self, asked: TransferAsked) -> None:
        conversation, outputs = self._conversation, list[talk.Output]()
        try:
            if conversation is not None and self._may_transfer(asked):
                outputs = conversation.transfer(asked.leg, asked.to, asked.device)
        except LocalMisuse as error:
            _log.info("transfer_refused", leg=asked.leg, why=str(error))
        if not outputs:
            asked.report.failed(Cause.UNAVAILABLE)
            return
        _log.info("transfer_begins", leg=asked.leg, to=asked.to)
        self._report = asked.report
        asked.report.accepted()
        await self._do(outputs)

    def _may_transfer(self, asked: TransferAsked) -> bool:
        """What is dialled by a person is no word of a queue's, and who waits or listens gives their place to
        nobody."""
        leg = self._legs.get(asked.leg)
        by_queue = self.is_queue(asked.leg)
        if asked.to == QUEUE_CALLER:
            # The voice that has called a member of a queue, for somebody who is called back.
            by_queue = leg is not None and leg.answered_on == "announcement"
        return (asked.to in QUEUE_WAYS) == by_queue and not self.bound(asked.leg)

    def _dial(self, wanted: talk.SetUp) -> None:
        """Somebody is looked for, in the name and by the leave of who transfers."""
        kept = self._legs[wanted.kept]
        handover = Handover(
            self.journal.record,
            wanted.to,
            self._via(wanted.kept),
            by_caller=self._pair() == (wanted.leaving, wanted.kept),
            device=wanted.device,
            by_menu=self._legs[wanted.leaving].answered_on == "attendant",
        )
        now = self._services.now_ms()
        record = handover.record(identity.call_id(now, secrets.token_bytes(10)), now)
        origin, journal = Transferred(kept, self._report, self.post), self._host.begin(record)
        self._next_journal = journal
        self._dialling = self._set_up(self._dialling.number + 1, journal, origin, by=handover.by)
        journal.keep("aside", dict)
        self._request = handover.request(record, tuple(self._services.endpoint.registered()))
        self._aside(self._dialling.ask(self._request))
        # Who only goes to another device of theirs talks on until it answers; who waits in a queue hears it.
        if wanted.to not in OWN_DEVICES | QUEUE_WAYS:
            self._aside(self.media.music(kept))

    def _tell_held(self, by: frozenset[str]) -> None:
        """To the record, and so to the people of the call."""
        if (pair := self._pair()) is not None:
            sides: dict[str, Side] = {pair[0]: "caller", pair[1]: "callee"}
            self.journal.held({side for name, side in sides.items() if name in by})

    def _via(self, name: str) -> str:
        """The way by which a leg is in the call, in the words of records."""
        device = self._devices.get(name)
        return self.journal.record.via if device is None else device.via

    async def _settle_transfer(self, conversation: Conversation, dialling: Dialling) -> None:
        if dialling.joined is None:
            await self._do(conversation.failed(dialling.failed or Cause.FAILED))
        else:
            self._legs |= dialling.legs
            self._devices |= dialling.devices
            dialling.joined.established()
            await self._replace_by(conversation, dialling.joined)

    async def _replace_by(self, conversation: Conversation, leg: Leg) -> None:
        await self.note_audio()
        before = conversation.legs
        outputs = conversation.replaced(leg.name)
        if not outputs:
            leg.drop(Cause.NORMAL)
            return
        await self._do(outputs)
        for name in before:
            if name not in conversation.legs:
                await self.media.drop(name)

    async def _rejoin(self, kept: str, name: str) -> None:
        """Who stayed talks with another one now: another call, which has its own record."""
        before, self.journal = self.journal, self._next_journal or self.journal
        self._next_journal = None
        record = self.journal.record
        before.record.transfer = structs.replace(before.record.transfer, to=record.callee, next=record.id)
        self.transferred = True
        self.journal.keep("bridged", self.snapshot)
        leg, staying = self._legs[name], self._legs[kept]
        if (parking := self._services.parking) is not None and (slot := parking.slot_of(leg)) is not None:
            record.callee = structs.replace(record.callee, number=slot)
        go_on_counting(record, before.record)
        _log.info("call_transferred", leg=kept, to=name, next_call_id=record.id)
        self._host.went_over(self, before)
        self.journal.answered(leg.answered_on)
        self.media.talk(staying, leg)
        self._listen()
        if self._report is not None:
            self._report.done()
            self._report = None
        self._tell_held(self._conversation.held_by if self._conversation else frozenset())
        self._aside(self._side_work.carry(leg, staying))
        self._aside(self._end_music())
        self.remember()

    async def _end_music(self) -> None:
        """Nobody waits for somebody else any more; but whoever is parked waits on."""
        await self.media.end_music()
        parking = self._services.parking
        for name in self._conversation.legs if self._conversation and parking else ():
            leg = self._legs.get(name)
            if leg is not None and parking is not None and parking.slot_of(leg) is not None:
                await self.media.music(self.leg(self.other_of(name)))

    async def _stop_set_up(self, cause: Cause) -> None:
        self._dialling.settled = True
        if not self._dialling.over:
            await self._dialling.stop(cause)
        self._give_up(cause)

    def _give_up(self, cause: Cause) -> None:
        """Nobody takes the place of who transfers."""
        self._aside(self._end_music())
        if self._next_journal is not None:
            self._host.end_journal(self._next_journal, cause)
            self._next_journal = None
        _log.info("transfer_failed", cause=cause.value)
        if self._report is not None:
            self._report.failed(cause)
            self._report = None

    # --- two calls become one ---

    async def _join_calls(self, asked: JoinAsked) -> None:
        """An attended transfer: who asks has talked with the other side of a second call of theirs."""
        conversation, found = self._conversation, self._consulted(asked)
        cause = self._why_not(asked.leg, found)
        if found is not None and cause is None and not found[0].talks:
            await self._transfer_unasked(asked, *found)
            return
        kept = conversation.other(asked.leg) if conversation is not None else None
        if conversation is None or found is None or kept is None or cause is not None:
            _log.info("join_refused", leg=asked.leg, cause=(cause or Cause.UNAVAILABLE).value)
            asked.report.failed(cause or Cause.UNAVAILABLE)
            return
        conversation.replace(asked.leg)
        self._report = asked.report
        asked.report.accepted()
        self._aside(self._fetch(asked.leg, kept, *found))

    def _consulted(self, asked: JoinAsked) -> tuple[CallActor, str] | None:
        """The second call, and the leg in it of who asks."""
        if asked.replaces is not None:
            return self._host.of_dialog(asked.replaces)
        other = self._host.bridged(asked.call_id)
        name = other.leg_of(self.party_of(asked.leg).user_id) if other is not None else None
        return (other, name) if other is not None and name is not None else None

    def _why_not(self, leg: str, found: tuple[CallActor, str] | None) -> Cause | None:
        """Why the two calls are not to be joined; None if they may be."""
        if found is None or found[0] is self:
            return Cause.NO_SUCH_CALL
        other, name = found
        person = self.party_of(leg).user_id
        if person is None or other.party_of(name).user_id != person:
            return Cause.FORBIDDEN
        waits = self.bound(leg) or other.bound(name)
        return None if not waits and self.talks and (other.talks or other.rings) else Cause.UNAVAILABLE

    async def _transfer_unasked(self, asked: JoinAsked, other: CallActor, name: str) -> None:
        """The second call is not answered yet: it is given up, and whom it rang is called for the other."""
        other.leg(name).drop(Cause.CANCELLED)
        await self._transfer(TransferAsked(asked.leg, other.journal.record.dialled, asked.report))

    async def _fetch(self, leaving: str, kept: str, other: CallActor, theirs: str) -> None:
        """The other side of the second call comes over, beside all else: it may have to be asked."""
        name, far = f"joined-{next(self._numbers)}", other.other_of(theirs)
        handover = Handover(
            self.journal.record, "", self._via(kept), by_caller=self._pair() == (leaving, kept)
        )
        now = self._services.now_ms()
        new = identity.call_id(now, secrets.token_bytes(10))
        record = handover.joined(new, now, other.known_of(far), other.journal.record)
        if leaving == self.seat:
            # Nobody gives them to each other: the others have left a call of several.
            record.transfer = structs.replace(record.transfer, by=None)
            record.callee = Party() if other.journal.record.withheld else record.callee
        try:
            await other.note_audio()
            await self.media.fetch(self._legs[kept], other.leg(far), other.media, name)
            came = Transfer(to=self.known_of(kept), next=record.id)
            self._fetched[name], device = other.give(far, name, came, self.post)
        except (MediaError, MalformedSdp, ReofferRefused, LocalMisuse) as error:
            _log.warning("calls_not_joined", why=str(error) or type(error).__name__)
            await self.media.drop(name)
            await self._side_work.rejoin(self._legs[kept], self._legs[leaving])
            self.post(Fetched(name, None))
        else:
            self._devices |= {name: device} if device is not None else {}
            self.post(Fetched(name, record))

    async def _join(self, fetched: Fetched) -> None:
        """It is here, or could not be had."""
        conversation, leg = self._conversation, self._fetched.pop(fetched.name, None)
        if conversation is None:
            return
        if leg is None or fetched.record is None:
            await self._do(conversation.failed(Cause.UNAVAILABLE))
            return
        self._legs[leg.name] = leg
        if isinstance(leg, MatrixCaller | MatrixFork):
            self._host.register(leg.matrix_call.room_id, leg.matrix_call.call_id, leg)
        if conversation.state is talk.State.REPLACING:
            self._next_journal = self._host.begin(fetched.record)
        await self._replace_by(conversation, leg)
        self._aside(self._side_work.see_whether_there(leg))
