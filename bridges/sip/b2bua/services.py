"""What calls need from the rest of the process, as the Protocols they see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from bridges.media.gateway import MediaGateway
from bridges.sip.appservice.sender import EventSender
from bridges.sip.b2bua.events import Post, TransferReport
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.quality.places import Place
from bridges.sip.trace.traces import Traces
from bridges.sip.transport.api import (
    Contact,
    Credentials,
    DialogSnapshot,
    IncomingCall,
    NameAddress,
    OutgoingCall,
    Reason,
    Target,
    TrunkStatus,
)
from bridges.sip.trunk import AnswerLimits
from wire.commands import ListenMode, ListenRequest
from wire.prompt import Step
from wire.record import CallRecord, Heard, SoundTrouble
from wire.recording import Note, Terms, TermsAsked
from wire.route import (
    OWN_ANY,
    AnnouncementLeg,
    AttendantLeg,
    CallMeeting,
    MobileLeg,
    Party,
    Plan,
    QueueLeg,
    RouteRequest,
    VoicemailLeg,
)
from wire.state import Listener, Listens


class Endpoint(Protocol):
    """`SipEndpoint`, seen from the calls."""

    async def prepare(
        self,
        target: Target,
        *,
        from_: NameAddress,
        to: NameAddress,
        sdp: str | None,
        headers: Sequence[tuple[str, str]] = (),
        credentials: Credentials | None = None,
        max_forwards: int = 70,
    ) -> OutgoingCall: ...

    def contacts(self, username: str) -> list[Contact]: ...

    def registered(self) -> list[str]: ...

    def target_of(self, contact: Contact) -> Target: ...

    def flow_failed(self, contact: Contact) -> None: ...

    def trunk_target(self, name: str, number: str) -> Target: ...

    def trunk_caller(
        self, name: str, number: str | None, *, hidden: bool = False
    ) -> tuple[NameAddress, tuple[tuple[str, str], ...]]: ...

    def trunk_credentials(self, name: str) -> Credentials | None: ...

    def trunk_answer_limits(self, name: str) -> AnswerLimits: ...

    def trunk_status(self) -> list[TrunkStatus]: ...

    def restore_incoming(self, snapshot: DialogSnapshot, *, age: float = 0.0) -> IncomingCall: ...

    def restore_outgoing(
        self, snapshot: DialogSnapshot, *, age: float = 0.0, credentials: Credentials | None = None
    ) -> OutgoingCall: ...

    def bye_snapshot(self, snapshot: DialogSnapshot, reason: Reason | None = None) -> None: ...


class Router(Protocol):
    """Decides who is to ring. Raises WebUnavailable, WebRefused."""

    async def route(self, request: RouteRequest) -> Plan: ...


class Members(Protocol):
    """Knows whom a call in a room is for: `RoomMembers`. Raises MatrixUnavailable, MatrixRefused."""

    async def callee(self, room_id: str, sender: str, invitee: str | None) -> str | None: ...

    async def let_in(self, room_id: str, user_id: str) -> None: ...


class Records(Protocol):
    """Keeps live calls and their records."""

    def put_call(self, call_id: str, kind: str, snapshot: Callable[[], Mapping[str, Any]]) -> None: ...

    def drop_call(self, call_id: str) -> None: ...

    def put_record(self, record: CallRecord) -> None: ...

    def handled(self, event_id: str) -> None:
        """A later process need not be told this event of a room."""

    async def flushed(self) -> None: ...


class Meetings(Protocol):
    """`bridges.sip.meeting.floor.Floor`, seen from the calls."""

    async def answer(self, name: str, call_id: str, sdp: str, caller: Party, via: str, post: Post) -> Leg:
        """The dial-in answers; `via` is the way the call came (`wire.route`).

        Raises OSError, MalformedSdp, MediaError.
        """

    async def caller(self, visitor_id: str, call_id: str, number: str, post: Post) -> CallerLeg:
        """A meeting calls. Raises OSError."""

    async def bring(
        self, name: str, call_id: str, meeting: CallMeeting, who: Party, post: Post
    ) -> "VisitingLeg":
        """Somebody who talks already is to be in this meeting, too; to be offered a session by `reoffer`.
        Raises OSError."""

    def restore(self, kept: Mapping[str, Any], age: float, post: Post) -> Leg:
        """The leg that answered in an earlier process, `age` seconds after `kept` was taken of it.

        Raises `KeyError`, `TypeError`, `ValueError`, MalformedSdp, MediaError.
        """

    def restore_caller(self, kept: Mapping[str, Any], age: float, post: Post) -> CallerLeg:
        """The same of the leg that called."""

    def forget(self, visitor_id: str) -> None:
        """A visitor of an earlier process has gone."""


class Parking(Protocol):
    """`bridges.sip.call_control.park.Park`, seen from the calls."""

    def park(self, name: str, slot: str | None, sdp: str, post: Post) -> Leg:
        """Let a call wait in a slot; the leg answers at once. Raises OSError when none is free."""

    def restore(self, kept: Mapping[str, Any], post: Post) -> Leg:
        """The leg of a call that an earlier process had parked. Raises `KeyError`, `TypeError`,
        `ValueError`."""

    def slot_of(self, leg: Leg) -> str | None:
        """The slot that a leg stands for; None for a leg of another kind."""

    def leg_at(self, slot: str) -> Leg | None:
        """What stands for a slot in the call that is parked there."""


class Conferences(Protocol):
    """`bridges.sip.conference.focus.Focus`, seen from the calls."""

    @property
    def idle(self) -> bool:
        """Whether there are none."""

    def fresh(self) -> str:
        """The name of a call of several that is to be."""

    def lives(self, conference: str) -> bool:
        """Whether somebody takes part in it, or is being called."""

    def of_leg(self, leg: Leg) -> str | None:
        """The call of several that a leg is a seat of; None for a leg of another kind."""

    async def seat(self, name: str, conference: str, post: Post) -> Leg:
        """A further seat, to be offered a session by `reoffer`. Raises OSError."""

    async def caller(self, conference: str, post: Post, report: TransferReport) -> CallerLeg:
        """A seat for somebody who is called. Raises OSError."""

    def restore(self, kept: Mapping[str, Any], post: Post) -> Leg:
        """A seat of an earlier process. Raises `KeyError`, `TypeError`, `ValueError`."""


class Announcements(Protocol):
    """`bridges.sip.voice.announcer.Announcer`, seen from the calls."""

    async def calling(self, language: Literal["it", "en"], post: Post, to: str = OWN_ANY) -> CallerLeg:
        """A voice that calls somebody, and gives them to who it calls for, or `to`. Raises OSError."""

    async def testing(self, language: Literal["it", "en"], post: Post) -> CallerLeg:
        """A voice that tries which devices ring. Raises OSError."""

    async def answer(self, name: str, planned: AnnouncementLeg, sdp: str, post: Post) -> Leg:
        """Say it to a caller; the leg answers at once. Raises OSError, MalformedSdp, MediaError."""


class PromptRecordings(Protocol):
    """`bridges.sip.prompt_recording.studio.PromptRecordings`, seen from the calls."""

    async def calling(self, call_id: str, language: Literal["it", "en"], post: Post) -> CallerLeg:
        """A voice that calls whoever is to say a prompt. Raises OSError."""

    def step(self, call_id: str) -> Step | None:
        """How far that is; None for a call of another kind."""


class Screening(Protocol):
    """`bridges.sip.screening.screener.Screener`, seen from the calls."""

    async def ask(self, name: str, fork: str, planned: MobileLeg, sdp: str, post: Post) -> "AskingLeg":
        """Ask whoever answered the `fork` whether they take the call; `Asked` is posted. The leg answers at
        once, and is no leg of the call. Raises OSError, MalformedSdp, MediaError."""


class AskingLeg(Leg, Protocol):
    """The voice that asks."""

    def press(self, key: str) -> None:
        """A key came by signalling."""


class VisitingLeg(Leg, Protocol):
    """A meeting, for somebody who was brought there."""

    async def inside(self) -> None:
        """Until they are in its room. Raises OSError when they cannot be."""


class Attendants(Protocol):
    """`bridges.sip.attendant.desk.FrontDesk`, seen from the calls."""

    async def answer(self, name: str, planned: AttendantLeg, sdp: str, post: Post) -> Leg:
        """Offer a caller its menu; the leg answers at once. Raises OSError, MalformedSdp, MediaError."""

    def restore(self, kept: Mapping[str, Any], planned: AttendantLeg, age: float, post: Post) -> Leg:
        """The leg of an earlier process, `age` seconds after `kept` was taken of it; it is in the same menu.

        Raises `KeyError`, `TypeError`, `ValueError`, OSError, MalformedSdp, MediaError.
        """


class Voicemail(Protocol):
    """`bridges.sip.voicemail.mailboxes.Mailboxes`, seen from the calls."""

    async def answer(
        self, name: str, call_id: str, planned: VoicemailLeg, sdp: str, caller: Party, post: Post
    ) -> Leg:
        """The greeting is said, and the caller recorded. Raises OSError, MalformedSdp, MediaError."""

    async def admit(self, name: str, planned: VoicemailLeg, sdp: str, caller: Party, post: Post) -> Leg:
        """The caller is asked whose messages they want to hear. Raises OSError, MalformedSdp, MediaError."""

    async def listen(self, name: str, planned: VoicemailLeg, sdp: str, post: Post) -> Leg:
        """Messages are played to their owner. Raises OSError, MalformedSdp, MediaError."""

    def restore(self, kept: Mapping[str, Any], age: float, post: Post) -> Leg:
        """The leg of an earlier process, `age` seconds after `kept` was taken of it; it records on.

        Raises `KeyError`, `TypeError`, `ValueError`, OSError, MalformedSdp, MediaError.
        """


class Recordings(Protocol):
    """`bridges.sip.recording.keeper.Recordings`, seen from the calls."""

    async def terms(self, asked: TermsAsked, *, patient: bool) -> Terms | None:
        """What holds for a call; None where that is not known. `patient`: until it is."""

    async def announcement(self, terms: Terms, number: str | None) -> tuple[Path, float]:
        """The file that is played before a recording to who has this number, and its seconds."""

    async def begin(self, media_id: str, note: Note, left: str, right: str) -> None:
        """Make ready to record these two legs. Raises `CannotRecord`, `CannotKeep`."""

    async def run(self, media_id: str, note: Note, left: str, right: str) -> None:
        """What is said from now on is recorded. Raises MediaError."""

    async def pause(self, media_id: str, note: Note) -> None:
        """What is said from now on is not. Raises MediaError."""

    async def keep(self, media_id: str, note: Note) -> None:
        """What is known of it by now is on the disk."""

    async def end(self, media_id: str, note: Note) -> None:
        """It is over."""

    @property
    def language(self) -> Literal["it", "en"]:
        """The house's own."""

    def lives(self, recording_id: str) -> bool:
        """A call of an earlier process is to go on with it. False: it was over, and the record says not."""

    def over_since(self, recording_id: str) -> int | None:
        """When one of those was over, in milliseconds since 1970; None where nothing is known of it."""


class Queues(Protocol):
    """`bridges.sip.queue.hall.Hall`, seen from the calls."""

    async def wait(self, name: str, call_id: str, planned: QueueLeg, sdp: str, post: Post) -> Leg:
        """Let a caller wait in a queue; the leg answers at once. Raises OSError, MalformedSdp, MediaError."""

    def restore(self, kept: Mapping[str, Any], age: float, post: Post) -> Leg:
        """The leg of an earlier process, `age` seconds after `kept` was taken of it.

        Raises `KeyError`, `TypeError`, `ValueError`, OSError, MalformedSdp, MediaError.
        """

    def is_of_a_queue(self, leg: object) -> bool:
        """Whether a leg stands for a queue."""


@dataclass(frozen=True, slots=True)
class Overheard:
    """A call that is listened to: its name in the gateway, the leg of the agent, and the other one. `held`:
    one of them waits, and does not know that anybody hears them."""

    media_id: str
    agent: str
    other: str
    held: bool = field(default=False, compare=False)


class Supervision(Protocol):
    """`bridges.sip.supervision.listeners.Listeners`, seen from the calls."""

    async def calling(
        self,
        wanted: ListenRequest,
        post: Post,
        overheard: Callable[[], Overheard | None],
        tapped: Callable[[], None],
    ) -> CallerLeg:
        """One that calls a supervisor; `tapped` is told before the two are heard, and after.

        Raises OSError.
        """

    def listeners(self, call_id: str) -> tuple[Listener, ...]:
        """Who listens to the call with this record."""

    def agent_of(self, call_id: str) -> str | None:
        """The agent whose call with this record is listened to, by user id."""

    def listens(self, call_id: str) -> Listens | None:
        """What is listened to by the call with this record."""

    def taps(self, call_id: str) -> list[str]:
        """The names of those who only listen in the gateway's call with this id."""

    def change(self, call_id: str, mode: ListenMode) -> bool:
        """Listen, whisper or join, by the call with this record; False where that cannot be."""


#: Told, when a call is over, how the sound from a place was, and what was wrong with it.
Sounded = Callable[[Place, Heard | None, Sequence[SoundTrouble]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a call uses. `now_ms` is the wall clock in milliseconds, `state_changed` a notice."""

    domain: str
    endpoint: Endpoint
    gateway: MediaGateway
    router: Router
    homeserver: EventSender
    members: Members
    records: Records
    meetings: Meetings
    now_ms: Callable[[], int]
    state_changed: Callable[[], None]
    #: What whoever is on hold hears; None: nothing.
    music: Path | None = None
    #: Whether phones and lines over TLS are offered SRTP.
    srtp: bool = False
    traces: Traces = field(default_factory=Traces)
    parking: Parking | None = None
    conferences: Conferences | None = None
    voicemail: Voicemail | None = None
    announcements: Announcements | None = None
    prompts: PromptRecordings | None = None
    recordings: Recordings | None = None
    screening: Screening | None = None
    queues: Queues | None = None
    attendants: Attendants | None = None
    supervision: Supervision | None = None
    sounded: Sounded = lambda _place, _heard, _troubles: None
