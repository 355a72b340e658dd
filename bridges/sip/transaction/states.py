"""States, inputs and every transition of the four machines, in one place.

A pair that is not in a table changes nothing: of the peer it is ignored (a late answer, a stray
ACK), of ours it is `TransactionStateError`.
"""

from dataclasses import dataclass
from enum import Enum

from bridges.sip.machine import LocalMisuse

__all__ = [
    "INVITE_CLIENT",
    "INVITE_SERVER",
    "NON_INVITE_CLIENT",
    "NON_INVITE_SERVER",
    "Input",
    "State",
    "Timer",
    "TimerValues",
    "TransactionStateError",
]


class TransactionStateError(LocalMisuse):
    """Our side asked for what the transaction's state does not allow."""


class State(Enum):
    """RFC 3261, Figures 5-8; RFC 6026, Section 7."""

    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Timer(Enum):
    """RFC 3261, Table 4; L and M are RFC 6026's. (C is a proxy's.)"""

    A = "A"
    B = "B"
    D = "D"
    E = "E"
    F = "F"
    G = "G"
    H = "H"
    I = "I"  # noqa: E741 - its name in the standard
    J = "J"
    K = "K"
    L = "L"
    M = "M"


class Input(Enum):
    """What can happen to a transaction."""

    REQUEST = "the request, again"
    ACK = "ACK"
    SEND_1XX = "our 1xx"
    SEND_2XX = "our 2xx"
    SEND_FAILURE = "our 300-699"
    RECEIVE_1XX = "1xx"
    RECEIVE_2XX = "2xx"
    RECEIVE_FAILURE = "300-699"
    TRANSPORT_ERROR = "transport error"


Transitions = dict[tuple[State, Input | Timer], State]

CALLING, TRYING, PROCEEDING = State.CALLING, State.TRYING, State.PROCEEDING
ACCEPTED, COMPLETED = State.ACCEPTED, State.COMPLETED
CONFIRMED, TERMINATED = State.CONFIRMED, State.TERMINATED

#: RFC 3261, Figure 5, with RFC 6026, Section 8.4.
INVITE_CLIENT: Transitions = {
    (CALLING, Timer.A): CALLING,
    (CALLING, Timer.B): TERMINATED,
    (CALLING, Input.TRANSPORT_ERROR): TERMINATED,
    (CALLING, Input.RECEIVE_1XX): PROCEEDING,
    (CALLING, Input.RECEIVE_2XX): ACCEPTED,
    (CALLING, Input.RECEIVE_FAILURE): COMPLETED,
    (PROCEEDING, Input.RECEIVE_1XX): PROCEEDING,
    (PROCEEDING, Input.RECEIVE_2XX): ACCEPTED,
    (PROCEEDING, Input.RECEIVE_FAILURE): COMPLETED,
    (ACCEPTED, Input.RECEIVE_2XX): ACCEPTED,
    (ACCEPTED, Timer.M): TERMINATED,
    (COMPLETED, Input.RECEIVE_FAILURE): COMPLETED,
    (COMPLETED, Timer.D): TERMINATED,
    (COMPLETED, Input.TRANSPORT_ERROR): TERMINATED,
}

#: RFC 3261, Figure 6.
NON_INVITE_CLIENT: Transitions = {
    (TRYING, Timer.E): TRYING,
    (TRYING, Timer.F): TERMINATED,
    (TRYING, Input.TRANSPORT_ERROR): TERMINATED,
    (TRYING, Input.RECEIVE_1XX): PROCEEDING,
    (TRYING, Input.RECEIVE_2XX): COMPLETED,
    (TRYING, Input.RECEIVE_FAILURE): COMPLETED,
    (PROCEEDING, Timer.E): PROCEEDING,
    (PROCEEDING, Timer.F): TERMINATED,
    (PROCEEDING, Input.TRANSPORT_ERROR): TERMINATED,
    (PROCEEDING, Input.RECEIVE_1XX): PROCEEDING,
    (PROCEEDING, Input.RECEIVE_2XX): COMPLETED,
    (PROCEEDING, Input.RECEIVE_FAILURE): COMPLETED,
    (COMPLETED, Timer.K): TERMINATED,
}

#: RFC 3261, Figure 7, with RFC 6026, Section 8.5 and 8.7.
INVITE_SERVER: Transitions = {
    (PROCEEDING, Input.REQUEST): PROCEEDING,
    (PROCEEDING, Input.SEND_1XX): PROCEEDING,
    (PROCEEDING, Input.SEND_2XX): ACCEPTED,
    (PROCEEDING, Input.SEND_FAILURE): COMPLETED,
    (PROCEEDING, Input.TRANSPORT_ERROR): TERMINATED,
    (ACCEPTED, Input.REQUEST): ACCEPTED,
    (ACCEPTED, Input.ACK): ACCEPTED,
    (ACCEPTED, Input.SEND_2XX): ACCEPTED,
    (ACCEPTED, Timer.L): TERMINATED,
    (COMPLETED, Input.REQUEST): COMPLETED,
    (COMPLETED, Input.ACK): CONFIRMED,
    (COMPLETED, Timer.G): COMPLETED,
    (COMPLETED, Timer.H): TERMINATED,
    (COMPLETED, Input.TRANSPORT_ERROR): TERMINATED,
    (CONFIRMED, Timer.I): TERMINATED,
}

#: RFC 3261, Figure 8.
NON_INVITE_SERVER: Transitions = {
    (TRYING, Input.SEND_1XX): PROCEEDING,
    (TRYING, Input.SEND_2XX): COMPLETED,
    (TRYING, Input.SEND_FAILURE): COMPLETED,
    (TRYING, Input.TRANSPORT_ERROR): TERMINATED,
    (PROCEEDING, Input.REQUEST): PROCEEDING,
    (PROCEEDING, Input.SEND_1XX): PROCEEDING,
    (PROCEEDING, Input.SEND_2XX): COMPLETED,
    (PROCEEDING, Input.SEND_FAILURE): COMPLETED,
    (PROCEEDING, Input.TRANSPORT_ERROR): TERMINATED,
    (COMPLETED, Input.REQUEST): COMPLETED,
    (COMPLETED, Timer.J): TERMINATED,
    (COMPLETED, Input.TRANSPORT_ERROR): TERMINATED,
}


@dataclass(frozen=True, slots=True)
class TimerValues:
    """RFC 3261, Table 4, in seconds. T1 estimates the round trip; T2 caps repeats; T4 outlives a datagram."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    @property
    def timeout(self) -> float:
        """64*T1: Timers B, F, H, J, L, M (and D, at least 32 s by the standard, scaled with T1)."""
        return 64 * self.t1
