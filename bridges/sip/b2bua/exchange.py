"""The exchange: every live call of this process, from its beginning to its end.

How calls come in is `ingress.py`'s, what becomes of those of an earlier process `recovery.py`'s.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridges.sip.appservice.transactions import RoomEvent
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.call import BridgedCall
from bridges.sip.b2bua.call_actor import CallActor
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conference_calls import ConferenceCalls
from bridges.sip.b2bua.conferring import SEAT, SEATED
from bridges.sip.b2bua.events import (
    Abort,
    Declined,
    Post,
    RecordingFailed,
    RingsNoMore,
    Silent,
    TransferReport,
)
from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.b2bua.live_calls import MatrixCall, Progress, by_user
from bridges.sip.b2bua.matrix_leg import MatrixCaller, MatrixFork
from bridges.sip.b2bua.overheard import overheard, theirs_alone
from bridges.sip.b2bua.recorded import Hearer
from bridges.sip.b2bua.services import Overheard, Services
from bridges.sip.b2bua.watched import WatchedCall
from bridges.sip.matrix_call import observer
from bridges.sip.matrix_call.content import CallEvent
from bridges.sip.matrix_call.observer import Observer
from bridges.sip.transport.api import Replaces
from logs import log
from wire.commands import (
    CallBackRequest,
    ListenMode,
    ListenRequest,
    RingMeAnswer,
    RingMeRequest,
    RungDevice,
)
from wire.record import CALL_BACK, LISTEN, RING_ME, CallRecord, Transfer
from wire.route import (
    OWN_ANY,
    QUEUE_AGENTS,
    QUEUE_CALLER,
    CallMeeting,
    ParkSlot,
    Party,
    PickUpRinging,
    Replaced,
    RouteRequest,
    Service,
    TakeOver,
)
from wire.state import CallsOfUser, LiveCall, TelephonyState
from wire.trace import CallTrace

_log = log.get(__name__)

#: Of how many tries it is kept what rang.
_TRIED = 50
#: How many earlier ids of a call are known: whoever names one has seen it a moment ago.
_EARLIER = 4


class Exchange:
    """All calls of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        #: What rang in the last calls by which somebody tried that.
        self._tried: dict[str, tuple[RungDevice, ...]] = {}
        self._bridged: dict[str, BridgedCall] = {}
        #: Those that go on under another record than they began with, by that.
        self._next: dict[str, BridgedCall] = {}
        #: The ids under which calls went before, the latest last, by that of their open record.
        self._earlier: dict[str, tuple[str, ...]] = {}
        self._watched: dict[tuple[str, str], WatchedCall] = {}
        self._forks: dict[tuple[str, str], MatrixFork | MatrixCaller] = {}
        self._journals: dict[str, Journal] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._farewells: set[asyncio.Task[None]] = set()
        self.stopping = False
        #: Who takes part in which call of several.
        self.conferences = ConferenceCalls(self._bridged, services.conferences)

    def bridge(self, journal: Journal, media_id: str | None = None) -> BridgedCall:
        """A call whose record is ours from its beginning to its end; `media_id` as in `BridgedCall`."""
        call_id = journal.record.id
        return BridgedCall(
            journal,
            self._services,
            self,
            on_closed=lambda cause: self.closed(self._bridged[call_id], cause),
            media_id=media_id,
        )

    def bridge_watched(self, watched: WatchedCall, *, lingers: bool) -> BridgedCall:
        """Our part in a call that is watched; `lingers` as in `BridgedCall`."""
        return BridgedCall(
            watched.journal,
            self._services,
            self,
            lingers=lingers,
            on_taken=watched.taken,
            on_closed=lambda cause: self._part_closed(watched, cause),
        )

    def closed(self, call: CallActor, cause: Cause) -> None:
        """A call whose record is ours has ended."""
        del self._bridged[call.call_id]
        if call.given_away:
            return
        self._next.pop(call.journal.record.id, None)
        self.end_journal(call.journal, cause)
        self._after(call)

    def watched(self, call_id: str) -> WatchedCall | None:
        """The call with this record, if it is watched."""
        return next((each for each in self._watched.values() if each.call_id == call_id), None)

    def take_in(self, watched: WatchedCall, bridged: BridgedCall) -> None:
        """What was a call between Matrix clients alone is one of ours from now on, under the same record."""
        self._watched.pop((watched.room_id, watched.observer.call_id), None)
        watched.leave()
        bridged.journal.keep("bridged", bridged.snapshot)
        self.go_on(bridged)

    def went_over(self, call: CallActor, before: Journal) -> None:
        """Somebody was transferred: another call of the same legs and media."""
        self._next.pop(before.record.id, None)
        self._next[call.journal.record.id] = self._bridged[call.call_id]
        for key, watched in list(self._watched.items()):
            if watched.journal is before:
                del self._watched[key]
                if (leg := watched.leave()) is not None:
                    self._forks[key] = leg
        self.end_journal(before, Cause.NORMAL)

    def of_dialog(self, replaces: Replaces) -> tuple[CallActor, str] | None:
        """The conversation, and its leg, that a phone means by its view of a dialog (RFC 3891, Section 3)."""
        for call in self._bridged.values():
            if (leg := call.leg_of_dialog(replaces)) is not None:
                return call, leg
        return None

    def parked_at(self, slot: str) -> tuple[CallActor, str] | None:
        """The call in a slot, and the leg that stands for the slot."""
        parked = self._services.parking.leg_at(slot) if self._services.parking else None
        if parked is None:
            return None
        calls = (one for one in self._bridged.values() if one.talks and one.has(parked))
        return next(((one, parked.name) for one in calls), None)

    def replaced(self, named: Replaces) -> Replaced | None:
        """The call that a phone names by a dialog, to call in its place."""
        return next((found for call in self._bridged.values() if (found := call.replaced(named))), None)

    def ringing(self, wanted: PickUpRinging, by: str | None) -> BridgedCall | None:
        """What rings for others and is to be taken by this person, who has not made it."""
        found = [
            (record.started_at, record.id, one)
            for one in self._bridged.values()
            if (record := one.ringing) is not None
            and not {record.callee.user_id, *one.rung_members}.isdisjoint(wanted.user_ids)
            and wanted.call_id in {None, record.id}
            and record.caller.user_id != by
        ]
        return min(found)[2] if found else None

    def serve(self, call: CallActor, service: Service) -> Cause | None:
        """The caller of `call` goes over to the one that the service is about. Why it cannot, or None."""
        me = call.journal.record.caller.user_id or ""
        found: tuple[CallActor, str | None] | None = None
        missing = Cause.NOT_FOUND
        match service:
            case ParkSlot(slot=slot):
                found = self.parked_at(slot)
            case PickUpRinging(call_id=named):
                ringing = self.ringing(service, me)
                found = (ringing, None) if ringing is not None else None
                missing = Cause.NO_SUCH_CALL if named else missing
            case TakeOver(call_id=named):
                mine = [one for one in self._bridged.values() if one.talks and one.leg_of(me) is not None]
                mine = [one for one in mine if named in {None, one.journal.record.id}]
                target = max(mine, key=_began, default=None)
                found = (target, target.leg_of(me)) if target is not None else None
                missing = Cause.NO_SUCH_CALL if named else missing
        return None if found is not None and call.give_caller(*found) else missing

    def latest_of(self, call: CallActor) -> CallActor | None:
        """The latest other call in which its caller talks, or has put somebody on hold."""
        me = call.journal.record.caller.user_id
        mine = [
            one
            for one in self._bridged.values()
            if one is not call and one.talks and one.leg_of(me) is not None
        ]
        return max(mine, key=_began, default=None)

    def gather(self, call: CallActor) -> str | None:
        """All other calls of its caller become one of several; its name, None if they are not enough."""
        return self.conferences.gather(self._bridged[call.call_id])

    async def call_into(
        self, conference: str, by: Party, to: str, report: TransferReport, conversation: str
    ) -> BridgedCall:
        """Somebody is called into a conference, in the name and by the leave of `by`, for whom the
        `conversation` began with the record of that id. Raises OSError."""
        if self._services.conferences is None or self.stopping:
            raise OSError("nobody is called any more")
        now = self._services.now_ms()
        record = CallRecord(
            id=identity.call_id(now, secrets.token_bytes(10)),
            via="meeting",
            dialled=to,
            started_at=now,
            caller=by,
            callee=Party(user_id=to) if to.startswith("@") else Party(number=to),
            transfer=Transfer(conversation=conversation),
        )
        journal = self.begin(record)
        bridged = self.bridge(journal)
        try:
            leg = await self._services.conferences.caller(conference, bridged.post, report)
        except OSError:
            self.end_journal(journal, Cause.UNAVAILABLE)
            raise
        _log.info("call_began", call_id=record.id, via="meeting", conference=conference)
        request = RouteRequest(
            call_id=record.id,
            caller=Party(user_id=by.user_id),
            dialled=to,
            via="sip",
            registered=tuple(self._services.endpoint.registered()),
            transferred=by,
        )
        self._start(bridged, leg, request)
        return bridged

    async def call_back(self, wanted: CallBackRequest) -> None:
        """Ring somebody in the name of whom they wanted to reach, and give them to each other. Once for an
        id. Raises OSError."""
        announcements = self._services.announcements
        if announcements is None or self.stopping:
            raise OSError("nobody is called any more")
        if wanted.call_id in self._journals:
            return
        record = CallRecord(
            id=wanted.call_id,
            via=CALL_BACK,
            dialled=(wanted.asker.number or "") if wanted.queue is None else QUEUE_AGENTS,
            started_at=self._services.now_ms(),
            caller=wanted.wanted,
            callee=wanted.asker,
            transfer=Transfer(by=wanted.asker if wanted.queue else None, previous=wanted.queue),
        )
        journal = self.begin(record)
        bridged = self.bridge(journal)
        try:
            to = OWN_ANY if wanted.queue is None else QUEUE_CALLER
            leg = await announcements.calling(wanted.language, bridged.post, to)
        except OSError:
            self.end_journal(journal, Cause.UNAVAILABLE)
            raise
        _log.info("call_began", call_id=record.id, via=CALL_BACK)
        request = RouteRequest(
            call_id=record.id,
            caller=Party(user_id=wanted.asker.user_id) if wanted.queue is None else wanted.asker,
            dialled=OWN_ANY if wanted.queue is None else QUEUE_AGENTS,
            via="sip",
            registered=tuple(self._services.endpoint.registered()),
            transferred=wanted.wanted,
            queue=wanted.queue,
        )
        self._start(bridged, leg, request)

    async def ring_me(self, wanted: RingMeRequest) -> None:
        """Ring those devices of a person that a call would ring now. Raises OSError."""
        if self.stopping:
            raise OSError("nobody is called any more")
        record = CallRecord(
            id=wanted.call_id, via=RING_ME, started_at=self._services.now_ms(), callee=wanted.person
        )
        journal = self.begin(record)
        bridged = self.bridge(journal)
        try:
            leg = await self._trying(wanted, bridged.post)
        except OSError:
            self.end_journal(journal, Cause.UNAVAILABLE)
            raise
        _log.info("call_began", call_id=record.id, via=RING_ME)
        request = RouteRequest(
            call_id=record.id,
            caller=Party(user_id=wanted.person.user_id),
            dialled=wanted.person.number or "",
            via=RING_ME,
            registered=tuple(self._services.endpoint.registered()),
        )
        self._start(bridged, leg, request)

    async def listen(self, wanted: ListenRequest) -> bool:
        """Ring a supervisor, and let them hear a call when they answer; False: it is none that they may hear.
        Once for an id. Raises OSError."""
        supervision = self._services.supervision
        if supervision is None or self.stopping:
            raise OSError("nobody is called any more")
        if wanted.call_id in self._journals:
            return True
        call = self.bridged(wanted.listened)
        if call is None or overheard(call, wanted) is None:
            return False
        record = CallRecord(
            id=wanted.call_id, via=LISTEN, started_at=self._services.now_ms(), callee=wanted.person
        )
        journal = self.begin(record)
        bridged = self.bridge(journal)

        def place() -> Overheard | None:
            found = self.bridged(wanted.listened) if theirs_alone(bridged, wanted) else None
            return overheard(found, wanted) if found is not None else None

        try:
            leg = await supervision.calling(wanted, bridged.post, place, call.remember)
        except OSError:
            self.end_journal(journal, Cause.UNAVAILABLE)
            raise
        _log.info("call_began", call_id=record.id, via=LISTEN, listened=wanted.listened)
        request = RouteRequest(
            call_id=record.id,
            caller=Party(user_id=wanted.person.user_id),
            dialled=wanted.person.number or "",
            via=LISTEN,
            registered=tuple(self._services.endpoint.registered()),
        )
        self._start(bridged, leg, request)
        return True

    def listen_otherwise(self, call_id: str, mode: ListenMode) -> bool:
        """A supervisor is heard by others than before; False where that cannot be."""
        supervision = self._services.supervision
        return supervision is not None and supervision.change(call_id, mode)

    def meet(self, call_id: str, meeting: CallMeeting, report: Callable[[], TransferReport]) -> bool:
        """All who take part where this call does go over to a meeting; a report each. False: not now."""
        call = self.bridged(call_id)
        return call is not None and self.conferences.meet(call, meeting, report)

    async def _trying(self, wanted: RingMeRequest, post: Post) -> CallerLeg:
        announcements, prompts = self._services.announcements, self._services.prompts
        if wanted.prompt and prompts is not None:
            return await prompts.calling(wanted.call_id, wanted.language, post)
        if not wanted.prompt and announcements is not None:
            return await announcements.testing(wanted.language, post)
        raise OSError("nobody is called any more")

    def rung(self, call_id: str) -> RingMeAnswer:
        """How far that is."""
        bridged, prompts = self.bridged(call_id), self._services.prompts
        rung = bridged.rung if bridged is not None else self._tried.get(call_id, ())
        step = prompts.step(call_id) if prompts is not None else None
        return RingMeAnswer(call_id, rung, over=bridged is None, step=step)

    def begin_in_conference(
        self, call: CallActor, name: str, record: CallRecord, seat: Leg, device: Fork
    ) -> None:
        """A leg of a call goes on in a call of its own, with a seat. Raises LocalMisuse if it has hung up."""
        journal = Journal(record, self._services)
        bridged = self.bridge(journal)
        leg, known = call.hand_over(name, SEATED, bridged.post)
        seat.move(SEAT, bridged.post)
        self._journals[record.id] = journal
        journal.begin()
        request = RouteRequest(
            call_id=record.id, caller=record.caller, dialled=record.dialled, via=record.via
        )
        devices = {device.name: device} | ({SEATED: replace(known, name=SEATED)} if known else {})
        bridged.begin_talking(leg, seat, devices, request)
        journal.keep("bridged", bridged.snapshot)
        self._bridged[record.id] = self._next[record.id] = bridged
        self._goes_on_as(record.id, call.journal.record.id)
        journal.answered(seat.answered_on)
        if isinstance(leg, MatrixCaller | MatrixFork):
            self.register(leg.matrix_call.room_id, leg.matrix_call.call_id, leg)
        self.task(bridged.talk_on())

    def takes_part(self, conference: str, user_id: str | None) -> bool:
        """Whether somebody of the house is in a conference."""
        return self.conferences.takes_part(conference, user_id)

    def put_out(self, conference: str, number: str) -> bool:
        """Whoever has this number takes part in it no longer; False: nobody had."""
        return self.conferences.put_out(conference, number)

    def hearers(self, conference: str) -> list[Hearer]:
        """Whoever is heard in a conference."""
        return self.conferences.hearers(conference)

    def recorded(self, conference: str, besides: CallActor) -> BridgedCall | None:
        """Another of its calls, which is recorded."""
        return self.conferences.recorded(conference, besides)

    def conference_changed(self, conference: str) -> None:
        """All of its calls are to look."""
        self.conferences.changed(conference)

    def title(self, conference: str, besides: Party, more: Sequence[Party]) -> str:
        """The names of all who take part in a conference but one, and of `more`."""
        return self.conferences.title(conference, besides, more)

    def bridged(self, call_id: str) -> BridgedCall | None:
        """The call with this record, if it is not one between Matrix clients alone."""
        found = self._next.get(call_id) or self._bridged.get(call_id)
        return found if found is not None and found.journal.record.id == call_id else None

    def on_media_timeout(self, call_id: str, leg: str) -> None:
        """A joined leg's audio has gone for good."""
        if call := self._bridged.get(call_id):
            _log.warning("media_lost", call_id=call_id, leg=leg)
            call.post(Abort(Cause.MEDIA_FAILED))

    def on_silence(self, call_id: str, leg: str, seconds: float) -> None:
        """A joined leg sends nothing."""
        if call := self._bridged.get(call_id):
            call.post(Silent(leg, seconds))

    def on_recording_failed(self, call_id: str) -> None:
        """Nothing more of a call can be written."""
        if call := self._bridged.get(call_id):
            call.post(RecordingFailed())

    def _part_closed(self, watched: WatchedCall, cause: Cause) -> None:
        bridged = self._bridged.pop(watched.call_id)
        watched.part_ended(cause, went_on=bridged.went_on)
        self._after(bridged)

    def watch(self, room_id: str, observer: Observer, journal: Journal) -> WatchedCall:
        """A call between Matrix clients has begun."""
        return self._keep(WatchedCall(room_id, observer, journal, self._watched_closed))

    def watch_again(self, snapshot: Mapping[str, Any], age: float, journal: Journal) -> WatchedCall:
        """The same of an earlier process, `age` seconds after the snapshot was made."""
        self._journals[journal.record.id] = journal
        return self._keep(WatchedCall.restored(snapshot, journal, self._watched_closed, age))

    def go_on(self, bridged: BridgedCall, *journals: Journal) -> None:
        """A call of an earlier process lives on, with its records that are open."""
        self._bridged[bridged.call_id] = bridged
        self._journals |= {journal.record.id: journal for journal in (bridged.journal, *journals)}
        if bridged.transferred:
            self._next[bridged.journal.record.id] = bridged
        self.task(bridged.go_on())

    def _keep(self, watched: WatchedCall) -> WatchedCall:
        self._watched[(watched.room_id, watched.observer.call_id)] = watched
        return watched

    def watches(self, key: tuple[str, str]) -> bool:
        """Whether the call of this room and Matrix `call_id` is known."""
        return key in self._watched

    def deliver(self, key: tuple[str, str], event: RoomEvent, content: CallEvent) -> bool:
        """Something happened in the call of this room and Matrix `call_id`; whether a leg of ours notes when
        it has been acted on."""
        if fork := self._forks.get(key):
            fork.feed(event.sender, content, event.event_id)
            return True
        if watched := self._watched.get(key):
            return watched.receive(event.sender, content, event.event_id, event.sent_at)
        _log.debug("call_event_of_unknown_call", type=event.type, room_id=event.room_id)
        return False

    def _watched_closed(self, watched: WatchedCall) -> None:
        self._watched.pop((watched.room_id, watched.observer.call_id), None)
        self._journals.pop(watched.call_id, None)
        self._services.state_changed()

    def register(self, room_id: str, call_id: str, leg: MatrixFork | MatrixCaller) -> None:
        """Let events of a room reach a Matrix leg."""
        self._forks[(room_id, call_id)] = leg
        self._services.state_changed()

    def forget(self, legs: Collection[MatrixFork]) -> None:
        """These legs are of no call any more."""
        for key in [key for key, fork in self._forks.items() if fork in legs]:
            del self._forks[key]
        self._services.state_changed()

    # --- all calls ---

    def telephony_state(self) -> TelephonyState:
        """How many calls everybody of the house is in, and which extensions have a phone."""
        calls = Counter(user for journal in self._journals.values() for user in journal.people())
        users = {user: CallsOfUser(count) for user, count in calls.items()}
        registered = tuple(self._services.endpoint.registered())
        return TelephonyState(users, registered, self.live_calls())

    def live_calls(self) -> dict[str, tuple[LiveCall, ...]]:
        """The calls in progress of each user, those that ring for them included."""
        return by_user(self._progress())

    def _progress(self) -> list[Progress]:
        supervision = self._services.supervision
        placed = {
            watched.call_id: MatrixCall(room_id, call_id)
            for (room_id, call_id), watched in self._watched.items()
        }
        rung: defaultdict[str, list[MatrixCall]] = defaultdict(list)
        ringing = {record.id: one for one in self._bridged.values() if (record := one.ringing) is not None}
        for (room_id, matrix_call_id), leg in self._forks.items():
            call_id = identity.call_of_fork(matrix_call_id)
            call = ringing.get(call_id) or self._bridged.get(call_id)
            if call is None or call.is_callees(leg):
                rung[call_id].append(MatrixCall(room_id, matrix_call_id))
        members = {call_id: self._rung_members(one) for call_id, one in ringing.items()}
        for call_id, bridged in self._next.items():
            caller, callee = bridged.matrix_calls()
            placed |= {call_id: caller} if caller is not None else {}
            rung[call_id] = [callee] if callee is not None else []
        return [
            Progress(
                journal.record,
                placed.get(call_id),
                rung[call_id],
                self.conferences.members(self.bridged(call_id)),
                members.get(call_id, {}),
                self.conferences.recording(self.bridged(call_id)),
                one.meeting if (one := self.bridged(call_id)) is not None else None,
                self._earlier.get(call_id, ()),
                supervision.listeners(call_id) if supervision is not None else (),
                supervision.agent_of(call_id) if supervision is not None else None,
                supervision.listens(call_id) if supervision is not None else None,
            )
            for call_id, journal in self._journals.items()
        ]

    def _rung_members(self, call: BridgedCall) -> dict[str, list[MatrixCall]]:
        by_leg = {leg.name: MatrixCall(*key) for key, leg in self._forks.items() if call.has(leg)}
        return {
            user_id: [by_leg[name] for name in legs if name in by_leg]
            for user_id, legs in call.rung_members.items()
        }

    def record(self, call_id: str) -> CallRecord | None:
        """The open record of a call that lives."""
        journal = self._journals.get(call_id)
        return None if journal is None or journal.ended else journal.record

    def connected(self, call_id: str) -> bool:
        """Whether both sides of a call between Matrix clients have taken it."""
        watched = self.watched(call_id)
        return watched is not None and watched.observer.state is observer.State.CONNECTED

    def between_clients(self) -> list[CallRecord]:
        """The open records of calls that Matrix clients have with each other, once they talk."""
        records = (watched.journal.record for watched in self._watched.values())
        return [one for one in records if one.answered_on == "matrix" and one.ended_at is None]

    def record_after(self, call_id: str) -> CallRecord | None:
        """The open record of the call that this one went over into."""
        open_ones = (journal.record for journal in self._journals.values())
        return next((one for one in open_ones if one.transfer.previous == call_id), None)

    def goes_on(self, call_id: str, user_id: str) -> CallRecord | None:
        """The open record under which a call of this person goes on, that had this one."""
        found = (self.record(later) for later, before in self._earlier.items() if call_id in before)
        mine = (one for one in found if one is not None)
        return next((one for one in mine if user_id in (one.caller.user_id, one.callee.user_id)), None)

    def end(self, call_id: str, cause: Cause) -> bool:
        """End a call, or our part in it; False for one between Matrix clients alone. Who declines it
        may have it go on to somebody else."""
        bridged = self.bridged(call_id)
        if bridged is not None:
            bridged.post(Declined() if cause is Cause.REJECTED else Abort(cause))
        return bridged is not None

    def ring_no_more(self, user_id: str, callee: str) -> None:
        """What rings for somebody rings for this delegate of theirs no more."""
        for call in self._bridged.values():
            record = call.ringing
            if record is not None and record.callee.user_id == callee:
                call.post(RingsNoMore(user_id))

    def calls(self) -> list[dict[str, Any]]:
        """Live calls, for an operator."""
        live = []
        for call_id, journal in self._journals.items():
            bridged = self.bridged(call_id)
            live.append({**journal.record.to_json(), "bridge_state": bridged.state if bridged else None})
        return live

    async def trace(self, call_id: str) -> CallTrace | None:
        """What was said for a call that lives or has just ended, and how its sound goes now."""
        if bridged := self.bridged(call_id):
            await bridged.trace_media()
        return self._services.traces.of(call_id)

    async def shutdown(self, *, leave: bool = False) -> None:
        """End our calls politely; calls between browsers go on without us. With `leave` all go on in the next
        process. Bounded by the caller."""
        self.stopping = True
        ending = [] if leave else list(self._bridged.values())
        for call in ending:
            call.post(Abort(Cause.INTERRUPTED))
        while any(call.call_id in self._bridged for call in ending):
            await asyncio.wait(self._tasks, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
        for call in self._bridged.values():
            call.leave()
        for watched in self._watched.values():
            watched.close()
        if self._farewells and not leave:
            await asyncio.wait(self._farewells, timeout=1.5)

    def begin(self, record: CallRecord) -> Journal:
        """Open a record."""
        journal = Journal(record, self._services)
        self._journals[record.id] = journal
        journal.begin()
        return journal

    def end_journal(self, journal: Journal, cause: Cause) -> None:
        """Close it."""
        record = journal.record
        self._journals.pop(record.id, None)
        if record.transfer.next in self._journals:
            self._goes_on_as(record.transfer.next, record.id)
        self._earlier.pop(record.id, None)
        journal.end(cause)

    def _goes_on_as(self, call_id: str, before: str) -> None:
        known = (*self._earlier.get(call_id, ()), *self._earlier.get(before, ()), before)
        self._earlier[call_id] = tuple(dict.fromkeys(known))[-_EARLIER:]

    def run(
        self,
        bridged: BridgedCall,
        leg: CallerLeg,
        *,
        watched: bool = False,
        replaces: Replaced | None = None,
        on_behalf_of: str | None = None,
    ) -> None:
        """A call begins; `replaces` is the one whose place it is to take, `on_behalf_of` as in
        `RouteRequest`."""
        record = bridged.journal.record
        request = RouteRequest(
            call_id=record.id,
            caller=record.caller,
            dialled=record.dialled,
            via=record.via,
            registered=tuple(self._services.endpoint.registered()),
            withheld=record.withheld,
            replaces=replaces,
            forwarded=record.forwarded,
            on_behalf_of=on_behalf_of,
        )
        self._start(bridged, leg, request, watched=watched)

    def _start(
        self, bridged: BridgedCall, leg: CallerLeg, request: RouteRequest, *, watched: bool = False
    ) -> None:
        bridged.begin(leg, request)
        self._bridged[bridged.journal.record.id] = bridged
        if not watched:
            bridged.journal.keep("bridged", bridged.snapshot)
        self.task(bridged.run())

    def _after(self, bridged: CallActor) -> None:
        """The call is over; what is left to be said to the homeserver is said as soon as it listens."""
        if bridged.journal.record.via == RING_ME:
            self._tried[bridged.call_id] = bridged.rung
            while len(self._tried) > _TRIED:
                del self._tried[next(iter(self._tried))]
        for key in [key for key, fork in self._forks.items() if bridged.has(fork)]:
            del self._forks[key]
        if unsaid := bridged.unsaid():
            if bridged.journal.ended:
                farewell = {"legs": unsaid, "record": bridged.journal.record.to_json()}
                self._services.records.put_call(bridged.call_id, "farewell", lambda: farewell)
            self.farewell(bridged.call_id, [bridged.said()], drop=bridged.journal.ended)

    def farewell(self, call_id: str, saying: list[Coroutine[Any, Any, None]], *, drop: bool = True) -> None:
        async def wait() -> None:
            await asyncio.gather(*saying)
            if drop:
                self._services.records.drop_call(call_id)

        task = asyncio.create_task(wait())
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("call_task_failed", exc_info=error)


def _began(call: BridgedCall) -> int:
    return call.journal.record.started_at
