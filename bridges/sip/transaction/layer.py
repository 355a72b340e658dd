"""All transactions of an endpoint: matching, one timer for all, and a bound."""

from heapq import heappop, heappush
from itertools import count

from bridges.sip.errors import RemoteSipError
from bridges.sip.message import Flow, OutgoingRequest, Request, Response
from bridges.sip.message.outgoing import MAGIC_COOKIE
from bridges.sip.message.reply import reply_flow
from bridges.sip.transaction.client import ClientTransaction, InviteClient, NonInviteClient
from bridges.sip.transaction.machine import Output, Transaction
from bridges.sip.transaction.server import InviteServer, NonInviteServer, ServerTransaction
from bridges.sip.transaction.states import State, TimerValues

__all__ = ["TooManyTransactions", "TransactionLayer"]


class TooManyTransactions(RemoteSipError):
    """The bound is reached; answer 503 with Retry-After, without state."""

    def __init__(self) -> None:
        super().__init__("too many transactions", 503, "Service Unavailable")


def server_key(request: Request) -> tuple[str, ...]:
    """What names a server transaction (RFC 3261, Section 17.2.3); an ACK finds its INVITE.

    Without the magic cookie (RFC 2543) the branch is not unique: the whole Via, Call-ID, From tag
    and CSeq number are taken along.
    """
    method = "INVITE" if request.method == "ACK" else request.method
    via = request.via
    key = (request.branch, via.host.lower(), str(via.port), method)
    if request.branch.startswith(MAGIC_COOKIE):
        return key
    return (*key, request.headers["via"][0], request.call_id, request.from_tag, str(request.cseq.sequence))


class TransactionLayer:
    """Create, match, time out. After any call, drain `outputs`; call `handle_timer` at `get_timer()`.

    `limit` bounds the transactions kept; the last tenth is for our own requests, so that calls can be
    hung up under a flood.
    """

    def __init__(self, values: TimerValues, limit: int) -> None:
        self.values = values
        self.outputs: list[Output] = []
        self._limit = limit
        self._servers: dict[tuple[str, ...], ServerTransaction] = {}
        self._clients: dict[tuple[str, ...], ClientTransaction] = {}
        self._heap: list[tuple[float, int, Transaction]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._servers) + len(self._clients)

    # --- requests received ---

    def absorb(self, request: Request, now: float) -> bool:
        """Whether the request belongs to a transaction known (a repeat, or an ACK); it is dealt with then."""
        transaction = self._servers.get(server_key(request))
        if transaction is None:
            return False
        if request.method == "ACK":
            transaction.acknowledge(request, now)
        else:
            transaction.repeat()
        self._settle(transaction)
        return True

    def accept(self, request: Request) -> ServerTransaction:
        """Begin a server transaction. Raises `TooManyTransactions`."""
        if len(self) >= self._limit - self._limit // 10:
            raise TooManyTransactions
        return self._begin(request)

    def _begin(self, request: Request) -> ServerTransaction:
        kind = InviteServer if request.method == "INVITE" else NonInviteServer
        flow = reply_flow(request.via, request.flow)
        transaction = kind(server_key(request), request, flow, self.values, self.outputs)
        self._servers[transaction.key] = transaction
        return transaction

    def restore(self, request: Request, data: bytes, now: float, *, accepted: bool) -> ServerTransaction:
        """Go on with the transaction of a request that an earlier process received. `data` is its last
        provisional answer, if there was any; `accepted`: it is an INVITE, and has been answered 2xx."""
        transaction = self._begin(request)
        transaction.resume(data, now, accepted=accepted)
        self._settle(transaction)
        return transaction

    def respond(self, transaction: ServerTransaction, status: int, data: bytes, now: float) -> None:
        """Answer. Raises `TransactionStateError` if that is no longer possible."""
        transaction.respond(status, data, now)
        self._settle(transaction)

    def invite_of(self, cancel: Request) -> ServerTransaction | None:
        """The INVITE that a CANCEL means (RFC 3261, Section 9.2)."""
        key = server_key(cancel)
        return self._servers.get((*key[:3], "INVITE", *key[4:]))

    # --- requests of ours ---

    def send(self, request: OutgoingRequest, flow: Flow, now: float) -> ClientTransaction:
        """Begin a client transaction. Raises `TooManyTransactions`."""
        if len(self) >= self._limit:
            raise TooManyTransactions
        kind = InviteClient if request.method == "INVITE" else NonInviteClient
        transaction = kind(request, flow, self.values, self.outputs, now)
        self._clients[transaction.key] = transaction
        self._settle(transaction)
        return transaction

    def receive_response(self, response: Response, now: float) -> bool:
        """Give a response to its transaction (Section 17.1.3); False if there is none."""
        transaction = self._clients.get((response.branch, response.cseq.method))
        if transaction is None:
            return False
        transaction.receive(response, now)
        self._settle(transaction)
        return True

    def client_of(self, request: OutgoingRequest) -> ClientTransaction | None:
        """The transaction of a request of ours, while there is one."""
        return self._clients.get((request.branch, request.method))

    # --- failures and time ---

    def transport_failed(self, transaction: Transaction) -> None:
        """A `Send` of this transaction did not work."""
        transaction.transport_failed()
        self._settle(transaction)

    def flow_lost(self, flow: Flow) -> None:
        """A connection is gone: requests sent over it and not answered at all have failed
        (RFC 3261, Section 18.4). A peer that rings may come back over a connection of its own."""
        silent = {State.CALLING, State.TRYING}
        for transaction in [t for t in self._clients.values() if t.flow == flow and t.state in silent]:
            self.transport_failed(transaction)

    def abandon(self, transaction: Transaction) -> None:
        """Forget a transaction whose user has given up waiting (RFC 3261, Section 9.1)."""
        transaction.state = State.TERMINATED
        self._settle(transaction)

    def get_timer(self) -> float | None:
        """When `handle_timer` is to be called next (sometimes earlier than needed, never later)."""
        return self._heap[0][0] if self._heap else None

    def handle_timer(self, now: float) -> None:
        """Fire all that is due."""
        while self._heap and self._heap[0][0] <= now:
            due, _, transaction = heappop(self._heap)
            if transaction.scheduled != due:
                continue  # an earlier entry took its place
            transaction.scheduled = None
            transaction.handle_timer(now)
            self._settle(transaction)

    def _settle(self, transaction: Transaction) -> None:
        """Forget what is terminated; schedule the rest."""
        if transaction.state is State.TERMINATED:
            kept = self._clients if isinstance(transaction, ClientTransaction) else self._servers
            kept.pop(transaction.key, None)
            return
        due = transaction.get_timer()
        if due is not None and (transaction.scheduled is None or due < transaction.scheduled):
            transaction.scheduled = due
            heappush(self._heap, (due, next(self._order), transaction))
