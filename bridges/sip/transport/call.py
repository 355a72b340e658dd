"""What incoming and outgoing calls share: a dialog, its requests both ways, its timers, its events."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from bridges.sip.dialog import AnswerRepeater, OutOfOrder, SessionTimer, TimerAction, negotiate_as_uas
from bridges.sip.dialog.session_timer import IntervalTooSmall
from bridges.sip.message import Flow, Request
from bridges.sip.message.reply import Header
from bridges.sip.transaction import ServerTransaction
from bridges.sip.transport.agenda import Appointment
from bridges.sip.transport.api import (
    Acknowledged,
    CallRefused,
    CallStateError,
    Credentials,
    DialogSnapshot,
    Ended,
    EndedBy,
    Event,
    Reason,
    Reinvite,
)
from bridges.sip.transport.channel import DialogChannel
from bridges.sip.transport.core import Core, Outcome
from bridges.sip.transport.keys import KEY_TYPES, keys_of
from bridges.sip.transport.values import (
    ACCEPT,
    ALLOW,
    flow_snapshot,
    reason_headers,
    reasons_of,
    unsupported_extensions,
)
from logs import log as logs

__all__ = ["BaseCall"]

log = logs.get(__name__)

#: Answers to a request within a dialog after which the dialog is gone (RFC 3261, Section 12.2.1.2).
DIALOG_GONE = frozenset({408, 481})


class BaseCall:
    """One INVITE dialog. See `bridges.sip.transport.api.Call` for what its methods promise."""

    def __init__(
        self,
        core: Core,
        call_id: str,
        local_tag: str,
        flow: Flow,
        *,
        symmetric: bool,
        credentials: Credentials | None,
    ) -> None:
        self.call_id = call_id
        self.local_tag = local_tag
        self.ended = False
        self._core = core
        self._channel = DialogChannel(core, flow, symmetric=symmetric, credentials=credentials)
        self._answered = False
        self._listener: Callable[[Event], None] | None = None
        self._waiting: deque[Event] = deque()
        self._unacknowledged: dict[int, Appointment] = {}
        self._offerless: set[int] = set()  # INVITEs by CSeq that we answered with an offer
        self._asked: ServerTransaction | None = None  # the peer's re-INVITE or UPDATE that waits for us
        self._asking = asyncio.Lock()  # our re-INVITE
        self._own_invite: asyncio.Future[Outcome] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._session: SessionTimer | None = None
        self._session_appointment: Appointment | None = None
        self._local_sdp = ""
        self._peer_updates = False
        core.calls[call_id, local_tag] = self

    @property
    def remote_tag(self) -> str | None:
        return self._channel.dialog.remote_tag if self._channel.dialog else None

    @property
    def peer(self) -> Flow:
        return self._channel.flow

    # --- events ---

    def listen(self, callback: Callable[[Event], None]) -> None:
        self._listener = callback
        while self._waiting:
            callback(self._waiting.popleft())

    async def events(self) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self.listen(queue.put_nowait)
        while True:
            event = await queue.get()
            yield event
            if isinstance(event, Ended):
                return

    def _emit(self, event: Event) -> None:
        if self._listener is None:
            self._waiting.append(event)
        else:
            self._listener(event)

    def _finish(self, ended: Ended) -> None:
        if self.ended:
            return
        self.ended = True
        self._core.calls.pop((self.call_id, self.local_tag), None)
        for appointment in (*self._unacknowledged.values(), self._session_appointment):
            if appointment is not None:
                appointment.cancel()
        if self._asked is not None:
            self._core.respond(self._asked, 487)
            self._asked = None
        if self._own_invite is not None and not self._own_invite.done():
            self._own_invite.set_result(Outcome(487, "Request Terminated", None))
        log.info("sip_call_ended", sip_call_id=self.call_id, by=ended.by.value, status=ended.status)
        self._emit(ended)

    # --- the peer's requests within the dialog ---

    def on_request(self, transaction: ServerTransaction) -> None:
        request: Request = transaction.request
        dialog = self._channel.dialog
        if dialog is None or request.from_tag != dialog.remote_tag:
            self._core.respond(transaction, 481)
            return
        try:
            dialog.receive(request)
        except OutOfOrder as error:
            self._core.respond(transaction, error.status)
            return
        if self._channel.symmetric:
            self._channel.flow = (
                request.flow
            )  # a phone whose NAT or connection has changed is where it speaks from
        handlers: dict[str, Callable[[ServerTransaction], None]] = {
            "BYE": self._on_bye,
            "INVITE": self._on_offer,
            "UPDATE": self._on_update,
            "INFO": self._on_info,
            "OPTIONS": self._on_options,
        }
        handler = handlers.get(request.method)
        if handler is None:
            self._core.respond(transaction, 405, headers=[("Allow", ALLOW)])
        else:
            handler(transaction)

    def on_ack(self, ack: Request) -> None:
        appointment = self._unacknowledged.pop(ack.cseq.sequence, None)
        if appointment is not None:
            appointment.cancel()
            self._acknowledged(ack)

    def _acknowledged(self, ack: Request) -> None:
        """The first ACK to a 2xx of ours has come; it carries the answer if that carried our offer."""
        if ack.cseq.sequence in self._offerless:
            self._offerless.discard(ack.cseq.sequence)
            self._emit(Acknowledged(ack.sdp()))

    def _accept(self, transaction: ServerTransaction, headers: tuple[Header, ...] = ()) -> None:
        self._core.respond(transaction, 200, headers=(("Allow", ALLOW), *headers))

    def _on_options(self, transaction: ServerTransaction) -> None:
        self._accept(transaction)

    def _on_bye(self, transaction: ServerTransaction) -> None:
        self._core.respond(transaction, 200)
        self._finish(Ended(EndedBy.BYE, reasons=reasons_of(transaction.request)))

    def _on_update(self, transaction: ServerTransaction) -> None:
        if transaction.request.sdp() is not None or transaction.request.has_strange_parts():
            self._on_offer(transaction)
            return
        headers = self._renegotiate(transaction)
        if headers is not None:
            self._accept(transaction, (("Contact", self._core.contact(self._channel.flow)), *headers))

    def _on_offer(self, transaction: ServerTransaction) -> None:
        """A re-INVITE, or an UPDATE with SDP (RFC 3261, Section 14.2; RFC 3311, Section 5.2)."""
        request = transaction.request
        if missing := unsupported_extensions(request):
            self._core.respond(transaction, 420, headers=[("Unsupported", ", ".join(missing))])
        elif request.has_strange_parts():
            self._core.respond(transaction, 415, headers=[("Accept", ACCEPT)])
        elif self._own_invite is not None:
            self._core.respond(transaction, 491)
        elif not self._answered or self._asked is not None:
            self._core.respond(transaction, 500, headers=[("Retry-After", "2")])
        else:
            if request.method == "INVITE":
                self._core.respond(transaction, 100)
                transaction.user = self
            self._asked = transaction
            self._emit(Reinvite(request.sdp(), request.method))

    def _on_info(self, transaction: ServerTransaction) -> None:
        keys = keys_of(transaction.request)
        if keys is None and any(part.required for part in transaction.request.parts()):
            self._core.respond(transaction, 415, headers=[("Accept", KEY_TYPES)])
            return
        self._core.respond(transaction, 200)
        for key in keys or ():
            self._emit(key)

    def on_cancel(self, cancel: Request) -> None:
        """A re-INVITE is taken back."""
        if self._asked is not None:
            self._core.respond(self._asked, 487)
            self._asked = None

    def on_no_ack(self) -> None:
        """A refusal of ours was not acknowledged: nothing depends on it."""

    def accept_reinvite(self, sdp: str | None) -> None:
        transaction = self._take_asked()
        if transaction is None:
            return
        headers = self._renegotiate(transaction)
        if headers is None:
            return
        if sdp:
            self._local_sdp = sdp
        body = sdp.encode() if sdp else b""
        contact = ("Contact", self._core.contact(self._channel.flow))
        data = self._core.respond(transaction, 200, headers=(contact, ("Allow", ALLOW), *headers), body=body)
        if transaction.request.method == "INVITE":
            self._repeat_until_ack(transaction, data)

    def refuse_reinvite(self, status: int = 488) -> None:
        transaction = self._take_asked()
        if transaction is not None:
            self._core.respond(transaction, status)

    def _take_asked(self) -> ServerTransaction | None:
        transaction, self._asked = self._asked, None
        return transaction

    # --- our answers, repeated until acknowledged ---

    def _repeat_until_ack(self, transaction: ServerTransaction, data: bytes) -> None:
        core, values = self._core, self._core.layer.values
        repeater = AnswerRepeater(values.t1, values.t2, core.now())
        cseq = transaction.request.cseq.sequence

        def due() -> None:
            if self.ended:
                return
            if not repeater.handle_timer(max(core.now(), repeater.get_timer())):
                log.warning("sip_no_ack", sip_call_id=self.call_id)
                self._hang_up(Ended(EndedBy.TIMEOUT), None)
                return
            core.send_alone(data, transaction.flow)
            self._unacknowledged[cseq] = core.at(repeater.get_timer() - core.now(), due)

        self._unacknowledged[cseq] = core.at(values.t1, due)
        if transaction.request.sdp() is None:
            self._offerless.add(cseq)

    # --- our requests within the dialog ---

    def _hang_up(self, ended: Ended, reason: Reason | None) -> None:
        if self.ended:
            return
        if self._channel.dialog is not None and self._answered:
            self._channel.request("BYE", ignore, reason_headers(reason))
        self._finish(ended)

    async def reinvite(self, sdp: str) -> str | None:
        async with self._asking:
            if not self._answered or self.ended:
                raise CallStateError("no call to change")
            outcome = await self._offer(sdp)
        if outcome.status >= 300 or outcome.response is None:
            raise CallRefused(outcome.status, outcome.phrase)
        self._local_sdp = sdp
        return outcome.response.sdp()

    async def probe(self) -> bool | None:
        if self.ended or not self._answered or self._channel.dialog is None:
            return False
        final: asyncio.Future[Outcome] = self._core.loop.create_future()

        def answered(outcome: Outcome) -> None:
            if outcome.status >= 200 and not final.done():
                final.set_result(outcome)

        self._channel.request("OPTIONS", answered, (("Accept", "application/sdp"),))
        outcome = await final
        return None if outcome.response is None else outcome.status not in DIALOG_GONE

    async def _offer(self, sdp: str) -> Outcome:
        """A re-INVITE and its final answer, acknowledged."""
        if self._asked is not None:
            return Outcome(491, "Request Pending", None)
        final: asyncio.Future[Outcome] = self._core.loop.create_future()
        self._own_invite = final
        acknowledgement: list[tuple[bytes, Flow]] = []

        def answered(outcome: Outcome) -> None:
            response = outcome.response
            if outcome.status < 200:
                return
            if outcome.status < 300 and response is not None and self._channel.dialog is not None:
                if not acknowledgement:
                    self._channel.dialog.refresh(response)
                    acknowledgement.append(self._channel.ack(self._channel.dialog, response.cseq.sequence))
                self._core.send_alone(*acknowledgement[0])
            if not final.done():
                final.set_result(outcome)

        try:
            headers = (("Contact", self._core.contact(self._channel.flow)), ("Allow", ALLOW))
            self._channel.request("INVITE", answered, headers, sdp.encode())
            outcome = await final
        finally:
            self._own_invite = None
        if outcome.status in DIALOG_GONE:
            self._hang_up(Ended(EndedBy.TIMEOUT, outcome.status, outcome.phrase), None)
        return outcome

    def abort(self) -> None:
        """End it now, whatever it waits for."""
        self._hang_up(Ended(EndedBy.LOCAL), None)

    def bye(self, reason: Reason | None = None) -> None:
        raise NotImplementedError

    # --- session timer (RFC 4028) ---

    def _renegotiate(self, transaction: ServerTransaction) -> tuple[Header, ...] | None:
        """Session-timer headers for a 2xx; None if the request has been refused with 422."""
        try:
            self._session = negotiate_as_uas(transaction.request, self._core.now())
        except IntervalTooSmall as error:
            self._core.respond(transaction, error.status, headers=[("Min-SE", "90")])
            return None
        self._peer_updates = "update" in transaction.request.tokens("allow")
        self._watch_session()
        return self._session.headers() if self._session else ()

    def _watch_session(self) -> None:
        if self._session_appointment is not None:
            self._session_appointment.cancel()
            self._session_appointment = None
        if self._session is not None and not self.ended:
            delay = self._session.get_timer() - self._core.now()
            self._session_appointment = self._core.at(delay, self._on_session_timer)

    def _on_session_timer(self) -> None:
        if self._session is None or self.ended:
            return
        if self._session.handle_timer(max(self._core.now(), self._session.get_timer())) is TimerAction.EXPIRE:
            log.warning("sip_session_expired", sip_call_id=self.call_id)
            self._hang_up(Ended(EndedBy.TIMEOUT), Reason("SIP", 408, "Session expired"))
            return
        headers = (("Session-Expires", f"{self._session.interval};refresher=uac"), ("Supported", "timer"))
        contact = ("Contact", self._core.contact(self._channel.flow))
        if self._peer_updates:
            self._channel.request("UPDATE", self._refreshed, (contact, *headers))
        else:
            self._refreshing = self._core.loop.create_task(self._refresh_by_invite())
        self._session.refreshed(self._core.now())
        self._watch_session()

    async def _refresh_by_invite(self) -> None:
        async with self._asking:
            if not self.ended:
                await self._offer(self._local_sdp)

    def _refreshed(self, outcome: Outcome) -> None:
        if outcome.status in DIALOG_GONE:
            self._hang_up(Ended(EndedBy.TIMEOUT, outcome.status, outcome.phrase), None)

    # --- snapshot ---

    def snapshot(self) -> DialogSnapshot:
        if self._channel.dialog is None or not self._answered:
            raise CallStateError("this call is not to be ended by a later run")
        flow = self._channel.next_flow(self._channel.dialog)
        return {"dialog": self._channel.dialog.snapshot(), **flow_snapshot(flow)}


def ignore(_: Outcome) -> None:
    """For requests whose answer changes nothing."""
