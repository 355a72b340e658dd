"""How calls come in: SIP invitations, call events of Matrix rooms, and telephones that a meeting calls."""

import asyncio
import secrets
from collections import deque

from bridges.sip.appservice.client import MatrixRefused, MatrixUnavailable
from bridges.sip.appservice.sender import Lane
from bridges.sip.appservice.transactions import RoomEvent
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.causes import TABLE, Cause
from bridges.sip.b2bua.events import Abort
from bridges.sip.b2bua.exchange import Exchange
from bridges.sip.b2bua.matrix_leg import MatrixCaller
from bridges.sip.b2bua.services import Services
from bridges.sip.b2bua.sip_leg import SipCaller
from bridges.sip.b2bua.watched import WatchedCall
from bridges.sip.matrix_call.callee import CalleeParty
from bridges.sip.matrix_call.content import CallEvent, Invite, MalformedCallEvent, parse
from bridges.sip.matrix_call.observer import Observer
from bridges.sip.message import diversion
from bridges.sip.trace.traces import matrix_dialog
from bridges.sip.transport.api import FromPhone, FromTrunk, IncomingCall
from bridges.sip.trunk import AnswerLimits
from logs import log
from wire.record import CallRecord
from wire.route import Forwarded, Party, Replaced

_log = log.get(__name__)

#: Invitations waiting for their room's members are given up after this many tries.
MEMBER_TRIES = 4


class Ingress:
    """The doors of the exchange."""

    def __init__(self, exchange: Exchange, services: Services) -> None:
        self._exchange, self._services = exchange, services
        self._rooms: dict[str, deque[RoomEvent]] = {}

    @property
    def idle(self) -> bool:
        """Whether every room event has been handled."""
        return not self._rooms

    # --- SIP ---

    async def on_invite(self, call: IncomingCall) -> None:
        """A phone or trunk calls."""
        if self._exchange.stopping:
            call.reject(503)
            return
        caller, via = _caller_of(call)
        replaces = self._replaced(call, caller)
        if isinstance(replaces, Cause):
            _log.info("replaces_refused", sip_call_id=call.call_id, via=via, cause=replaces.value)
            call.reject(TABLE[replaces].status, TABLE[replaces].text)
            return
        now = self._services.now_ms()
        record = CallRecord(
            id=identity.call_id(now, secrets.token_bytes(10)),
            via=via,
            dialled=call.dialled,
            started_at=now,
            caller=caller,
            callee=Party(number=call.dialled),
            withheld=call.withheld,
            forwarded=_forwarded(call),
        )
        journal = self._exchange.begin(record)
        self._services.traces.claim(record.id, call.call_id, "caller")
        _log.info("call_began", call_id=record.id, sip_call_id=call.call_id, via=via, dialled=call.dialled)
        bridged = self._exchange.bridge(journal)
        leg = SipCaller(call, bridged.post, limits=self._answer_limits(call))
        self._exchange.run(bridged, leg, replaces=replaces)

    def _replaced(self, call: IncomingCall, caller: Party) -> Replaced | Cause | None:
        """The call whose place it is to take (RFC 3891, Section 3), which the route may still refuse. What it
        may not know of is to a phone, and all is to a line, as if it were not there."""
        named = call.replaces
        if named is None:
            return None
        found = self._exchange.replaced(named) if isinstance(call.origin, FromPhone) else None
        if found is None:
            return Cause.NO_SUCH_CALL
        if named.early_only and not found.early:
            return Cause.BUSY if found.user_id == caller.user_id else Cause.NO_SUCH_CALL
        return found

    def _answer_limits(self, call: IncomingCall) -> AnswerLimits | None:
        """Those of the line; None for a phone. A line may have been removed in this moment."""
        if not isinstance(call.origin, FromTrunk):
            return None
        try:
            return self._services.endpoint.trunk_answer_limits(call.origin.name)
        except KeyError:
            return AnswerLimits()

    async def call_for_meeting(self, visitor_id: str, call_id: str, number: str, on_behalf_of: str) -> None:
        """A member of a meeting has a telephone called; `call_id` becomes ours. Raises OSError."""
        if self._exchange.stopping or self._exchange.record(call_id) is not None:
            return
        record = CallRecord(
            id=call_id,
            via="meeting",
            dialled=number,
            started_at=self._services.now_ms(),
            caller=Party(user_id=on_behalf_of),
            callee=Party(number=number),
        )
        journal = self._exchange.begin(record)
        _log.info("call_began", call_id=call_id, via="meeting", visitor_id=visitor_id)
        bridged = self._exchange.bridge(journal)
        try:
            leg = await self._services.meetings.caller(visitor_id, call_id, number, bridged.post)
        except OSError:
            self._exchange.end_journal(journal, Cause.UNAVAILABLE)
            raise
        self._exchange.run(bridged, leg)

    # --- Matrix ---

    def on_room_event(self, event: RoomEvent) -> None:
        """A new call event; those of one room are handled one after the other."""
        waiting = self._rooms.get(event.room_id)
        if waiting is not None:
            waiting.append(event)
            return
        self._rooms[event.room_id] = deque([event])
        self._exchange.task(self._drain_room(event.room_id))

    async def _drain_room(self, room_id: str) -> None:
        waiting = self._rooms[room_id]
        try:
            while waiting:
                event = waiting.popleft()
                if not await self._noted(event) and not self._exchange.stopping:
                    self._services.records.handled(event.event_id)
        finally:
            del self._rooms[room_id]

    async def _noted(self, event: RoomEvent) -> bool:
        """Act on an event; whether a leg notes when that is done. One that cannot be is not repeated."""
        try:
            return await self._room_event(event)
        except Exception:
            _log.exception("room_event_failed", type=event.type, event_id=event.event_id)
            return False

    async def _room_event(self, event: RoomEvent) -> bool:
        try:
            content = parse(event.type, event.content)
        except MalformedCallEvent as error:
            _log.warning("call_event_malformed", type=event.type, sender=event.sender, key=str(error))
            return False
        if content is None:
            return False
        key = (event.room_id, content.call_id)
        self._trace(event, content)
        if not isinstance(content, Invite):
            return self._exchange.deliver(key, event, content)
        if not identity.is_ours(content.party_id) and not self._exchange.watches(key):
            await self._invited(event, content)
        return False

    def _trace(self, event: RoomEvent, content: CallEvent) -> None:
        self._services.traces.matrix(
            self._services.now_ms(),
            matrix_dialog(event.room_id, content.call_id),
            event.type,
            event.sender,
            event.content,
            sent=identity.is_ours(content.party_id),
        )

    async def _invited(self, event: RoomEvent, invite: Invite) -> None:
        callee = await self._callee(event, invite)
        if callee is None or self._exchange.stopping:
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
        watched = self._exchange.watch(event.room_id, observer, self._exchange.begin(record))
        self._services.traces.claim(record.id, matrix_dialog(event.room_id, invite.call_id), "caller")
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
        bridged = self._exchange.bridge_watched(watched, lingers=not identity.is_ghost(observer.callee))
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
        leg = MatrixCaller(invite.sdp, party, lane, bridged.post)
        watched.take_part(leg, bridged.snapshot)
        self._exchange.run(bridged, leg, watched=True, on_behalf_of=invite.on_behalf_of)


def _forwarded(call: IncomingCall) -> tuple[Forwarded, ...]:
    """By whom, as a network says it. What a phone says of itself is not asked for."""
    if not isinstance(call.origin, FromTrunk):
        return ()
    return tuple(Forwarded(Party(number=one.user), one.why) for one in diversion.read(call.headers))


def _caller_of(call: IncomingCall) -> tuple[Party, str]:
    """Who calls, as far as is known by itself, and which way the call came."""
    match call.origin:
        case FromTrunk(name=name):
            shown = "" if call.withheld else call.caller.name or ""
            return Party(name=shown, number=call.caller_number), f"trunk:{name}"
        case FromPhone(account=account):
            return Party(user_id=account.user_id, name=account.name, number=account.username), "sip"
