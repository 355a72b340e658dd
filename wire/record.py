"""`PUT /internal/v1/call-records/<id>`: the record of a call: who, whom, when, and how it ended."""

from typing import Annotated, Any, Literal

import msgspec

from wire.route import FORWARDS_MAX, GHOST_PREFIX, Forwarded, Party, RungGroup, Word

Outcome = Literal[
    "answered",
    "missed",
    "rejected",
    "busy",
    "cancelled",
    "unreachable",
    "failed",
    "interrupted",
    "in_progress",
]
#: "conference": the caller takes part in a call of several, with those whom the callee's name lists.
#: "voicemail": the callee's, they have missed the call. "announcement": what became of a code is said.
#: "queue": they wait in one, the last of the record's groups. "mobile": a number outside that is one of the
#: callee's devices.
#: "attendant": its menu was heard.
AnsweredOn = Literal[
    "matrix",
    "desk_phone",
    "outside",
    "meeting",
    "parked",
    "conference",
    "voicemail",
    "announcement",
    "mobile",
    "queue",
    "attendant",
]
#: The `via` of a call by which the house calls somebody back: its caller is who they wanted to reach, and
#: takes no part in it.
CALL_BACK = "call-back"
#: That of a call by which somebody tries which of their devices ring: nobody calls.
RING_ME = "ring-me"
#: That of a call by which a supervisor listens to somebody else's: nobody calls.
LISTEN = "listen"
#: Calls of the house itself, which nobody has made, and nobody missed.
BY_THE_HOUSE = frozenset({CALL_BACK, RING_ME, LISTEN})
#: Milliseconds since 1970.
Millis = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Audio(msgspec.Struct, frozen=True):
    """Whether sound was heard in each direction; None where nobody could tell."""

    caller_to_callee: bool | None = None
    callee_to_caller: bool | None = None


Side = Literal["caller", "callee"]
#: What is wrong with the sound that comes from a side: none arrives, it is silence, too much of it is lost.
Fault = Literal["nothing", "silent", "lossy"]
#: The likely cause: no packet came (a firewall), packets came from an address that is not believed (NAT), the
#: browser's connection for sound does not stand, packets stopped, a microphone is off, a bad
#: network on the side of who speaks, and on that of who listens.
WhySound = Literal["blocked", "elsewhere", "not_connected", "stopped", "muted", "network", "far_network"]


class SoundTrouble(msgspec.Struct, frozen=True):
    """Something wrong with the sound that comes from `side`; `until` is None while it goes on."""

    fault: Fault
    why: WhySound
    side: Side
    since: Millis
    until: Millis | None = None


class Heard(msgspec.Struct, frozen=True):
    """How the sound of one side arrived: MOS of the E-model (ITU-T G.107), 1 to 4.5, one sample every five
    seconds. `loss` is a share of 1; `worst_at` is when `mos_min` was measured, `jitter_ms` the worst.
    """

    mos_mean: Annotated[float, msgspec.Meta(ge=1, le=5)]
    mos_min: Annotated[float, msgspec.Meta(ge=1, le=5)]
    worst_at: Millis
    samples: Annotated[int, msgspec.Meta(ge=0, le=2**31)]
    loss: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    jitter_ms: Annotated[float, msgspec.Meta(ge=0, le=3_600_000)] = 0.0
    codec: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class Sound(msgspec.Struct, frozen=True):
    """What was heard of the caller, and of the callee; and what was wrong with it."""

    caller: Heard | None = None
    callee: Heard | None = None
    troubles: Annotated[tuple[SoundTrouble, ...], msgspec.Meta(max_length=50)] = ()


class Transfer(msgspec.Struct, frozen=True):
    """How a call came from another, or went over into one, when somebody in it was replaced by somebody else.

    `by`: who gave the caller of this record to its callee; `previous`: the record of their call before. `to`:
    with whom the one who stayed talks since this record ended; `next`: that call's record. `joined`: the
    record of the second call of `by`, whose other side is the callee now. `conversation`: the record with
    which all of it began; None: this one.
    """

    by: Party | None = None
    previous: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    to: Party | None = None
    next: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    joined: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    conversation: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class Wait(msgspec.Struct, frozen=True):
    """The call was put on hold by one side; `until` is None while it is."""

    by: Side
    since: Millis
    until: Millis | None = None


#: Waits that a record keeps: the newest.
WAITS = 50


class RecordedPause(msgspec.Struct, frozen=True):
    """A part of a call that is not in its recording; `until` is None while it lasts."""

    since: Millis
    until: Millis | None = None


#: Times that mobile phones are asked in one call that a record keeps: the newest.
ASKED = 20


class Asked(msgspec.Struct, frozen=True):
    """Somebody's (`by`, a user id) mobile phone was answered, and asked whether the call is taken: its line
    was paid for meanwhile. `leg` tells those of one call apart; `until` is None while it is asked."""

    leg: Word
    by: Word
    since: Millis
    until: Millis | None = None


#: Recordings of a call, and pauses of one, that a record keeps: the newest.
RECORDINGS, PAUSES = 20, 200


class Recorded(msgspec.Struct, frozen=True):
    """A recording of the call. It is being announced, runs or is paused until it is over; "failed" when the
    disk was full: what was said before is kept. `by`: who wanted it, None when a rule did. `since`: when
    it was announced first, and then when it began."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
    state: Literal["announced", "runs", "paused", "over", "failed"]
    since: Millis
    until: Millis | None = None
    by: Word | None = None
    pauses: Annotated[tuple[RecordedPause, ...], msgspec.Meta(max_length=PAUSES)] = ()


#: Members of ring groups, and groups, that a call rings at most.
MEMBERS, GROUPS = 100, 10


class GroupRang(msgspec.Struct, frozen=True):
    """A ring group that was called, and the user ids of those of its members for whom the call rang, and who
    of them declined it."""

    group: RungGroup
    members: Annotated[tuple[Word, ...], msgspec.Meta(max_length=MEMBERS)] = ()
    declined: Annotated[tuple[Word, ...], msgspec.Meta(max_length=MEMBERS)] = ()


class CallRecord(msgspec.Struct, kw_only=True):
    """One call of two people. Sent again whenever more is known: the larger `revision` of an id replaces the
    smaller. `withheld`: the callee may not learn who called. `picked_up_from`: for whom it rang when the
    callee took it. `forwarded`: by whom the call came to the callee, in order. `groups`: the ring groups that
    it was for, the last one last; the callee is that group until one of its members answers. `caller_since`,
    `callee_since`: since when each of them talks, if that was in a call before, which this one followed.
    `asked`: mobile phones that were answered before anybody had the call. `on_behalf_of`: in whose name the
    caller, one of their delegates, called.
    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    via: Annotated[str, msgspec.Meta(max_length=80)]
    started_at: Millis
    dialled: str = ""
    revision: Millis = 0
    caller: Party = Party()
    callee: Party = Party()
    video: bool = False
    answered_at: Millis | None = None
    ended_at: Millis | None = None
    outcome: Outcome = "in_progress"
    reason: str | None = None
    answered_on: AnsweredOn | None = None
    room_id: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    audio: Audio = Audio()
    withheld: bool = False
    sound: Sound = Sound()
    transfer: Transfer = Transfer()
    waits: Annotated[tuple[Wait, ...], msgspec.Meta(max_length=WAITS)] = ()
    picked_up_from: Party | None = None
    forwarded: Annotated[tuple[Forwarded, ...], msgspec.Meta(max_length=FORWARDS_MAX)] = ()
    groups: Annotated[tuple[GroupRang, ...], msgspec.Meta(max_length=GROUPS)] = ()
    recordings: Annotated[tuple[Recorded, ...], msgspec.Meta(max_length=RECORDINGS)] = ()
    caller_since: Millis | None = None
    callee_since: Millis | None = None
    asked: Annotated[tuple[Asked, ...], msgspec.Meta(max_length=ASKED)] = ()
    on_behalf_of: Party | None = None

    @property
    def recorded(self) -> Recorded | None:
        """The recording that is not over."""
        return next((one for one in self.recordings if one.until is None), None)

    @property
    def conversation(self) -> str:
        """The id of the record with which all of it began."""
        return self.transfer.conversation or self.id

    @property
    def reached(self) -> Party:
        """Whom its caller talks with, as they may know it: to which number outside somebody has their calls
        forwarded is their own business."""
        house = [one.by for one in self.forwarded if one.by.user_id is not None]
        ours = self.answered_on != "outside" and not (self.callee.user_id or "").startswith(GHOST_PREFIX)
        return self.callee if ours or not house else house[-1]

    def group_of(self, user_id: str) -> RungGroup | None:
        """The last ring group for which it rang for somebody."""
        return next((one.group for one in reversed(self.groups) if user_id in one.members), None)

    def declined_by(self, user_id: str) -> bool:
        """Whether somebody declined it, the last time that it rang for them as a member of a group."""
        return next(
            (user_id in one.declined for one in reversed(self.groups) if user_id in one.members), False
        )

    @property
    def held_by(self) -> frozenset[Side]:
        """Who lets the other wait now."""
        return frozenset(wait.by for wait in self.waits if wait.until is None)

    def to_json(self) -> dict[str, Any]:
        """The record as it is sent and stored."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "CallRecord":
        """The inverse of `to_json`, also of what was stored before names were never null; raises
        `msgspec.ValidationError`.
        """
        sides = {
            side: {k: v for k, v in value[side].items() if v is not None} for side in ("caller", "callee")
        }
        return msgspec.convert({**value, **sides}, cls)


class CallRecordBatch(msgspec.Struct):
    """`POST /internal/v1/call-records`: those that have changed, each as it is now."""

    records: tuple[CallRecord, ...]
