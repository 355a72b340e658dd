"""The engine room: sockets, transactions, one timer, fresh identifiers; used by calls and services."""

import asyncio
import hashlib
import secrets
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from bridges.sip.message import (
    Flow,
    MalformedMessage,
    OutgoingRequest,
    Request,
    Response,
    is_keep_alive,
    make_response,
    parse_message,
)
from bridges.sip.message.flow import host_port
from bridges.sip.message.grammar import to_wire
from bridges.sip.message.outgoing import MAGIC_COOKIE
from bridges.sip.message.reply import Header, make_error_response, reply_flow
from bridges.sip.transaction import (
    ClientTransaction,
    Deliver,
    Output,
    Send,
    ServerTransaction,
    State,
    TimedOut,
    TimerValues,
    TooManyTransactions,
    TransactionLayer,
)
from bridges.sip.transport import stun
from bridges.sip.transport.absent import AbsentPhones
from bridges.sip.transport.api import EndpointConfig, Reason
from bridges.sip.transport.budget import RefusalBudget
from bridges.sip.transport.locator import Locator
from bridges.sip.transport.network import Network
from bridges.sip.transport.timers import TimerQueue
from bridges.sip.transport.tls import OwnCertificate
from bridges.sip.transport.values import speaks_sips
from logs import log as logs

__all__ = ["Core", "DialogUser", "OnOutcome", "Outcome", "ServerUser"]

log = logs.get(__name__)


class Outcome(NamedTuple):
    """What became of a request of ours; `response` is None for 408 (silence) and 503 (not sent)."""

    status: int
    phrase: str
    response: Response | None


#: Called for every response, 1xx too, and once for silence or failure.
OnOutcome = Callable[[Outcome], None]


class ServerUser(Protocol):
    """Whoever owns an INVITE server transaction."""

    def on_cancel(
        self, invite: ServerTransaction, cancel: Request, acknowledge: Callable[[], None]
    ) -> None: ...
    def on_ack(self, ack: Request) -> None: ...
    def on_no_ack(self) -> None: ...


#: Messages that wait while calls are taken over; more than that come again, or are a flood.
_MOST_EARLY = 5_000


class DialogUser(Protocol):
    """Whoever gets the requests within a dialog."""

    @property
    def ended(self) -> bool: ...

    def on_request(self, transaction: ServerTransaction) -> None: ...
    def bye(self, reason: Reason | None = None) -> None: ...
    def abort(self) -> None: ...
    def on_ack(self, ack: Request) -> None: ...
    def on_stray_answer(self, response: Response) -> None: ...


class Core:
    """Moves bytes and time. `on_request` gets each new request that no transaction knows."""

    def __init__(
        self, config: EndpointConfig, on_request: Callable[[Request], None], on_lost: Callable[[Flow], None]
    ) -> None:
        self.config = config
        t1 = config.t1
        self.layer = TransactionLayer(TimerValues(t1, 8 * t1, 10 * t1), config.max_transactions)
        self.timers = TimerQueue()
        self.locator = Locator(ipv6=":" in config.host, nameservers=config.nameservers)
        self.network = Network(config, self.receive, self._refuse_malformed, on_lost)
        self._on_request = on_request
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self._flushing = False
        self._budget = RefusalBudget()
        #: Of answers to what cannot be read: such a flood leaves the challenges of the same house alone.
        self._malformed_budget = RefusalBudget(rate=50.0, burst=200.0)
        #: Of answers to STUN: a phone asks twice a minute.
        self._keep_alive_budget = RefusalBudget(rate=50.0, burst=200.0)
        #: Whether a phone is registered from there, or a line is known by that address; set by the endpoint.
        self.is_known: Callable[[Flow], bool] = lambda _: False
        #: How to reach a phone with this Contact, whose connection is gone; set by the endpoint.
        self.find_phone: Callable[[str, Flow], Flow | None] = lambda _target, _flow: None
        #: Whether the phone of a connection has gone over to another one; set by the endpoint.
        self.left: Callable[[Flow], bool] = lambda _: False
        self.absent = AbsentPhones(self.connected)
        self._tag_key = secrets.token_bytes(16)
        self.contact_secret = config.contact_secret or secrets.token_bytes(32)
        self._local_hosts: dict[str, str] = {}
        #: Live calls by Call-ID and local tag.
        self.calls: dict[tuple[str, str], DialogUser] = {}
        #: Calls that have ended, and whose last requests have no answer yet: a BYE may cross theirs.
        self.leaving: dict[tuple[str, str], DialogUser] = {}
        self.loop: asyncio.AbstractEventLoop
        #: What has come and waits, if it does.
        self._early: list[tuple[bytes, Flow]] | None = None

    # --- life ---

    def hear_later(self) -> None:
        """What comes from now on waits for `hear`."""
        self._early = []

    def hear(self) -> None:
        """What waits is received, in its order."""
        early, self._early = self._early or [], None
        for data, flow in early:
            self.receive(data, flow)

    async def open(self) -> None:
        self.loop = asyncio.get_running_loop()
        config = self.config
        certificate = OwnCertificate(*config.tls_files) if config.tls_files else None
        await self.network.open(config.listeners, certificate)

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self.network.close()

    def now(self) -> float:
        return self.loop.time()

    # --- identifiers and addresses ---

    @property
    def values(self) -> TimerValues:
        return self.layer.values

    @property
    def product(self) -> str:
        return self.config.user_agent

    def chance(self) -> float:
        return secrets.randbelow(2**32) / 2**32

    def connected(self, flow: Flow) -> bool:
        """Whether a connection is open, and its other end there as far as is known."""
        return self.network.connected(flow) and not self.left(flow)

    def way_to(self, target: str, flow: Flow) -> Flow:
        return self.find_phone(target, flow) or flow

    def new_branch(self) -> str:
        return MAGIC_COOKIE + secrets.token_hex(12)

    def new_tag(self) -> str:
        return secrets.token_hex(8)

    def new_call_id(self) -> str:
        return secrets.token_hex(16)

    def sent_by(self, flow: Flow) -> str:
        """Our `host:port` as this peer is to see it."""
        network = self.network
        address = network.address(flow.transport)
        config = self.config
        host = config.advertised.to(flow.host) or config.advertised_host or self._local_host(flow.host)
        return host_port(host, address[1] if address else flow.transport.default_port)

    def contact(self, flow: Flow, user: str = "unisono") -> str:
        """Our Contact value for a dialog over this flow."""
        if flow.transport.secure and self.network.speaks_sips(flow):
            return f"<sips:{user}@{self.sent_by(flow)}>"
        return f"<sip:{user}@{self.sent_by(flow)}{flow.transport.uri_parameter}>"

    def _local_host(self, remote: str) -> str:
        if self.config.host not in {"0.0.0.0", "::"}:
            return self.config.host
        return self._local_hosts.get(remote) or self._remember_local_host(remote)

    def _remember_local_host(self, remote: str) -> str:
        if len(self._local_hosts) > 10_000:
            self._local_hosts.clear()
        self._local_hosts[remote] = found = local_address_towards(remote)
        return found

    # --- requests received ---

    def receive(self, data: bytes, flow: Flow) -> None:
        """Everything the sockets get. Never raises for what a peer sent."""
        if is_keep_alive(data):
            self._answer_keep_alive(data, flow)
            return
        if self._early is not None:
            if len(self._early) < _MOST_EARLY:
                self._early.append((data, flow))
            return
        self.network.tap(False, data, flow)
        try:
            message = parse_message(data, flow)
        except MalformedMessage as error:
            self._refuse_malformed(error, flow)
            return
        if isinstance(message, Response):
            if not self.layer.receive_response(message, self.now()):
                self._receive_stray(message)
        elif not self.layer.absorb(message, self.now()):
            if flow.transport.secure and speaks_sips(message):
                self.network.speaks_sips(flow, now=True)
            self._hand_over(message)
        self.flush()

    def _receive_stray(self, response: Response) -> None:
        """A 2xx may come when its transaction is over, or was an earlier process's: its ACK was lost."""
        call = self.calls.get((response.call_id, response.from_tag))
        if call is not None and 200 <= response.status < 300 and response.cseq.method == "INVITE":
            call.on_stray_answer(response)

    def _answer_keep_alive(self, data: bytes, flow: Flow) -> None:
        if flow.transport.reliable or not data.strip(b"\r\n\x00"):
            return
        answer = stun.answer_to(data, flow)
        if answer is not None and self._may_answer(flow, self._keep_alive_budget):
            self.network.send(flow, answer, lambda: None)

    def _hand_over(self, request: Request) -> None:
        """A fault of ours is answered 500, and harms no other request."""
        try:
            self._on_request(request)
        except Exception:
            log.exception("sip_request_failed", method=request.method, sip_call_id=request.call_id)
            self.refuse(request, 500)

    def _refuse_malformed(self, error: MalformedMessage, flow: Flow) -> None:
        log.debug("sip_malformed", host=flow.host, why=str(error))
        answer = make_error_response(error, flow, self._tag_key.hex()[:16])
        if answer is not None and self._may_answer(flow, self._malformed_budget):
            self.network.send(answer[1], answer[0], lambda: None)

    def _may_answer(self, flow: Flow, budget: RefusalBudget) -> bool:
        if flow.transport.reliable:
            return True
        source = f"{flow.host} {flow.port}" if self.is_known(flow) else flow.host
        return budget.allow(source, self.now())

    def accept(self, request: Request) -> ServerTransaction | None:
        """Begin a server transaction; None if there are too many (503 has been sent then)."""
        try:
            return self.layer.accept(request)
        except TooManyTransactions as error:
            log.warning("sip_overload", transactions=len(self.layer))
            self.refuse(request, error.status, headers=[("Retry-After", "5")])
            return None

    def resume(
        self, began: list[ServerTransaction], request: Request, data: bytes, accepted: bool
    ) -> ServerTransaction:
        """Go on with a request that an earlier process received; see `TransactionLayer.restore`. What goes on
        is added to `began`, to get its user."""
        transaction = self.layer.restore(request, data, self.now(), accepted=accepted)
        began.append(transaction)
        return transaction

    def respond(
        self,
        transaction: ServerTransaction,
        status: int,
        phrase: str | None = None,
        *,
        to_tag: str | None = None,
        headers: Sequence[Header] = (),
        body: bytes = b"",
    ) -> bytes:
        """Answer within a transaction; the bytes sent. A transaction that is over gets nothing more."""
        tag = to_tag or self.stateless_tag(transaction.request)
        data = make_response(transaction.request, status, phrase, to_tag=tag, headers=headers, body=body)
        self.reply(transaction, status, data)
        return data

    def reply(self, transaction: ServerTransaction, status: int, data: bytes) -> None:
        """Answer with these bytes. A transaction that is over gets nothing more."""
        if transaction.state is not State.TERMINATED:
            self.layer.respond(transaction, status, data, self.now())
        self.flush()

    def refuse(
        self, request: Request, status: int, phrase: str | None = None, *, headers: Sequence[Header] = ()
    ) -> None:
        """Answer without any state (RFC 3261, Section 8.2.7): repeats get the same again."""
        if request.method == "ACK" or not self._may_answer(request.flow, self._budget):
            return
        tag = self.stateless_tag(request)
        data = make_response(request, status, phrase, to_tag=tag, headers=headers)
        self.network.send(reply_flow(request.via, request.flow), data, lambda: None)

    def stateless_tag(self, request: Request) -> str:
        text = to_wire(f"{request.call_id} {request.branch} {request.from_tag}")
        return hashlib.blake2s(text, key=self._tag_key, digest_size=8).hexdigest()

    # --- requests of ours ---

    def send(
        self, request: OutgoingRequest, flow: Flow, on_outcome: OnOutcome, home: Flow | None = None
    ) -> ClientTransaction | None:
        """Send a request in a transaction; None if there are too many (a 503 outcome follows). `home` is
        where a phone was last: one that is away is waited for."""
        try:
            transaction = self.layer.send(request, flow, self.now())
        except TooManyTransactions:
            self.loop.call_soon(on_outcome, Outcome(503, "Too Many Transactions", None))
            return None
        transaction.user = on_outcome
        self.absent.expect(transaction, home)
        self.flush()
        return transaction

    def phone_came(self) -> None:
        """A phone has registered: what waited for it is said."""
        for transaction in self.absent.came_back():
            self.network.send(transaction.flow, transaction.data, partial(self._failed, transaction))
        for data, flow in self.absent.responses(self.now()):
            self.send_alone(data, flow)

    def abandon(self, request: OutgoingRequest) -> None:
        """Forget the transaction of a request of ours."""
        transaction = self.layer.client_of(request)
        if transaction is not None:
            self.layer.abandon(transaction)

    def send_alone(self, data: bytes, flow: Flow) -> None:
        """Bytes outside transactions: an ACK to a 2xx, a 2xx repeated."""
        self.network.send(flow, data, lambda: None)

    # --- outputs and time ---

    def at(self, delay: float, callback: Callable[[], None]) -> Any:
        """Call back in `delay` seconds; the result can be cancelled."""
        timer = self.timers.at(self.now() + delay, callback)
        self._arm()
        return timer

    def flush(self) -> None:
        """Carry out what the transactions want done, until they want nothing more."""
        if self._flushing:
            return
        self._flushing = True
        outputs = self.layer.outputs
        try:
            while outputs:
                batch, outputs[:] = outputs[:], []
                for output in batch:
                    self._carry_out_safely(output)
        finally:
            self._flushing = False
        self._arm()

    def _carry_out_safely(self, output: Output) -> None:
        """A fault in the code of one call must not keep the others' messages back."""
        try:
            self._carry_out(output)
        except Exception:
            log.exception("sip_handler_failed")

    def _carry_out(self, output: Output) -> None:
        transaction = output.transaction
        if isinstance(output, Send):
            self.network.send(self._way_of(output), output.data, lambda: self._failed(transaction))
        elif transaction.user is None:
            return
        elif isinstance(transaction, ServerTransaction):
            user: ServerUser = transaction.user
            if isinstance(output, Deliver) and isinstance(output.message, Request):
                user.on_ack(output.message)
            else:
                user.on_no_ack()
        elif isinstance(output, Deliver) and isinstance(output.message, Response):
            self.absent.heard(transaction.key)
            transaction.user(Outcome(output.message.status, output.message.phrase, output.message))
        elif isinstance(output, TimedOut):
            self.absent.heard(transaction.key)
            transaction.user(Outcome(408, "Request Timeout", None))
        else:
            why = self.network.trouble(transaction.flow) or "Not Reachable"
            transaction.user(Outcome(503, why, None))

    def _way_of(self, output: Send) -> Flow:
        """Where it goes; a response whose connection is gone, over one that the phone has opened since, else
        to where the Via says (RFC 3261, Section 18.2.2)."""
        flow, transaction = output.flow, output.transaction
        if (
            not flow.transport.reliable
            or not isinstance(transaction, ServerTransaction)
            or self.connected(flow)
        ):
            return flow
        request = transaction.request
        target = request.contact_target()
        later = self.find_phone(target, flow) if target else None
        if later is not None and self.connected(later):
            self.absent.heard(transaction.key)
            return later
        if self.network.connected(flow):
            return flow
        self.absent.respond(transaction, output.data, self.now())
        return Flow(flow.transport, flow.host, request.via.port or flow.transport.default_port)

    def _failed(self, transaction: Any) -> None:
        if self.absent.waits(transaction) or self.absent.keeps(transaction):
            return
        self.layer.transport_failed(transaction)
        self.flush()

    def _arm(self) -> None:
        """One timer for everything; an earlier one that is armed already will see to it."""
        timers = [due for due in (self.layer.get_timer(), self.timers.get_timer()) if due is not None]
        if not timers:
            return
        due = min(timers)
        if self._timer is not None:
            if self._armed_for <= due:
                return
            self._timer.cancel()
        # Not `self._timer.when()`: uvloop's handle of a time that has passed has no such method.
        self._armed_for = due
        self._timer = self.loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = self.now()
        self.layer.handle_timer(now)
        for timer in self.timers.due(now):
            try:
                timer.fire()
            except Exception:
                log.exception("sip_timer_failed")
        self.flush()


def local_address_towards(remote: str) -> str:
    """Our address on the way to `remote`: what the kernel would choose; nothing is sent."""
    family = socket.AF_INET6 if ":" in remote else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((remote, 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
