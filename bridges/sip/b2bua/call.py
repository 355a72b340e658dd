"""One call through the bridge, live: its legs, media and record around set-up and conversation."""

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any

import structlog

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conversation import Conversation
from bridges.sip.b2bua.conversation import State as TalkState
from bridges.sip.b2bua.dialling import Caller, Originator, Transferred
from bridges.sip.b2bua.events import (
    Abort,
    AddAsked,
    Answers,
    Asked,
    CallInput,
    ConferAsked,
    Confirmed,
    Declined,
    Fetched,
    GivenAway,
    Gone,
    Handled,
    HoldAsked,
    JoinAsked,
    Key,
    MeetAsked,
    MergeAsked,
    Noted,
    NotRouted,
    Owes,
    PutOutAsked,
    RecordingEvent,
    Renegotiated,
    Reoffer,
    Rings,
    RingsNoMore,
    Routed,
    Silent,
    TakeAsked,
    TakenIn,
    TakerRouted,
    Tick,
    TransferAsked,
    Trickle,
    UniteAsked,
)
from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.b2bua.meeting_over import MeetingOver
from logs import log
from wire.route import Party, RouteRequest

_log = log.get(__name__)

NOBODY = Party()


class BridgedCall(MeetingOver):
    """A call: a set-up, then a conversation.

    `lingers`: the originator is a Matrix client whose callee has other devices, which may answer.
    `on_taken` is called when the call is answered here, so that its end is decided here; `on_closed(cause)`
    is told the end, once. After a transfer the call is another one of the host's, under another record: they
    hear no more of it. `media_id` is its name in the gateway, which stays: that of the first record, if None.
    """

    #: Those who listened by an earlier process, which has ended with it.
    _taps: tuple[str, ...] = ()

    async def run(self) -> None:
        """Ask the route, and live until the call is over."""
        structlog.contextvars.bind_contextvars(call_id=self.call_id)
        self._aside(self._dialling.ask(self._request))
        await self._live()

    async def _live(self) -> None:
        self._arm()
        try:
            while not self._over:
                event = await self._inbox.get()
                try:
                    await self._handle(event)
                    await self._settle()
                    await self._recording.look()
                except Exception:
                    _log.exception("call_handler_failed", input=type(event).__name__)
                    await self._abort(Cause.FAILED)
                    await self._settle()
                self._arm()
                self.remember()
        finally:
            if not self._left:
                await self._close()
                self._handle_the_rest()

    def begin(self, origin: CallerLeg, request: RouteRequest) -> None:
        """Who calls, and the question for the route; `run` follows."""
        self._request, self._legs[origin.name] = request, origin
        self._dialling = self._set_up(0, self.journal, Caller(origin), lingers=self._lingers)

    def begin_talking(self, leg: Leg, seat: Leg, devices: Mapping[str, Fork], request: RouteRequest) -> None:
        """Two who are there already talk; `devices` are those that were called, the `seat` among them.
        `talk_on` follows."""
        self._request, self._legs = request, {leg.name: leg, seat.name: seat}
        self._devices, self._numbers = dict(devices), count(3)
        self._dialling = self._set_up(1, self.journal, Transferred(leg, None, self.post))
        self._dialling.found(seat, devices[seat.name])
        self._conversation = Conversation(leg.name, seat.name)
        self.media.adopt(leg, seat)
        self.transferred = True

    async def talk_on(self) -> None:
        """Live, from there."""
        structlog.contextvars.bind_contextvars(call_id=self.call_id)
        if (joined := self.media.joined) is not None:
            leg, seat = joined
            self._aside(self._side_work.carry(seat, leg))
            self.post(Renegotiated(leg.name))
        await self._live()

    # --- what happens ---

    async def _handle(self, event: CallInput) -> None:
        dialling = self._dialling
        match event:
            case Routed(plan=plan, number=dialling.number):
                await dialling.routed(plan)
            case NotRouted(number=dialling.number):
                await dialling.not_routed()
            case Rings() if event.leg in dialling.legs:
                await dialling.rings(event)
            case Answers(leg=leg) | Asked(leg=leg) if leg in dialling.legs:
                await (dialling.asked(event) if isinstance(event, Asked) else dialling.answers(leg))
            case Confirmed():
                await self._confirmed(event)
            case Gone():
                await self._gone(event)
            case Abort() | Declined() | RingsNoMore():
                await self._end(event)
            case Noted() | Handled() | Owes():
                self._note(event)
            case Tick():
                await self._ticked()
            case TransferAsked() | JoinAsked() | PutOutAsked() | Fetched() | GivenAway():
                await self._replace(event)
            case TakenIn() | TakeAsked() | TakerRouted():
                await self._take_in(event)
            case _:
                await self._talk(event)

    async def _end(self, event: Abort | Declined | RingsNoMore) -> None:
        """Who is called may decline it only while it rings: an answer may have come before."""
        if isinstance(event, RingsNoMore):
            await self._dialling.rings_no_more(event.user_id)
        elif isinstance(event, Declined) and self._dialling.machine.rings:
            await self._dialling.decline()
        elif isinstance(event, Declined) and self._conversation is None:
            await self._dialling.abort(Cause.REJECTED)
        else:
            await self._abort(event.cause if isinstance(event, Abort) else Cause.REJECTED)

    def _note(self, event: Noted | Handled | Owes) -> None:
        if isinstance(event, Owes):
            self._say(event)
        elif isinstance(event, Handled):
            self._services.records.handled(event.event_id)
        else:
            self.journal.named(event.title)
            self.remember()

    async def _confirmed(self, event: Confirmed) -> None:
        leg = self._leg(event.leg)
        other = self._other(leg)
        if event.sdp is not None and leg is not None and other is not None:
            if self.media.answers_fresh_offer(leg):
                self._aside(self._side_work.carry_answer(leg, other, event.sdp))
                return
            try:
                await self.media.late_description(leg, other, event.sdp)
            except (MediaError, MalformedSdp):
                await self._abort(Cause.NOT_ACCEPTABLE)
                return
        if leg is not None:
            self.media.meet(leg)
        if leg is self._dialling.origin.leg:
            await self._dialling.confirmed()

    async def _gone(self, event: Gone) -> None:
        dialling, conversation = self._dialling, self._conversation
        if conversation is not None and event.leg in conversation.legs:
            self.remember()
            await self._do(conversation.ends(event.leg, event.cause))
            if not self._over:
                # It asked for a transfer, and does not wait for its end.
                await self.note_audio()
                await self.media.drop(event.leg)
        elif event.leg in dialling.legs:
            await dialling.fork_gone(event)
        elif conversation is None:
            self.went_on = event.cause is Cause.ANSWERED_ELSEWHERE
            if self.went_on:
                self.journal.not_picked_up()
            await dialling.stop(event.cause)
        else:
            await self.media.drop(event.leg)
            self.remember()

    async def _abort(self, cause: Cause) -> None:
        """End the call; but one that other devices may still answer is only left."""
        dialling = self._dialling
        if self._conversation is not None:
            await self._do(self._conversation.abort(cause))
        elif dialling.machine.lingers and not dialling.answered:
            self.went_on = True
            await dialling.stop(cause)
        else:
            await dialling.abort(cause)

    async def _ticked(self) -> None:
        now = asyncio.get_running_loop().time()
        for leg in self._all_legs():
            due = leg.get_timer()
            if due is not None and due <= now:
                leg.handle_timer(now)
        await self._dialling.tick(now)

    async def _renegotiated(self, name: str) -> None:
        """A leg may let the other one wait, or talk again."""
        leg, conversation = self._leg(name), self._conversation
        if leg is not None and conversation is not None:
            await self._do(conversation.hold(name) if self.media.holds(leg) else conversation.resume(name))

    async def _talk(self, event: CallInput) -> None:
        """What concerns conferences, or the media of two joined legs only; that runs beside the call."""
        if isinstance(event, AddAsked | MergeAsked | ConferAsked | UniteAsked | MeetAsked):
            await self._confer(event)
        elif isinstance(event, RecordingEvent):
            await self._recording.take(event)
        elif isinstance(event, Renegotiated):
            await self._renegotiated(event.leg)
        elif isinstance(event, Trickle):
            self._aside(self.media.trickle(event))
        elif isinstance(event, HoldAsked):
            leg = self._leg(event.leg) if self._conversation is not None else None
            self._aside(self._side_work.hold(event, leg, self._other(leg)))
        elif isinstance(event, Silent | Reoffer | Key) and (leg := self._leg(event.leg)):
            other = self._other(leg)
            if isinstance(event, Key) and self._dialling.questions.press(event.leg, event.digit):
                return
            if isinstance(event, Silent):
                self._aside(self._side_work.ask_after(leg, event.seconds))
            elif isinstance(event, Reoffer):
                if other is None or leg.name in self._dialling.questions:
                    leg.refuse_reoffer()  # there is nobody to carry it to
                else:
                    self._aside(self._side_work.renegotiate(leg, other, event.sdp))
            elif other is not None:
                self._aside(self.media.press(event, other))

    # --- set-up and conversation ---

    async def _settle(self) -> None:
        """Two legs were found, or nobody was."""
        dialling = self._dialling
        if dialling.settled or not dialling.over:
            return
        dialling.settled = True
        early, self._early = self._early, []
        for event in early:
            self.post(event)
        if self._conversation is not None:
            await self._settle_transfer(self._conversation, dialling)
        elif dialling.joined is not None:
            self._conversation = Conversation(dialling.origin.leg.name, dialling.joined.name)
            self._established(dialling, dialling.joined)
        elif dialling.failed is not None:
            self._cause, self._over = dialling.failed, True

    # --- over a restart ---

    def adopt(
        self,
        snapshot: Mapping[str, Any],
        made: float,
        legs: Mapping[str, Leg],
        origin: Originator,
        request: RouteRequest,
        journal: Journal,
    ) -> None:
        """Be what `snapshot` was taken of, at `made` on the loop's clock; `legs` are those that are left.
        `origin`, `request` and `journal` are of the set-up. `go_on` follows.

        Raises `KeyError`, `TypeError`, `ValueError` for what is no snapshot.
        """
        self._request, self._legs = request, dict(legs)
        self._devices = {name: Fork.restore(fork) for name, fork in snapshot["devices"].items()}
        dialling = snapshot["dialling"]
        named = [*self._devices, *dialling["devices"], *legs]
        self._numbers = count(
            1 + max((int(name.rpartition("-")[2]) for name in named if "-" in name), default=0)
        )
        self._dialling = self._set_up(dialling["number"], journal, origin, lingers=self._lingers)
        self._dialling.adopt(dialling, made, legs)
        self._next_journal = journal if journal is not self.journal else None
        if snapshot["conversation"]:
            self._conversation = Conversation.restore(snapshot["conversation"])
        if snapshot["pair"] and all(name in legs for name in snapshot["pair"]):
            a, b = snapshot["pair"]
            held_by = self._conversation.held_by if self._conversation else frozenset()
            self.media.adopt(legs[a], legs[b], held_by, snapshot.get("waiting", ()))
        self.transferred = bool(snapshot["transferred"])
        self._adopt_report(snapshot.get("report"))
        self._recording.adopt(snapshot.get("recording"))
        self._taps = tuple(snapshot.get("taps", ()))

    def leave(self) -> None:
        """It is another process's from now on: nothing more is done for it here."""
        self.remember()
        self._left = True
        self._recording.leave()
        if self._timer is not None:
            self._timer.cancel()
        for task in self._beside:
            task.cancel()

    async def go_on(self) -> None:
        """Live on, from where an earlier process was."""
        structlog.contextvars.bind_contextvars(call_id=self.call_id)
        _log.info("call_goes_on", state=self.state)
        for leg in self._all_legs():
            leg.resume()
        if not self._dialling.over:
            self._aside(self._dialling.resume(self._request))
        if self._conversation is not None:
            self._talk_on(self._conversation)
            if self._conversation.state is TalkState.REPLACING and self._dialling.over:
                await self._do(self._conversation.failed(Cause.INTERRUPTED))
        await self._settle()
        self._aside(self.media.untap(self._taps))
        await self._recording.go_on()
        await self._recording.look()
        await self._live()

    def _talk_on(self, conversation: Conversation) -> None:
        """Listen again; and see who has hung up while nobody heard it."""
        for name in conversation.legs:
            if (leg := self._leg(name)) is None:
                self.post(Gone(name, Cause.NORMAL))
            else:
                # It may have let the other one wait, and nobody noted it.
                self.post(Renegotiated(name))
                self._aside(self._side_work.see_whether_there(leg))
        if all(name in self._legs for name in conversation.legs):
            self._listen()

    # --- the end ---

    async def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for task in self._beside:
            task.cancel()
        for leg in self._fetched.values():
            leg.drop(Cause.NORMAL)  # it came too late
        for added in self._additions:
            added.give_up()
        await self._recording.close()
        await self._dialling.questions.end_all()
        report = await self.media.close()
        self._note_audio(report)
        self._note_answer(report)
        self._trace_media(report)
        _log.info("call_ended", cause=self._cause.value)
        if self.transferred:
            self._host.closed(self, self._cause)
        else:
            self._on_closed(self._cause)

    async def trace_media(self) -> None:
        """Note how the sound goes now."""
        if self._dialling.plan is not None:
            self._trace_media(await self.media.report())
