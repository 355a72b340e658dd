"""The bridge as the caller of a Matrix call: a local user's desk phone, or a ghost, invites.

Matrix spec v1.16, "Voice over IP": the first answer wins and is announced with
`m.call.select_answer`; a rejection by any device of the callee ends the call; an invitation that
outlives its lifetime is hung up with `invite_timeout`.
"""

from enum import Enum

from bridges.sip.matrix_call.content import (
    END_OF_CANDIDATES,
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
    Ended,
    Established,
    Ignored,
    LocalMisuse,
    Output,
    RemoteCandidates,
    Renegotiate,
    Send,
    of_party,
    step,
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
    LOCAL_HANGUP = "local_hangup"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.FLEDGLING, Trigger.INVITE): State.INVITE_SENT,
    (State.FLEDGLING, Trigger.LOCAL_HANGUP): State.ENDED,
    (State.INVITE_SENT, Trigger.ANSWER): State.CONNECTED,
    (State.INVITE_SENT, Trigger.REJECT): State.ENDED,
    (State.INVITE_SENT, Trigger.BUSY): State.ENDED,
    (State.INVITE_SENT, Trigger.EXPIRE): State.ENDED,
    (State.INVITE_SENT, Trigger.LOCAL_HANGUP): State.ENDED,
    (State.CONNECTED, Trigger.HANGUP): State.ENDED,
    (State.CONNECTED, Trigger.LOCAL_HANGUP): State.ENDED,
}


class CallerParty:
    """One outgoing Matrix call. `callee` is the other member's user id; only its events count."""

    def __init__(self, call_id: str, party_id: str, callee: str) -> None:
        self.call_id, self.party_id, self.callee = call_id, party_id, callee
        self.state = State.FLEDGLING
        self.selected: str | None = None
        self._version = "1"
        self._expires: float | None = None
        self._early: dict[str | None, list[Candidate]] = {}

    def invite(self, sdp: str, lifetime: float, now: float) -> list[Output]:
        """Call. `lifetime` in seconds; raises LocalMisuse on a second invitation."""
        self._local(Trigger.INVITE)
        self._expires = now + lifetime
        event = Invite(
            call_id=self.call_id, party_id=self.party_id, sdp=sdp, lifetime=lifetime, invitee=self.callee
        )
        # Our own ICE candidates stand in the offer (ICE-lite): the list ends at once.
        return [Send(event), Send(self._candidates_end())]

    def negotiate(self, kind: str, sdp: str) -> list[Output]:
        """Offer anew, or answer the other side's new offer. Raises LocalMisuse before the answer."""
        if self.state is not State.CONNECTED:
            raise LocalMisuse(f"negotiate in {self.state.value}")
        return [Send(Negotiate(call_id=self.call_id, party_id=self.party_id, kind=kind, sdp=sdp))]

    def hangup(self, reason: str) -> list[Output]:
        """End the call from our side, at whatever stage; nothing once it has ended."""
        if self.state is State.ENDED:
            return []
        invited = self.state is not State.FLEDGLING
        self._local(Trigger.LOCAL_HANGUP)
        self._expires = None
        ended: list[Output] = [Ended(End.LOCAL, reason)]
        return [self._hangup(reason), *ended] if invited else ended

    def receive(self, sender: str, event: CallEvent, now: float) -> list[Output]:
        """Take an event of the call's room. Those of our own party and of strangers are ignored."""
        if why := self._foreign(sender, event):
            return [Ignored(why)]
        return self._from_callee(event)

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        return self._expires

    def handle_timer(self, now: float) -> list[Output]:
        """The invitation's lifetime is over: say so, and end."""
        if self._expires is None or now < self._expires:
            return []
        self._expires = None
        return [
            self._hangup("invite_timeout"),
            *self._ended_by(Trigger.EXPIRE, End.EXPIRED, "invite_timeout"),
        ]

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
                return self._ended_by(Trigger.REJECT, End.REJECTED, event.reason)
            case Hangup():
                return self._hung_up(event)
            case Candidates():
                return self._candidates(event)
            case Negotiate() if self._selected(event):
                return [Renegotiate(event.kind, event.sdp)]
        return [Ignored(f"{event.type} in {self.state.value}")]

    def _answered(self, event: Answer) -> list[Output]:
        if step(TRANSITIONS, self.state, Trigger.ANSWER) is None:
            return [Ignored(f"answer in {self.state.value}")]
        self.state = State.CONNECTED
        self._expires = None
        self.selected, self._version = event.party_id, event.version
        outputs: list[Output] = []
        if event.party_id is not None:
            outputs.append(
                Send(
                    SelectAnswer(
                        call_id=self.call_id, party_id=self.party_id, selected_party_id=event.party_id
                    )
                )
            )
        outputs += [Answered(event.party_id, event.sdp), Established(event.party_id)]
        if early := self._early.pop(event.party_id, []):
            outputs.append(RemoteCandidates(tuple(early)))
        self._early.clear()
        return outputs

    def _hung_up(self, event: Hangup) -> list[Output]:
        if self.state is State.INVITE_SENT:
            # Version 0 knows no reject: there a hang-up of the callee is one.
            if event.version == "0":
                return self._ended_by(Trigger.REJECT, End.REJECTED, event.reason)
            if event.reason in SPEAKS_FOR_THE_PERSON:
                return self._ended_by(Trigger.BUSY, End.REJECTED, "user_busy")
            return [Ignored(f"one device gave up: {event.reason}")]
        if not self._selected(event):
            return [Ignored("hang-up of a party that was not selected")]
        return self._ended_by(Trigger.HANGUP, End.HANGUP, event.reason)

    def _candidates(self, event: Candidates) -> list[Output]:
        if self.state is State.INVITE_SENT and len(self._early) < 16:
            self._early.setdefault(event.party_id, []).extend(event.candidates)
            return []
        if self._selected(event):
            return [RemoteCandidates(event.candidates)]
        return [Ignored("candidates of a party that was not selected")]

    def _selected(self, event: CallEvent) -> bool:
        return self.state is State.CONNECTED and of_party(event, self.selected)

    def _ended_by(self, trigger: Trigger, how: End, reason: str | None) -> list[Output]:
        if step(TRANSITIONS, self.state, trigger) is None:
            return [Ignored(f"{trigger.value} in {self.state.value}")]
        self.state = State.ENDED
        self._expires = None
        return [Ended(how, reason)]

    def _local(self, trigger: Trigger) -> None:
        state = step(TRANSITIONS, self.state, trigger)
        if state is None:
            raise LocalMisuse(f"{trigger.value} in {self.state.value}")
        self.state = state

    def _hangup(self, reason: str) -> Send:
        return Send(Hangup(call_id=self.call_id, party_id=self.party_id, reason=reason))

    def _candidates_end(self) -> Candidates:
        return Candidates(call_id=self.call_id, party_id=self.party_id, candidates=(END_OF_CANDIDATES,))
