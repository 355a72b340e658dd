"""What the four machines share: state, timers, outputs."""

from typing import Any, NamedTuple

from bridges.sip.machine import Machine
from bridges.sip.message import Flow, Request, Response
from bridges.sip.transaction.states import Input, State, Timer, TimerValues

__all__ = ["Deliver", "Output", "Send", "TimedOut", "Transaction", "TransportFailed"]


class Send(NamedTuple):
    """Bytes for the network. If that fails: `TransactionLayer.transport_failed(transaction)`."""

    transaction: "Transaction"
    flow: Flow
    data: bytes


class Deliver(NamedTuple):
    """A response (to a client's user), or an ACK to our 2xx (to a server's)."""

    transaction: "Transaction"
    message: Request | Response


class TimedOut(NamedTuple):
    """No answer to our request (B, F), or no ACK to our refusal (H)."""

    transaction: "Transaction"


class TransportFailed(NamedTuple):
    """What was to be sent could not be."""

    transaction: "Transaction"


Output = Send | Deliver | TimedOut | TransportFailed


class Transaction(Machine[State, Input | Timer]):
    """A state machine of one transaction.

    `user` is for whoever owns the transaction to find themselves again; the machine never reads it.
    """

    __slots__ = ("_timers", "data", "flow", "key", "outputs", "scheduled", "user", "values")

    def __init__(
        self, key: tuple[str, ...], flow: Flow, state: State, values: TimerValues, outputs: list[Output]
    ) -> None:
        super().__init__(state)
        self.key = key
        self.flow = flow
        self.values = values
        self.outputs = outputs
        self.user: Any = None
        #: What is sent again when asked for: the request, or the last response.
        self.data = b""
        #: When the layer will look at the timers next (the layer's own note).
        self.scheduled: float | None = None
        self._timers: dict[Timer, float] = {}

    def get_timer(self) -> float | None:
        """When `handle_timer` is to be called, if ever."""
        return min(self._timers.values()) if self._timers else None

    def handle_timer(self, now: float) -> None:
        """Fire the timers that are due, the earliest first."""
        while self._timers:
            timer = min(self._timers, key=self._timers.__getitem__)
            if self._timers[timer] > now:
                return
            del self._timers[timer]
            self._fire(timer, now)

    def transport_failed(self) -> None:
        """The last `Send` did not work: the user is told, once."""
        if self._follow(Input.TRANSPORT_ERROR):
            self._timers.clear()
            self.outputs.append(TransportFailed(self))

    def _send(self) -> None:
        self.outputs.append(Send(self, self.flow, self.data))

    def _start(self, timer: Timer, delay: float, now: float) -> None:
        """Arm a timer; without a delay (reliable transports) it fires at once."""
        if delay:
            self._timers[timer] = now + delay
        else:
            self._fire(timer, now)

    def _fire(self, timer: Timer, now: float) -> None:
        raise NotImplementedError
