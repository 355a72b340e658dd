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
    End,
    Ended,
    Established,
    Ignored,
    Output,
    of_party,
    step,
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


class Observer:
    """One call from `caller` to `callee` (Matrix user ids). `remaining` is the invitation's, in seconds."""

    def __init__(self, invite: Invite, caller: str, callee: str, remaining: float, now: float) -> None:
        self.call_id = invite.call_id
        self.caller, self.callee = caller, callee
        self.caller_party = invite.party_id
        self.selected: str | None = None
        self.state = State.RINGING
        self._deadline: float | None = now + max(remaining, 0.0) + GRACE

    def receive(self, sender: str, event: CallEvent, now: float) -> list[Output]:
        """Take an event of the call's room."""
        if event.call_id != self.call_id:
            return [Ignored("another call")]
        if sender == self.caller and of_party(event, self.caller_party):
            return self._from_caller(event, now)
        if sender == self.callee:
            return self._from_callee(event, now)
        return [Ignored("not of this call")]

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        return self._deadline

    def handle_timer(self, now: float) -> list[Output]:
        """Nobody answered in the invitation's lifetime, or the call outlived every sane duration."""
        if self._deadline is None or now < self._deadline:
            return []
        return self._end(Trigger.EXPIRE, End.EXPIRED, "invite_timeout")

    def snapshot(self, now: float) -> dict[str, Any]:
        """JSON-serialisable state, for `restore` in a later process."""
        return {
            "call_id": self.call_id,
            "caller": self.caller,
            "callee": self.callee,
            "caller_party": self.caller_party,
            "selected": self.selected,
            "state": self.state.value,
            "remaining": None if self._deadline is None else self._deadline - now,
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any], now: float) -> "Observer":
        """The observer that `snapshot` was taken of."""
        observer = cls.__new__(cls)
        observer.call_id = snapshot["call_id"]
        observer.caller, observer.callee = snapshot["caller"], snapshot["callee"]
        observer.caller_party, observer.selected = snapshot["caller_party"], snapshot["selected"]
        observer.state = State(snapshot["state"])
        remaining = snapshot["remaining"]
        # The backlog of events that we slept through comes first: it decides, not the clock.
        observer._deadline = None if remaining is None else now + max(remaining, 2 * GRACE)
        return observer

    def _from_caller(self, event: CallEvent, now: float) -> list[Output]:
        match event:
            case SelectAnswer():
                return self._select(event, now)
            case Hangup() if self.state is State.RINGING:
                expired = event.reason == "invite_timeout"
                return self._end(Trigger.CANCEL, End.EXPIRED if expired else End.CANCELLED, event.reason)
            case Hangup():
                return self._end(Trigger.HANGUP, End.HANGUP, event.reason)
        return [Ignored(f"{event.type} in {self.state.value}")]

    def _from_callee(self, event: CallEvent, now: float) -> list[Output]:
        match event:
            case Answer() if step(TRANSITIONS, self.state, Trigger.ANSWER):
                self.state = State.ANSWERED
                self.selected = event.party_id
                self._deadline = now + MAX_DURATION
                return [Answered(event.party_id)]
            case Reject():
                return self._end(Trigger.REJECT, End.REJECTED, event.reason)
            case Hangup() if self.state is State.RINGING:
                if event.version == "0" or event.reason == "user_busy":
                    return self._end(Trigger.REJECT, End.REJECTED, event.reason)
            case Hangup() if of_party(event, self.selected):
                return self._end(Trigger.HANGUP, End.HANGUP, event.reason)
        return [Ignored(f"{event.type} in {self.state.value}")]

    def _select(self, event: SelectAnswer, now: float) -> list[Output]:
        state = step(TRANSITIONS, self.state, Trigger.SELECT)
        if state is None:
            return [Ignored(f"select_answer in {self.state.value}")]
        unheard = self.state is State.RINGING
        self.state, self.selected = state, event.selected_party_id
        self._deadline = now + MAX_DURATION
        established: list[Output] = [Established(self.selected)]
        return [Answered(self.selected), *established] if unheard else established

    def _end(self, trigger: Trigger, how: End, reason: str | None) -> list[Output]:
        if step(TRANSITIONS, self.state, trigger) is None:
            return [Ignored(f"{trigger.value} in {self.state.value}")]
        self.state = State.ENDED
        self._deadline = None
        return [Ended(how, reason)]
