"""What every part of a call stands on: its inbox, legs, media, record, timer and tasks.

An actor: everything that happens to the call is posted to its inbox and handled there alone, in
order. What may take long (asking the route, a re-offer to the other side) runs beside it and posts
its result. No handler waits for the other party.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Literal, Protocol

from msgspec import structs

from bridges.media.gateway import MediaReport, Profile
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conversation import Conversation
from bridges.sip.b2bua.conversation import State as TalkState
from bridges.sip.b2bua.dialling import Dialling, Originator
from bridges.sip.b2bua.events import (
    Abort,
    CallInput,
    GivenAway,
    Handled,
    MeetAsked,
    Owes,
    Post,
    TakenIn,
    Tick,
    TransferReport,
)
from bridges.sip.b2bua.forking import Fork, Forking
from bridges.sip.b2bua.identity import is_ghost, lamp_dialog
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import CallerLeg, GivesOn, Leg
from bridges.sip.b2bua.legs import registry
from bridges.sip.b2bua.listening import Listening
from bridges.sip.b2bua.live_calls import MatrixCall
from bridges.sip.b2bua.matrix_leg import MatrixCaller, MatrixClientLeg, MatrixFork
from bridges.sip.b2bua.media_session import MediaSession, heard_in, paths_of
from bridges.sip.b2bua.recorded import CallRecording, Hearer, record_other
from bridges.sip.b2bua.services import Services
from bridges.sip.b2bua.side_work import SideWork
from bridges.sip.b2bua.sip_leg import SipCaller, SipFork, SipLeg
from bridges.sip.machine import LocalMisuse
from bridges.sip.transport.api import Replaces
from logs import log
from wire.commands import RungDevice
from wire.record import LISTEN, Audio, CallRecord, Transfer
from wire.route import Forwarded, MobileLeg, Party, Replaced, RouteRequest, Said, Service, TrunkLeg
from wire.state import Member

_log = log.get(__name__)

NOBODY = Party()
#: How the names of conferences begin in the addresses that telephones are told.
FOCUS = "conference-"


class Host(Protocol):
    """The exchange, seen from one call."""

    def register(self, room_id: str, call_id: str, leg: MatrixFork | MatrixCaller) -> None:
        """Let events of a room reach a Matrix leg."""

    def begin(self, record: CallRecord) -> Journal:
        """Open a further record: somebody is transferred."""

    def end_journal(self, journal: Journal, cause: Cause) -> None:
        """Close it."""

    def went_over(self, call: "CallActor", before: Journal) -> None:
        """The call goes on under another record than `before`, which is to be closed."""

    def bridged(self, call_id: str) -> "CallActor | None":
        """The call with this record."""

    def of_dialog(self, replaces: Replaces) -> "tuple[CallActor, str] | None":
        """The call, and its leg, that a phone means by its view of a dialog."""

    def closed(self, call: "CallActor", cause: Cause) -> None:
        """Such a call has ended."""

    def serve(self, call: "CallActor", service: Service) -> Cause | None:
        """Its caller goes over to the call that the service is about. Why that cannot be, or None."""

    def latest_of(self, call: "CallActor") -> "CallActor | None":
        """The latest other call in which its caller talks, or has put somebody on hold."""

    def gather(self, call: "CallActor") -> str | None:
        """All other calls of its caller become one of several; its name, None if they are not enough."""

    async def call_into(
        self, conference: str, by: Party, to: str, report: TransferReport, conversation: str
    ) -> "CallActor":
        """Somebody is called into a conference, in the name and by the leave of `by`, for whom the
        `conversation` began with the record of that id. Raises OSError."""

    def begin_in_conference(
        self, call: "CallActor", name: str, record: CallRecord, seat: Leg, device: Fork
    ) -> None:
        """A leg of a call goes on in a call of its own, with a seat. Raises LocalMisuse if it has hung up."""

    def takes_part(self, conference: str, user_id: str | None) -> bool:
        """Whether somebody of the house is in a conference."""

    def put_out(self, conference: str, number: str) -> bool:
        """Whoever has this number takes part in a conference no longer; False: nobody had."""

    def hearers(self, conference: str) -> list[Hearer]:
        """Whoever is heard in a conference."""

    def recorded(self, conference: str, besides: "CallActor") -> "CallActor | None":
        """Another of its calls, which is recorded."""

    def conference_changed(self, conference: str) -> None:
        """All of its calls are to look."""

    def title(self, conference: str, besides: Party, more: Sequence[Party]) -> str:
        """The names of all who take part in a conference but one, and of `more`."""


class CallActor:
    """One call; see `BridgedCall`."""

    def __init__(
        self,
        journal: Journal,
        services: Services,
        host: Host,
        *,
        lingers: bool = False,
        on_taken: Callable[[], None] = lambda: None,
        on_closed: Callable[[Cause], None],
        media_id: str | None = None,
    ) -> None:
        self.call_id = media_id or journal.record.id
        self.journal = journal
        self._services, self._host, self._lingers = services, host, lingers
        self._on_taken, self._on_closed = on_taken, on_closed
        self._inbox: asyncio.Queue[CallInput] = asyncio.Queue()
        #: What is asked for by whom the two sides are not joined with yet.
        self._early: list[CallInput] = []
        #: All that are or were of this call, but those that are being called.
        self._legs: dict[str, Leg] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._beside: set[asyncio.Task[None]] = set()
        #: Of the legs that were called: what they are.
        self._devices: dict[str, Fork] = {}
        self._numbers = count(1)
        self._listening: asyncio.Task[None] | None = None
        self._report: TransferReport | None = None
        #: The record of the call that a transfer is to lead to.
        self._next_journal: Journal | None = None
        #: Legs that came from another call, and are not yet talked with.
        self._fetched: dict[str, Leg] = {}
        #: Those that went over to another call: what they are called there, and who hears of them.
        self._moved: dict[str, tuple[str, Post]] = {}
        #: Those that called to take part in this call, and the records of these calls.
        self._coming: dict[str, tuple[CallerLeg, Journal]] = {}
        #: Calls to people who are to be added to this one, and the conference that it becomes then.
        self._additions: list[CallActor] = []
        self._awaited: str | None = None
        #: Whether its caller went over to another call, and took the record along.
        self.given_away = False
        #: Whether somebody was transferred since it began.
        self.transferred = False
        self.media = MediaSession(services.gateway, self.call_id, services.music)
        self._side_work = SideWork(self.media, self.post)
        self._recording = CallRecording(self, services, self.post, self._aside)
        self._dialling: Dialling
        self._request: RouteRequest
        self._conversation: Conversation | None = None
        self._cause = Cause.FAILED
        self._over = self._left = False
        #: Whether the call went on without us when our part in it ended.
        self.went_on = False

    @property
    def state(self) -> str:
        """The state of the conversation, or of the set-up before it, for inspection."""
        if self._conversation is not None:
            return self._conversation.state.value
        return self._dialling.machine.state.value

    def post(self, event: CallInput) -> None:
        """Tell the call that something happened."""
        if (moved := self._moved.get(getattr(event, "leg", ""))) is not None:
            name, post = moved
            told: Any = event
            post(replace(told, leg=name))
        elif isinstance(event, Handled) and self._over:
            self._services.records.handled(event.event_id)
        else:
            self._inbox.put_nowait(event)

    def _handle_the_rest(self) -> None:
        """The call is over: no later process need be told what is left, and nobody is to wait for it."""
        for event in [self._inbox.get_nowait() for _ in range(self._inbox.qsize())]:
            if isinstance(event, Handled):
                self.post(event)
            elif isinstance(event, MeetAsked):
                event.together.gone()
                event.report.failed(Cause.NORMAL)
            elif isinstance(event, Owes):
                self._say(event)

    def _set_up(
        self, number: int, journal: Journal, origin: Originator, *, lingers: bool = False, by: Party = NOBODY
    ) -> Dialling:
        """`by`: who transfers somebody to those who are called."""
        record = journal.record
        forking = Forking(record.id, self._services, self.post, self._host.register, self._numbers)
        forking.calling.via = record.via
        if by.number:
            forking.calling.referred_by = identity.display(by, self._services.domain).uri
        return Dialling(
            journal,
            self._services,
            self.media,
            forking,
            self,
            self.post,
            origin,
            number=number,
            lingers=lingers,
        )

    # --- legs ---

    def _all_legs(self) -> list[Leg]:
        return [*self._legs.values(), *(each for each in self._dialling.legs.values() if self._is_new(each))]

    def _is_new(self, leg: Leg) -> bool:
        return leg.name not in self._legs

    def _leg(self, name: str) -> Leg | None:
        return self._legs.get(name) or self._dialling.legs.get(name)

    def _other(self, leg: Leg | None) -> Leg | None:
        """Who is to hear of what `leg` offers: whom it is joined with, be it for early media."""
        if leg is None:
            return None
        dialling = self._dialling
        calls = self._conversation is None and leg.name in dialling.legs and not dialling.over
        return self.media.other(leg) or (dialling.origin.leg if calls else None)

    def remember(self) -> None:
        """What `snapshot` says has changed."""
        self.journal.touch()

    def heard(self, leg: Leg) -> None:
        """It has answered. A telephone is told so when that is on the disk; all else goes on meanwhile."""
        conferences, caller = self._services.conferences, self._dialling.origin.leg
        conference = conferences.of_leg(leg) if conferences is not None else None
        if conference is not None and isinstance(caller, SipCaller):
            caller.lead(FOCUS + conference)
        if isinstance(leg, SipFork):
            self.remember()
            self._aside(self._acknowledge(leg))

    def _say(self, owes: Owes) -> None:
        """What a telephone asked for has come about: it is told so when that is on the disk."""
        self.remember()
        if isinstance(leg := self._leg(owes.leg), SipLeg):
            leg.say_after(self._services.records.flushed)

    async def _acknowledge(self, leg: SipFork) -> None:
        await self._services.records.flushed()
        leg.acknowledge()

    def taken(self) -> None:
        """The call is answered here."""
        if self._conversation is None:
            self._on_taken()

    def has(self, leg: Leg) -> bool:
        """Whether this is a leg of the call."""
        return leg in self._all_legs()

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable: what a later process needs to go on with the call (`adopt`), or to end its
        legs."""
        dialling = self._dialling
        return {
            "media": self.call_id,
            "legs": [snapshot for leg in self._all_legs() if (snapshot := leg.snapshot())],
            "request": self._request,
            "dialling": dialling.snapshot(),
            "record_to_be": self._next_journal.record if self._next_journal else None,
            "devices": {name: fork.snapshot() for name, fork in self._devices.items()},
            "conversation": self._conversation.snapshot() if self._conversation else None,
            "pair": self.media.pair,
            "waiting": self.media.waiting,
            "transferred": self.transferred,
            "report": self._kept_report(),
            "recording": self._recording.snapshot(),
            "taps": self._services.supervision.taps(self.call_id) if self._services.supervision else [],
        }

    def _kept_report(self) -> dict[str, Any] | None:
        """Which telephone is to be told how the transfer goes that it asked for."""
        for name, leg in self._legs.items() if self._report is not None else ():
            if isinstance(leg, SipLeg) and (number := leg.number_of(self._report)) is not None:
                return {"leg": name, "number": number}
        return None

    def _adopt_report(self, kept: Mapping[str, Any] | None) -> None:
        leaving = self._conversation.leaving if self._conversation is not None else None
        if kept is not None and isinstance(leg := self._legs.get(kept["leg"]), SipLeg):
            self._report = leg.report(int(kept["number"]))
        elif isinstance(leg := self._legs.get(leaving or ""), GivesOn):
            self._report = leg.given_on()

    # --- going over to another call ---

    def give(self, name: str, new: str, transfer: Transfer, post: Post) -> tuple[Leg, Fork | None]:
        """A leg of the conversation goes over to another call, is called `new` there and posts to `post`;
        this call ends, and its record says `transfer`. Raises LocalMisuse if nobody talks any more."""
        if self._conversation is None:
            raise LocalMisuse("nobody talks")
        outputs = self._conversation.give(name)
        record = self.journal.record
        record.transfer = structs.replace(record.transfer, to=transfer.to, next=transfer.next)
        leg = self._legs.pop(name)
        leg.move(new, post)
        self._moved[name] = new, post
        unheard = [self._inbox.get_nowait() for _ in range(self._inbox.qsize())]
        for event in unheard:
            self.post(event)
        self.post(GivenAway(tuple(outputs)))
        return leg, self._devices.pop(name, None)

    def hand_over(self, name: str, new: str, post: Post) -> tuple[Leg, Fork | None]:
        """A leg that is being replaced goes over to another call, is called `new` there and posts to `post`;
        this one goes on without it. Raises LocalMisuse if it has hung up."""
        conversation = self._conversation
        if conversation is None or conversation.leaving != name:
            raise LocalMisuse(f"{name} does not leave")
        conversation.ends(name, Cause.NORMAL)
        leg = self._legs.pop(name)
        self._dialling.legs.pop(name, None)
        leg.move(new, post)
        self._moved[name] = new, post
        for event in [self._inbox.get_nowait() for _ in range(self._inbox.qsize())]:
            self.post(event)
        return leg, self._devices.pop(name, None)

    def gather(self) -> str | None:
        """The caller's other calls become one of several."""
        return self._host.gather(self) if isinstance(self._dialling.origin.leg, SipCaller) else None

    async def record_other(self) -> tuple[Said, Literal["it", "en"]]:
        """The caller's other call is recorded, or that is paused, or goes on."""
        return await record_other(self, self._host.latest_of(self), self._services.recordings)

    def ask_again(self, forwarded: tuple[Forwarded, ...], group: str | None, sent_to: str | None) -> None:
        """The call was forwarded, or in vain for a ring group. A later process asks the same."""
        registered = tuple(self._services.endpoint.registered())
        self._request = structs.replace(
            self._request, forwarded=forwarded, registered=registered, group=group, sent_to=sent_to
        )
        self._aside(self._dialling.ask(self._request))

    def serve(self, service: Service) -> Cause | None:
        """The caller wants to take part in another call. Why it cannot (nothing has changed), or None."""
        return self._host.serve(self, service)

    def give_caller(self, to: "CallActor", instead: str | None) -> bool:
        """The caller goes over to a call, in place of its leg `instead` or, if None, of those who ring there;
        here nothing is left. False if it is not one that can."""
        leg = self._dialling.origin.leg
        if not isinstance(leg, SipCaller):
            return False
        name = to.expect(leg, self.journal)
        leg.move(name, to.post)
        self._moved["caller"] = name, to.post
        self._legs.clear()
        self._over = self.given_away = True
        to.post(TakenIn(name, instead))
        for event in [self._inbox.get_nowait() for _ in range(self._inbox.qsize())]:
            self.post(event)
        return True

    def expect(self, leg: CallerLeg, journal: Journal) -> str:
        """The name that a leg is to have which comes with the record of its own call; `TakenIn` follows."""
        name = f"caller-{next(self._numbers)}"
        self._coming[name] = leg, journal
        return name

    @property
    def rings(self) -> bool:
        """Whether it waits for somebody to answer."""
        return self._conversation is None and self._dialling.machine.rings

    @property
    def ringing(self) -> CallRecord | None:
        """The record of the call that rings here for its callee; somebody may be transferred to them. Nobody
        else takes what rings a supervisor."""
        return self._dialling.journal.record if self._dialling.machine.rings and not self.listens else None

    @property
    def rung_members(self) -> dict[str, list[str]]:
        """The members of a ring group, or delegates, for whom it rings now, and the names of their legs."""
        return self._dialling.rung_members() if self._conversation is None else {}

    @property
    def rung(self) -> tuple[RungDevice, ...]:
        """The devices that were to ring last, and what became of them."""
        return self._dialling.rung()

    def is_callees(self, leg: Leg) -> bool:
        """Whether a device that is called, or was, is the callee's: not one of somebody who would take it."""
        winner = self._dialling.machine.winner
        if winner is not None:
            return leg.name == winner
        members = {name for names in self.rung_members.values() for name in names}
        others = self._dialling.takers.keys() | members
        return leg.name in self._dialling.machine.forks and leg.name not in others

    def other_of(self, name: str) -> str:
        """Who talks with a leg. Raises LocalMisuse if nobody does."""
        other = self._conversation.other(name) if self._conversation is not None else None
        if other is None:
            raise LocalMisuse("nobody talks")
        return other

    def leg(self, name: str) -> Leg:
        """A leg that talks. Raises LocalMisuse if it is not of the call."""
        try:
            return self._legs[name]
        except KeyError:
            raise LocalMisuse(f"{name} is not of this call") from None

    @property
    def talks(self) -> bool:
        """Whether two talk, and neither is being replaced."""
        return self._conversation is not None and self._conversation.state is TalkState.TALKING

    def party_of(self, name: str) -> Party:
        """Who has a leg of the conversation."""
        pair = self._pair() or (self._dialling.origin.leg.name, "")
        return self.journal.record.caller if name == pair[0] else self.journal.record.callee

    def across(self, name: str) -> Party:
        """Who has the other leg than this one, or is called by it."""
        pair = self._pair() or (self._dialling.origin.leg.name, "")
        return self.journal.record.callee if name == pair[0] else self.journal.record.caller

    def known_of(self, name: str) -> Party:
        """The same, as somebody else may know them: who is outside has no name from a phonebook."""
        party, leg = self.party_of(name), self._legs.get(name)
        return identity.shown_to_all(party) if leg is not None and leg.answered_on == "outside" else party

    def is_queue(self, name: str) -> bool:
        """Whether a leg stands for a queue."""
        queues = self._services.queues
        return queues is not None and queues.is_of_a_queue(self._legs.get(name))

    @property
    def listens(self) -> bool:
        """Whether a supervisor hears somebody else's call by this one: it is theirs alone."""
        return self.journal.record.via == LISTEN

    def bound(self, name: str) -> bool:
        """Whether who has a leg gives this call to nobody: they wait in a queue, where their place goes by
        the record of it, or hear an agent's call, which whoever took it would hear."""
        other = self._conversation.other(name) if self._conversation is not None else None
        return self.listens or (other is not None and self.is_queue(other))

    @property
    def apart(self) -> bool:
        """Whether nobody comes to the two: one of them waits in a queue, or hears an agent's call."""
        return self.listens or any(self.is_queue(name) for name in self._pair() or ())

    def talking(self) -> list[Leg]:
        """The two, while they talk and neither is being replaced."""
        pair = self._pair() if self.talks else None
        return [self._legs[name] for name in pair or () if name in self._legs]

    # --- as a part of a conference ---

    @property
    def seat(self) -> str | None:
        """The leg by which the other one takes part in a conference; None in a call of two."""
        conferences = self._services.conferences
        for name in self._pair() or (self._dialling.origin.leg.name,):
            leg = self._leg(name)
            if conferences is not None and leg is not None and conferences.of_leg(leg) is not None:
                return name
        return None

    @property
    def conference(self) -> str | None:
        """The one in which this call takes part, or is to when somebody answers."""
        conferences, seat = self._services.conferences, self._leg(self.seat or "")
        if conferences is None:
            return None
        if seat is not None:
            return conferences.of_leg(seat)
        awaited = self._awaited
        return awaited if awaited is not None and conferences.lives(awaited) else None

    def shown(self, name: str) -> Party:
        """Who has a leg, as everybody in a conference may know them."""
        record, party = self.journal.record, self.party_of(name)
        return Party() if record.withheld and party == record.caller else identity.shown_to_all(party)

    def give_up(self) -> None:
        """Whoever had somebody called by this call has gone; who has answered stays."""
        if self._conversation is None:
            self.post(Abort(Cause.CANCELLED))

    def taking_part(self) -> list[Member]:
        """Who is in the conference by this call, or is to be."""
        conversation = self._conversation
        if conversation is None:
            return [Member(identity.shown_to_all(self.journal.record.callee), "calling")]
        return [
            Member(self.shown(name), "held" if name in conversation.held_by else "talking")
            for name in conversation.legs
            if name != self.seat
        ]

    def leg_of_dialog(self, replaces: Replaces) -> str | None:
        """Its leg with the dialog that a phone names, before the answer the caller; None if it has none."""
        for name in self._pair() or (self._dialling.origin.leg.name,):
            leg = self._leg(name)
            if isinstance(leg, SipLeg) and leg.is_dialog(replaces):
                return name
        return None

    def replaced(self, named: Replaces) -> Replaced | None:
        """This call, if a dialog of it with somebody of the house is named: the one of a lamp, that of a
        device that rings, or of one that talks. A dialog that its phone has begun, and nobody answered, is
        not to be taken (RFC 3891, Section 3)."""
        dialog, ringing = named[:3], self.ringing
        if ringing is not None:
            rung = (leg for name, leg in self._dialling.legs.items() if name not in self._dialling.takers)
            if dialog == lamp_dialog(ringing.id) or any(
                isinstance(leg, SipLeg) and leg.is_dialog(named) for leg in rung
            ):
                return _replaced(ringing.id, ringing.callee, early=True)
        record = self.journal.record
        if self._conversation is None:
            return None
        if dialog == lamp_dialog(record.id):
            return _replaced(record.id, record.callee, early=False)
        name = self.leg_of_dialog(named)
        return _replaced(record.id, self.party_of(name), early=False) if name is not None else None

    def leg_of(self, user_id: str | None) -> str | None:
        """The leg that a person of the house has in the conversation."""
        if user_id is None or is_ghost(user_id):
            return None
        people = (name for name in self._pair() or () if name != self.seat)
        return next((name for name in people if self.party_of(name).user_id == user_id), None)

    @property
    def several(self) -> str | None:
        """The conference that it takes part in; None for a call of two."""
        return self.conference if self.seat is not None else None

    def hearers(self) -> list[Hearer]:
        """Whoever is heard now; in a conference all who take part in it."""
        several = self.several
        return self._host.hearers(several) if several is not None else self.heard_here()

    def heard_here(self) -> list[Hearer]:
        """Whoever is heard by this call: who holds is not."""
        holds = self._conversation.held_by if self._conversation is not None else frozenset()
        return [
            Hearer(
                self.journal.record.id,
                self.call_id,
                leg.name,
                self.party_of(leg.name),
                self.shown(leg.name),
                leg.answered_on == "outside",
            )
            for leg in self.talking()
            if leg.name != self.seat and leg.name not in holds
        ]

    def recorded_elsewhere(self) -> "CallActor | None":
        """Another call of its conference, if that is recorded."""
        several = self.several
        return self._host.recorded(several, self) if several is not None else None

    def conference_changed(self, conference: str) -> None:
        """All calls of a conference are to look."""
        self._host.conference_changed(conference)

    def matrix_calls(self) -> list[MatrixCall | None]:
        """Of caller and callee of a conversation: the call in their Matrix client."""
        legs = [self._legs.get(name) for name in self._pair() or ()]
        return [leg.matrix_call if isinstance(leg, MatrixClientLeg) else None for leg in legs]

    async def note_audio(self) -> None:
        """Which way sound was heard to pass, while both are there."""
        if self._pair() is not None:
            self._note_audio(await self.media.report())

    def _note_audio(self, report: MediaReport | None) -> None:
        if (pair := self._pair()) is not None and (audio := heard_in(report, *pair)) != Audio():
            self.journal.record.audio = audio

    def _note_answer(self, report: MediaReport | None) -> None:
        """Whoever answered may hang up before we are told that the caller has the answer. A telephone has it
        then, and a browser if its media stands."""
        dialling = self._dialling
        origin, winner = dialling.origin.leg, dialling.legs.get(dialling.machine.winner or "")
        if winner is None or self._conversation is not None or self.went_on:
            return
        seen = report.legs.get(origin.name) if report else None
        stands = seen is not None and seen.profile is Profile.WEBRTC and seen.connected
        if stands or (isinstance(origin, SipCaller) and origin.confirmed):
            self.journal.answered(winner.answered_on, dialling.answered_at)

    def _trace_media(self, report: MediaReport | None) -> None:
        if self._dialling.plan is not None:
            self._services.traces.media(self.call_id, paths_of(report))

    @property
    def pair(self) -> tuple[str, str] | None:
        """The names of the two of a conversation."""
        return self._conversation.legs if self._conversation is not None else None

    @property
    def trunk(self) -> str | None:
        """The outside line that one of them is reached by."""
        came = self.journal.record.via.partition("trunk:")[2]
        called = (self._devices[name].planned for name in self.pair or () if name in self._devices)
        lines = (planned.line if isinstance(planned, MobileLeg) else planned for planned in called)
        return next((line.trunk for line in lines if isinstance(line, TrunkLeg)), came or None)

    def _pair(self) -> tuple[str, str] | None:
        """The names of caller and callee, if anybody answered."""
        if self._conversation is not None:
            return self._conversation.legs
        winner = self._dialling.machine.winner
        return (self._dialling.origin.leg.name, winner) if winner is not None else None

    async def said(self) -> None:
        """Return when every leg has said what it had to say, however long the homeserver takes."""
        await asyncio.gather(*(leg.said() for leg in self._all_legs()))

    def unsaid(self) -> list[dict[str, Any]]:
        """Snapshots of the legs that have not."""
        return [snapshot for leg in self._all_legs() if not leg.idle and (snapshot := leg.snapshot())]

    def _established(self, dialling: Dialling, leg: Leg) -> None:
        self._legs |= dialling.legs
        self._devices |= dialling.devices
        self.journal.answered(leg.answered_on)
        leg.established()
        _log.info("call_established", leg=leg.name)
        self._listen()

    def _listen(self) -> None:
        """To the sound of the two who talk now."""
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None
        caller, callee = legs = [self._legs[name] for name in self._pair() or ()]
        kinds = [registry.of_leg(leg) for leg in legs]
        if all(kind.listened_to or kind.heard_by_people for kind in kinds):
            heard = [leg.name for leg, kind in zip(legs, kinds, strict=True) if kind.listened_to]
            listening = Listening(
                self.call_id, self.journal, self._services, caller, callee, self._devices, heard
            )
            self._listening = self._aside(listening.run())

    # --- timers and tasks ---

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        times = [self._dialling.machine.get_timer(), *(leg.get_timer() for leg in self._all_legs())]
        due = min((time for time in times if time is not None), default=None)
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self.post, Tick())

    def _aside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._aside_done)
        return task

    def _aside_done(self, task: asyncio.Task[None]) -> None:
        self._beside.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("call_side_task_failed", exc_info=error)


def _replaced(call_id: str, owner: Party, *, early: bool) -> Replaced | None:
    """None where the dialog is nobody's of the house."""
    if owner.user_id is None or is_ghost(owner.user_id):
        return None
    return Replaced(call_id, owner.user_id, early)
