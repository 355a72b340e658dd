"""The engine room: sockets, transactions, one timer, fresh identifiers; used by calls and services."""

import asyncio
import hashlib
import secrets
import socket
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from bridges.sip.message import (
    Flow,
    MalformedMessage,
    OutgoingRequest,
    Request,
    Response,
    Transport,
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
from bridges.sip.transport.agenda import Agenda
from bridges.sip.transport.api import EndpointConfig, Reason
from bridges.sip.transport.budget import RefusalBudget
from bridges.sip.transport.locator import Locator
from bridges.sip.transport.network import Network
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

    def on_cancel(self, cancel: Request) -> None: ...
    def on_ack(self, ack: Request) -> None: ...
    def on_no_ack(self) -> None: ...


class DialogUser(Protocol):
    """Whoever gets the requests within a dialog."""

    ended: bool

    def on_request(self, transaction: ServerTransaction) -> None: ...
    def bye(self, reason: Reason | None = None) -> None: ...
    def abort(self) -> None: ...
    def on_ack(self, ack: Request) -> None: ...


class Core:
    """Moves bytes and time. `on_request` gets each new request that no transaction knows."""

    def __init__(
        self, config: EndpointConfig, on_request: Callable[[Request], None], on_lost: Callable[[Flow], None]
    ) -> None:
        self.config = config
        t1 = config.t1
        self.layer = TransactionLayer(TimerValues(t1, 8 * t1, 10 * t1), config.max_transactions)
        self.agenda = Agenda()
        self.locator = Locator(ipv6=":" in config.host, nameservers=config.nameservers)
        self.network = Network(config, self.receive, self._refuse_malformed, on_lost)
        self._on_request = on_request
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self._flushing = False
        self._budget = RefusalBudget()
        #: Of answers to what cannot be read: such a flood leaves the challenges of the same house alone.
        self._malformed_budget = RefusalBudget(rate=50.0, burst=200.0)
        #: Whether a phone is registered from there, or a line is known by that address; set by the endpoint.
        self.is_known: Callable[[Flow], bool] = lambda _: False
        self._tag_key = secrets.token_bytes(16)
        self.contact_secret = config.contact_secret or secrets.token_bytes(32)
        self._local_hosts: dict[str, str] = {}
        #: Live calls by Call-ID and local tag.
        self.calls: dict[tuple[str, str], DialogUser] = {}
        self.loop: asyncio.AbstractEventLoop

    # --- life ---

    async def open(self) -> None:
        self.loop = asyncio.get_running_loop()
        await self.network.open(self.config.host, self.config.udp_port, self.config.tcp_port)

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self.network.close()

    def now(self) -> float:
        return self.loop.time()

    # --- identifiers and addresses ---

    def new_branch(self) -> str:
        return MAGIC_COOKIE + secrets.token_hex(12)

    def new_tag(self) -> str:
        return secrets.token_hex(8)

    def new_call_id(self) -> str:
        return secrets.token_hex(16)

    def sent_by(self, flow: Flow) -> str:
        """Our `host:port` as this peer is to see it."""
        network = self.network
        address = network.udp_address if flow.transport is Transport.UDP else network.tcp_address
        config = self.config
        host = config.advertised.to(flow.host) or config.advertised_host or self._local_host(flow.host)
        return host_port(host, address[1] if address else 5060)

    def contact(self, flow: Flow, user: str = "unisono") -> str:
        """Our Contact value for a dialog over this flow."""
        transport = ";transport=tcp" if flow.transport is Transport.TCP else ""
        return f"<sip:{user}@{self.sent_by(flow)}{transport}>"

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
            return
        try:
            message = parse_message(data, flow)
        except MalformedMessage as error:
            self._refuse_malformed(error, flow)
            return
        if isinstance(message, Response):
            self.layer.receive_response(message, self.now())
        elif not self.layer.absorb(message, self.now()):
            self._hand_over(message)
        self.flush()

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
        if transaction.state is not State.TERMINATED:
            self.layer.respond(transaction, status, data, self.now())
        self.flush()
        return data

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

    def send(self, request: OutgoingRequest, flow: Flow, on_outcome: OnOutcome) -> ClientTransaction | None:
        """Send a request in a transaction; None if there are too many (a 503 outcome follows)."""
        try:
            transaction = self.layer.send(request, flow, self.now())
        except TooManyTransactions:
            self.loop.call_soon(on_outcome, Outcome(503, "Too Many Transactions", None))
            return None
        transaction.user = on_outcome
        self.flush()
        return transaction

    def send_alone(self, data: bytes, flow: Flow) -> None:
        """Bytes outside transactions: an ACK to a 2xx, a 2xx repeated."""
        self.network.send(flow, data, lambda: None)

    # --- outputs and time ---

    def at(self, delay: float, callback: Callable[[], None]) -> Any:
        """Call back in `delay` seconds; the result can be cancelled."""
        appointment = self.agenda.at(self.now() + delay, callback)
        self._arm()
        return appointment

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
            self.network.send(output.flow, output.data, lambda: self._failed(transaction))
        elif transaction.user is None:
            return
        elif isinstance(transaction, ServerTransaction):
            user: ServerUser = transaction.user
            if isinstance(output, Deliver) and isinstance(output.message, Request):
                user.on_ack(output.message)
            else:
                user.on_no_ack()
        elif isinstance(output, Deliver) and isinstance(output.message, Response):
            transaction.user(Outcome(output.message.status, output.message.phrase, output.message))
        elif isinstance(output, TimedOut):
            transaction.user(Outcome(408, "Request Timeout", None))
        else:
            transaction.user(Outcome(503, "Not Reachable", None))

    def _failed(self, transaction: Any) -> None:
        self.layer.transport_failed(transaction)
        self.flush()

    def _arm(self) -> None:
        """One timer for everything; an earlier one that is armed already will see to it."""
        timers = [due for due in (self.layer.get_timer(), self.agenda.get_timer()) if due is not None]
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
        for appointment in self.agenda.due(now):
            try:
                appointment.keep()
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
