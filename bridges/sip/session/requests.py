"""What both sides of a session stand on: the dialog, our requests within it, and what is to be done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from bridges.sip.auth import Attempt, DigestClient
from bridges.sip.dialog import Dialog
from bridges.sip.machine import LocalMisuse, Machine
from bridges.sip.message import Flow, OutgoingRequest, Response, make_response
from bridges.sip.message.flow import is_address
from bridges.sip.message.reply import Header
from bridges.sip.session.events import Event, Output, Reply, RequestAnswered, Send, Transmit
from bridges.sip.session.offer_answer import OfferAnswer
from bridges.sip.session.states import State, Trigger
from bridges.sip.transaction import ServerTransaction, TimerValues

__all__ = ["DialogRequests", "OnResult", "Result", "UserAgent"]


class UserAgent(Protocol):
    """What a session asks of the user agent around it: fresh identifiers, chance, and our addresses."""

    @property
    def values(self) -> TimerValues:
        """T1, T2, T4."""

    @property
    def product(self) -> str:
        """Our User-Agent value."""

    def new_branch(self) -> str: ...

    def new_tag(self) -> str: ...

    def chance(self) -> float:
        """A random number in [0, 1)."""

    def sent_by(self, flow: Flow) -> str:
        """Our `host:port` for Via, as the peer at this flow is to see it."""

    def contact(self, flow: Flow, user: str = ...) -> str:
        """Our Contact value for a dialog over this flow, with a user part."""

    def connected(self, flow: Flow) -> bool:
        """Whether a connection of this name is open."""

    def way_to(self, target: str, flow: Flow) -> Flow:
        """How to reach a phone with this Contact, whose connection `flow` is gone."""


class Result(NamedTuple):
    """What became of a request of ours; `response` is None for 408 (silence) and 503 (not sent)."""

    status: int
    phrase: str
    response: Response | None


#: Called for every response to a request of ours, 1xx too, and once for silence or failure.
OnResult = Callable[[Result, float], None]
Timed = tuple[float, Callable[[float], None]]


@dataclass(slots=True)
class Pending:
    """A request of ours within the dialog that has no final answer yet, or whose 2xx may come again."""

    request: OutgoingRequest
    dialog: Dialog
    headers: tuple[Header, ...]
    on_result: OnResult
    attempt: Attempt | None
    done: bool = False


class DialogRequests(Machine[State, Trigger]):
    """The way to the peer of one dialog; `dialog` is None until there is one.

    `symmetric` keeps requests on `flow`: right for phones, whatever their Contact says.
    """

    def __init__(
        self,
        agent: UserAgent,
        state: State,
        local_tag: str,
        flow: Flow,
        *,
        symmetric: bool,
        digest: DigestClient | None,
    ) -> None:
        super().__init__(state)
        self.flow = flow
        self.dialog: Dialog | None = None
        self.offers = OfferAnswer()
        self.local_tag = local_tag
        #: What our Contact calls the conference that the peer takes part in by this dialog (RFC 4579, Section
        #: 4.1).
        self.focus: str | None = None
        self.symmetric = symmetric
        self._agent = agent
        self._digest = digest
        self._out: list[Output] = []
        self._pending: dict[tuple[str, str], Pending] = {}

    @property
    def ended(self) -> bool:
        """Whether `Ended` has been told."""
        return self.state is State.DISCONNECTED

    @property
    def answered(self) -> bool:
        """Whether there is a session, be its ACK still on the way."""
        return self.state in {State.CONNECTING, State.CONFIRMED}

    @property
    def over(self) -> bool:
        """Whether it has ended and waits for nothing any more: requests of the peer are nobody's then."""
        return self.ended and all(pending.done for pending in self._pending.values())

    @property
    def patience(self) -> float:
        """64*T1: how long anything is waited for, in seconds."""
        return self._agent.values.timeout

    @property
    def contact(self) -> Header:
        """Our Contact header for this dialog."""
        if self.focus is not None:
            return ("Contact", f"{self._agent.contact(self.flow, self.focus)};isfocus")
        return ("Contact", self._agent.contact(self.flow))

    # --- what is to be done ---

    def _take(self) -> list[Output]:
        out, self._out = self._out, []
        return out

    def _emit(self, event: Event) -> None:
        self._out.append(event)

    def _reply(
        self,
        transaction: ServerTransaction,
        status: int,
        phrase: str | None = None,
        headers: Sequence[Header] = (),
        body: bytes = b"",
        *,
        has_effect: bool = False,
    ) -> bytes:
        data = make_response(
            transaction.request, status, phrase, to_tag=self.local_tag, headers=headers, body=body
        )
        self._out.append(Reply(transaction, status, data, has_effect))
        return data

    # --- requests of ours ---

    def next_flow(self, dialog: Dialog) -> Flow:
        """Where requests go: phones over the flow they use, or that they have opened since; others where
        Route or Contact says."""
        if self._agent.connected(self.flow):
            return self.flow
        if self.symmetric:
            if not self.flow.transport.reliable:
                return self.flow
            found = self._agent.way_to(dialog.remote_target, self.flow)
            if self._agent.connected(found):
                self.flow = found
            return found
        hop = dialog.next_hop()
        if hop is None or not is_address(hop[0]):
            return self.flow
        return Flow(self.flow.transport, hop[0].strip("[]"), hop[1])

    def _request(
        self,
        method: str,
        on_result: OnResult,
        headers: tuple[Header, ...] = (),
        body: bytes = b"",
        *,
        content_type: str = "application/sdp",
        dialog: Dialog | None = None,
    ) -> OutgoingRequest:
        """Send a request in `dialog` (the session's own, if None). Raises `LocalMisuse` without one."""
        dialog = dialog or self.dialog
        if dialog is None:
            raise LocalMisuse("no dialog")
        attempt = self._digest.attempt() if self._digest is not None else None
        return self._send(dialog, method, on_result, headers, body, content_type, (), attempt)

    def _send(
        self,
        dialog: Dialog,
        method: str,
        on_result: OnResult,
        headers: tuple[Header, ...],
        body: bytes,
        content_type: str,
        credentials: tuple[Header, ...],
        attempt: Attempt | None,
    ) -> OutgoingRequest:
        flow = self.next_flow(dialog)
        request = self._within(
            dialog, flow, method, (*credentials, ("User-Agent", self._agent.product), *headers), body
        )
        request = replace(request, content_type=content_type)
        if method == "INVITE":
            # The dialog has one at a time: no 2xx of an earlier one comes any more.
            self._pending = {key: pending for key, pending in self._pending.items() if not pending.done}
        self._pending[request.branch, method] = Pending(request, dialog, headers, on_result, attempt)
        self._out.append(Send(request, flow, self.flow if self.symmetric else None))
        return request

    def _within(
        self,
        dialog: Dialog,
        flow: Flow,
        method: str,
        headers: tuple[Header, ...],
        body: bytes = b"",
        cseq: int | None = None,
    ) -> OutgoingRequest:
        return dialog.request(
            method,
            transport=flow.transport,
            sent_by=self._agent.sent_by(flow),
            branch=self._agent.new_branch(),
            headers=headers,
            body=body,
            cseq=cseq,
        )

    def _ack(
        self, dialog: Dialog, cseq: int, headers: tuple[Header, ...] = (), body: bytes = b""
    ) -> Transmit:
        """The ACK to a 2xx: a request of its own, without a transaction (RFC 3261, Section 13.2.2.4)."""
        flow = self.next_flow(dialog)
        ack = self._within(dialog, flow, "ACK", headers, body, cseq)
        return Transmit(ack.encode(), flow)

    def request(
        self,
        method: str,
        token: Any,
        now: float,
        headers: tuple[Header, ...] = (),
        body: bytes = b"",
        content_type: str = "application/sdp",
    ) -> list[Output]:
        """A request of the user's within the dialog (INFO, OPTIONS, NOTIFY, REFER); `RequestAnswered` with
        the same `token` tells what became of it. Raises `LocalMisuse` without a dialog."""

        def answered(result: Result, _: float) -> None:
            if result.status >= 200:
                self._emit(RequestAnswered(token, *result))

        self._request(method, answered, headers, body, content_type=content_type)
        return self._take()

    def receive_response(self, response: Response, now: float) -> list[Output]:
        """A response to a request of ours, whether its transaction is still there; what matches none is
        ignored, but that a 2xx to a re-INVITE is acknowledged (RFC 3261, Section 13.2.2.4)."""
        key = (response.branch, response.cseq.method)
        if pending := self._pending.get(key):
            self._heard_over(response.flow)
            self._resolve(key, pending, Result(response.status, response.phrase, response), now)
        elif 200 <= response.status < 300 and response.cseq.method == "INVITE":
            self._on_stray_success(response)
        return self._take()

    def _heard_over(self, flow: Flow) -> None:
        """A phone whose connection is gone is where it answers from."""
        known = self.flow
        moved = self.symmetric and known.transport.reliable and flow.transport is known.transport
        if moved and flow != known and not self._agent.connected(known):
            self.flow = flow

    def _on_stray_success(self, response: Response) -> None:
        """A 2xx to an INVITE of ours that nobody knows any more."""

    def timed_out(self, request: OutgoingRequest, now: float) -> list[Output]:
        """Nothing came (RFC 3261, Section 8.1.3.1)."""
        return self._lost(request, Result(408, "Request Timeout", None), now)

    def failed(self, request: OutgoingRequest, now: float, why: str = "Not Reachable") -> list[Output]:
        """It could not be sent, or there are too many transactions."""
        return self._lost(request, Result(503, why, None), now)

    def _lost(self, request: OutgoingRequest, result: Result, now: float) -> list[Output]:
        key = (request.branch, request.method)
        if pending := self._pending.get(key):
            self._resolve(key, pending, result, now)
        return self._take()

    def _resolve(self, key: tuple[str, str], pending: Pending, result: Result, now: float) -> None:
        """A challenge is answered; all else is told to whoever asked."""
        if result.status >= 200:
            pending.done = True
            if not 200 <= result.status < 300 or pending.request.method != "INVITE":
                del self._pending[key]  # a 2xx to an INVITE may come again
        credentials = self._answer_challenge(pending.attempt, result, pending.request)
        if credentials:
            request = pending.request
            again = self._send(
                pending.dialog,
                request.method,
                pending.on_result,
                pending.headers,
                request.body,
                request.content_type,
                credentials,
                pending.attempt,
            )
            self._sent_again(request, again)
        else:
            pending.on_result(result, now)

    def _sent_again(self, before: OutgoingRequest, again: OutgoingRequest) -> None:
        """A challenged request went out once more, with another CSeq and branch."""

    def _answer_challenge(
        self, attempt: Attempt | None, result: Result, request: OutgoingRequest
    ) -> tuple[Header, ...]:
        """The headers that answer a challenge, and those before it; none if there is none, or we cannot."""
        if result.status not in {401, 407} or attempt is None or result.response is None:
            return ()
        if not attempt.take(result.response.headers):
            return ()
        return attempt.headers(request.method, request.uri, self._agent.new_tag())

    # --- time ---

    def _timers(self) -> Iterator[Timed]:
        """When to call what."""
        return iter(())

    def get_timer(self) -> float | None:
        """When `handle_timer` is to be called, if ever."""
        return min((due for due, _ in self._timers()), default=None)

    def handle_timer(self, now: float) -> list[Output]:
        """All that is due, the earliest first."""
        while True:
            due = min(self._timers(), key=itemgetter(0), default=None)
            if due is None or due[0] > now:
                return self._take()
            due[1](now)
