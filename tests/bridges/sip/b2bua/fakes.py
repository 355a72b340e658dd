"""In-memory ends for the exchange: phones, trunks, a media gateway, a homeserver, the web, a store."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from bridges.sip.appservice.client import MatrixUnavailable
from bridges.sip.appservice.rooms import RoomMembers
from bridges.sip.appservice.transactions import RoomEvent
from bridges.sip.b2bua.events import Post
from bridges.sip.b2bua.exchange import Exchange
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.b2bua.services import Meetings, Services
from bridges.sip.media.gateway import MediaReport, NoCommonCodec, Peer, Profile, UnknownLeg
from bridges.sip.message import Flow
from bridges.sip.routing.client import WebUnavailable
from bridges.sip.transport.api import (
    Account,
    Acknowledged,
    Answered,
    CallRefused,
    CallStateError,
    Contact,
    Credentials,
    DialogSnapshot,
    Ended,
    EndedBy,
    Event,
    FromPhone,
    FromTrunk,
    NameAddress,
    Origin,
    Progress,
    Reason,
    Target,
    Transport,
    TrunkConfig,
    TrunkStatus,
)
from bridges.sip.transport.presentation import present
from wire.record import CallRecord
from wire.route import Party, Plan, RouteRequest, parse_plan

DOMAIN = "localhost"
ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
GHOST = "@_tel_+390698765432:localhost"
ROOM = "!direct:localhost"
NOW = 1_700_000_000_000


async def until(condition: Callable[[], Any], what: str = "condition") -> Any:
    """Let the loop run until `condition` holds; fails after many turns rather than after seconds."""
    for _ in range(2000):
        value = condition()
        if value:
            return value
        await asyncio.sleep(0)
    raise AssertionError(f"never: {what}")


class FakeCall:
    """Both kinds of SIP call. `log` is what the bridge did with it."""

    def __init__(self, sdp: str | None) -> None:
        self.sdp = sdp
        self.log: list[tuple[Any, ...]] = []
        self.ended = False
        self.call_id, self.local_tag, self.remote_tag = "sip-call-id", "local", "remote"
        self.knows: bool | None = True
        self.peer = Flow(Transport.UDP, "192.0.2.1", 5060)
        self.reinvite_answer: str | None = "reinvite-answer"
        self._listener: Callable[[Event], None] | None = None
        self._waiting: list[Event] = []

    def listen(self, callback: Callable[[Event], None]) -> None:
        self._listener = callback
        for event in self._waiting:
            callback(event)

    def events(self) -> Any:
        raise AssertionError("the bridge listens")

    def happen(self, event: Event) -> None:
        """The other side does something."""
        if isinstance(event, Ended):
            self.ended = True
        if self._listener:
            self._listener(event)
        else:
            self._waiting.append(event)

    def _end(self, status: int) -> None:
        self.happen(Ended(EndedBy.LOCAL, status))

    def bye(self, reason: Reason | None = None) -> None:
        self.log.append(("bye", reason.cause if reason else None))
        self._end(0)

    async def probe(self) -> bool | None:
        self.log.append(("probe",))
        return self.knows

    async def reinvite(self, sdp: str) -> str | None:
        self.log.append(("reinvite", sdp))
        if self.reinvite_answer is None:
            raise CallRefused(491, "Request Pending")
        return self.reinvite_answer

    def accept_reinvite(self, sdp: str | None) -> None:
        self.log.append(("accept_reinvite", sdp))

    def refuse_reinvite(self, status: int = 488) -> None:
        self.log.append(("refuse_reinvite", status))

    def snapshot(self) -> DialogSnapshot:
        return {"call": self.call_id}


class FakeIncoming(FakeCall):
    """A phone or trunk that calls."""

    def __init__(self, origin: Origin, dialled: str, sdp: str | None = "caller-offer") -> None:
        super().__init__(sdp)
        self.origin, self.dialled = origin, dialled
        self.request_uri = f"sip:{dialled}@{DOMAIN}"
        self.caller = NameAddress("sip:+390698765432@carrier", "")
        self.caller_number: str | None = "+390698765432"
        self.withheld = False
        self.headers: Mapping[str, Sequence[str]] = {}
        self.max_forwards = 60

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        self.log.append(("ring", status, sdp))

    def answer(self, sdp: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.log.append(("answer", sdp))

    def snapshot(self) -> DialogSnapshot:
        if not any(entry[0] == "answer" for entry in self.log):
            raise CallStateError("not answered")
        return super().snapshot()

    def reject(self, status: int, phrase: str | None = None, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.log.append(("reject", status))
        self._end(status)

    def cancelled(self) -> None:
        self.happen(Ended(EndedBy.CANCEL, 487))


class FakeOutgoing(FakeCall):
    """A phone or trunk that is called."""

    def __init__(
        self,
        target: Target,
        from_: NameAddress,
        sdp: str | None,
        headers: Any,
        on_sent: Callable[["FakeOutgoing"], None],
    ) -> None:
        super().__init__(sdp)
        self._on_sent = on_sent
        self.target, self.from_, self.headers = target, from_, dict(headers)
        self.max_forwards = 70

    def start(self) -> None:
        self._on_sent(self)

    def cancel(self, reason: Reason | None = None) -> None:
        self.log.append(("cancel", reason.cause if reason else None))
        self._end(487)

    def rings(self, status: int = 180, sdp: str | None = None) -> None:
        self.happen(Progress(status, "Ringing", sdp, "tag"))

    def answers(self, sdp: str = "v=0 phone-answer") -> None:
        self.happen(Answered(sdp))

    def refuses(self, status: int, *reasons: Reason) -> None:
        self.happen(Ended(EndedBy.REFUSED, status, reasons=reasons))


@dataclass
class FakeEndpoint:
    """Registered phones by extension, trunks by name; `calls` are the INVITEs sent."""

    phones: dict[str, int] = field(default_factory=dict)
    trunks: dict[str, bool] = field(default_factory=dict)
    calls: list[FakeOutgoing] = field(default_factory=list)
    byes: list[Any] = field(default_factory=list)
    on_sent: Callable[[FakeOutgoing], None] = lambda call: None

    async def prepare(
        self,
        target: Target,
        *,
        from_: NameAddress,
        to: NameAddress,
        sdp: str | None,
        headers: Sequence[tuple[str, str]] = (),
        credentials: Credentials | None = None,
        max_forwards: int = 70,
    ) -> FakeOutgoing:
        call = FakeOutgoing(target, from_, sdp, headers, self._sent)
        call.max_forwards = max_forwards
        return call

    def _sent(self, call: FakeOutgoing) -> None:
        self.calls.append(call)
        self.on_sent(call)

    def contacts(self, username: str) -> list[Contact]:
        return [
            Contact(username, f"sip:{username}@phone{n}", Transport.UDP, f"phone{n}", 5060, 60.0)
            for n in range(self.phones.get(username, 0))
        ]

    def registered(self) -> list[str]:
        return sorted(self.phones)

    def target_of(self, contact: Contact) -> Target:
        return Target(contact.uri, contact.transport, contact.host, contact.port)

    def trunk_target(self, name: str, number: str) -> Target:
        return Target(f"sip:{number}@{name}", Transport.UDP, name, 5060)

    def trunk_caller(
        self, name: str, number: str | None, *, hidden: bool = False
    ) -> tuple[NameAddress, tuple[tuple[str, str], ...]]:
        return present(TrunkConfig(name, name), number, "localhost", hidden=hidden)

    def trunk_credentials(self, name: str) -> Credentials | None:
        return None

    def trunk_status(self) -> list[TrunkStatus]:
        return [
            TrunkStatus(name, up, None if up else "no answer", usable=up) for name, up in self.trunks.items()
        ]

    def bye_snapshot(self, snapshot: DialogSnapshot, reason: Reason | None = None) -> None:
        self.byes.append(snapshot)


class FakeGateway:
    """Writes what it was told into the descriptions it returns."""

    def __init__(self) -> None:
        self.on_media_timeout: Callable[[str, str], None] | None = None
        self.on_silence: Callable[[str, str, float], None] | None = None
        self.vouched: list[str] = []
        self.legs: dict[str, set[str]] = {}
        self.joined: list[tuple[str, str, str]] = []
        self.deleted: list[str | None] = []
        self.keys: list[tuple[str, str]] = []
        self.emergencies: set[str] = set()
        self.peers: dict[str, list[Peer]] = {}

    def vouch(self, call_id: str, leg: str) -> None:
        self.vouched.append(leg)

    def meet(self, call_id: str, leg: str, peer: Peer) -> None:
        self.peers.setdefault(leg, []).append(peer)

    async def offer(
        self,
        call_id: str,
        from_leg: str,
        to_leg: str,
        sdp: str,
        from_profile: Profile,
        to_profile: Profile,
        *,
        emergency: bool = False,
    ) -> str:
        if emergency:
            self.emergencies.add(call_id)
        if sdp == "no-codec":
            raise NoCommonCodec("no codec")
        self.legs.setdefault(call_id, set()).update({from_leg, to_leg})
        return f"{sdp}>{to_leg}:{to_profile.name}"

    async def fresh_offer(self, call_id: str, from_leg: str, to_leg: str) -> str:
        return f"{from_leg}>fresh>{to_leg}"

    async def answer(self, call_id: str, from_leg: str, to_leg: str, sdp: str) -> str:
        if from_leg not in self.legs.get(call_id, set()):
            raise UnknownLeg(from_leg)
        if sdp == "no-codec":
            raise NoCommonCodec("no codec")
        self.joined.append((from_leg, to_leg, sdp))
        return f"{sdp}>{to_leg}"

    async def candidate(self, call_id: str, leg: str, candidate: str, sdp_mid: str | None) -> None: ...

    async def delete(self, call_id: str, leg: str | None = None) -> None:
        self.deleted.append(leg)
        if leg is None:
            self.legs.pop(call_id, None)
        else:
            self.legs.get(call_id, set()).discard(leg)

    async def send_dtmf(self, call_id: str, to_leg: str, digit: str, duration_ms: int = 160) -> None:
        self.keys.append((to_leg, digit))

    def report(self, call_id: str) -> MediaReport | None:
        return None

    async def close(self) -> None: ...


class FakeHomeserver:
    """Remembers what was sent; `down` makes it unavailable."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, dict[str, Any]]] = []
        self.down = False
        self.something_sent = asyncio.Event()

    def fail(self) -> None:
        """Be away until `down` is taken back; `something_sent` then tells of the first event."""
        self.down = True
        self.something_sent.clear()

    async def send_event(
        self, user_id: str, room_id: str, event_type: str, content: dict[str, Any], transaction: str
    ) -> str:
        if self.down:
            raise MatrixUnavailable("down", retry_after=0.001)
        self.sent.append((user_id, room_id, event_type, content))
        self.something_sent.set()
        return f"$sent{len(self.sent)}"

    def types(self) -> list[str]:
        """What was sent, without trickled candidates."""
        return [sent[2] for sent in self.sent if sent[2] != "m.call.candidates"]

    def last(self, event_type: str) -> dict[str, Any] | None:
        return next((sent[3] for sent in reversed(self.sent) if sent[2] == event_type), None)


class FakeRouter:
    """Answers with `plan`; with None it cannot be asked."""

    def __init__(self) -> None:
        self.plan: dict[str, Any] | None = None
        self.asked: list[RouteRequest] = []

    async def route(self, request: RouteRequest) -> Plan:
        self.asked.append(request)
        if self.plan is None:
            raise WebUnavailable("down")
        return parse_plan(self.plan)


class FakeMembers:
    """One direct room of Anna and Bruno, one of Anna and a ghost; who is only invited stands in `invited`."""

    def __init__(self) -> None:
        self.rooms = {ROOM: {ANNA, BRUNO}, "!ghost:localhost": {ANNA, GHOST}, "!group:localhost": {ANNA}}
        self.invited: dict[str, set[str]] = {}
        self.members = RoomMembers(self)
        self.callee, self.let_in = self.members.callee, self.members.let_in

    async def joined_members(self, room_id: str, as_user: str) -> frozenset[str]:
        return frozenset(self.rooms[room_id])

    async def invited_members(self, room_id: str, as_user: str) -> frozenset[str]:
        return frozenset(self.invited.get(room_id, set()))

    async def join(self, room_id: str, as_user: str) -> None:
        self.invited[room_id].remove(as_user)
        self.rooms[room_id].add(as_user)


class FakeRecords:
    """A store in memory."""

    def __init__(self) -> None:
        self.live: dict[str, tuple[str, dict[str, Any]]] = {}
        #: What is left of `live` after a kill -9.
        self.disk: dict[str, tuple[str, dict[str, Any]]] = {}
        self.records: dict[str, list[dict[str, Any]]] = {}

    def put_call(self, call_id: str, kind: str, snapshot: Mapping[str, Any]) -> None:
        self.live[call_id] = (kind, dict(snapshot))

    def drop_call(self, call_id: str) -> None:
        self.live.pop(call_id, None)

    def put_record(self, record: CallRecord) -> None:
        self.records.setdefault(record.id, []).append(record.to_json())

    async def flushed(self) -> None:
        self.disk = deepcopy(self.live)

    @property
    def last(self) -> dict[str, Any]:
        """The newest revision of the newest call."""
        return list(self.records.values())[-1][-1]


class FakeMeetings:
    """No meetings: tests of the dial-in put the real floor here."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    async def answer(self, name: str, call_id: str, sdp: str, caller: Party, via: str, post: Post) -> Leg:
        raise OSError("no meetings here")

    async def caller(self, visitor_id: str, call_id: str, number: str, post: Post) -> CallerLeg:
        raise OSError("no meetings here")

    def forget(self, visitor_id: str) -> None:
        self.forgotten.append(visitor_id)


class House:
    """An exchange with its surroundings, and short ways to make things happen."""

    def __init__(self, meetings: Meetings | None = None) -> None:
        self.endpoint = FakeEndpoint(trunks={"carrier": True, "spare": True})
        self.meetings = FakeMeetings()
        self.gateway = FakeGateway()
        self.homeserver, self.router = FakeHomeserver(), FakeRouter()
        self.records = FakeRecords()
        self.members = FakeMembers()
        self.state_changes = 0
        self._events = 0
        self.exchange = Exchange(
            Services(
                domain=DOMAIN,
                endpoint=self.endpoint,
                gateway=self.gateway,
                router=self.router,
                homeserver=self.homeserver,
                members=self.members,
                records=self.records,
                meetings=meetings or self.meetings,
                now_ms=lambda: NOW,
                state_changed=self._changed,
            )
        )

    def _changed(self) -> None:
        self.state_changes += 1

    def plan(self, *stages: list[dict[str, Any]], **extra: Any) -> None:
        """The web will answer this: each stage a list of legs, tried when the line before failed."""
        self.router.plan = {
            "outcome": "ring",
            "caller": {"user_id": ANNA, "name": "Anna Rossi", "number": "201"},
            "callee": {"user_id": BRUNO, "name": "Bruno Bianchi", "number": "202"},
            "room_id": ROOM,
            "rings_elsewhere": True,
            "stages": [
                {"timeout": 45.0, "legs": legs, "after": ["no_trunk"] if place else None}
                for place, legs in enumerate(stages)
            ],
        } | extra

    def refuse(self, cause: str) -> None:
        self.router.plan = {"outcome": "refuse", "cause": cause}

    async def phone_calls(self, dialled: str = "202", sdp: str | None = "caller-offer") -> FakeIncoming:
        """Anna's desk phone calls."""
        account = Account("201", "", "", ANNA, "Anna Rossi")
        call = FakeIncoming(FromPhone(account), dialled, sdp)
        await self.exchange.on_invite(call)
        return call

    async def trunk_calls(self, dialled: str) -> FakeIncoming:
        call = FakeIncoming(FromTrunk("carrier"), dialled)
        await self.exchange.on_invite(call)
        return call

    def room_event(
        self, sender: str, event_type: str, content: dict[str, Any], room: str = ROOM, age: float = 0.0
    ) -> None:
        self._events += 1
        event_id, sent_at = f"$event{self._events}", NOW - int(age * 1000)
        self.exchange.on_room_event(RoomEvent(event_id, room, sender, event_type, content, sent_at))

    def browser_calls(
        self, caller: str = ANNA, room: str = ROOM, call_id: str = "m1", age: float = 0.0, sdp: str = "v=0"
    ) -> None:
        content = {"lifetime": 60000, "offer": {"type": "offer", "sdp": sdp}}
        self.room_event(caller, "m.call.invite", party("web-a", call_id) | content, room, age)

    async def forks(self, count: int) -> list[FakeOutgoing]:
        """Wait for that many INVITEs."""
        await until(lambda: len(self.endpoint.calls) >= count, f"{count} INVITEs")
        return self.endpoint.calls[:count]

    async def sent(self, event_type: str) -> dict[str, Any]:
        """Wait for a Matrix event to be sent; its content."""
        content: dict[str, Any] = await until(lambda: self.homeserver.last(event_type), event_type)
        return content

    async def did(self, call: FakeCall, what: str) -> tuple[Any, ...]:
        """Wait for the bridge to do `what` with a SIP call."""
        action: tuple[Any, ...] = await until(
            lambda: next((entry for entry in call.log if entry[0] == what), None), what
        )
        return action

    async def ended(self) -> dict[str, Any]:
        """Wait for the last call's record to be closed."""
        await until(lambda: self.records.records and self.records.last["ended_at"], "the record is closed")
        return self.records.last


def party(party_id: str, call_id: str = "m1") -> dict[str, Any]:
    return {"call_id": call_id, "party_id": party_id, "version": "1"}


def answer_content(party_id: str, call_id: str = "m1", sdp: str = "v=0 web-answer") -> dict[str, Any]:
    return party(party_id, call_id) | {"answer": {"type": "answer", "sdp": sdp}}


PHONE_LEG = {"kind": "sip", "extension": "202"}
MATRIX_LEG = {"kind": "matrix", "user_id": BRUNO, "as_user": ANNA, "room_id": ROOM}
TRUNK_LEG = {"kind": "trunk", "trunk": "carrier", "number": "+390698765432", "from_number": "+390612345000"}
SPARE_LEG = TRUNK_LEG | {"trunk": "spare"}
HUNG_UP = Ended(EndedBy.BYE)
ACKNOWLEDGED = Acknowledged(None)
