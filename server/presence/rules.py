"""The one state of a person, from all that says something of it."""

from collections.abc import Callable
from dataclasses import dataclass

from server.homeserver.client import PresenceState
from wire.presence import State, state_in_calls
from wire.state import LiveCall

#: Of these, other Matrix clients are told that the person is busy, which is the nearest that Matrix has.
BUSY_IN_MATRIX: frozenset[State] = frozenset({"on_the_phone", "held", "do_not_disturb", "in_a_meeting"})


@dataclass(frozen=True, slots=True)
class Sources:
    """What is known of a person. `chosen` is what their clients say without us, `hidden` whether they want to
    look offline, `in_call` whether a call counts of which no more is known."""

    calls: tuple[LiveCall, ...] = ()
    in_call: bool = False
    desk_phone: bool = False
    do_not_disturb: bool = False
    in_meeting: bool = False
    appointment: bool = False
    chosen: PresenceState = "offline"
    hidden: bool = False

    def in_calls(self) -> State | None:
        """The state that their calls make."""
        state = state_in_calls(self.calls)
        return "on_the_phone" if self.in_call and state in {None, "ringing"} else state


#: The first that is true is shown. What a telephone does is a fact, and goes before what people say; who is
#: not to be disturbed has said more than a calendar knows, and so has who wants to look offline.
PRECEDENCE: tuple[tuple[State, Callable[[Sources], bool]], ...] = (
    ("on_the_phone", lambda one: one.in_calls() == "on_the_phone"),
    ("held", lambda one: one.in_calls() == "held"),
    ("ringing", lambda one: one.in_calls() == "ringing"),
    ("do_not_disturb", lambda one: one.do_not_disturb),
    ("in_a_meeting", lambda one: one.in_meeting or (one.appointment and not one.hidden)),
    ("busy", lambda one: one.chosen == "busy"),
    ("away", lambda one: one.chosen == "unavailable"),
    ("available", lambda one: one.chosen == "online"),
    ("available", lambda one: one.desk_phone and not one.hidden),
    ("offline", lambda _: True),
)


def state_of(sources: Sources) -> State:
    return next(state for state, holds in PRECEDENCE if holds(sources))
