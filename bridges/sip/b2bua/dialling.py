"""Finding somebody for one leg: the route is asked, the plan's legs ring, the first who answers is joined.

The shell of `setup.SetupMachine`. A call begins with one; a transfer is another, for the leg that stays.
What happens to its legs comes through the inbox of the call, one thing at a time.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec

from bridges.media.gateway import MediaError, NoCommonCodec, NoPortsLeft
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua import causes, setup
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import (
    Asked,
    Confirmed,
    Gone,
    NotRouted,
    Post,
    Rings,
    Routed,
    TransferReport,
    Verdict,
)
from bridges.sip.b2bua.forking import Fork, Forking
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.b2bua.legs.kind import LegFailed, Offered
from bridges.sip.b2bua.matrix_leg import MatrixFork
from bridges.sip.b2bua.media_session import MediaSession
from bridges.sip.b2bua.questions import ASKED_WITHIN, Questions
from bridges.sip.b2bua.services import Services
from bridges.sip.b2bua.setup import Command, SetupMachine
from bridges.sip.routing.client import WebRefused, WebUnavailable
from logs import log
from wire.commands import RungDevice, RungState
from wire.record import AnsweredOn
from wire.route import (
    FORWARDS_MAX,
    AnnouncementLeg,
    ConferenceLeg,
    Forwarded,
    MatrixLeg,
    MergeCalls,
    MobileLeg,
    Party,
    PhoneLeg,
    Plan,
    RecordCall,
    RouteRequest,
    Said,
    Service,
    Stage,
    member_of,
)
from wire.route import Leg as PlannedLeg

_log = log.get(__name__)

#: Seconds in which an unanswered question for the route is repeated.
ROUTE_PATIENCE = 5.0


class Originator(Protocol):
    """The leg for which somebody is looked for, as the set-up sees it. `hops` as in `CallerLeg`."""

    hops: int

    @property
    def leg(self) -> Leg: ...

    @property
    def connected(self) -> bool:
        """Whether it was given an answer."""

    def ring(self) -> None:
        """Somebody's device rings."""

    async def hear(self, media: MediaSession, leg: Leg, status: int) -> bool:
        """Let it hear early media of `leg`; False if it is not to. Raises MediaError, MalformedSdp."""

    async def connect(self, media: MediaSession, leg: Leg) -> None:
        """`leg` answered. `Confirmed` is posted once both are ready. Raises MediaError, MalformedSdp."""

    def drop(self, cause: Cause) -> None:
        """Nobody was found."""


class Caller:
    """Who calls waits for an answer to its own offer."""

    @property
    def connected(self) -> bool:
        return self._caller.accepted

    def __init__(self, leg: CallerLeg) -> None:
        self.leg, self._caller, self.hops = leg, leg, leg.hops

    def ring(self) -> None:
        self._caller.ring()

    async def hear(self, media: MediaSession, leg: Leg, status: int) -> bool:
        self._caller.ring(status, await media.join(self._caller, leg))
        return True

    async def connect(self, media: MediaSession, leg: Leg) -> None:
        answer = await media.join(self._caller, leg)
        self._caller.given = answer
        self._caller.accept(answer)

    def drop(self, cause: Cause) -> None:
        self._caller.drop(cause)


class Transferred:
    """Who is transferred talks on with whoever transfers, until somebody else answers."""

    hops = 70
    #: Joining it twice does no harm.
    connected = False

    def __init__(self, leg: Leg, report: TransferReport | None, post: Post) -> None:
        self.leg, self._report, self._post = leg, report, post

    def ring(self) -> None:
        if self._report is not None:
            self._report.rings()

    async def hear(self, media: MediaSession, leg: Leg, status: int) -> bool:
        return False

    async def connect(self, media: MediaSession, leg: Leg) -> None:
        await media.join(self.leg, leg)
        self._post(Confirmed(self.leg.name))

    def drop(self, cause: Cause) -> None:
        """It stays where it is."""


class Around(Protocol):
    """What a set-up tells the call around it."""

    def remember(self) -> None:
        """What a later process would have to end has changed."""

    def heard(self, leg: Leg) -> None:
        """It has answered: that is to be remembered before it is told so."""

    def taken(self) -> None:
        """The call is answered here: from now on its end is ours to decide."""

    def serve(self, service: Service) -> Cause | None:
        """It is about another call: its caller goes over there. Why that cannot be, or None."""

    async def record_other(self) -> tuple[Said, Literal["it", "en"]]:
        """Its caller's other call is recorded, or that is paused, or goes on; what is to be said of it."""

    def gather(self) -> str | None:
        """Its caller's other calls become one of several; its name, None if they are not enough."""

    def ask_again(self, forwarded: tuple[Forwarded, ...], group: str | None, sent_to: str | None) -> None:
        """The call was forwarded (by a phone, to what it named), or in vain for a ring group: the route is to
        be asked once more."""


@dataclass(frozen=True, slots=True)
class Taker:
    """Who wants to take the call with a device. `report` hears how that goes, else the device itself."""

    who: Party
    report: TransferReport | None = None


class Dialling:
    """Somebody is looked for. `origin` is told how it goes, and offered what the first answers.

    `number` tells this set-up from others of the call. Over when `joined` or `failed` is set.
    """

    def __init__(
        self,
        journal: Journal,
        services: Services,
        media: MediaSession,
        forking: Forking,
        around: Around,
        post: Post,
        origin: Originator,
        *,
        number: int,
        lingers: bool = False,
    ) -> None:
        self.number, self.origin, self.journal = number, origin, journal
        self.machine = SetupMachine(lingers=lingers)
        self.plan: Plan | None = None
        #: All that were called, and those of them that have gone.
        self.legs: dict[str, Leg] = {}
        self.devices: dict[str, Fork] = {}
        self.gone: set[str] = set()
        #: Of those devices that are not the callee's: whose they are.
        self.takers: dict[str, Taker] = {}
        #: Members for whom it rings no more.
        self._not_for: set[str] = set()
        #: What those are asked who answer a mobile phone.
        self.questions = Questions(services, media, post)
        #: The one who was found, both being ready to talk.
        self.joined: Leg | None = None
        self.failed: Cause | None = None
        #: When the first one answered, milliseconds since 1970.
        self.answered_at: int | None = None
        #: Whether the call has taken note that it is over.
        self.settled = False
        self._rang: set[str] = set()
        self._services, self._media, self._forking = services, media, forking
        self._around, self._post = around, post

    @property
    def over(self) -> bool:
        """Whether nobody is looked for any more."""
        return self.joined is not None or self.failed is not None

    @property
    def answered(self) -> bool:
        """Whether somebody has answered."""
        return self.machine.state is setup.State.ANSWERING

    # --- the route ---

    async def ask(self, request: RouteRequest) -> None:
        """Ask who is to ring; the answer is posted."""
        plan = await self.plan_of(request)
        self._post(NotRouted(self.number) if plan is None else Routed(plan, self.number))

    async def plan_of(self, request: RouteRequest) -> Plan | None:
        """The answer of the route; None if it cannot be asked."""
        deadline = asyncio.get_running_loop().time() + ROUTE_PATIENCE
        pause = 0.2
        while True:
            try:
                # Nothing rings before the call stands on disk: whatever happens then, it is recorded.
                plan, _ = await asyncio.gather(
                    self._services.router.route(request), self._services.records.flushed()
                )
            except WebRefused as error:
                _log.error("route_refused", why=str(error))
            except WebUnavailable as error:
                _log.warning("route_not_answered", why=str(error))
                if asyncio.get_running_loop().time() + pause < deadline:
                    await asyncio.sleep(pause)
                    pause *= 2
                    continue
            else:
                return plan
            return None

    async def routed(self, plan: Plan) -> None:
        """The web answered."""
        if self.plan is None or plan.outcome != "refuse":
            self.plan = plan
            self.journal.routed(plan)
        self._media.emergency = self.plan.emergency
        self.machine.lingers = self.machine.lingers and plan.rings_elsewhere
        _log.info("call_routed", outcome=plan.outcome, cause=plan.cause, stages=len(plan.to_ring))
        if isinstance(plan.service, MergeCalls) and isinstance(self.origin, Caller):
            await self._gather()
            return
        if isinstance(plan.service, RecordCall) and isinstance(self.origin, Caller):
            said = AnnouncementLeg(*await self._around.record_other())
            await self._do(self.machine.ring((Stage(timeout=10, legs=(said,)),), self._now()))
            return
        if plan.service is not None and isinstance(self.origin, Caller):
            if (cause := self._around.serve(plan.service)) is not None:
                await self._do(self.machine.refuse(cause))
            return
        if plan.outcome == "meeting" and self.origin.leg.answered_on == "conference":
            # Nobody in it could give the PIN: the voice that asks would talk to all.
            await self._do(self.machine.refuse(Cause.NOT_FOUND))
            return
        if plan.outcome != "refuse":
            await self._do(self.machine.ring(plan.to_ring, self._now()))
            return
        if plan.cause not in causes.BY_PLAN:
            _log.error("refusal_unknown", cause=plan.cause)
        await self._do(self.machine.refuse(causes.from_plan(plan.cause)))

    async def _gather(self) -> None:
        conference = self._around.gather()
        if conference is None:
            await self._do(self.machine.refuse(Cause.NOT_FOUND))
            return
        stage = Stage(timeout=10, legs=(ConferenceLeg(conference),))
        await self._do(self.machine.ring((stage,), self._now()))

    def found(self, leg: Leg, device: Fork) -> None:
        """Nobody is looked for: `leg` is there already, and so is the one for whom it would be."""
        self.machine.refuse(Cause.NORMAL)
        self.machine.winner = leg.name
        self.legs, self.devices = {leg.name: leg}, {leg.name: device}
        self.joined, self.settled = leg, True

    async def not_routed(self) -> None:
        """It could not be asked. The callee's browsers ring without its help: they are left the call."""
        if self.machine.lingers:
            await self._do(self.machine.ring((), self._now()))
        else:
            await self._do(self.machine.refuse(Cause.UNAVAILABLE))

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `adopt` in a later process."""
        return {
            "number": self.number,
            "machine": self.machine.snapshot(self._now()),
            "plan": self.plan,
            "origin": self.origin.leg.name,
            "legs": list(self.legs),
            "devices": {name: fork.snapshot() for name, fork in self.devices.items()},
            "gone": sorted(self.gone),
            "takers": {name: msgspec.to_builtins(taker.who) for name, taker in self.takers.items()},
            "joined": self.joined.name if self.joined else None,
            "failed": self.failed.value if self.failed else None,
            "settled": self.settled,
            "answered_at": self.answered_at,
            "referred_by": self._forking.calling.referred_by,
        }

    def adopt(self, snapshot: Mapping[str, Any], made: float, legs: Mapping[str, Leg]) -> None:
        """Be what `snapshot` was taken of, at `made` on the loop's clock; `legs` are those that are left.

        Raises `KeyError`, `TypeError`, `ValueError` for what is no snapshot.
        """
        self.machine = SetupMachine.restore(snapshot["machine"], made)
        self.plan = msgspec.convert(snapshot["plan"], Plan | None)
        self._media.emergency = self.plan is not None and self.plan.emergency
        self.legs = {name: legs[name] for name in snapshot["legs"] if name in legs}
        self.devices = {name: Fork.restore(fork) for name, fork in snapshot["devices"].items()}
        self.gone = set(snapshot["gone"])
        takers = snapshot.get("takers", {})
        self.takers = {name: Taker(msgspec.convert(who, Party)) for name, who in takers.items()}
        self.joined = legs.get(snapshot["joined"])
        self.failed = Cause(snapshot["failed"]) if snapshot["failed"] else None
        self.settled = bool(snapshot["settled"])
        self.answered_at = snapshot.get("answered_at")
        self._forking.calling.referred_by = snapshot["referred_by"]

    async def resume(self, request: RouteRequest) -> None:
        """Go on with it: the route is asked, what was about to ring rings, and an answer that did not get
        through is given."""
        for name in self.machine.forks:
            if name not in self.legs:
                self._post(Gone(name, Cause.UNREACHABLE))
        if self.machine.state is setup.State.ROUTING:
            await self.ask(request)
        elif self.machine.state is setup.State.RINGING:
            now = self._now()
            lifetime = max((self.machine.get_timer() or now) - now, 1.0)
            self._forking.call_again(self.legs, self.devices, lifetime)
            await self._do(self.machine.stage_started(now))
        elif self.answered and not self._connected() and (winner := self.machine.winner) in self.legs:
            await self._join(self.legs[winner])

    def _connected(self) -> bool:
        """Of a browser's answer it may be known only that it was chosen, not that it was given."""
        return self.origin.connected and self._media.pair is not None

    # --- what the legs say ---

    async def rings(self, event: Rings) -> None:
        """A fork rings, or lets early media be heard."""
        self._rang |= {event.leg} if event.status != 183 else set()
        # A trunk's INVITE has been sent once more by now, with credentials.
        self._around.remember()
        if (taker := self.takers.get(event.leg)) is not None:
            if taker.report is not None:
                taker.report.rings()
            return
        leg = self.legs[event.leg]
        if self._is_mobile(event.leg):
            # What its network says or plays is no word of whom the caller wants.
            if event.status != 183:
                await self._do(self.machine.fork_rings(event.leg))
            return
        alone = self.machine.forks == (event.leg,)
        if event.sdp and alone and self.machine.state is setup.State.RINGING:
            leg.description = event.sdp
            try:
                if await self.origin.hear(self._media, leg, event.status):
                    return
            except (MediaError, MalformedSdp) as error:
                _log.info("early_media_left_out", leg=event.leg, why=str(error))
        # A 183 without a description tells a caller nothing that it could play.
        if event.status != 183:
            await self._do(self.machine.fork_rings(event.leg))

    async def answers(self, leg: str) -> None:
        """A fork answered. A mobile phone's own mailbox, or anybody, may: they are asked first."""
        if self._is_mobile(leg) and self.machine.state is setup.State.RINGING:
            self._around.heard(self.legs[leg])
            self._costs(leg)
            await self._do(self.machine.asks(leg, ASKED_WITHIN, self._now()))
            await self._ask(leg)
        else:
            await self._answers(leg)

    async def _answers(self, leg: str) -> None:
        commands = self.machine.fork_answers(leg)
        self._around.heard(self.legs[leg])
        taker = self.takers.get(leg)
        if taker is not None and self.machine.winner == leg:
            _log.info("call_picked_up", leg=leg, by=taker.who.user_id)
            self.journal.picked_up(taker.who)
            if taker.report is not None:
                taker.report.done()
        elif self.machine.winner == leg and leg in self.devices:
            planned = self.devices[leg].planned
            if (member := member_of(planned)) is not None:
                self._taken_by(member, planned.room_id if isinstance(planned, MatrixLeg) else None)
        await self._do(commands)

    # --- mobile phones ---

    def _is_mobile(self, fork: str) -> bool:
        """Whether who answers it is to be asked, not being somebody who takes the call of others."""
        device = self.devices.get(fork)
        return device is not None and isinstance(device.planned, MobileLeg) and fork not in self.takers

    def _costs(self, fork: str) -> None:
        """Its owner pays for the line while they are asked, as for one on which they talk."""
        owner = member_of(self.devices[fork].planned) or (self.plan.callee if self.plan is not None else None)
        if owner is not None and owner.user_id is not None:
            self.journal.asks(fork, owner.user_id)

    async def _asks_no_more(self, fork: str) -> None:
        await self.questions.end(fork)
        self.journal.asks_no_more(fork)

    async def _ask(self, fork: str) -> None:
        planned = self.devices[fork].planned
        if not isinstance(planned, MobileLeg) or not await self.questions.ask(self.legs[fork], planned):
            await self._hang_up_mobile(fork, Cause.MEDIA_FAILED)

    async def asked(self, event: Asked) -> None:
        """They have said, or nobody has, whether they take the call."""
        fork = event.leg
        if fork not in self.questions or fork not in self.machine.forks:
            return
        _log.info("mobile_said", leg=fork, verdict=event.verdict.value)
        match event.verdict:
            case Verdict.TAKE:
                await self._answers(fork)
            case Verdict.DECLINE:
                await self._do(self.machine.fork_declines(fork, self._now()))
            case Verdict.NOTHING:
                await self._hang_up_mobile(fork, Cause.NO_ANSWER)

    async def _hang_up_mobile(self, fork: str, cause: Cause) -> None:
        """All else rings on."""
        await self._drop_fork(fork, cause)
        await self._do(self.machine.fork_ends(fork, cause, self._now()))

    def rung(self) -> tuple[RungDevice, ...]:
        """The devices that are to ring, and what became of them."""
        found = [_rung(fork.planned, self._state_of(name)) for name, fork in self.devices.items()]
        found += [_rung(planned, "waits") for planned in self.machine.later]
        return tuple(one for one in found if one is not None)

    def _state_of(self, fork: str) -> RungState:
        if fork == self.machine.winner:
            return "answered"
        if fork not in self.machine.forks:
            return "ended"
        return "asks" if fork in self.questions else "rings" if fork in self._rang else "calls"

    def _taken_by(self, member: Party, room_id: str | None) -> None:
        """A member of the group for which it rings has answered, or a delegate of the callee's."""
        if self.plan is not None and self.plan.group is None:
            self.journal.picked_up(member)
        else:
            self.journal.taken_by(member, room_id)

    def rung_members(self) -> dict[str, list[str]]:
        """The members of a ring group, or delegates, for whom it rings now, and their legs."""
        found: dict[str, list[str]] = {}
        for name in self.machine.forks if self.machine.rings else ():
            device = self.devices.get(name)
            member = member_of(device.planned) if device is not None else None
            if member is not None and member.user_id is not None:
                found.setdefault(member.user_id, []).append(name)
        return found

    async def rings_no_more(self, user_id: str) -> None:
        """For a member; nor does what is still to be called for them."""
        self._not_for.add(user_id)
        for name in self.rung_members().get(user_id, ()):
            if (leg := self.legs.get(name)) is not None:
                leg.drop(Cause.CANCELLED)
            await self.fork_gone(Gone(name, Cause.CANCELLED))

    # --- somebody else takes it ---

    async def picked_up(self, leg: Leg, device: Fork, who: Party) -> bool:
        """`leg`, which called for it, answers in place of those that ring; False if none does any more."""
        if not self.machine.add_taker(leg.name):
            return False
        self.legs[leg.name], self.devices[leg.name], self.takers[leg.name] = leg, device, Taker(who)
        await self.answers(leg.name)
        return True

    async def let_take(self, plan: Plan, report: TransferReport) -> None:
        """Devices of somebody who wants to take the call ring, too: whoever answers first has it."""
        failed: list[Cause] = []
        for planned in plan.to_ring[0].legs if plan.to_ring else ():
            for fork in self._forking.devices(planned):
                if not self.machine.add_taker(fork.name):
                    failed.append(Cause.NO_SUCH_CALL)
                elif (cause := await self._started(fork, plan, plan.to_ring[0].timeout)) is not None:
                    failed.append(cause)
                    await self._fork_failed(fork.name, cause)
                else:
                    self.takers[fork.name] = Taker(plan.callee, report)
        self._around.remember()
        await self._services.records.flushed()
        self._forking.send()
        if not any(taker.report is report for taker in self.takers.values()):
            report.failed(causes.best(failed))

    def _taker_gone(self, fork: str, cause: Cause) -> None:
        """One of their devices will not answer; of the last one that is told."""
        report = taker.report if (taker := self.takers.pop(fork, None)) is not None else None
        if report is not None and all(other.report is not report for other in self.takers.values()):
            report.failed(cause)

    async def confirmed(self) -> None:
        """The one for whom it is has taken the answer."""
        await self._do(self.machine.confirmed())

    async def fork_gone(self, event: Gone) -> None:
        """A fork failed, refused or hung up, or sent the call on."""
        leg, cause = event.leg, event.cause
        await self._asks_no_more(leg)
        self.gone.add(leg)
        self._around.remember()
        if leg != self.machine.winner:
            self._taker_gone(leg, cause)
            await self._media.drop(leg)
        device = self.devices.get(leg)
        member = member_of(device.planned) if device is not None else None
        if cause is Cause.REJECTED and member is not None and self.machine.rings:
            self.journal.declined_by(member.user_id or "")
        way = self._sent_on(leg) if event.sent_to is not None else None
        if way is not None and event.sent_to is not None:
            await self._do(self.machine.fork_sends_on(leg, way, event.sent_to))
        else:
            await self._do(self.machine.fork_ends(leg, cause, self._now(), of_line=event.of_line))
        if member is not None:
            self._services.state_changed()  # it may ring for this member no more

    def _sent_on(self, leg: str) -> tuple[Forwarded, ...] | None:
        """By whom the call is forwarded if this phone sends it on; None if that is nobody's word for it."""
        plan = self.plan
        if plan is None or plan.callee.user_id is None or not self.machine.may_be_sent_on(leg):
            return None
        # One member of a ring group does not speak for the others, nor a delegate for who is called.
        helps = leg in self.devices and member_of(self.devices[leg].planned) is not None
        if helps or plan.emergency or len(plan.forwarded) >= FORWARDS_MAX:
            return None
        return (*plan.forwarded, Forwarded(plan.callee, "deflected"))

    async def stop(self, cause: Cause) -> None:
        """The one for whom it is has gone, or wants it no more."""
        await self._do(self.machine.caller_ends(cause))

    async def decline(self) -> None:
        """The callee does not want it."""
        await self._do(self.machine.declined(self._now()))

    async def abort(self, cause: Cause) -> None:
        """End everything."""
        await self._do(self.machine.abort(cause))

    async def tick(self, now: float) -> None:
        """Time has come."""
        await self._do(self.machine.handle_timer(now))

    # --- what is to be done ---

    async def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case setup.StartStage(legs=legs, timeout=timeout):
                    await self._start_stage(legs, timeout)
                case setup.AskAgain(forwarded=forwarded, group=group, sent_to=sent_to):
                    by = forwarded[-1].by.user_id or group
                    _log.info("call_forwarded", by=by, why=forwarded[-1].why)
                    self._around.ask_again(forwarded, group, sent_to)
                case setup.TellRinging():
                    self.origin.ring()
                case setup.Join(fork=fork):
                    await self._join(self.legs[fork])
                case setup.DropFork(fork=fork, cause=cause):
                    await self._drop_fork(fork, cause)
                case setup.DropCaller(cause=cause):
                    self.origin.drop(cause)
                case setup.Established(fork=fork):
                    self.joined = self.legs[fork]
                case setup.Finished(cause=cause):
                    self.failed = cause

    async def _start_stage(self, legs: tuple[PlannedLeg, ...], timeout: float) -> None:
        for planned in legs:
            member = member_of(planned)
            if member is not None and member.user_id in self._not_for:
                continue
            for fork in self._forking.devices(planned):
                owner = member.user_id if member is not None else None
                if not self.machine.add_fork(fork.name, owner, mobile=isinstance(planned, MobileLeg)):
                    return
                if (cause := await self._started(fork, self.plan, timeout)) is not None:
                    await self._fork_failed(fork.name, cause)
        if self.plan is not None and self.plan.group is not None and (rung := self.rung_members()):
            self.journal.rings_for(self.plan.group, rung)
        self._around.remember()
        # A process that dies now leaves nothing ringing that the next one does not know of.
        await self._services.records.flushed()
        self._forking.send()
        await self._do(self.machine.stage_started(self._now()))

    async def _started(self, fork: Fork, plan: Plan | None, timeout: float) -> Cause | None:
        """Prepare to call a device; why that cannot be, or None."""
        try:
            await self._start_fork(fork, plan, timeout)
        except LegFailed as error:
            return error.cause
        except NoPortsLeft:
            return Cause.UNAVAILABLE
        except (NoCommonCodec, MalformedSdp):
            return Cause.NOT_ACCEPTABLE
        except MediaError:
            _log.exception("fork_without_media", leg=fork.name)
            return Cause.MEDIA_FAILED
        return None

    async def _start_fork(self, fork: Fork, plan: Plan | None, timeout: float) -> None:
        if plan is None:
            raise LegFailed(Cause.FAILED)
        offer = await self._media.offer(self.origin.leg, fork.name, fork.profile, fork.peer)
        leg = await self._forking.start(fork, Offered(offer, plan, timeout, self.origin.hops))
        leg.given = offer
        self.legs[fork.name] = leg
        self.devices[fork.name] = fork
        _log.info("fork_started", leg=fork.name)

    async def _fork_failed(self, fork: str, cause: Cause) -> None:
        _log.info("fork_failed", leg=fork, cause=cause.value)
        await self._media.drop(fork)
        await self._do(self.machine.fork_ends(fork, cause, self._now()))

    async def _join(self, leg: Leg) -> None:
        self._around.taken()
        if self._is_mobile(leg.name):
            await self._asks_no_more(leg.name)
        self.answered_at = self.answered_at or self.journal.now_ms()
        try:
            if self._is_mobile(leg.name):
                # It talked with the voice: what the originator offers is to be heard there again.
                fork = self.devices[leg.name]
                await self._media.offer(self.origin.leg, leg.name, fork.profile, fork.peer)
            await self.origin.connect(self._media, leg)
        except (NoCommonCodec, MalformedSdp) as error:
            _log.warning("answer_not_acceptable", leg=leg.name, why=str(error))
            await self.abort(Cause.NOT_ACCEPTABLE)
        except MediaError:
            _log.exception("legs_not_joined", leg=leg.name)
            await self.abort(Cause.MEDIA_FAILED)
        else:
            self._around.remember()

    async def _drop_fork(self, fork: str, cause: Cause) -> None:
        leg = self.legs.get(fork)
        await self._asks_no_more(fork)
        if isinstance(leg, MatrixFork) and cause is Cause.ANSWERED_ELSEWHERE:
            leg.taken_on = self._taken_on(fork)
        if leg is not None:
            leg.drop(cause)
        if fork != self.machine.winner:
            self._taker_gone(fork, cause)
            await self._media.drop(fork)

    def _taken_on(self, fork: str) -> AnsweredOn | Literal["colleague"] | None:
        """Where the call that a device does not get was answered, as its person is told."""
        winner = self.machine.winner or ""
        if self._owner(winner) != self._owner(fork):
            return "colleague"
        return self.legs[winner].answered_on if winner in self.legs else None

    def _owner(self, fork: str) -> str | None:
        """The user id of whose device it is."""
        taker, device = self.takers.get(fork), self.devices.get(fork)
        member = taker.who if taker is not None else member_of(device.planned) if device is not None else None
        return (member or (self.plan.callee if self.plan is not None else Party())).user_id

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _rung(planned: PlannedLeg, state: RungState) -> RungDevice | None:
    match planned:
        case MatrixLeg():
            return RungDevice("matrix", "", state)
        case PhoneLeg(extension=extension):
            return RungDevice("desk_phone", extension, state)
        case MobileLeg(line=line):
            return RungDevice("mobile", line.number, state)
        case _:
            return None
