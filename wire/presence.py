"""How people are: `GET /internal/v1/presence`, the whole of it, and `PUT /v1/presence`, what has changed."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from wire.state import LiveCall

#: The one state of a person, whichever device says it; `server/presence/rules.py` has their precedence.
State = Literal[
    "on_the_phone",
    "held",
    "ringing",
    "do_not_disturb",
    "in_a_meeting",
    "busy",
    "away",
    "available",
    "offline",
]


def state_in_calls(calls: Sequence[LiveCall]) -> State | None:
    """The state that a person's calls in progress make; None for none. Who talks to somebody and is called
    talks; whoever they hold, or have parked, waits for them."""
    mine = [call for call in calls if not rings(call)]
    if any(call.state in {"talking", "ringing"} for call in mine):
        return "on_the_phone"
    return "held" if mine else "ringing" if calls else None


def rings(call: LiveCall) -> bool:
    """Whether it rings for the person whose call it is."""
    return call.state == "ringing" and call.direction == "inbound"


class PersonPresence(msgspec.Struct, frozen=True):
    """How a person is beside their calls, which the bridge knows itself. `note` is what they say, "" for
    nothing."""

    state: State
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


class PresenceState(msgspec.Struct, frozen=True):
    """By Matrix user id."""

    people: dict[str, PersonPresence]
