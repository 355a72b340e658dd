"""A call between two Matrix clients, which talk peer to peer, comes into the house: a feature needs it there.

Each side is called in the name of the other, by an invitation that says whose place it takes
(docs/decisions/0040). Both are offered the same, so that neither waits for the other; when both have
answered, they are two legs of a conversation under the record that the call has. Until then the
call that they have stands, and it stays if this fails.
"""

import asyncio
from collections.abc import Callable

from bridges.media.gateway import MediaError, Profile
from bridges.sdp.errors import MalformedSdp
from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.call import BridgedCall
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conversation import Conversation, State
from bridges.sip.b2bua.dialling import Transferred
from bridges.sip.b2bua.events import Answers, CallInput, Gone, Trickle
from bridges.sip.b2bua.exchange import Exchange
from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.matrix_leg import MatrixFork
from bridges.sip.b2bua.media_session import MediaSession
from bridges.sip.b2bua.services import Services
from bridges.sip.b2bua.setup import SetupMachine
from bridges.sip.b2bua.watched import WatchedCall
from bridges.sip.matrix_call import observer
from bridges.sip.matrix_call.caller import CallerParty
from bridges.sip.trace.traces import matrix_dialog
from logs import log
from wire.route import MatrixLeg, RouteRequest

_log = log.get(__name__)

#: Seconds that both have to answer. Our client does at once; with another one a person has to.
LIFETIME = 30.0
#: Seconds to wait for the caller's choice among the devices that answered.
_CHOICE = 5.0

_IN_CONVERSATION = frozenset({State.TALKING.value, State.REPLACING.value})

#: The house itself, which offers what it can carry. Nothing is sent to it: port 9 discards (RFC 863).
_HOUSE = "house"
_OFFER = "\r\n".join(
    (
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "m=audio 9 RTP/AVP 111 0 8 101",
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=sendrecv",
        "",
    )
)


class NotRecalled(Exception):
    """The call goes on as it was: nobody talks in it, or one of them did not answer the house."""


class Recalls:
    """Calls such calls in."""

    def __init__(self, exchange: Exchange, services: Services) -> None:
        self._exchange, self._services = exchange, services
        self._going: dict[str, asyncio.Future[BridgedCall]] = {}

    async def bring_in(self, call_id: str) -> bool:
        """Whether the call with this record is in the house now."""
        try:
            await self.recall(call_id)
        except NotRecalled:
            return False
        return True

    async def recall(self, call_id: str) -> BridgedCall:
        """The call with this record, once it is in the house: at once, if it is. Raises NotRecalled."""
        if (answered := self._exchange.watched(call_id)) is not None:
            await answered.chosen(_CHOICE)
        bridged = self._exchange.bridged(call_id)
        if bridged is not None and bridged.state in _IN_CONVERSATION:
            return bridged
        watched = self._exchange.watched(call_id)
        if watched is None or watched.observer.state is not observer.State.CONNECTED:
            raise NotRecalled("nobody talks there")
        if call_id not in self._going:
            work = asyncio.ensure_future(_Recall(watched, self._exchange, self._services).run())
            self._going[call_id] = work
            work.add_done_callback(lambda _: self._going.pop(call_id, None))
        return await asyncio.shield(self._going[call_id])


class _Recall:
    """One of them. Its legs tell it what happens until the call is in the house, and the call thereafter."""

    def __init__(self, watched: WatchedCall, exchange: Exchange, services: Services) -> None:
        self._watched, self._exchange, self._services = watched, exchange, services
        self._inbox: asyncio.Queue[CallInput] = asyncio.Queue()
        self._told: Callable[[CallInput], None] = self._inbox.put_nowait
        seen, room = watched.observer, watched.room_id
        #: Caller and callee, as legs of a plan.
        self._called = {
            "matrix-1": MatrixLeg(user_id=seen.caller, as_user=seen.callee, room_id=room),
            "matrix-2": MatrixLeg(user_id=seen.callee, as_user=seen.caller, room_id=room),
        }
        self._legs: dict[str, MatrixFork] = {}

    async def run(self) -> BridgedCall:
        """Raises NotRecalled."""
        self._watched.taken()
        try:
            async with asyncio.timeout(LIFETIME):
                await self._call_both()
                await self._both_answer()
                return await self._join()
        except (TimeoutError, MediaError, MalformedSdp, NotRecalled) as error:
            await self._leave(error)
            raise NotRecalled(str(error) or "not everybody answered") from error

    @property
    def _call_id(self) -> str:
        return self._watched.call_id

    async def _call_both(self) -> None:
        gateway = self._services.gateway
        for name, planned in self._called.items():
            offer = await gateway.offer(self._call_id, _HOUSE, name, _OFFER, Profile.RTP, Profile.WEBRTC)
            self._legs[name] = self._leg(name, planned)
            self._legs[name].given = offer
        _log.info("recall_begins", call_id=self._call_id)
        for leg in self._legs.values():
            leg.invite(leg.given, LIFETIME, self._watched.observer.call_id)

    def _leg(self, name: str, planned: MatrixLeg) -> MatrixFork:
        call_id = identity.fork_call_id(self._call_id, name)
        lane = Lane(
            self._services.homeserver,
            call_id,
            planned.as_user,
            planned.room_id,
            lambda: self._post(Gone(name, Cause.FAILED)),
        )
        party = CallerParty(call_id, identity.party_id(self._call_id, name), planned.user_id)
        leg = MatrixFork(name, party, lane, self._post)
        self._exchange.register(planned.room_id, call_id, leg)
        self._services.traces.claim(self._call_id, matrix_dialog(planned.room_id, call_id), name)
        return leg

    def _post(self, event: CallInput) -> None:
        self._told(event)

    async def _both_answer(self) -> None:
        gateway, answered = self._services.gateway, set[str]()
        while len(answered) < len(self._legs):
            match await self._inbox.get():
                case Answers(leg=name, sdp=sdp):
                    # It connects, and ends the call that it had, without waiting for the other one.
                    await gateway.answer(self._call_id, name, _HOUSE, sdp)
                    answered.add(name)
                case Trickle(leg=name, candidates=candidates):
                    for each in candidates:
                        await gateway.candidate(self._call_id, name, each.candidate, each.sdp_mid)
                case Gone(leg=name, cause=cause):
                    raise NotRecalled(f"{name}: {cause.value}")

    async def _join(self) -> BridgedCall:
        """They hear each other, and are a conversation."""
        one, other = self._legs.values()
        media = MediaSession(self._services.gateway, self._call_id, self._services.music)
        await media.carry(one, other)
        await media.drop(_HOUSE)
        journal, bridged = self._watched.journal, self._exchange.bridge(self._watched.journal)
        record = journal.record
        request = RouteRequest(
            call_id=record.id,
            caller=record.caller,
            dialled=record.dialled,
            via=record.via,
            registered=tuple(self._services.endpoint.registered()),
            on_behalf_of=record.on_behalf_of.user_id if record.on_behalf_of else None,
        )
        origin = Transferred(one, None, bridged.post)
        now = asyncio.get_running_loop().time()
        bridged.adopt(self._snapshot(now), now, self._legs, origin, request, journal)
        self._told = bridged.post
        while not self._inbox.empty():
            bridged.post(self._inbox.get_nowait())
        self._exchange.take_in(self._watched, bridged)
        _log.info("recalled", call_id=self._call_id)
        return bridged

    def _snapshot(self, now: float) -> dict[str, object]:
        """Of a call whose set-up is over and whose two legs talk."""
        machine = SetupMachine()
        machine.refuse(Cause.NORMAL)
        one, other = self._legs
        machine.winner = other
        devices = {name: Fork(name, planned).snapshot() for name, planned in self._called.items()}
        return {
            "devices": devices,
            "dialling": {
                "number": 1,
                "machine": machine.snapshot(now),
                "plan": None,
                "legs": [other],
                "devices": {other: devices[other]},
                "gone": [],
                "joined": other,
                "failed": None,
                "settled": True,
                "referred_by": None,
            },
            "conversation": Conversation(one, other).snapshot(),
            "pair": [one, other],
            "transferred": True,
        }

    async def _leave(self, why: Exception) -> None:
        """Nothing of it is left; the call that was there goes on, or is over, if it ended meanwhile."""
        _log.info("recall_failed", call_id=self._call_id, why=str(why) or type(why).__name__)
        for leg in self._legs.values():
            leg.drop(Cause.CANCELLED)
        await self._services.gateway.delete(self._call_id)
        self._exchange.forget(tuple(self._legs.values()))
        self._watched.part_ended(Cause.NORMAL, went_on=True)
