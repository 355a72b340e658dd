"""Two transaction layers joined by a wire with scripted faults; time is a number."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from bridges.sip.message import (
    Flow,
    OutgoingRequest,
    Request,
    Response,
    Transport,
    make_response,
    parse_message,
)
from bridges.sip.transaction import Deliver, Output, Send, ServerTransaction, TimerValues, TransactionLayer

A, B = "192.0.2.1", "192.0.2.2"

#: What becomes of the n-th message of a side: seconds until it arrives, once for each copy; none: lost.
Fate = Callable[[int], list[float]]


def delivered(_: int) -> list[float]:
    return [0.01]


def invite(
    method: str = "INVITE", branch: str = "z9hG4bK1", transport: Transport = Transport.UDP
) -> OutgoingRequest:
    return OutgoingRequest(
        method=method,
        uri=f"sip:202@{B}",
        transport=transport,
        sent_by=f"{A}:5060",
        branch=branch,
        from_=f"<sip:201@{A}>;tag=a",
        to=f"<sip:202@{B}>",
        call_id="call-1",
        cseq=1,
    )


class Side:
    """One end: its layer, and what its user was told."""

    def __init__(self, host: str, peer: str, fate: Fate, limit: int) -> None:
        self.host = host
        self.peer = peer
        self.fate = fate
        self.layer = TransactionLayer(TimerValues(), limit)
        self.sent: list[tuple[float, str]] = []
        self.told: list[tuple[float, Output]] = []
        self.requests: list[Request] = []
        self.server: ServerTransaction | None = None

    def statuses(self) -> list[int]:
        messages = [output.message for _, output in self.told if isinstance(output, Deliver)]
        return [message.status for message in messages if isinstance(message, Response)]


class Link:
    """`a` is the client's side, `b` the server's. `on_request` plays the user of `b`."""

    def __init__(
        self,
        transport: Transport = Transport.UDP,
        a_to_b: Fate = delivered,
        b_to_a: Fate = delivered,
        limit: int = 100,
    ) -> None:
        self.now = 100.0
        self.transport = transport
        self.a = Side(A, B, a_to_b, limit)
        self.b = Side(B, A, b_to_a, limit)
        self.on_request: Callable[[ServerTransaction], None] = lambda transaction: None
        self._wire: list[tuple[float, int, Side, bytes]] = []
        self._order = count()

    def send(self, request: OutgoingRequest) -> None:
        self.a.layer.send(request, Flow(self.transport, B, 5060), self.now)
        self.flush()

    def respond(self, status: int) -> None:
        """The user of `b` answers its latest request."""
        transaction = self.b.server
        assert transaction is not None
        data = make_response(transaction.request, status, to_tag="b")
        self.b.layer.respond(transaction, status, data, self.now)
        self.flush()

    def flush(self) -> None:
        for side, other in ((self.a, self.b), (self.b, self.a)):
            outputs, side.layer.outputs[:] = list(side.layer.outputs), []
            for output in outputs:
                if isinstance(output, Send):
                    self._put(side, other, output.data)
                else:
                    side.told.append((self.now, output))

    def _put(self, side: Side, other: Side, data: bytes) -> None:
        line = data.split(b"\r\n", 1)[0].decode()
        word = line.split(" ")[1] if line.startswith("SIP/") else line.split(" ")[0]
        for delay in side.fate(len(side.sent)):
            heappush(self._wire, (self.now + delay, next(self._order), other, data))
        side.sent.append((round(self.now - 100.0, 3), word))

    def run(self, seconds: float) -> None:
        """Step from event to event until `seconds` have passed."""
        end = self.now + seconds
        while True:
            timers = [side.layer.get_timer() for side in (self.a, self.b)]
            due = [timer for timer in timers if timer is not None]
            due += [self._wire[0][0]] if self._wire else []
            if not due or min(due) > end:
                self.now = end
                return
            self.now = max(self.now, min(due))
            self._step()

    def _step(self) -> None:
        for side in (self.a, self.b):
            side.layer.handle_timer(self.now)
        self.flush()
        while self._wire and self._wire[0][0] <= self.now:
            _, _, side, data = heappop(self._wire)
            self._arrive(side, data)
            self.flush()

    def _arrive(self, side: Side, data: bytes) -> None:
        message = parse_message(data, Flow(self.transport, side.peer, 5060))
        if isinstance(message, Response):
            side.layer.receive_response(message, self.now)
        elif not side.layer.absorb(message, self.now) and message.method != "ACK":
            side.requests.append(message)
            side.server = side.layer.accept(message)
            self.on_request(side.server)
