"""What happens to a call, as its legs and timers tell it. Each is handled alone, in order of arrival."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conversation import Output
from bridges.sip.b2bua.together import Together
from bridges.sip.matrix_call.content import Candidate
from bridges.sip.transport.api import Replaces
from wire.commands import RecordingStep, Refused
from wire.record import CallRecord
from wire.recording import Terms
from wire.route import CallMeeting, Plan


@dataclass(frozen=True, slots=True)
class Routed:
    """The web answered who is to ring; `number` is that of the set-up that asked."""

    plan: Plan
    number: int = 0


@dataclass(frozen=True, slots=True)
class NotRouted:
    """The web could not be asked; `number` as in `Routed`."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class Rings:
    """A fork rings; `sdp` is early media to be heard meanwhile."""

    leg: str
    status: int = 180
    sdp: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """A fork answered."""

    leg: str
    sdp: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The caller took our answer; `sdp` if that is where its own description came."""

    leg: str
    sdp: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A leg is over. `of_line`: of an outside line, whether its answer spoke of the line, not of the callee
    (see `line_answers`); None leaves that to the cause. `sent_to`: what the phone that was called would have
    dialled in its place."""

    leg: str
    cause: Cause
    of_line: bool | None = None
    sent_to: str | None = None


@dataclass(frozen=True, slots=True)
class Reoffer:
    """A leg asks for another session; None asks for our offer."""

    leg: str
    sdp: str | None


@dataclass(frozen=True, slots=True)
class Renegotiated:
    """A leg's new offer was carried and answered."""

    leg: str


@dataclass(frozen=True, slots=True)
class Trickle:
    """A WebRTC leg's ICE candidates."""

    leg: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A key pressed, told by signalling."""

    leg: str
    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class HoldAsked:
    """Its user lets the other leg wait (`on`), or talks again; `done` is told whether it came about."""

    leg: str
    on: bool
    done: Callable[[bool], None]


@dataclass(frozen=True, slots=True)
class RecordAsked:
    """Somebody of the house in the call wants it recorded, or paused, or neither; `done` is told why not."""

    user_id: str
    what: RecordingStep
    done: Callable[[Refused | None], None]


@dataclass(frozen=True, slots=True)
class RecordingTerms:
    """Whether the call with this record is to be recorded, and who may want it; `asked` did."""

    call_id: str
    terms: Terms
    asked: RecordAsked | None = None


@dataclass(frozen=True, slots=True)
class RecordingAnnounced:
    """Everybody has heard that this recording begins."""

    recording_id: str


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """Nothing more of the call can be written."""


@dataclass(frozen=True, slots=True)
class RecordingRuled:
    """A rule is about another call of the same conference: nobody is to end what is recorded here."""


@dataclass(frozen=True, slots=True)
class ConferenceChanged:
    """Others take part in the conference of the call, or it is recorded no longer."""


@dataclass(frozen=True, slots=True)
class Silent:
    """A leg has sent neither RTP nor RTCP for so many seconds."""

    leg: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Noted:
    """What a later process must know of the leg has changed; `title` names what it leads to."""

    leg: str
    title: str


class TransferReport(Protocol):
    """Who asked for a transfer hears how it goes: `accepted` or `failed` first, `done` or `failed` last."""

    def accepted(self) -> None:
        """It is being tried."""

    def rings(self) -> None:
        """Somebody's device rings."""

    def done(self) -> None:
        """The one transferred talks with somebody else, and who asked is out."""

    def failed(self, cause: Cause) -> None:
        """All is as it was before."""


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """A leg wants whom it talks with to talk with `to` (a number, an extension, a user id) in its place; on
    their `device` alone, if it is given."""

    leg: str
    to: str
    report: TransferReport
    device: str | None = None


@dataclass(frozen=True, slots=True)
class PutOutAsked:
    """A leg wants whoever is `to` (a number, an extension) put out of the call of several that it leads."""

    leg: str
    to: str
    report: TransferReport


@dataclass(frozen=True, slots=True)
class Changed:
    """What a later process must know of the leg has changed, and nothing else."""

    leg: str


@dataclass(frozen=True, slots=True)
class JoinAsked:
    """A leg wants whom it talks with to talk with the other side of a second call of its person: the one with
    the dialog `replaces` (RFC 3891), or whose record is `call_id`."""

    leg: str
    report: TransferReport
    replaces: Replaces | None = None
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The leg of another call that is to be of this one, as `name`, is there: `record` is of the call that
    comes of it. None: it could not be had."""

    name: str
    record: CallRecord | None


@dataclass(frozen=True, slots=True)
class GivenAway:
    """A leg has gone over to another call: `outputs` are what is left to be done."""

    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Who has called for it, as the leg `name`, takes the place of the leg `instead`; None: it answers."""

    name: str
    instead: str | None


@dataclass(frozen=True, slots=True)
class AddAsked:
    """A leg wants `to` (a number, an extension, a user id) to talk with both of them."""

    leg: str
    to: str
    report: TransferReport


@dataclass(frozen=True, slots=True)
class MergeAsked:
    """A leg wants the other side of a second call of its person, whose record is `call_id`, to talk with both
    of them."""

    leg: str
    call_id: str
    report: TransferReport


@dataclass(frozen=True, slots=True)
class ConferAsked:
    """Who talk in the call are to take part in a conference; but the leg `leaving`, if any, leaves."""

    conference: str
    report: TransferReport
    leaving: str | None = None


@dataclass(frozen=True, slots=True)
class UniteAsked:
    """Who takes part in a conference by the seat `leg` is to talk with the only other one who does, in the
    call of this record."""

    leg: str
    call_id: str


@dataclass(frozen=True, slots=True)
class MeetAsked:
    """Who takes part in a conference is to take part in a meeting, with all others at once: as soon as
    `together` has all of them."""

    meeting: CallMeeting
    together: Together
    report: TransferReport


@dataclass(frozen=True, slots=True)
class TakeAsked:
    """Somebody (a user id) wants to answer what rings here, on their `device` alone if it is given. `report`
    hears `rings` or `done` once one of theirs does, or `failed`."""

    user_id: str
    report: TransferReport
    device: str | None = None


@dataclass(frozen=True, slots=True)
class TakerRouted:
    """Which devices of theirs may ring; None: that could not be asked. `number` is that of the set-up."""

    plan: Plan | None
    report: TransferReport
    number: int


class Verdict(Enum):
    """What somebody said who was asked whether they take a call. NOTHING: nobody said anything."""

    TAKE = "take"
    DECLINE = "decline"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whoever answered the fork `leg` was asked whether they take the call."""

    leg: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Abort:
    """End the call, whatever its state."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Declined:
    """Whoever is called does not want it, on any device; it may go on to somebody else."""


@dataclass(frozen=True, slots=True)
class RingsNoMore:
    """It is to ring for this member, or delegate (a user id), no more."""

    user_id: str


@dataclass(frozen=True, slots=True)
class Handled:
    """What an event of a room meant for the call came before this: a later process need not be told it."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Owes:
    """A leg has not been told yet that what it asked for is heard: that waits until it is on the disk."""

    leg: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A timer is due."""


#: What concerns the recording of a call.
RecordingEvent = (
    RecordAsked | RecordingTerms | RecordingAnnounced | RecordingFailed | RecordingRuled | ConferenceChanged
)
CallInput = (
    Routed
    | NotRouted
    | Rings
    | Answers
    | Confirmed
    | Gone
    | Reoffer
    | Renegotiated
    | Trickle
    | Key
    | HoldAsked
    | RecordingEvent
    | Silent
    | Noted
    | Changed
    | Declined
    | RingsNoMore
    | TransferAsked
    | PutOutAsked
    | JoinAsked
    | Fetched
    | GivenAway
    | TakenIn
    | AddAsked
    | MergeAsked
    | ConferAsked
    | UniteAsked
    | MeetAsked
    | TakeAsked
    | TakerRouted
    | Asked
    | Abort
    | Handled
    | Owes
    | Tick
)
Post = Callable[[CallInput], None]
