"""In-memory ends for the exchange: phones, trunks, a media gateway, a homeserver, the web, a store."""

import asyncio
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from bridges.media.gateway import MediaReport, MediaUnavailable, NoCommonCodec, Peer, Profile, UnknownLeg
from bridges.sdp.direction import Direction
from bridges.sip.appservice.client import MatrixUnavailable
from bridges.sip.appservice.rooms import RoomMembers
from bridges.sip.appservice.transactions import RoomEvent, Transactions
from bridges.sip.b2bua.events import Post
from bridges.sip.b2bua.exchange import Exchange
from bridges.sip.b2bua.ingress import Ingress
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.b2bua.recovery import Recovery
from bridges.sip.b2bua.services import (
    Announcements,
    Conferences,
    Meetings,
    Parking,
    Queues,
    Screening,
    Services,
    Supervision,
    VisitingLeg,
)
from bridges.sip.routing.client import WebUnavailable
from bridges.sip.transport.api import (
    Account,
    Acknowledged,
    Ended,
    EndedBy,
    FromPhone,
    FromTrunk,
)
from tests.bridges.sip.b2bua.fake_sip import ANNA, DOMAIN, FakeCall, FakeEndpoint, FakeIncoming, FakeOutgoing
from tests.support.patience import PATIENCE
from wire.record import CallRecord
from wire.route import CallMeeting, Party, Plan, RouteRequest, parse_plan

BRUNO = "@bruno:localhost"
GHOST = "@_tel_+390698765432:localhost"
ROOM = "!direct:localhost"
NOW = 1_700_000_000_000


_TURNS = 2000


async def until(condition: Callable[[], Any], what: str = "condition") -> Any:
    """Let the loop run until `condition` holds: many turns for what happens in it, and then some time for
    what a thread or a timer does."""
    for turn in range(_TURNS + int(PATIENCE * 100)):
        value = condition()
        if value:
            return value
        await asyncio.sleep(0 if turn < _TURNS else 0.01)
    raise AssertionError(f"never: {what}")


class FakeGateway:
    """Writes what it was told into the descriptions it returns."""

    def __init__(self) -> None:
        self.on_media_timeout: Callable[[str, str], None] | None = None
        self.on_silence: Callable[[str, str, float], None] | None = None
        self.vouched: list[str] = []
        self.legs: dict[str, set[str]] = {}
        self.joined: list[tuple[str, str, str]] = []
        #: Whether each call is on a server of its own.
        self.apart = False
        #: From whom, to whom, what.
        self.offered: list[tuple[str, str, str]] = []
        self.deleted: list[str | None] = []
        #: Counters of any call at its end.
        self.counted: MediaReport | None = None
        #: While a call lives.
        self.counting: MediaReport | None = None
        self.keys: list[tuple[str, str]] = []
        #: What is being played to whom.
        self.playing: dict[str, Path] = {}
        self.played: list[tuple[str, str]] = []
        #: Who only listens, and to which leg.
        self.taps: dict[str, str] = {}
        self.emergencies: set[str] = set()
        self.peers: dict[str, list[Peer]] = {}

    def vouch(self, call_id: str, leg: str) -> None:
        self.vouched.append(leg)

    def beside(self, call_id: str, other: str) -> None: ...

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
        told: Direction | None = None,
    ) -> str:
        if emergency:
            self.emergencies.add(call_id)
        if sdp == "no-codec":
            raise NoCommonCodec("no codec")
        self.offered.append((from_leg, to_leg, sdp))
        self.legs.setdefault(call_id, set()).update({from_leg, to_leg})
        return f"{sdp}>{to_leg}:{to_profile.name}" + (f":{told.value}" if told else "")

    async def fresh_offer(
        self, call_id: str, from_leg: str, to_leg: str, *, told: Direction | None = None
    ) -> str:
        return f"{from_leg}>fresh>{to_leg}" + (f":{told.value}" if told else "")

    async def answer(
        self, call_id: str, from_leg: str, to_leg: str, sdp: str, *, told: Direction | None = None
    ) -> str:
        if from_leg not in self.legs.get(call_id, set()):
            raise UnknownLeg(from_leg)
        if sdp == "no-codec":
            raise NoCommonCodec("no codec")
        self.joined.append((from_leg, to_leg, sdp))
        return f"{sdp}>{to_leg}" + (f":{told.value}" if told else "")

    async def play(self, call_id: str, leg: str, source: Path, *, times: int = 0) -> None:
        if leg not in self.legs.get(call_id, set()):
            raise UnknownLeg(leg)
        self.playing[leg] = source
        self.played.append((call_id, leg))

    async def stop(self, call_id: str, leg: str) -> None:
        self.playing.pop(leg, None)

    async def subscribe(
        self, call_id: str, from_leg: str, to_leg: str, profile: Profile, *, told: Direction | None = None
    ) -> str:
        if from_leg not in self.legs.get(call_id, set()):
            raise UnknownLeg(from_leg)
        self.taps[to_leg] = from_leg
        return f"m=audio\r\na={(told or Direction.SENDONLY).value}\r\n"

    async def subscriber_answers(self, call_id: str, leg: str, sdp: str) -> None: ...

    async def unsubscribe(self, call_id: str, leg: str) -> None:
        if self.taps.pop(leg, None) is None:
            raise UnknownLeg(leg)

    async def connect(self, call_id: str, leg: str, from_call: str, from_leg: str, name: str) -> None:
        if self.apart:
            raise MediaUnavailable("on another server")
        if from_leg not in self.legs.get(from_call, set()):
            raise UnknownLeg(from_leg)
        self.legs[from_call].discard(from_leg)
        self.legs[call_id].add(name)
        self.joined.append((name, leg, "connected"))

    async def candidate(self, call_id: str, leg: str, candidate: str, sdp_mid: str | None) -> None: ...

    async def delete(self, call_id: str, leg: str | None = None) -> MediaReport | None:
        self.deleted.append(leg)
        if leg is None:
            self.legs.pop(call_id, None)
        else:
            self.legs.get(call_id, set()).discard(leg)
        return self.counted if leg is None else None

    async def send_dtmf(self, call_id: str, to_leg: str, digit: str, duration_ms: int = 160) -> None:
        self.keys.append((to_leg, digit))

    async def report(self, call_id: str) -> MediaReport | None:
        return self.counting

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


@dataclass
class Disk:
    """What a later process finds."""

    live: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    unhandled: dict[str, Any] = field(default_factory=dict)


class FakeRecords:
    """A store in memory."""

    def __init__(self) -> None:
        self.live: dict[str, tuple[str, dict[str, Any]]] = {}
        self.seen: set[str] = set()
        self.events: dict[str, Any] = {}
        #: What was on the disk after each write.
        self.disks: list[Disk] = []
        #: What is left of `live` after a kill -9.
        self.disk: dict[str, tuple[str, dict[str, Any]]] = {}
        self.records: dict[str, list[dict[str, Any]]] = {}

    def put_call(self, call_id: str, kind: str, snapshot: Callable[[], Mapping[str, Any]]) -> None:
        self.live[call_id] = (kind, json.loads(json.dumps(msgspec.to_builtins(snapshot()))))
        self._written()

    def drop_call(self, call_id: str) -> None:
        self.live.pop(call_id, None)
        self._written()

    async def accept(self, events: Mapping[str, Any], now: float) -> set[str]:
        fresh = events.keys() - self.seen
        self.seen |= fresh
        self.events |= {event_id: asdict(event) for event_id, event in events.items() if event_id in fresh}
        self._written()
        return fresh

    async def unhandled(self) -> dict[str, Any]:
        return dict(self.events)

    def handled(self, event_id: str) -> None:
        self.events.pop(event_id, None)
        self._written()

    def _written(self) -> None:
        self.disks.append(Disk(dict(self.live), set(self.seen), dict(self.events)))

    def find(self, disk: Disk) -> None:
        """What an earlier process left is on the disk."""
        self.live, self.seen, self.events = dict(disk.live), set(disk.seen), dict(disk.unhandled)

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

    async def bring(
        self, name: str, call_id: str, meeting: CallMeeting, who: Party, post: Post
    ) -> VisitingLeg:
        raise OSError("no meetings here")

    def restore(self, kept: Mapping[str, Any], age: float, post: Post) -> Leg:
        raise ValueError("no meetings here")

    def restore_caller(self, kept: Mapping[str, Any], age: float, post: Post) -> CallerLeg:
        raise ValueError("no meetings here")

    def forget(self, visitor_id: str) -> None:
        self.forgotten.append(visitor_id)


class FakeQueues:
    """Each leg with this name stands for a queue."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def wait(self, name: str, call_id: str, planned: object, sdp: str, post: Post) -> Leg:
        raise NotImplementedError

    def restore(self, kept: object, age: float, post: Post) -> Leg:
        raise NotImplementedError

    def is_of_a_queue(self, leg: object) -> bool:
        return getattr(leg, "name", None) == self._name


class House:
    """An exchange with its surroundings, and short ways to make things happen."""

    def __init__(
        self,
        meetings: Meetings | None = None,
        conferences: Conferences | None = None,
        parking: Parking | None = None,
        announcements: Announcements | None = None,
        screening: Screening | None = None,
        queues: Queues | None = None,
        supervision: Callable[[FakeGateway], Supervision] | None = None,
    ) -> None:
        self.endpoint = FakeEndpoint(trunks={"carrier": True, "spare": True})
        self.meetings = FakeMeetings()
        self.gateway = FakeGateway()
        self.homeserver, self.router = FakeHomeserver(), FakeRouter()
        self.records = FakeRecords()
        self.members = FakeMembers()
        self.state_changes = 0
        #: The wall clock, in milliseconds.
        self.now = NOW
        self._events = 0
        self.services = services = Services(
            domain=DOMAIN,
            endpoint=self.endpoint,
            gateway=self.gateway,
            router=self.router,
            homeserver=self.homeserver,
            members=self.members,
            records=self.records,
            meetings=meetings or self.meetings,
            now_ms=lambda: self.now,
            state_changed=self._changed,
            music=Path("hold.ogg"),
            conferences=conferences,
            parking=parking,
            announcements=announcements,
            screening=screening,
            queues=queues,
            supervision=supervision(self.gateway) if supervision is not None else None,
        )
        self.exchange = Exchange(services)
        self.ingress = Ingress(self.exchange, services)
        self.recovery = Recovery(self.exchange, services)
        self.transactions = Transactions(self.records, self.ingress.on_room_event, ignore, ignore)

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
        await self.ingress.on_invite(call)
        return call

    async def trunk_calls(self, dialled: str) -> FakeIncoming:
        call = FakeIncoming(FromTrunk("carrier"), dialled)
        await self.ingress.on_invite(call)
        return call

    def room_event(
        self, sender: str, event_type: str, content: dict[str, Any], room: str = ROOM, age: float = 0.0
    ) -> None:
        self._events += 1
        # Nobody has noted it: a test of that sends whole transactions.
        event_id, sent_at = f"$event{self._events}", NOW - int(age * 1000)
        self.ingress.on_room_event(RoomEvent(event_id, room, sender, event_type, content, sent_at))

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


def ignore(_: str) -> None: ...


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


async def phones_talk(house: House) -> tuple[FakeIncoming, FakeOutgoing]:
    """Anna's phone talks with Bruno's."""
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.rings()
    phone.answers()
    await house.did(caller, "answer")
    await until(lambda: house.records.last["answered_at"], "answered")
    return caller, phone
