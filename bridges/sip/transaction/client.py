"""Client transactions (RFC 3261, Section 17.1)."""

from bridges.sip.message import Flow, OutgoingRequest, Response
from bridges.sip.transaction.machine import Deliver, Output, Send, TimedOut, Transaction
from bridges.sip.transaction.states import INVITE_CLIENT, NON_INVITE_CLIENT, Input, State, Timer, TimerValues

__all__ = ["ClientTransaction", "InviteClient", "NonInviteClient"]


def input_of(status: int) -> Input:
    if status < 200:
        return Input.RECEIVE_1XX
    return Input.RECEIVE_2XX if status < 300 else Input.RECEIVE_FAILURE


class ClientTransaction(Transaction):
    """A request of ours; sent as soon as the machine is made."""

    __slots__ = ("request",)
    first_state: State

    def __init__(
        self, request: OutgoingRequest, flow: Flow, values: TimerValues, outputs: list[Output], now: float
    ) -> None:
        super().__init__((request.branch, request.method), flow, self.first_state, values, outputs)
        self.request = request
        self.data = request.encode()
        self._send()
        self._begin(now)

    def receive(self, response: Response, now: float) -> None:
        """A response that matches (Section 17.1.3)."""
        raise NotImplementedError

    def _begin(self, now: float) -> None:
        raise NotImplementedError


class InviteClient(ClientTransaction):
    """Section 17.1.1; RFC 6026, Section 8.4: retransmitted 2xx and those of other forks get through."""

    transitions = INVITE_CLIENT
    first_state = State.CALLING
    __slots__ = ("_ack", "_interval")

    def _begin(self, now: float) -> None:
        self._ack = b""
        self._interval = self.values.t1
        if not self.flow.transport.reliable:
            self._start(Timer.A, self._interval, now)
        self._start(Timer.B, self.values.timeout, now)

    def receive(self, response: Response, now: float) -> None:
        before = self.state
        if not self._follow(input_of(response.status)):
            return
        if self.state is State.COMPLETED:
            self._complete(response, before, now)
            return
        if self.state is State.ACCEPTED and before is not State.ACCEPTED:
            self._timers.clear()
            self._start(Timer.M, self.values.timeout, now)
        elif self.state is State.PROCEEDING:
            self._timers.clear()
        self.outputs.append(Deliver(self, response))

    def _complete(self, response: Response, before: State, now: float) -> None:
        """Acknowledge a refusal, and each repeat of it."""
        if before is not State.COMPLETED:
            self._ack = self.request.failure_ack(response.headers["to"][0]).encode()
            self._timers.clear()
            self.outputs.append(Deliver(self, response))
            self.outputs.append(Send(self, self.flow, self._ack))
            self._start(Timer.D, 0 if self.flow.transport.reliable else self.values.timeout, now)
        else:
            self.outputs.append(Send(self, self.flow, self._ack))

    def _fire(self, timer: Timer, now: float) -> None:
        if not self._follow(timer):
            return
        if timer is Timer.A:
            self._send()
            self._interval *= 2
            self._start(Timer.A, self._interval, now)
        elif timer is Timer.B:
            self._timers.clear()
            self.outputs.append(TimedOut(self))


class NonInviteClient(ClientTransaction):
    """Section 17.1.2."""

    transitions = NON_INVITE_CLIENT
    first_state = State.TRYING
    __slots__ = ("_interval",)

    def _begin(self, now: float) -> None:
        self._interval = self.values.t1
        if not self.flow.transport.reliable:
            self._start(Timer.E, self._interval, now)
        self._start(Timer.F, self.values.timeout, now)

    def receive(self, response: Response, now: float) -> None:
        if not self._follow(input_of(response.status)):
            return
        self.outputs.append(Deliver(self, response))
        if self.state is State.COMPLETED:
            self._timers.clear()
            self._start(Timer.K, 0 if self.flow.transport.reliable else self.values.t4, now)

    def _fire(self, timer: Timer, now: float) -> None:
        if not self._follow(timer):
            return
        if timer is Timer.E:
            self._send()
            doubled = min(self._interval * 2, self.values.t2)
            self._interval = self.values.t2 if self.state is State.PROCEEDING else doubled
            self._start(Timer.E, self._interval, now)
        elif timer is Timer.F:
            self._timers.clear()
            self.outputs.append(TimedOut(self))
