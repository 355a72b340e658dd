"""The bridge as the caller of a Matrix call: a local user's desk phone, or a ghost, invites.

Matrix spec v1.16, "Voice over IP": the first answer wins and is announced with
`m.call.select_answer`; a rejection by any device of the callee ends the call; an invitation that
outlives its lifetime is hung up with `invite_timeout`.
"""

from collections.abc import Mapping
from dataclasses import astuple
from enum import Enum
from typing import Any

from bridges.sip.matrix_call.content import (
    Answer,
    CallEvent,
    Candidate,
    Candidates,
    Hangup,
    Invite,
    Negotiate,
    Reject,
    SelectAnswer,
)
from bridges.sip.matrix_call.machine import (
    Answered,
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

#: Hang-ups with these reasons, sent by a callee's device that never answered, speak for the person.
#: Any other one (no microphone, no network) speaks for that device alone: the others ring on.
SPEAKS_FOR_THE_PERSON = frozenset({"user_busy", "replaced"})


class State(Enum):
    """States of the caller's side."""

    FLEDGLING = "fledgling"
    INVITE_SENT = "invite_sent"
    CONNECTED = "connected"
    ENDED = "ended"


class Trigger(Enum):
    """What moves the machine."""

    INVITE = "invite"
    ANSWER = "answer"
    REJECT = "reject"
    BUSY = "busy"
    HANGUP = "hangup"
    EXPIRE = "expire"
    NEGOTIATE = "negotiate"
    LOCAL_HANGUP = "local_hangup"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.FLEDGLING, Trigger.INVITE): State.INVITE_SENT,
    (State.FLEDGLING, Trigger.LOCAL_HANGUP): State.ENDED,
    (State.INVITE_SENT, Trigger.ANSWER): State.CONNECTED,
    (State.INVITE_SENT, Trigger.REJECT): State.ENDED,
    (State.INVITE_SENT, Trigger.BUSY): State.ENDED,
    (State.INVITE_SENT, Trigger.EXPIRE): State.ENDED,
    (State.INVITE_SENT, Trigger.LOCAL_HANGUP): State.ENDED,
    (State.CONNECTED, Trigger.NEGOTIATE): State.CONNECTED,
    (State.CONNECTED, Trigger.HANGUP): State.ENDED,
    (State.CONNECTED, Trigger.LOCAL_HANGUP): State.ENDED,
}


class CallerParty(Party[State, Trigger]):
    """One outgoing Matrix call. `callee` is the other member's user id; only its events count."""

    transitions = TRANSITIONS

    def __init__(self, call_id: str, party_id: str, callee: str) -> None:
        super().__init__(call_id, party_id, "1", State.FLEDGLING, None)
        self.callee = callee
        self.selected: str | None = None
        self._early: dict[str | None, list[Candidate]] = {}

    def invite(
        self,
        sdp: str,
        lifetime: float,
        now: float,
        *,
        replaces: str | None = None,
        device: str | None = None,
        forwarded_by: Mapping[str, str | None] | None = None,
    ) -> list[Output]:
        """Call; `lifetime` in seconds, the rest as in `Invite`. Raises LocalMisuse on a second one."""
        self._move(Trigger.INVITE)
        self._deadline = now + lifetime
        event = Invite(
            call_id=self.call_id,
            party_id=self.party_id,
            sdp=sdp,
            lifetime=lifetime,
            invitee=self.callee,
            replaces=replaces,
            device=device,
            forwarded_by=forwarded_by,
        )
        return [Send(event)]

    def negotiate(self, kind: str, sdp: str) -> list[Output]:
        """Offer anew, or answer the other side's new offer. Raises LocalMisuse before the answer."""
        self._move(Trigger.NEGOTIATE)
        return [self._negotiation(kind, sdp)]

    def hangup(self, reason: str, answered_on: str | None = None) -> list[Output]:
        """End the call from our side, at whatever stage; nothing once it has ended. `answered_on` as in
        `Hangup`."""
        if self.state is State.ENDED:
            return []
        invited = self.state is not State.FLEDGLING
        ended = self._leaves(Trigger.LOCAL_HANGUP, reason)
        return [self._hangup(reason, answered_on), ended] if invited else [ended]

    def receive(self, sender: str, event: CallEvent, now: float) -> list[Output]:
        """Take an event of the call's room. Those of our own party and of strangers are ignored."""
        if why := self._foreign(sender, event):
            return [Ignored(why)]
        return self._from_callee(event)

    def handle_timer(self, now: float) -> list[Output]:
        """The invitation's lifetime is over: say so, and end."""
        if not self._due(now):
            return []
        return [
            self._hangup("invite_timeout"),
            *self._ends(Trigger.EXPIRE, End.EXPIRED, "invite_timeout"),
        ]

    def snapshot(self, now: float) -> dict[str, Any]:
        """JSON-serialisable state, for `restore` in a later process."""
        return {
            "call_id": self.call_id,
            "party_id": self.party_id,
            "callee": self.callee,
            "selected": self.selected,
            "state": self.state.value,
            "remaining": self._remaining(now),
            "early": [
                [party, [list(astuple(each)) for each in found]] for party, found in self._early.items()
            ],
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any], made: float, now: float) -> "CallerParty":
        """The party that `snapshot` was taken of, at `made` on the clock of `now`. Raises `ValueError`,
        `KeyError`, `TypeError`, `AttributeError` for what is none."""
        party = cls(snapshot["call_id"], snapshot["party_id"], snapshot["callee"])
        party.state, party.selected = State(snapshot["state"]), snapshot["selected"]
        party._restore_deadline(snapshot["remaining"], made, now)
        for name, found in snapshot["early"]:
            party._early[name] = [Candidate(*each) for each in found]
        return party

    def _foreign(self, sender: str, event: CallEvent) -> str | None:
        """Why an event is none of the callee's about this call."""
        if event.call_id != self.call_id:
            return "another call"
        if sender != self.callee:
            return "not sent by the callee"
        return "our own event" if event.party_id == self.party_id else None

    def _from_callee(self, event: CallEvent) -> list[Output]:
        match event:
            case Answer():
                return self._answered(event)
            case Reject():
                return self._ends(Trigger.REJECT, End.REJECTED, event.reason)
            case Hangup():
                return self._hung_up(event)
            case Candidates():
                return self._candidates(event)
            case Negotiate() if self._selected(event):
                return [Renegotiate(event.kind, event.sdp)]
        return [self._ignored(event.type)]

    def _answered(self, event: Answer) -> list[Output]:
        if not self._follow(Trigger.ANSWER):
            return [self._ignored("answer")]
        self._deadline = None
        self.selected = party = event.party_id
        outputs: list[Output] = []
        if party is not None:
            select = SelectAnswer(call_id=self.call_id, party_id=self.party_id, selected_party_id=party)
            # The candidates' end not with the invitation: nobody connects before, most calls are answered
            # elsewhere, and of all that a call costs events are the most.
            outputs += [Send(select), self._candidates_end()]
        outputs += [Answered(event.party_id, event.sdp), Established(event.party_id)]
        if early := self._early.pop(event.party_id, []):
            outputs.append(RemoteCandidates(tuple(early)))
        self._early.clear()
        return outputs

    def _hung_up(self, event: Hangup) -> list[Output]:
        if self.state is State.INVITE_SENT:
            # Version 0 knows no reject: there a hang-up of the callee is one.
            if event.version == "0":
                return self._ends(Trigger.REJECT, End.REJECTED, event.reason)
            if event.reason in SPEAKS_FOR_THE_PERSON:
                return self._ends(Trigger.BUSY, End.REJECTED, "user_busy")
            return [Ignored(f"one device gave up: {event.reason}")]
        if not self._selected(event):
            return [Ignored("hang-up of a party that was not selected")]
        return self._ends(Trigger.HANGUP, End.HANGUP, event.reason)

    def _candidates(self, event: Candidates) -> list[Output]:
        if self.state is State.INVITE_SENT and len(self._early) < 16:
            self._early.setdefault(event.party_id, []).extend(event.candidates)
            return []
        if self._selected(event):
            return [RemoteCandidates(event.candidates)]
        return [Ignored("candidates of a party that was not selected")]

    def _selected(self, event: CallEvent) -> bool:
        return self.state is State.CONNECTED and of_party(event, self.selected)
