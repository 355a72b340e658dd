"""One call through the bridge, live: the call machine with real legs, media and records around it.

An actor: everything that happens to the call is posted to its inbox and handled there alone, in
order. What may take long (asking the route, a re-offer to the other side) runs beside it and posts
its result. No handler waits for the other party.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from bridges.sip.b2bua import call_machine as machine
from bridges.sip.b2bua import causes
from bridges.sip.b2bua.bridging import Bridging
from bridges.sip.b2bua.call_machine import CallMachine, Command
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import (
    Abort,
    Answers,
    CallInput,
    Confirmed,
    Gone,
    Key,
    Noted,
    NotRouted,
    Reoffer,
    Rings,
    Routed,
    Silent,
    Tick,
    Trickle,
)
from bridges.sip.b2bua.forking import Fork, Forking, LegFailed
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.b2bua.matrix_leg import MatrixFork
from bridges.sip.b2bua.services import Services
from bridges.sip.media.gateway import MediaError, NoCommonCodec, NoPortsLeft
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.sdp.errors import MalformedSdp
from logs import log
from wire.route import Leg as PlannedLeg
from wire.route import Plan, RouteRequest

_log = log.get(__name__)

#: Seconds in which an unanswered question for the route is repeated.
ROUTE_PATIENCE = 5.0
#: Seconds without media after which a telephone that leaves a question unanswered counts as gone.
NO_SIGN = 180.0


class BridgedCall:
    """A call with an originator and forks.

    `lingers`: the originator is a Matrix client whose callee has other devices, which may answer.
    `register(room_id, call_id, leg)` makes room events reach a Matrix fork; `remember(snapshots)`
    keeps what a later process needs to end the legs; `on_closed(cause)` is told the end, once.
    """

    def __init__(
        self,
        journal: Journal,
        services: Services,
        *,
        lingers: bool = False,
        register: Callable[[str, str, MatrixFork], None],
        remember: Callable[[list[dict[str, Any]]], None],
        on_closed: Callable[[Cause], None],
    ) -> None:
        self.call_id = journal.record.id
        self.journal = journal
        self._services, self._remember_legs, self._on_closed = services, remember, on_closed
        self._machine = CallMachine(lingers=lingers)
        self._inbox: asyncio.Queue[CallInput] = asyncio.Queue()
        self._legs: dict[str, Leg] = {}
        self._gone_legs: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._forking = Forking(self.call_id, services, self.post, register)
        self._plan: Plan | None = None
        self._cause = Cause.FAILED
        #: Whether the call went on without us when our part in it ended.
        self.went_on = False

    @property
    def owns(self) -> bool:
        """Whether the call was answered here, so that its end is decided here."""
        return self._machine.state in {machine.State.ANSWERING, machine.State.ESTABLISHED}

    @property
    def state(self) -> str:
        """The machine's state, for inspection."""
        return self._machine.state.value

    def post(self, event: CallInput) -> None:
        """Tell the call that something happened."""
        self._inbox.put_nowait(event)

    async def run(self, origin: CallerLeg, request: RouteRequest) -> None:
        """Live until the call is over. `request` is the question for the route."""
        structlog.contextvars.bind_contextvars(call_id=self.call_id)
        self._origin = origin
        self._forking.via = request.via
        self._legs[origin.name] = origin
        self._bridging = Bridging(self._services.gateway, self.call_id, origin)
        self._arm()
        self._aside(self._route(request))
        try:
            while self._machine.state is not machine.State.ENDED:
                event = await self._inbox.get()
                try:
                    await self._do(await self._handle(event))
                except Exception:
                    _log.exception("call_handler_failed", input=type(event).__name__)
                    await self._do(self._abort(Cause.FAILED))
                self._arm()
        finally:
            await self._close()

    # --- the route ---

    async def _route(self, request: RouteRequest) -> None:
        deadline = asyncio.get_running_loop().time() + ROUTE_PATIENCE
        pause = 0.2
        while True:
            try:
                # Nothing rings before the call stands on disk: whatever happens then, it is recorded.
                plan, _ = await asyncio.gather(
                    self._services.router.route(request), self._services.records.flushed()
                )
                self.post(Routed(plan))
            except WebRefused as error:
                _log.error("route_refused", why=str(error))
            except WebUnavailable as error:
                _log.warning("route_not_answered", why=str(error))
                if asyncio.get_running_loop().time() + pause < deadline:
                    await asyncio.sleep(pause)
                    pause *= 2
                    continue
            else:
                return
            self.post(NotRouted())
            return

    # --- what happens ---

    async def _handle(self, event: CallInput) -> list[Command]:
        now = asyncio.get_running_loop().time()
        commands: list[Command] = []
        match event:
            case Routed(plan=plan):
                commands = self._routed(plan, now)
            case NotRouted():
                # The callee's browsers ring without the web's help: leave them the call.
                commands = (
                    self._machine.ring((), now)
                    if self._machine.lingers
                    else self._machine.refuse(Cause.UNAVAILABLE)
                )
            case Rings():
                commands = await self._ringing(event)
            case Answers(leg=leg):
                commands = self._machine.fork_answers(leg)
            case Confirmed():
                commands = await self._confirmed(event)
            case Gone():
                commands = await self._gone(event, now)
            case Abort(cause=cause):
                commands = self._abort(cause)
            case Noted(title=title):
                self.journal.named(title)
                self._remember()
            case Tick():
                commands = self._ticked(now)
            case _:
                self._talk(event)
        return commands

    def _routed(self, plan: Plan, now: float) -> list[Command]:
        self._plan = plan
        self._bridging.emergency = plan.emergency
        self.journal.routed(plan)
        self._machine.lingers = self._machine.lingers and plan.rings_elsewhere
        _log.info("call_routed", outcome=plan.outcome, cause=plan.cause, stages=len(plan.to_ring))
        if plan.outcome == "refuse":
            if plan.cause not in causes.BY_PLAN:
                _log.error("refusal_unknown", cause=plan.cause)
            return self._machine.refuse(causes.from_plan(plan.cause))
        return self._machine.ring(plan.to_ring, now)

    async def _ringing(self, event: Rings) -> list[Command]:
        # A trunk's INVITE has been sent once more by now, with credentials.
        self._remember()
        alone = len(self._legs) - len(self._gone_legs) == 2
        if event.sdp and alone and self._machine.state is machine.State.RINGING:
            try:
                early = await self._bridging.answer_from(self._legs[event.leg], event.sdp)
            except (MediaError, MalformedSdp) as error:
                _log.info("early_media_left_out", leg=event.leg, why=str(error))
            else:
                self._origin.ring(event.status, early)
                return []
        # A 183 without a description tells a caller nothing that it could play.
        return self._machine.fork_rings(event.leg) if event.status != 183 else []

    async def _confirmed(self, event: Confirmed) -> list[Command]:
        leg, other = self._legs.get(event.leg), self._other(event.leg)
        if event.sdp is not None and leg is not None and other is not None:
            if self._bridging.answers_fresh_offer(leg):
                self._aside(self._carry_answer(leg, other, event.sdp))
                return self._machine.confirmed()
            try:
                await self._bridging.late_description(leg, other, event.sdp)
            except (MediaError, MalformedSdp):
                return self._machine.abort(Cause.NOT_ACCEPTABLE)
        if leg is not None:
            self._bridging.meet(leg)
        return self._machine.confirmed()

    async def _carry_answer(self, leg: Leg, other: Leg, sdp: str) -> None:
        try:
            await self._bridging.carry_answer(leg, other, sdp)
        except (MediaError, MalformedSdp) as error:
            _log.warning("answer_not_acceptable", leg=leg.name, why=str(error))
            self.post(Abort(Cause.NOT_ACCEPTABLE))

    async def _gone(self, event: Gone, now: float) -> list[Command]:
        self._gone_legs.add(event.leg)
        if event.leg == self._origin.name:
            self.went_on = event.cause is Cause.ANSWERED_ELSEWHERE
            return self._machine.caller_ends(event.cause)
        self._remember()
        if event.leg != self._machine.winner:
            await self._bridging.drop(event.leg)
        return self._machine.fork_ends(event.leg, event.cause, now, of_line=event.of_line)

    def _abort(self, cause: Cause) -> list[Command]:
        """End the call; but one that other devices may still answer is only left."""
        if self._machine.lingers and not self.owns:
            self.went_on = True
            return self._machine.caller_ends(cause)
        return self._machine.abort(cause)

    def _ticked(self, now: float) -> list[Command]:
        for leg in self._legs.values():
            due = leg.get_timer()
            if due is not None and due <= now:
                leg.handle_timer(now)
        return self._machine.handle_timer(now)

    def _talk(self, event: CallInput) -> None:
        """What concerns the media of two joined legs only; runs beside the call."""
        if isinstance(event, Trickle):
            self._aside(self._bridging.trickle(event))
        elif isinstance(event, Silent):
            if leg := self._legs.get(event.leg):
                self._aside(self._ask_after(leg, event.seconds))
        elif isinstance(event, Reoffer | Key):
            leg, other = self._legs.get(event.leg), self._other(event.leg)
            if leg is None or other is None:
                return
            if isinstance(event, Reoffer):
                self._aside(self._bridging.reoffer(leg, other, event.sdp))
            else:
                self._aside(self._bridging.press(event, other))

    async def _ask_after(self, leg: Leg, silent: float) -> None:
        """Absence of media is not death: a telephone that still answers for the call listens."""
        answers = await leg.answers()
        if answers is False or (answers is None and silent > NO_SIGN):
            _log.warning("leg_does_not_answer", leg=leg.name, silent=round(silent), refused=answers is False)
            self.post(Abort(Cause.MEDIA_FAILED))
        else:
            self._services.gateway.vouch(self.call_id, leg.name)

    def _other(self, leg: str) -> Leg | None:
        if self._machine.winner is None:
            return None
        return self._legs.get(self._machine.winner if leg == self._origin.name else self._origin.name)

    # --- what is to be done ---

    async def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case machine.StartStage(legs=legs, timeout=timeout):
                    await self._start_stage(legs, timeout)
                case machine.TellRinging():
                    self._origin.ring()
                case machine.Join(fork=fork):
                    await self._join(fork)
                case machine.DropFork(fork=fork, cause=cause):
                    await self._drop_fork(fork, cause)
                case machine.DropCaller(cause=cause):
                    self._origin.drop(cause)
                case machine.Established(fork=fork):
                    self._established(fork)
                case machine.Finished(cause=cause):
                    self._cause = cause

    async def _start_stage(self, legs: tuple[PlannedLeg, ...], timeout: float) -> None:
        for planned in legs:
            for fork in self._forking.devices(planned):
                if not self._machine.add_fork(fork.name):
                    return
                try:
                    await self._start_fork(fork, timeout)
                except LegFailed as error:
                    await self._fork_failed(fork.name, error.cause)
                except NoPortsLeft:
                    await self._fork_failed(fork.name, Cause.UNAVAILABLE)
                except (NoCommonCodec, MalformedSdp):
                    await self._fork_failed(fork.name, Cause.NOT_ACCEPTABLE)
                except MediaError:
                    _log.exception("fork_without_media", leg=fork.name)
                    await self._fork_failed(fork.name, Cause.MEDIA_FAILED)
        self._remember()
        # A process that dies now leaves nothing ringing that the next one does not know of.
        await self._services.records.flushed()
        self._forking.send()
        await self._do(self._machine.stage_started(asyncio.get_running_loop().time()))

    async def _start_fork(self, fork: Fork, timeout: float) -> None:
        if self._plan is None:
            raise LegFailed(Cause.FAILED)
        offer = await self._bridging.offer_for(fork.name, fork.profile, fork.peer)
        leg = await self._forking.start(fork, offer, self._plan, timeout, self._origin.hops)
        leg.given = offer
        self._legs[fork.name] = leg
        _log.info("fork_started", leg=fork.name)

    async def _fork_failed(self, fork: str, cause: Cause) -> None:
        _log.info("fork_failed", leg=fork, cause=cause.value)
        await self._bridging.drop(fork)
        await self._do(self._machine.fork_ends(fork, cause, asyncio.get_running_loop().time()))

    async def _join(self, fork: str) -> None:
        leg = self._legs[fork]
        try:
            answer = await self._bridging.answer_from(leg, leg.description)
        except (NoCommonCodec, MalformedSdp) as error:
            _log.warning("answer_not_acceptable", leg=fork, why=str(error))
            await self._do(self._machine.abort(Cause.NOT_ACCEPTABLE))
        except MediaError:
            _log.exception("legs_not_joined", leg=fork)
            await self._do(self._machine.abort(Cause.MEDIA_FAILED))
        else:
            self._origin.given = answer
            self._origin.accept(answer)
            self._remember()

    async def _drop_fork(self, fork: str, cause: Cause) -> None:
        leg = self._legs.get(fork)
        if leg is not None:
            leg.drop(cause)
        if fork != self._machine.winner:
            await self._bridging.drop(fork)

    def _established(self, fork: str) -> None:
        self.journal.answered(self._legs[fork].answered_on)
        self._legs[fork].established()
        _log.info("call_established", leg=fork)

    def _remember(self) -> None:
        """Note what a later process would have to end."""
        snapshots = [leg.snapshot() for leg in self._legs.values()]
        self._remember_legs([snapshot for snapshot in snapshots if snapshot])

    # --- the end ---

    async def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for task in self._beside:
            task.cancel()
        audio = self._bridging.audio(self._machine.winner)
        await self._bridging.close()
        self.journal.record.audio = audio
        _log.info("call_ended", cause=self._cause.value)
        self._on_closed(self._cause)

    def has(self, leg: Leg) -> bool:
        """Whether this is a leg of the call."""
        return leg in self._legs.values()

    async def said(self) -> None:
        """Return when every leg has said what it had to say, however long the homeserver takes."""
        await asyncio.gather(*(leg.said() for leg in self._legs.values()))

    def unsaid(self) -> list[dict[str, Any]]:
        """Snapshots of the legs that have not."""
        return [snapshot for leg in self._legs.values() if not leg.idle and (snapshot := leg.snapshot())]

    # --- timers and tasks ---

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        times = [self._machine.get_timer(), *(leg.get_timer() for leg in self._legs.values())]
        due = min((time for time in times if time is not None), default=None)
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self.post, Tick())

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._aside_done)

    def _aside_done(self, task: asyncio.Task[None]) -> None:
        self._beside.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("call_side_task_failed", exc_info=error)
