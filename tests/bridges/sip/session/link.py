"""Two user agents joined by a wire with scripted faults: sessions over transactions; time is a number."""

import json
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

from bridges.sip.message import Flow, Request, Response, Transport, make_response, parse_message
from bridges.sip.session.events import Abandon, Avoid, Deliver, Event, Locate, Output, Reply, Send, Transmit
from bridges.sip.session.session import Session
from bridges.sip.session.uac import UacSession
from bridges.sip.session.uas import UasSession
from bridges.sip.transaction import (
    ClientTransaction,
    ServerTransaction,
    State,
    TimedOut,
    TimerValues,
    TransactionLayer,
    TransportFailed,
)
from bridges.sip.transaction import Deliver as TransactionDeliver
from bridges.sip.transaction import Send as TransactionSend

A, B = "192.0.2.1", "192.0.2.2"
OFFER, ANSWER = "v=0 offer\r\n", "v=0 answer\r\n"
HOLD, HELD = "v=0 hold\r\n", "v=0 held\r\n"

#: What becomes of the n-th message of a side: seconds until it arrives, once for each copy; none: lost.
Fate = Callable[[int, str], list[float]]

E_ = TypeVar("E_", bound=Any)


def delivered(_: int, __: str) -> list[float]:
    return [0.01]


def losing(*words: str) -> Fate:
    """Each of these words is lost once: "ACK", "200", "180" …"""
    left = list(words)

    def fate(_: int, word: str) -> list[float]:
        if word in left:
            left.remove(word)
            return []
        return [0.01]

    return fate


class Agent:
    """Identifiers in order, and chance as it is set."""

    values = TimerValues()
    product = "Test"

    def __init__(self, host: str) -> None:
        self.host = host
        self.luck = 0.5
        #: Where phones are by now, by their Contact.
        self.ways: dict[str, Flow] = {}
        self._count = count(1)

    def new_branch(self) -> str:
        return f"z9hG4bK-{self.host}-{next(self._count)}"

    def new_tag(self) -> str:
        return f"{self.host[-1]}{next(self._count)}"

    def chance(self) -> float:
        return self.luck

    def sent_by(self, flow: Flow) -> str:
        return f"{self.host}:5060"

    def contact(self, flow: Flow, user: str = "unisono") -> str:
        return f"<sip:{user}@{self.host}:5060>"

    def connected(self, flow: Flow) -> bool:
        return False

    def way_to(self, target: str, flow: Flow) -> Flow:
        return self.ways.get(target, flow)


class End:
    """One user agent: its transactions, its session, and what its user was told."""

    session: Session

    def __init__(self, link: "Link", host: str, fate: Fate) -> None:
        self.link = link
        self.host = host
        self.fate = fate
        self.agent = Agent(host)
        self.layer = TransactionLayer(TimerValues(), 500)
        self.sessions: dict[tuple[str, str], Session] = {}
        self.sent: list[tuple[float, str]] = []
        self.messages: list[bytes] = []
        self.told: list[Any] = []  # events, in order
        self.delivered: list[ServerTransaction] = []
        self.to_be_found: list[Locate] = []
        self.avoided: list[Flow] = []
        self.hears: Callable[[Event], None] = lambda _: None

    # --- for tests ---

    def do(self, outputs: list[Output]) -> None:
        """Carry out what the session wants, and let the transactions speak."""
        for output in outputs:
            self._carry_out(output)
        self.flush()

    def events(self, kind: type[E_]) -> list[E_]:
        return [event for event in self.told if isinstance(event, kind)]

    def words(self) -> list[str]:
        """What was sent, without the times."""
        return [word for _, word in self.sent]

    def restart(self) -> None:
        """The process dies, and another one goes on from what stood on disk."""
        made = self.link.now
        kept = [json.loads(json.dumps(session.snapshot(made))) for session in self.living()]
        kinds = [type(session) for session in self.living()]
        self.layer = TransactionLayer(TimerValues(), 500)
        self.sessions.clear()
        for kind, snapshot in zip(kinds, kept, strict=True):
            assert kind in {UacSession, UasSession}
            restored = (UacSession if kind is UacSession else UasSession).restore(
                self.agent, snapshot, made, self.link.now, self._resume, usages=self.link.usages
            )
            self.session = restored
            self.sessions[restored.call_id, restored.local_tag] = restored
            for transaction in self.layer._servers.values():
                transaction.user = restored
            self.do(restored.resume(self.link.now))

    def living(self) -> list[Session]:
        return [session for session in self.sessions.values() if not session.ended]

    def _resume(self, request: Request, data: bytes, accepted: bool) -> ServerTransaction:
        return self.layer.restore(request, data, self.link.now, accepted=accepted)

    def last(self, word: str) -> Request | Response:
        """The last message sent whose method or status this is."""
        data = next(
            data for data, (_, sent) in zip(self.messages[::-1], self.sent[::-1], strict=True) if sent == word
        )
        return parse_message(data, Flow(Transport.UDP, self.host, 5060))

    # --- what a shell does ---

    def _carry_out(self, output: Output) -> None:
        now = self.link.now
        match output:
            case Send(request=request, flow=flow):
                self.layer.send(request, flow, now).user = self.session
            case Reply(transaction=server, status=status, data=data):
                if server.state is not State.TERMINATED:
                    self.layer.respond(server, status, data, now)
            case Transmit(data=data):
                self._put(data)
            case Abandon(request=request):
                if transaction := self.layer.client_of(request):
                    self.layer.abandon(transaction)
            case Deliver(transaction=server):
                self.delivered.append(server)
            case Locate():
                self.to_be_found.append(output)
            case Avoid(flow=flow):
                self.avoided.append(flow)
            case _:
                self.told.append(output)
                self.hears(output)

    def flush(self) -> None:
        outputs = self.layer.outputs
        while outputs:
            output = outputs.pop(0)
            transaction = output.transaction
            if isinstance(output, TransactionSend):
                self._put(output.data)
            elif isinstance(transaction, ServerTransaction):
                if isinstance(output, TransactionDeliver) and isinstance(output.message, Request):
                    self._on_ack(output.message)
            elif isinstance(transaction, ClientTransaction):
                session: Session = transaction.user
                if isinstance(output, TransactionDeliver) and isinstance(output.message, Response):
                    self.do(session.receive_response(output.message, self.link.now))
                elif isinstance(output, TimedOut):
                    self.do(session.timed_out(transaction.request, self.link.now))
                elif isinstance(output, TransportFailed):
                    self.do(session.failed(transaction.request, self.link.now))

    def _put(self, data: bytes) -> None:
        line = data.split(b"\r\n", 1)[0].decode()
        word = line.split(" ")[1] if line.startswith("SIP/") else line.split(" ")[0]
        self.link.put(self, word, data)

    def arrive(self, message: Request | Response) -> None:
        now = self.link.now
        if isinstance(message, Response):
            if not self.layer.receive_response(message, now):
                self._on_stray(message)
        elif self.layer.absorb(message, now):
            pass
        elif message.method == "ACK":
            self._on_ack(message)
        elif message.method == "CANCEL":
            self._on_cancel(message)
        elif message.to_tag is not None:
            self._on_in_dialog(message)
        else:
            self._on_invite(message)
        self.flush()

    def _on_stray(self, response: Response) -> None:
        session = self.sessions.get((response.call_id, response.from_tag))
        if session is not None:
            self.do(session.receive_response(response, self.link.now))

    def _on_ack(self, ack: Request) -> None:
        session = self.sessions.get((ack.call_id, ack.to_tag or ""))
        if session is not None:
            self.do(session.receive_ack(ack, self.link.now))

    def _on_cancel(self, cancel: Request) -> None:
        invite = self.layer.invite_of(cancel)
        transaction = self.layer.accept(cancel)
        self._respond(transaction, 481 if invite is None else 200)
        if invite is not None:
            self.do(invite.user.receive_cancel(invite, cancel, self.link.now))

    def _on_in_dialog(self, request: Request) -> None:
        session = self.sessions.get((request.call_id, request.to_tag or ""))
        transaction = self.layer.accept(request)
        if session is None:
            self._respond(transaction, 481)
            return
        transaction.user = session
        self.do(session.receive_request(transaction, self.link.now))

    def _on_invite(self, request: Request) -> None:
        transaction = self.layer.accept(request)
        session = UasSession(self.agent, transaction, self.agent.new_tag(), symmetric=False)
        session.usages.update(self.link.usages)
        transaction.user = self.session = session
        self.sessions[session.call_id, session.local_tag] = session
        self._respond(transaction, 100)
        self.link.on_invite(session)

    def _respond(self, transaction: ServerTransaction, status: int) -> None:
        data = make_response(transaction.request, status, to_tag="none")
        self.layer.respond(transaction, status, data, self.link.now)


class Link:
    """`a` calls, `b` is called. `on_invite` plays the user of `b` when an INVITE comes."""

    def __init__(
        self,
        a_to_b: Fate = delivered,
        b_to_a: Fate = delivered,
        *,
        sdp: str | None = OFFER,
        headers: tuple[tuple[str, str], ...] = (),
        usages: tuple[str, ...] = (),
        **more: Any,
    ) -> None:
        self.now = 100.0
        self.usages = usages
        self.a = End(self, A, a_to_b)
        self.b = End(self, B, b_to_a)
        self.on_invite: Callable[[UasSession], None] = lambda session: None
        self._wire: list[tuple[float, int, End, bytes]] = []
        self._order = count()
        self.a.session = caller = UacSession.new(
            self.a.agent,
            Flow(Transport.UDP, B, 5060),
            uri=f"sip:202@{B}",
            from_=f"<sip:201@{A}>",
            to=f"<sip:202@{B}>",
            call_id="call-1",
            sdp=sdp,
            headers=headers,
            symmetric=False,
            usages=usages,
            **more,
        )
        self.a.sessions[caller.call_id, caller.local_tag] = caller

    @property
    def caller(self) -> UacSession:
        session = self.a.session
        assert isinstance(session, UacSession)
        return session

    @property
    def callee(self) -> UasSession:
        session = self.b.session
        assert isinstance(session, UasSession)
        return session

    def call(self, seconds: float = 0.1) -> "Link":
        """The INVITE goes, and arrives."""
        self.a.do(self.caller.start(self.now))
        self.run(seconds)
        return self

    def connect(self, sdp: str = ANSWER) -> "Link":
        """A call that is answered at once, and acknowledged."""
        self.call()
        self.b.do(self.callee.answer(sdp, self.now))
        self.run(0.1)
        return self

    def put(self, end: End, word: str, data: bytes) -> None:
        other = self.b if end is self.a else self.a
        for delay in end.fate(len(end.sent), word):
            heappush(self._wire, (self.now + delay, next(self._order), other, data))
        end.sent.append((round(self.now - 100.0, 3), word))
        end.messages.append(data)

    def get_timer(self) -> float | None:
        """When something happens next."""
        due: list[float | None] = [self._wire[0][0] if self._wire else None]
        for end in (self.a, self.b):
            due += [end.layer.get_timer(), *(session.get_timer() for session in end.sessions.values())]
        return min((moment for moment in due if moment is not None), default=None)

    def run(self, seconds: float) -> None:
        """Step from event to event until `seconds` have passed."""
        end = self.now + seconds
        while True:
            due = self.get_timer()
            if due is None or due > end:
                self.now = end
                return
            self.now = max(self.now, due)
            self._step()

    def _step(self) -> None:
        for end in (self.a, self.b):
            end.layer.handle_timer(self.now)
            end.flush()
            for session in list(end.sessions.values()):
                end.do(session.handle_timer(self.now))
        while self._wire and self._wire[0][0] <= self.now:
            _, _, receiver, data = heappop(self._wire)
            source = A if receiver is self.b else B
            receiver.arrive(parse_message(data, Flow(Transport.UDP, source, 5060)))


def inject(end: End, request_or_response: bytes) -> None:
    """Bytes that the other side never sent."""
    source = A if end.host == B else B
    end.arrive(parse_message(request_or_response, Flow(Transport.UDP, source, 5060)))
