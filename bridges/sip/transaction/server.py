"""Server transactions (RFC 3261, Section 17.2)."""

from bridges.sip.message import Flow, Request
from bridges.sip.transaction.machine import Deliver, Output, TimedOut, Transaction
from bridges.sip.transaction.states import (
    INVITE_SERVER,
    NON_INVITE_SERVER,
    Input,
    State,
    Timer,
    TimerValues,
    TransactionStateError,
)

__all__ = ["InviteServer", "NonInviteServer", "ServerTransaction"]


class ServerTransaction(Transaction):
    """A request of the peer; answer with `respond`. `flow` is where responses go."""

    __slots__ = ("request",)
    first_state: State

    def __init__(
        self,
        key: tuple[str, ...],
        request: Request,
        flow: Flow,
        values: TimerValues,
        outputs: list[Output],
    ) -> None:
        super().__init__(key, flow, self.first_state, values, outputs)
        self.request = request

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Send a response. Raises `TransactionStateError` after a final one (but a 2xx repeated)."""
        what = Input.SEND_1XX if status < 200 else Input.SEND_2XX if status < 300 else Input.SEND_FAILURE
        before = self.state
        if not self._follow(what):
            raise TransactionStateError(f"{status} in {before.value}")
        self.data = data
        self._send()
        if self.state is not before:
            self._answered(now)

    def repeat(self) -> None:
        """The request came again: the last response is sent again, if there was any."""
        if self._follow(Input.REQUEST) and self.data and self.state is not State.ACCEPTED:
            self._send()

    def acknowledge(self, ack: Request, now: float) -> None:
        """An ACK that matches; means nothing but to INVITE."""

    def resume(self, data: bytes, now: float, *, accepted: bool) -> None:
        """Be where an earlier process was: `data` was sent last, or a 2xx."""
        self.data = data
        if accepted and self._follow(Input.SEND_2XX):
            self._answered(now)
        elif data:
            self._follow(Input.SEND_1XX)

    def _answered(self, now: float) -> None:
        raise NotImplementedError


class InviteServer(ServerTransaction):
    """Section 17.2.1; RFC 6026, Section 8.5. Whoever answers 2xx repeats it until the ACK, and the
    machine absorbs repeated INVITEs meanwhile."""

    transitions = INVITE_SERVER
    first_state = State.PROCEEDING
    __slots__ = ("_interval",)

    def _answered(self, now: float) -> None:
        if self.state is State.ACCEPTED:
            self._start(Timer.L, self.values.timeout, now)
            return
        self._interval = self.values.t1
        if not self.flow.transport.reliable:
            self._start(Timer.G, self._interval, now)
        self._start(Timer.H, self.values.timeout, now)

    def transport_failed(self) -> None:
        """A provisional answer that could not be sent ends nothing where the caller's connection is gone: it
        may open another one before the final answer (RFC 5626)."""
        if self.state is not State.PROCEEDING or not self.flow.transport.reliable:
            super().transport_failed()

    def acknowledge(self, ack: Request, now: float) -> None:
        if not self._follow(Input.ACK):
            return
        if self.state is State.ACCEPTED:
            self.outputs.append(Deliver(self, ack))
            return
        self._timers.clear()
        self._start(Timer.I, 0 if self.flow.transport.reliable else self.values.t4, now)

    def _fire(self, timer: Timer, now: float) -> None:
        if not self._follow(timer):
            return
        if timer is Timer.G:
            self._send()
            self._interval = min(self._interval * 2, self.values.t2)
            self._start(Timer.G, self._interval, now)
        elif timer is Timer.H:
            self._timers.clear()
            self.outputs.append(TimedOut(self))


class NonInviteServer(ServerTransaction):
    """Section 17.2.2."""

    transitions = NON_INVITE_SERVER
    first_state = State.TRYING
    __slots__ = ()

    def _answered(self, now: float) -> None:
        if self.state is State.COMPLETED:
            self._start(Timer.J, 0 if self.flow.transport.reliable else self.values.timeout, now)

    def _fire(self, timer: Timer, now: float) -> None:
        self._follow(timer)
