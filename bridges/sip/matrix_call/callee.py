"""The bridge as one more device of the person who is called: its desk phones may answer.

Matrix spec v1.16, "Voice over IP": several devices may answer; the caller selects one, and the
others must stop. A device that never answers says nothing.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from bridges.sip.matrix_call.content import (
    Answer,
    CallEvent,
    Candidates,
    Hangup,
    Invite,
    Negotiate,
    Reject,
    SelectAnswer,
)
from bridges.sip.matrix_call.machine import (
    End,
    Established,
    Ignored,
    Output,
    Party,
    RemoteCandidates,
    Renegotiate,
    Send,
    of_party,
)

#: Seconds a caller has to select our answer: after that its client is gone.
SELECT_TIMEOUT = 10.0


class State(Enum):
    """States of the callee's side."""

    RINGING = "ringing"
    ANSWERED = "answered"
    CONNECTED = "connected"
    ENDED = "ended"


class Trigger(Enum):
    """What moves the machine."""

    LOCAL_ANSWER = "local_answer"
    LOCAL_ANSWER_V0 = "local_answer_v0"
    LOCAL_REJECT = "local_reject"
    LOCAL_HANGUP = "local_hangup"
    OTHER_ANSWER = "other_answer"
    OTHER_REJECT = "other_reject"
    SELECTED = "selected"
    SELECTED_OTHER = "selected_other"
    HANGUP = "hangup"
    EXPIRE = "expire"
    NEGOTIATE = "negotiate"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.RINGING, Trigger.LOCAL_ANSWER): State.ANSWERED,
    # Version 0 has no select_answer: the first answer simply is the call.
    (State.RINGING, Trigger.LOCAL_ANSWER_V0): State.CONNECTED,
    (State.RINGING, Trigger.LOCAL_REJECT): State.ENDED,
    (State.RINGING, Trigger.LOCAL_HANGUP): State.ENDED,
    (State.RINGING, Trigger.OTHER_ANSWER): State.ENDED,
    (State.RINGING, Trigger.OTHER_REJECT): State.ENDED,
    (State.RINGING, Trigger.SELECTED_OTHER): State.ENDED,
    # An earlier process of ours had answered, and died before it could note that.
    (State.RINGING, Trigger.SELECTED): State.CONNECTED,
    (State.RINGING, Trigger.HANGUP): State.ENDED,
    (State.RINGING, Trigger.EXPIRE): State.ENDED,
    (State.ANSWERED, Trigger.SELECTED): State.CONNECTED,
    (State.ANSWERED, Trigger.SELECTED_OTHER): State.ENDED,
    (State.ANSWERED, Trigger.HANGUP): State.ENDED,
    (State.ANSWERED, Trigger.EXPIRE): State.ENDED,
    (State.ANSWERED, Trigger.LOCAL_HANGUP): State.ENDED,
    (State.CONNECTED, Trigger.NEGOTIATE): State.CONNECTED,
    (State.CONNECTED, Trigger.HANGUP): State.ENDED,
    (State.CONNECTED, Trigger.LOCAL_HANGUP): State.ENDED,
}


class CalleeParty(Party[State, Trigger]):
    """One incoming Matrix call, seen as a device of `callee`, called by `caller`.

    `party_id` is ours; `remaining` the invitation's remaining lifetime in seconds.
    """

    transitions = TRANSITIONS

    def __init__(
        self, invite: Invite, caller: str, callee: str, party_id: str, remaining: float, now: float
    ) -> None:
        super().__init__(invite.call_id, party_id, invite.version, State.RINGING, now + remaining)
        self.caller, self.callee = caller, callee
        self.caller_party = invite.party_id

    def answer(self, sdp: str, now: float) -> list[Output]:
        """Answer as the callee. Raises LocalMisuse unless the call rings."""
        old = self.version == "0"
        self._move(Trigger.LOCAL_ANSWER_V0 if old else Trigger.LOCAL_ANSWER)
        self._deadline = None if old else now + SELECT_TIMEOUT
        outputs: list[Output] = [
            Send(Answer(call_id=self.call_id, party_id=self.party_id, version=self.version, sdp=sdp)),
            self._candidates_end(),
        ]
        return [*outputs, Established(None)] if old else outputs

    def reject(self, reason: str) -> list[Output]:
        """Refuse for the person: all devices stop. Version 0 says it with a hang-up."""
        ended = self._leaves(Trigger.LOCAL_REJECT, reason)
        if self.version == "0":
            return [self._hangup("user_hangup"), ended]
        return [Send(Reject(call_id=self.call_id, party_id=self.party_id, reason=reason)), ended]

    def negotiate(self, kind: str, sdp: str) -> list[Output]:
        """Offer anew, or answer the other side's new offer. Raises LocalMisuse before the call stands."""
        self._move(Trigger.NEGOTIATE)
        return [self._negotiation(kind, sdp)]

    def hangup(self, reason: str) -> list[Output]:
        """Leave. A call that still rings is left silently: other devices may yet take it."""
        if self.state is State.ENDED:
            return []
        silent = self.state is State.RINGING
        ended = self._leaves(Trigger.LOCAL_HANGUP, reason)
        return [ended] if silent else [self._hangup(reason), ended]

    def receive(self, sender: str, event: CallEvent, now: float) -> list[Output]:
        """Take an event of the call's room."""
        if event.call_id != self.call_id:
            return [Ignored("another call")]
        if event.party_id is not None and event.party_id == self.party_id:
            return [Ignored("our own event")]
        if sender == self.caller and of_party(event, self.caller_party):
            return self._from_caller(event)
        if sender == self.callee:
            return self._from_another_device(event)
        return [Ignored("not of this call")]

    def handle_timer(self, now: float) -> list[Output]:
        """The invitation expired, or nobody selected our answer in time."""
        if not self._due(now):
            return []
        answered = self.state is State.ANSWERED
        outputs = self._ends(Trigger.EXPIRE, End.NOT_SELECTED if answered else End.EXPIRED, "invite_timeout")
        return [self._hangup("unknown_error"), *outputs] if answered else outputs

    def snapshot(self, now: float) -> dict[str, Any]:
        """JSON-serialisable state, for `restore` in a later process."""
        return {
            "call_id": self.call_id,
            "party_id": self.party_id,
            "version": self.version,
            "caller": self.caller,
            "callee": self.callee,
            "caller_party": self.caller_party,
            "state": self.state.value,
            "remaining": self._remaining(now),
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any], made: float, now: float) -> "CalleeParty":
        """The party that `snapshot` was taken of, at `made` on the clock of `now`. Raises `ValueError`,
        `KeyError`, `TypeError` for what is none."""
        invite = Invite(
            call_id=snapshot["call_id"],
            party_id=snapshot["caller_party"],
            version=snapshot["version"],
            sdp="",
            lifetime=0.0,
        )
        party = cls(invite, snapshot["caller"], snapshot["callee"], snapshot["party_id"], 0.0, now)
        party.state = State(snapshot["state"])
        party._restore_deadline(snapshot["remaining"], made, now)
        return party

    def _from_caller(self, event: CallEvent) -> list[Output]:
        match event:
            case SelectAnswer():
                return self._select(event)
            case Hangup():
                early = self.state is State.RINGING
                return self._ends(Trigger.HANGUP, End.CANCELLED if early else End.HANGUP, event.reason)
            case Candidates() if self.state is not State.ENDED:
                return [RemoteCandidates(event.candidates)]
            case Negotiate() if self.state is State.CONNECTED:
                return [Renegotiate(event.kind, event.sdp)]
        return [self._ignored(event.type)]

    def _select(self, event: SelectAnswer) -> list[Output]:
        if event.selected_party_id != self.party_id:
            return self._ends(Trigger.SELECTED_OTHER, End.ANSWERED_ELSEWHERE, event.selected_party_id)
        if not self._follow(Trigger.SELECTED):
            return [self._ignored("selected")]
        self._deadline = None
        return [Established(self.party_id)]

    def _from_another_device(self, event: CallEvent) -> list[Output]:
        """Another client of the callee: what it answers or rejects while we ring ends our ringing.

        Once we have answered, only the caller's choice counts. A hang-up before an answer is how
        version 0 rejects.
        """
        match event:
            case Answer():
                return self._ends(Trigger.OTHER_ANSWER, End.ANSWERED_ELSEWHERE, event.party_id)
            case Reject():
                return self._ends(Trigger.OTHER_REJECT, End.REJECTED, event.reason)
            case Hangup() if event.version == "0" or event.reason == "user_busy":
                return self._ends(Trigger.OTHER_REJECT, End.REJECTED, event.reason)
        return [Ignored(f"{event.type} of another device")]
