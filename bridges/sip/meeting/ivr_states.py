"""Where a telephone is on its way into a meeting, and what moves it from there (see `ivr.py`). Pure."""

from enum import Enum


class State(Enum):
    """Where the telephone is."""

    PIN = "pin"
    CHECKING = "checking"
    WAITING = "waiting"
    JOINING = "joining"
    INSIDE = "inside"
    LEAVING = "leaving"
    GONE = "gone"


class Trigger(Enum):
    """What moves it from there."""

    DIALLED_OUT = "dialled_out"
    SUBMIT = "submit"
    PIN_UNKNOWN = "pin_unknown"
    PIN_ACCEPTED = "pin_accepted"
    JOIN = "join"
    ENTERED = "entered"
    LOST = "lost"
    OVER = "over"
    HUNG_UP = "hung_up"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    # Who is called knows where to: no PIN is asked for.
    (State.PIN, Trigger.DIALLED_OUT): State.WAITING,
    (State.PIN, Trigger.SUBMIT): State.CHECKING,
    (State.PIN, Trigger.OVER): State.LEAVING,
    (State.PIN, Trigger.HUNG_UP): State.GONE,
    (State.CHECKING, Trigger.PIN_UNKNOWN): State.PIN,
    (State.CHECKING, Trigger.PIN_ACCEPTED): State.WAITING,
    (State.CHECKING, Trigger.OVER): State.LEAVING,
    (State.CHECKING, Trigger.HUNG_UP): State.GONE,
    (State.WAITING, Trigger.JOIN): State.JOINING,
    (State.WAITING, Trigger.OVER): State.LEAVING,
    (State.WAITING, Trigger.HUNG_UP): State.GONE,
    # A telephone changes rooms without waiting between them.
    (State.JOINING, Trigger.JOIN): State.JOINING,
    (State.JOINING, Trigger.ENTERED): State.INSIDE,
    (State.JOINING, Trigger.LOST): State.WAITING,
    (State.JOINING, Trigger.OVER): State.LEAVING,
    (State.JOINING, Trigger.HUNG_UP): State.GONE,
    (State.INSIDE, Trigger.JOIN): State.JOINING,
    (State.INSIDE, Trigger.LOST): State.WAITING,
    (State.INSIDE, Trigger.OVER): State.LEAVING,
    (State.INSIDE, Trigger.HUNG_UP): State.GONE,
    (State.LEAVING, Trigger.HUNG_UP): State.GONE,
}
