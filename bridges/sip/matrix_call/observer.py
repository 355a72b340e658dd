"""A Matrix call between two people that the bridge only watches: for its record, and for who is on the phone.

Matrix spec v1.16, "Voice over IP". The observer never sends. It is told every event of the call,
also those of a call in which the bridge takes part as the callee's desk phones: whoever answered,
the call's begin and end are the same.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from bridges.sip.matrix_call.content import Answer, CallEvent, Hangup, Invite, Reject, SelectAnswer
from bridges.sip.matrix_call.machine import (
    Answered,
    CallSide,
    End,
    Ended,
    Established,
    Ignored,
    Output,
    of_party,
)

#: Clients end what expires; we only clean up after those that vanished. Seconds.
GRACE = 5.0
#: A call whose both clients vanished without a word is closed after this. Seconds.
MAX_DURATION = 12 * 3600.0


class State(Enum):
    """States of a call seen from outside."""

    RINGING = "ringing"
    ANSWERED = "answered"
    CONNECTED = "connected"
    ENDED = "ended"


class Trigger(Enum):
    """What moves the machine."""

    ANSWER = "answer"
    SELECT = "select"
    REJECT = "reject"
    CANCEL = "cancel"
    HANGUP = "hangup"
    EXPIRE = "expire"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.RINGING, Trigger.ANSWER): State.ANSWERED,
    # The answer itself may have been lost on us (a restart): the caller's choice is as good.
    (State.RINGING, Trigger.SELECT): State.CONNECTED,
    (State.RINGING, Trigger.REJECT): State.ENDED,
    (State.RINGING, Trigger.CANCEL): State.ENDED,
    (State.RINGING, Trigger.EXPIRE): State.ENDED,
    (State.ANSWERED, Trigger.SELECT): State.CONNECTED,
    (State.ANSWERED, Trigger.HANGUP): State.ENDED,
    (State.ANSWERED, Trigger.EXPIRE): State.ENDED,
    (State.CONNECTED, Trigger.HANGUP): State.ENDED,
    (State.CONNECTED, Trigger.EXPIRE): State.ENDED,
}


class Observer(CallSide[State, Trigger]):
    """One call from `caller` to `callee` (Matrix user ids). `remaining` is the invitation's, in seconds."""

    transitions = TRANSITIONS

    def __init__(self, invite: Invite, caller: str, callee: str, remaining: float, now: float) -> None:
        super().__init__(invite.call_id, State.RINGING, now + max(remaining, 0.0) + GRACE)
        self.caller, self.callee = caller, callee
        self.caller_party = invite.party_id
        self.selected: str | None = None
        #: Whether one of our own devices answered: who ends the call is then its business.
        self.taken = False
        self._heard_end: Ended | None = None

    def take(self) -> None:
        """One of our own devices has answered: the end is not told from now on, but heard."""
        self.taken = True

    def give_back(self) -> list[Output]:
        """Our device has left the call. Its end, if it was heard meanwhile."""
        self.taken = False
        ended, self._heard_end = self._heard_end, None
        return [ended] if ended is not None else []

    def receive(self, sender: str, event: CallEvent, now: float) -> list[Output]:
        """Take an event of the call's room."""
        if event.call_id != self.call_id:
            return [Ignored("another call")]
        if sender == self.caller and of_party(event, self.caller_party):
            return self._unless_taken(self._from_caller(event, now))
        if sender == self.callee:
            return self._unless_taken(self._from_callee(event, now))
        return [Ignored("not of this call")]

    def _unless_taken(self, outputs: list[Output]) -> list[Output]:
        if not self.taken:
            return outputs
        self._heard_end = next((each for each in outputs if isinstance(each, Ended)), self._heard_end)
        return [each for each in outputs if not isinstance(each, Ended)]

    def handle_timer(self, now: float) -> list[Output]:
        """Nobody answered in the invitation's lifetime, or the call outlived every sane duration."""
        if not self._due(now):
            return []
        return self._unless_taken(self._ends(Trigger.EXPIRE, End.EXPIRED, "invite_timeout"))

    def snapshot(self, now: float) -> dict[str, Any]:
        """JSON-serialisable state, for `restore` in a later process."""
        return {
            "call_id": self.call_id,
            "caller": self.caller,
            "callee": self.callee,
            "caller_party": self.caller_party,
            "selected": self.selected,
            "state": self.state.value,
            "remaining": self._remaining(now),
            "taken": self.taken,
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any], made: float, now: float) -> "Observer":
        """The observer that `snapshot` was taken of, at `made` on the clock of `now`. Raises `ValueError`,
        `KeyError`, `TypeError` for what is none."""
        observer = cls.__new__(cls)
        observer.call_id = snapshot["call_id"]
        observer.caller, observer.callee = snapshot["caller"], snapshot["callee"]
        observer.caller_party, observer.selected = snapshot["caller_party"], snapshot["selected"]
        observer.state = State(snapshot["state"])
        observer.taken, observer._heard_end = bool(snapshot["taken"]), None
        observer._restore_deadline(snapshot["remaining"], made, now)
        return observer

    def _from_caller(self, event: CallEvent, now: float) -> list[Output]:
        match event:
            case SelectAnswer():
                return self._select(event, now)
            case Hangup() if self.state is State.RINGING:
                expired = event.reason == "invite_timeout"
                return self._ends(Trigger.CANCEL, End.EXPIRED if expired else End.CANCELLED, event.reason)
            case Hangup():
                return self._ends(Trigger.HANGUP, End.HANGUP, event.reason)
        return [self._ignored(event.type)]

    def _from_callee(self, event: CallEvent, now: float) -> list[Output]:
        match event:
            case Answer() if self._follow(Trigger.ANSWER):
                self.selected = event.party_id
                self._deadline = now + MAX_DURATION
                return [Answered(event.party_id)]
            case Reject():
                return self._ends(Trigger.REJECT, End.REJECTED, event.reason)
            case Hangup() if self.state is State.RINGING:
                if event.version == "0" or event.reason == "user_busy":
                    return self._ends(Trigger.REJECT, End.REJECTED, event.reason)
            case Hangup() if of_party(event, self.selected):
                return self._ends(Trigger.HANGUP, End.HANGUP, event.reason)
        return [self._ignored(event.type)]

    def _select(self, event: SelectAnswer, now: float) -> list[Output]:
        unheard = self.state is State.RINGING
        if not self._follow(Trigger.SELECT):
            return [self._ignored("select_answer")]
        self.selected = event.selected_party_id
        self._deadline = now + MAX_DURATION
        established: list[Output] = [Established(self.selected)]
        return [Answered(self.selected), *established] if unheard else established
