"""The shell around one session: moves what it wants to the core, keeps its timer, tells its events."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial

from bridges.sip.auth import DigestClient
from bridges.sip.message import Flow, Request, Response
from bridges.sip.message.reply import Header
from bridges.sip.session.events import (
    Abandon,
    Avoid,
    Deliver,
    Locate,
    OfferAnswered,
    OfferRefused,
    Output,
    Reply,
    RequestAnswered,
    Send,
    Transmit,
)
from bridges.sip.session.offering import DIALOG_GONE
from bridges.sip.session.refer import BadRefer, Notifier, read_refer
from bridges.sip.session.uac import UacSession
from bridges.sip.session.uas import UasSession
from bridges.sip.transaction import ServerTransaction, State
from bridges.sip.transport.api import (
    Answered,
    AnswerWaits,
    CallRefused,
    CallStateError,
    Credentials,
    DialogSnapshot,
    Ended,
    Event,
    NameAddress,
    Origin,
    Reason,
    Referred,
    Target,
)
from bridges.sip.transport.core import Core, Outcome
from bridges.sip.transport.invitation import Invitation, keeps_its_flow, origin_of, origin_snapshot
from bridges.sip.transport.keys import KEY_TYPES, keys_of
from bridges.sip.transport.timers import Timer
from bridges.sip.transport.values import name_addr
from logs import log as logs

__all__ = ["UacCall", "UasCall"]

log = logs.get(__name__)

#: The part of T1 after which a peer is answered though the disk is slow: before it says its request again.
PATIENCE = 0.8
#: Methods of further dialog usages that are read here.
USAGES = ("INFO", "REFER")


class BaseCall:
    """What calls in both directions share. See `api.Call` for what its methods promise."""

    #: Which side of the INVITE, in snapshots.
    side = ""

    def __init__(self, core: Core, session: UacSession | UasSession) -> None:
        self.call_id, self.local_tag = session.call_id, session.local_tag
        self._core, self._session = core, session
        self._outputs: deque[Output | AnswerWaits] = deque()
        self._carrying = False
        self._listener: Callable[[Event], None] | None = None
        self._waiting: deque[Event] = deque()
        self._offering = asyncio.Lock()
        self._locating: asyncio.Task[None] | None = None
        self._timer: Timer | None = None
        self._due: float | None = None
        #: The REFERs of the peer that are being followed, by CSeq.
        self._notifiers: dict[int, Notifier] = {}
        #: Whether what has an effect is acknowledged by `say_after` alone, and what waits for it, in order.
        self._keeps_back = False
        self._kept: list[Callable[[], None]] = []
        self._patience: Timer | None = None
        self._saying: asyncio.Task[None] | None = None
        core.calls[self.call_id, self.local_tag] = self

    @property
    def ended(self) -> bool:
        return self._session.ended

    @property
    def remote_tag(self) -> str | None:
        return self._session.dialog.remote_tag if self._session.dialog else None

    @property
    def peer(self) -> Flow:
        return self._session.flow

    # --- events ---

    def listen(self, callback: Callable[[Event], None]) -> None:
        self._listener = callback
        while self._waiting:
            self._hand_on(callback, self._waiting.popleft())

    def _hand_on(self, callback: Callable[[Event], None], event: Event) -> None:
        callback(event)
        if isinstance(event, Ended) and not self._kept:
            # Transactions outlive the call by 32 s; who listened, and all that hangs on it, need not.
            self._listener = _nobody

    async def events(self) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self.listen(queue.put_nowait)
        while True:
            event = await queue.get()
            yield event
            if isinstance(event, Ended):
                return

    def _emit(self, event: Event) -> None:
        if isinstance(event, Answered):
            log.info("sip_call_answered", sip_call_id=self.call_id)
        elif isinstance(event, Ended):
            self._core.calls.pop((self.call_id, self.local_tag), None)
            self._core.leaving[self.call_id, self.local_tag] = self
            log.info(
                "sip_call_ended",
                sip_call_id=self.call_id,
                by=event.by.value,
                status=event.status,
                phrase=event.phrase,
            )
        if self._listener is None:
            self._waiting.append(event)
        else:
            self._hand_on(self._listener, event)

    # --- what the session wants ---

    def _do(self, outputs: list[Output]) -> None:
        """In order, whatever the user of the call does meanwhile."""
        self._outputs.extend(outputs)
        if self._carrying:
            return
        self._carrying = True
        try:
            while self._outputs:
                output = self._outputs.popleft()
                if not self._is_kept_back(output):
                    self._carry_out(output)
        except Exception:
            # A fault in the user of this call must not keep its messages back.
            log.exception("sip_call_handler_failed", sip_call_id=self.call_id)
        finally:
            self._carrying = False
        if self._outputs:
            self._do([])
        self._arm()
        if self._session.over:
            self._core.leaving.pop((self.call_id, self.local_tag), None)

    # --- what acknowledges waits for the disk ---

    def keep_answers_back(self) -> None:
        self._keeps_back = True

    def _is_kept_back(self, output: Output | AnswerWaits) -> bool:
        if not self._kept:
            if not (self._keeps_back and isinstance(output, Reply) and output.has_effect):
                return False
            self._patience = self._core.at(PATIENCE * self._core.values.t1, self._say)
            self._outputs.append(AnswerWaits())
        elif not isinstance(output, Send | Reply | Transmit):
            return False
        self._kept.append(partial(self._carry_out, output))
        return True

    def say_after(self, written: Callable[[], Awaitable[object]]) -> None:
        async def wait() -> None:
            await written()
            self._say()

        self._saying = self._core.loop.create_task(wait())

    def _say(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        kept, self._kept = self._kept, []
        for say in kept:
            say()
        if self.ended:
            self._listener = _nobody

    def _carry_out(self, output: Output | AnswerWaits) -> None:
        match output:
            case Send(request=request, flow=flow, home=home):
                self._core.send(request, flow, partial(self._on_outcome, output), home)
            case Reply(transaction=transaction, status=status, data=data):
                self._core.reply(transaction, status, data)
            case Transmit(data=data, flow=flow):
                self._core.send_alone(data, self._way(flow))
            case Abandon(request=request):
                self._core.abandon(request)
            case Avoid(flow=flow):
                log.info("sip_call_fails_over", sip_call_id=self.call_id, away=flow.host)
                self._core.locator.avoid(flow.host, flow.port)
            case Locate():
                self._locating = self._core.loop.create_task(self._locate(output))
            case Deliver(transaction=transaction):
                usages = {"INFO": self._on_info, "REFER": self._on_refer}
                usages[transaction.request.method](transaction)
            case OfferAnswered() | OfferRefused() | RequestAnswered():
                self._tell(output)
            case _:
                self._emit(output)

    def _tell(self, answer: OfferAnswered | OfferRefused | RequestAnswered) -> None:
        """Who asked is told."""
        token = answer.token
        if isinstance(token, asyncio.Future) and not token.done():
            token.set_result(answer)
        elif isinstance(token, Notifier) and isinstance(answer, RequestAnswered) and answer.status >= 300:
            token.gone()

    def _way(self, flow: Flow) -> Flow:
        """Where what is repeated goes: its connection may be gone meanwhile."""
        dialog = self._session.dialog
        if dialog is None or not flow.transport.reliable or self._core.connected(flow):
            return flow
        return self._session.next_flow(dialog)

    def _on_outcome(self, sent: Send, outcome: Outcome) -> None:
        now = self._core.now()
        if outcome.response is not None:
            self._do(self._session.receive_response(outcome.response, now))
        elif outcome.status == 408:
            self._do(self._session.timed_out(sent.request, now))
        else:
            self._do(self._session.failed(sent.request, now, outcome.phrase))

    async def _locate(self, locate: Locate) -> None:
        uri, session = locate.uri, self._session
        servers = await self._core.locator.find(uri.host, uri.port, session.flow.transport)
        if isinstance(session, UacSession):
            log.info("sip_call_redirected", sip_call_id=self.call_id, host=uri.host, port=uri.port)
            self._do(session.move(uri, servers, self._core.now()))

    def _on_info(self, transaction: ServerTransaction) -> None:
        """Keys of the telephone."""
        now, keys = self._core.now(), keys_of(transaction.request)
        if keys is None and any(part.required for part in transaction.request.parts()):
            self._do(self._session.respond(transaction, 415, now, [("Accept", KEY_TYPES)]))
            return
        self._do(self._session.respond(transaction, 200, now))
        for key in keys or ():
            self._emit(key)

    def _on_refer(self, transaction: ServerTransaction) -> None:
        """The peer wants us to call somebody (RFC 3515)."""
        try:
            asked = read_refer(transaction.request)
        except BadRefer as error:
            self._do(self._session.respond(transaction, error.status, self._core.now()))
            return
        number = transaction.request.cseq.sequence
        if (known := self._notifiers.get(number)) is not None:
            self._do(known.repeat(transaction, self._core.now()))
            return
        self._notifiers[number] = Notifier.of(self._session, transaction)
        self._emit(Referred(number, asked.target, asked.replaces, asked.referred_by, asked.ends))

    def _next(self) -> float | None:
        """When anything of this call is due."""
        times = [self._session.get_timer(), *(each.get_timer() for each in self._notifiers.values())]
        return min((time for time in times if time is not None), default=None)

    def _arm(self) -> None:
        due = self._next()
        if due == self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = None if due is None else self._core.at(due - self._core.now(), self._tick)

    def _tick(self) -> None:
        self._timer = self._due = None
        # The loop's clock is coarser than the timer it kept.
        now = max(self._core.now(), self._next() or 0.0)
        outputs = self._session.handle_timer(now)
        for notifier in self._notifiers.values():
            outputs += notifier.handle_timer(now)
        self._do(outputs)

    # --- what the core brings ---

    def on_request(self, transaction: ServerTransaction) -> None:
        transaction.user = self
        self._do(self._session.receive_request(transaction, self._core.now()))

    def on_ack(self, ack: Request) -> None:
        self._do(self._session.receive_ack(ack, self._core.now()))

    def on_cancel(self, invite: ServerTransaction, cancel: Request, acknowledge: Callable[[], None]) -> None:
        outputs = self._session.receive_cancel(invite, cancel, self._core.now())
        if self._keeps_back and not self._kept and self._session.ended:
            self._do(outputs)
            # The CANCEL is answered first: there are callers who know no other order (RFC 3261, Section 9.2).
            # Of a call that was over before, nothing is kept back, and nothing would say this.
            if self._kept:
                self._kept.insert(0, acknowledge)
            else:
                acknowledge()
        else:
            acknowledge()
            self._do(outputs)

    def on_no_ack(self) -> None:
        """A refusal was not acknowledged: nothing depends on it."""

    # --- what the user wants ---

    def bye(self, reason: Reason | None = None) -> None:
        self._do(self._session.bye(self._core.now(), reason))

    def abort(self) -> None:
        """End it now, whatever it waits for."""
        self._do(self._session.abort(self._core.now()))

    async def reinvite(self, sdp: str | None) -> str | None:
        async with self._offering:
            if not self._session.answered:
                raise CallStateError("no call to change")
            answered: asyncio.Future[OfferAnswered | OfferRefused] = self._core.loop.create_future()
            self._do(self._session.reoffer(sdp or None, self._core.now(), answered))
            try:
                result = await answered
            except asyncio.CancelledError:
                self._do(self._session.withdraw_offer(self._core.now()))
                raise
        if isinstance(result, OfferRefused):
            raise CallRefused(result.status, result.phrase)
        return result.sdp

    async def probe(self) -> bool | None:
        if not self._session.answered:
            return False
        final: asyncio.Future[RequestAnswered] = self._core.loop.create_future()
        accept = (("Accept", "application/sdp"),)
        self._do(self._session.request("OPTIONS", final, self._core.now(), accept))
        answer = await final
        return None if answer.response is None else answer.status not in DIALOG_GONE

    def acknowledge(self, sdp: str) -> None:
        self._do(self._session.accept_offer(sdp, self._core.now()))

    def accept_reinvite(self, sdp: str | None, cseq: int | None = None) -> bool:
        if not self._still_asked(cseq):
            return False
        self._do(self._session.accept_offer(sdp, self._core.now()))
        return True

    def refuse_reinvite(self, status: int = 488, cseq: int | None = None) -> None:
        if self._still_asked(cseq):
            self._do(self._session.refuse_offer(status, self._core.now()))

    def _still_asked(self, cseq: int | None) -> bool:
        pending = self._session.offer_pending
        return pending is not None and cseq in {None, pending}

    def accept_refer(self, number: int) -> None:
        if notifier := self._notifiers.get(number):
            self._do(notifier.accept(self._core.now()))

    def refuse_refer(self, number: int, status: int) -> None:
        if notifier := self._notifiers.pop(number, None):
            self._do(notifier.refuse(status, self._core.now()))

    def notify_refer(self, number: int, status: int, phrase: str | None = None) -> None:
        if notifier := self._notifiers.get(number):
            if status >= 200:
                del self._notifiers[number]
            self._do(notifier.progress(status, phrase, self._core.now()))

    def snapshot(self) -> DialogSnapshot:
        now = self._core.now()
        refers = {str(number): each.left(now) for number, each in self._notifiers.items()}
        told = {number: left for number, left in refers.items() if left is not None}
        return {"side": self.side, **self._session.snapshot(now), "refers": told}

    def _adopt(self, snapshot: DialogSnapshot, began: Iterable[ServerTransaction]) -> None:
        """Go on with what an earlier process had under way beside the session."""
        for transaction in began:
            transaction.user = self
        for number, left in snapshot.get("refers", {}).items():
            kept = Notifier.restore(self._session, int(number), float(left), self._core.now())
            self._notifiers[int(number)] = kept

    def resume(self) -> None:
        """Go on with what an earlier process left."""
        self._do(self._session.resume(self._core.now()))

    def on_stray_answer(self, response: Response) -> None:
        self._do(self._session.receive_response(response, self._core.now()))


class UasCall(Invitation, BaseCall):
    """An INVITE received (`api.IncomingCall`)."""

    _session: UasSession
    side = "uas"

    def __init__(self, core: Core, session: UasSession, origin: Origin, dialled: str) -> None:
        Invitation.__init__(self, session.invite, origin, dialled)
        BaseCall.__init__(self, core, session)
        session.transaction.user = self

    @classmethod
    def new(
        cls,
        core: Core,
        transaction: ServerTransaction,
        origin: Origin,
        dialled: str,
        credentials: Credentials | None = None,
    ) -> "UasCall":
        """A call that begins. Raises `MalformedMessage` for an INVITE without Contact."""
        symmetric = keeps_its_flow(transaction.request, origin)
        digest = _digest(credentials)
        session = UasSession(
            core, transaction, core.new_tag(), symmetric=symmetric, digest=digest, usages=USAGES
        )
        return cls(core, session, origin, dialled)

    @classmethod
    def restore(
        cls, core: Core, snapshot: DialogSnapshot, made: float, credentials: Credentials | None = None
    ) -> "UasCall":
        """A call that an earlier run left, `made` on the loop's clock. Raises `ValueError` for what is no
        snapshot."""
        began: list[ServerTransaction] = []
        origin, dialled = origin_of(snapshot)
        session = UasSession.restore(
            core,
            snapshot,
            made,
            core.now(),
            partial(core.resume, began),
            digest=_digest(credentials),
            usages=USAGES,
        )
        call = cls(core, session, origin, dialled)
        call._adopt(snapshot, began)
        return call

    def snapshot(self) -> DialogSnapshot:
        return {**super().snapshot(), **origin_snapshot(self.origin), "dialled": self.dialled}

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        self._do(self._session.ring(status, sdp, self._core.now()))

    def answer(self, sdp: str, headers: Sequence[Header] = ()) -> None:
        self._do(self._session.answer(sdp, self._core.now(), headers))

    def become_focus(self, user: str) -> None:
        self._session.focus = user

    def reject(self, status: int, phrase: str | None = None, headers: Sequence[Header] = ()) -> None:
        self._do(self._session.reject(status, phrase, self._core.now(), headers))

    def on_no_ack(self) -> None:
        if self._session.transaction.state is State.TERMINATED:
            self._do(self._session.unreachable(self._core.now()))


class UacCall(BaseCall):
    """An INVITE sent (`api.OutgoingCall`). Not `reachable`: its host is unknown, which ends it at the
    start."""

    _session: UacSession
    side = "uac"

    def __init__(self, core: Core, target: Target, session: UacSession, *, reachable: bool = True) -> None:
        super().__init__(core, session)
        self.target, self._reachable = target, reachable
        #: Whether the ACK of an answer is to wait, and the one that does.
        self._keeps_ack = False
        self._ack: Transmit | None = None

    @classmethod
    def new(
        cls,
        core: Core,
        target: Target,
        flow: Flow,
        *,
        reachable: bool,
        from_: NameAddress,
        to: NameAddress,
        sdp: str | None,
        headers: Sequence[Header],
        credentials: Credentials | None,
        max_forwards: int,
    ) -> "UacCall":
        """A call that begins."""
        session = UacSession.new(
            core,
            flow,
            uri=target.uri,
            from_=name_addr(from_),
            to=name_addr(to),
            call_id=core.new_call_id(),
            route=target.route,
            sdp=sdp,
            headers=tuple(headers),
            max_forwards=max_forwards,
            symmetric=target.symmetric,
            digest=_digest(credentials),
            alternatives=target.alternatives,
            answer_within=target.answer_within,
            redirects=target.redirects,
            usages=USAGES,
        )
        return cls(core, target, session, reachable=reachable)

    @classmethod
    def restore(
        cls, core: Core, snapshot: DialogSnapshot, made: float, credentials: Credentials | None = None
    ) -> "UacCall":
        """A call that an earlier run left, `made` on the loop's clock. Raises `ValueError` for what is no
        snapshot."""
        began: list[ServerTransaction] = []
        session = UacSession.restore(
            core,
            snapshot,
            made,
            core.now(),
            partial(core.resume, began),
            digest=_digest(credentials),
            usages=USAGES,
        )
        flow = session.flow
        target = Target(session.invite.uri, flow.transport, flow.host, flow.port, symmetric=session.symmetric)
        call = cls(core, target, session)
        call._adopt(snapshot, began)
        return call

    def start(self) -> None:
        if self._reachable:
            self._do(self._session.start(self._core.now()))
        else:
            self._core.loop.call_soon(self._unreachable)

    def _unreachable(self) -> None:
        self._do(self._session.unreachable(self._core.now()))

    def cancel(self, reason: Reason | None = None) -> None:
        self._do(self._session.cancel(self._core.now(), reason))

    def keep_ack_back(self) -> None:
        self._keeps_ack = not self._session.answered

    def send_ack(self) -> None:
        ack, self._ack = self._ack, None
        if ack is not None:
            super()._carry_out(ack)

    def _carry_out(self, output: Output | AnswerWaits) -> None:
        if isinstance(output, Transmit) and self._keeps_ack:
            self._keeps_ack, self._ack = False, output
            return
        if output == self._ack:
            self._ack = None
        elif isinstance(output, Send | Transmit):
            self.send_ack()
        super()._carry_out(output)


def _nobody(_event: Event) -> None:
    """Listens to a call that has ended."""


def _digest(credentials: Credentials | None) -> DigestClient | None:
    return DigestClient(credentials.username, credentials.password) if credentials else None
