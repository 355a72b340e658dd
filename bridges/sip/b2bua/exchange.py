"""The exchange: every live call, where SIP invitations and Matrix call events come in."""

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import Coroutine
from typing import Any

from bridges.sip.appservice.client import MatrixRefused, MatrixUnavailable
from bridges.sip.appservice.sender import Lane
from bridges.sip.appservice.transactions import RoomEvent
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.call import BridgedCall
from bridges.sip.b2bua.causes import TABLE, Cause
from bridges.sip.b2bua.events import Abort, Silent
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import CallerLeg
from bridges.sip.b2bua.matrix_leg import MatrixCaller, MatrixFork
from bridges.sip.b2bua.services import Services
from bridges.sip.b2bua.sip_leg import SipCaller
from bridges.sip.b2bua.watched import WatchedCall
from bridges.sip.matrix_call.callee import CalleeParty
from bridges.sip.matrix_call.content import CallEvent, Invite, MalformedCallEvent, parse
from bridges.sip.matrix_call.observer import Observer
from bridges.sip.transport.api import FromPhone, FromTrunk, IncomingCall
from logs import log
from wire.record import CallRecord
from wire.route import Party, RouteRequest
from wire.state import CallsOfUser, TelephonyState

_log = log.get(__name__)

#: Invitations waiting for their room's members are given up after this many tries.
MEMBER_TRIES = 4


class Exchange:
    """All calls of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._bridged: dict[str, BridgedCall] = {}
        self._watched: dict[tuple[str, str], WatchedCall] = {}
        self._forks: dict[tuple[str, str], MatrixFork] = {}
        self._journals: dict[str, Journal] = {}
        self._rooms: dict[str, deque[RoomEvent]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._farewells: set[asyncio.Task[None]] = set()
        self._stopping = False

    # --- SIP ---

    async def on_invite(self, call: IncomingCall) -> None:
        """A phone or trunk calls."""
        if self._stopping:
            call.reject(503)
            return
        now = self._services.now_ms()
        caller, via = _caller_of(call)
        record = CallRecord(
            id=identity.call_id(now, secrets.token_bytes(10)),
            via=via,
            dialled=call.dialled,
            started_at=now,
            caller=caller,
            callee=Party(number=call.dialled),
            withheld=call.withheld,
        )
        journal = self._begin(record)
        _log.info("call_began", call_id=record.id, sip_call_id=call.call_id, via=via, dialled=call.dialled)
        bridged = self._bridge(journal)
        leg = SipCaller(call, bridged.post, trunk=isinstance(call.origin, FromTrunk))
        self._run(bridged, leg, record)

    async def call_for_meeting(self, visitor_id: str, call_id: str, number: str, on_behalf_of: str) -> None:
        """A member of a meeting has a telephone called; `call_id` becomes ours. Raises OSError."""
        if self._stopping or call_id in self._journals:
            return
        record = CallRecord(
            id=call_id,
            via="meeting",
            dialled=number,
            started_at=self._services.now_ms(),
            caller=Party(user_id=on_behalf_of),
            callee=Party(number=number),
        )
        journal = self._begin(record)
        _log.info("call_began", call_id=call_id, via="meeting", visitor_id=visitor_id)
        bridged = self._bridge(journal)
        try:
            leg = await self._services.meetings.caller(visitor_id, call_id, number, bridged.post)
        except OSError:
            self._end_journal(journal, Cause.UNAVAILABLE)
            raise
        self._run(bridged, leg, record)

    def _bridge(self, journal: Journal) -> BridgedCall:
        """A call whose record is ours from its beginning to its end."""
        call_id = journal.record.id
        return BridgedCall(
            journal,
            self._services,
            register=self._register,
            remember=lambda legs: journal.remember("bridged", {"legs": legs}),
            on_closed=lambda cause: self._own_call_closed(call_id, cause),
        )

    def _own_call_closed(self, call_id: str, cause: Cause) -> None:
        bridged = self._bridged.pop(call_id)
        self._end_journal(bridged.journal, cause)
        self._after(bridged)

    def on_media_timeout(self, call_id: str, leg: str) -> None:
        """A joined leg's audio has gone for good."""
        if call := self._bridged.get(call_id):
            _log.warning("media_lost", call_id=call_id, leg=leg)
            call.post(Abort(Cause.MEDIA_FAILED))

    def on_silence(self, call_id: str, leg: str, seconds: float) -> None:
        """A joined leg sends nothing."""
        if call := self._bridged.get(call_id):
            call.post(Silent(leg, seconds))

    # --- Matrix ---

    def on_room_event(self, event: RoomEvent) -> None:
        """A new call event; those of one room are handled one after the other."""
        waiting = self._rooms.get(event.room_id)
        if waiting is not None:
            waiting.append(event)
            return
        self._rooms[event.room_id] = deque([event])
        self._task(self._drain_room(event.room_id))

    async def _drain_room(self, room_id: str) -> None:
        waiting = self._rooms[room_id]
        try:
            while waiting:
                await self._room_event(waiting.popleft())
        finally:
            del self._rooms[room_id]

    async def _room_event(self, event: RoomEvent) -> None:
        try:
            content = parse(event.type, event.content)
        except MalformedCallEvent as error:
            _log.warning("call_event_malformed", type=event.type, sender=event.sender, key=str(error))
            return
        if content is None:
            return
        key = (event.room_id, content.call_id)
        if isinstance(content, Invite):
            if not identity.is_ours(content.party_id) and key not in self._watched:
                await self._invited(event, content)
        else:
            self._deliver(key, event, content)

    def _deliver(self, key: tuple[str, str], event: RoomEvent, content: CallEvent) -> None:
        if fork := self._forks.get(key):
            fork.feed(event.sender, content)
        elif watched := self._watched.get(key):
            watched.receive(event.sender, content, event.sent_at)
        else:
            _log.debug("call_event_of_unknown_call", type=event.type, room_id=event.room_id)

    async def _invited(self, event: RoomEvent, invite: Invite) -> None:
        callee = await self._callee(event, invite)
        if callee is None or self._stopping:
            return
        now = self._services.now_ms()
        remaining = invite.lifetime - max(0, now - event.sent_at) / 1000
        record = CallRecord(
            id=identity.matrix_origin_call_id(event.room_id, invite.call_id, event.sent_at),
            via="matrix",
            dialled=callee,
            started_at=event.sent_at,
            caller=Party(user_id=event.sender),
            callee=Party(user_id=callee),
            video="m=video" in invite.sdp,
            room_id=event.room_id,
        )
        _log.info("call_began", call_id=record.id, via="matrix", room_id=event.room_id, remaining=remaining)
        loop_now = asyncio.get_running_loop().time()
        observer = Observer(invite, event.sender, callee, remaining, loop_now)
        watched = WatchedCall(event.room_id, observer, self._begin(record), self._watched_closed)
        self._watched[(event.room_id, invite.call_id)] = watched
        if remaining > 0:
            self._take_part(watched, invite, remaining)

    async def _callee(self, event: RoomEvent, invite: Invite) -> str | None:
        """Whom the invitation is for, in the room by now; None when that is no one person."""
        for attempt in range(MEMBER_TRIES):
            try:
                return await self._called(event.room_id, event.sender, invite.invitee)
            except MatrixUnavailable:
                await asyncio.sleep(0.2 * 2**attempt)
            except MatrixRefused as error:
                _log.warning("members_unknown", room_id=event.room_id, why=str(error))
                return None
        _log.warning("members_unknown", room_id=event.room_id, why="the homeserver does not answer")
        return None

    async def _called(self, room_id: str, caller: str, invitee: str | None) -> str | None:
        callee = await self._services.members.callee(room_id, caller, invitee)
        if callee is None:
            _log.info("call_is_for_no_one_person", room_id=room_id)
        else:
            await self._services.members.let_in(room_id, callee)
        return callee

    def _take_part(self, watched: WatchedCall, invite: Invite, remaining: float) -> None:
        """Ring the callee's desk phones, or the outside line behind a ghost."""
        record, observer = watched.journal.record, watched.observer
        bridged = BridgedCall(
            watched.journal,
            self._services,
            lingers=not identity.is_ghost(observer.callee),
            register=self._register,
            remember=watched.remember,
            on_closed=lambda cause: self._part_closed(watched, cause),
        )
        now = asyncio.get_running_loop().time()
        ours = identity.party_id(record.id, "caller")
        party = CalleeParty(invite, observer.caller, observer.callee, ours, remaining, now)
        lane = Lane(
            self._services.homeserver,
            record.id,
            observer.callee,
            watched.room_id,
            lambda: bridged.post(Abort(Cause.FAILED)),
        )
        leg = MatrixCaller(invite, party, lane, bridged.post)
        watched.take_part(bridged, leg)
        self._run(bridged, leg, record)

    def _part_closed(self, watched: WatchedCall, cause: Cause) -> None:
        bridged = self._bridged.pop(watched.call_id)
        watched.part_ended(cause, went_on=bridged.went_on)
        self._after(bridged)

    def _watched_closed(self, watched: WatchedCall) -> None:
        self._watched.pop((watched.room_id, watched.observer.call_id), None)
        self._journals.pop(watched.call_id, None)
        self._services.state_changed()

    def _register(self, room_id: str, call_id: str, leg: MatrixFork) -> None:
        self._forks[(room_id, call_id)] = leg

    # --- all calls ---

    def telephony_state(self) -> TelephonyState:
        """How many calls everybody of the house is in, and which extensions have a phone."""
        calls = Counter(user for journal in self._journals.values() for user in journal.people())
        users = {user: CallsOfUser(count) for user, count in calls.items()}
        return TelephonyState(users, tuple(self._services.endpoint.registered()))

    def calls(self) -> list[dict[str, Any]]:
        """Live calls, for an operator."""
        live = []
        for call_id, journal in self._journals.items():
            bridged = self._bridged.get(call_id)
            live.append({**journal.record.to_json(), "bridge_state": bridged.state if bridged else None})
        return live

    async def shutdown(self) -> None:
        """End our calls politely; calls between browsers go on without us. Bounded by the caller."""
        self._stopping = True
        for call in list(self._bridged.values()):
            call.post(Abort(Cause.INTERRUPTED))
        while self._bridged:
            await asyncio.wait(self._tasks, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
        for watched in self._watched.values():
            watched.close()
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=1.5)

    def restore(self, call_id: str, kind: str, snapshot: dict[str, Any], ended_at: int) -> None:
        """Take over a call of an earlier process: go on watching it, or end what is left of it.

        `ended_at` is when that process was last known to live, milliseconds since 1970.
        """
        journal = Journal(CallRecord.from_json(snapshot["record"]), self._services)
        if kind == "watched":
            self._journals[call_id] = journal
            watched = WatchedCall.restored(snapshot, journal, self._watched_closed)
            self._watched[(watched.room_id, watched.observer.call_id)] = watched
            _log.info("call_watched_again", call_id=call_id)
            for leg in snapshot.get("ringing", ()):
                self._end_leg(call_id, leg)
            return
        if not journal.ended:
            journal.end(Cause.INTERRUPTED, ended_at)
            _log.warning("call_interrupted", call_id=call_id)
        lanes = [lane for leg in snapshot["legs"] if (lane := self._end_leg(call_id, leg))]
        if lanes:
            self._services.records.put_call(
                call_id, "farewell", snapshot | {"record": journal.record.to_json()}
            )
        self._farewell(call_id, [lane.drained() for lane in lanes])

    def _end_leg(self, call_id: str, leg: dict[str, Any]) -> Lane | None:
        if "sip" in leg:
            try:
                self._services.endpoint.bye_snapshot(leg["sip"])
            except ValueError as error:
                _log.warning("leg_not_ended", call_id=call_id, why=str(error))
            return None
        if "meeting" in leg:
            self._services.meetings.forget(leg["meeting"]["visitor_id"])
            return None
        matrix = leg["matrix"]
        party = matrix["party_id"]
        lane = Lane(
            self._services.homeserver, f"{call_id}.end", matrix["user_id"], matrix["room_id"], _nothing
        )
        lane.hang_up(matrix["call_id"], party, TABLE[Cause.INTERRUPTED].matrix)
        return lane

    def _begin(self, record: CallRecord) -> Journal:
        journal = Journal(record, self._services)
        self._journals[record.id] = journal
        journal.begin()
        return journal

    def _end_journal(self, journal: Journal, cause: Cause) -> None:
        self._journals.pop(journal.record.id, None)
        journal.end(cause)

    def _run(self, bridged: BridgedCall, leg: CallerLeg, record: CallRecord) -> None:
        self._bridged[record.id] = bridged
        request = RouteRequest(
            call_id=record.id,
            caller=record.caller,
            dialled=record.dialled,
            via=record.via,
            registered=tuple(self._services.endpoint.registered()),
            withheld=record.withheld,
        )
        self._task(bridged.run(leg, request))

    def _after(self, bridged: BridgedCall) -> None:
        """The call is over; what is left to be said to the homeserver is said as soon as it listens."""
        for key in [key for key, fork in self._forks.items() if bridged.has(fork)]:
            del self._forks[key]
        if unsaid := bridged.unsaid():
            record = bridged.journal.record.to_json()
            if bridged.journal.ended:
                self._services.records.put_call(
                    bridged.call_id, "farewell", {"legs": unsaid, "record": record}
                )
            self._farewell(bridged.call_id, [bridged.said()], drop=bridged.journal.ended)

    def _farewell(self, call_id: str, saying: list[Coroutine[Any, Any, None]], *, drop: bool = True) -> None:
        async def wait() -> None:
            await asyncio.gather(*saying)
            if drop:
                self._services.records.drop_call(call_id)

        task = asyncio.create_task(wait())
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("call_task_failed", exc_info=error)


def _caller_of(call: IncomingCall) -> tuple[Party, str]:
    """Who calls, as far as is known by itself, and which way the call came."""
    match call.origin:
        case FromTrunk(name=name):
            shown = "" if call.withheld else call.caller.name or ""
            return Party(name=shown, number=call.caller_number), f"trunk:{name}"
        case FromPhone(account=account):
            return Party(user_id=account.user_id, name=account.name, number=account.username), "sip"


def _nothing() -> None:
    """A hang-up that the homeserver refuses (the room is gone) has nobody left to reach."""
