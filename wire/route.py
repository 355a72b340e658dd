"""`POST /internal/v1/route`: "who is to ring?", and the answer, an ordered plan of stages of legs.

Numbers are extensions or E.164, user ids are Matrix user ids, times are seconds.
"""

from typing import Annotated, Any, Literal

import msgspec

from wire.attendant import Menu

#: As long as a Matrix identifier may be.
WORD_MAX = 255
Word = Annotated[str, msgspec.Meta(max_length=WORD_MAX)]


#: In the place of a number that is dialled: other devices of whoever gives a call on.
OWN_ANY, OWN_DESK_PHONE, OWN_CLIENTS = "own:any", "own:desk_phone", "own:matrix"
OWN_MOBILE = "own:mobile"
OWN_DEVICES = frozenset({OWN_ANY, OWN_DESK_PHONE, OWN_CLIENTS, OWN_MOBILE})


#: In the place of a number that is dialled: the first slot for parked calls that is free.
PARK_ANYWHERE = "park:any"


#: In the place of a number that is dialled: to whom a queue sends a caller who waits in it, the members
#: who are to take the call, or where its calls go that nobody takes; and to whom it gives a member who is to
#: talk with somebody that it calls back.
QUEUE_AGENTS, QUEUE_ELSEWHERE, QUEUE_CALLER = "queue:agents", "queue:elsewhere", "queue:caller"
QUEUE_WAYS = frozenset({QUEUE_AGENTS, QUEUE_ELSEWHERE, QUEUE_CALLER})


#: How the Matrix users begin that stand for numbers outside.
GHOST_PREFIX = "@_tel_"


class MalformedPlan(ValueError):
    """What was answered is not a plan."""


class Party(msgspec.Struct, frozen=True):
    """One side of a call: `user_id` for a person of the house or a ghost; `number` None when withheld."""

    user_id: Word | None = None
    name: str = ""
    number: str | None = None


class MatrixChanges(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the bridge heard of Matrix since a route was last answered: whose presence changed, in which rooms
    somebody came or left; `everything` when it does not know."""

    users: tuple[Word, ...] = ()
    rooms: tuple[Word, ...] = ()
    everything: bool = False


class Replaced(msgspec.Struct, frozen=True):
    """The call in whose place a phone calls, by the dialog that it names (RFC 3891): the id of its record,
    who of the house has that dialog, and whether it still rings for them (`early`)."""

    call_id: Annotated[str, msgspec.Meta(max_length=64)]
    user_id: Word
    early: bool


#: Why a call was given on: by a service of whoever was called, or (the last two) as a network said it.
Why = Literal[
    "always",
    "outside_hours",
    "busy",
    "no_answer",
    "unreachable",
    "do_not_disturb",
    "deflected",
    "unknown",
]
#: Forwards that a call may go through, those that a network says included.
FORWARDS_MAX = 20


class Forwarded(msgspec.Struct, frozen=True):
    """A call that was for `by` goes on to somebody else. A person of the house has a `user_id`; who was
    called in a network before the house has none."""

    by: Party
    why: Why = "unknown"


class RouteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A call that has begun. `via` is "matrix", "sip", "trunk:<name>", "meeting" (a member of one has a
    telephone called), "ring-me": `caller` tries which of their own devices ring, or "listen": they are to
    hear an agent's call. `registered` are the extensions that have a live desk phone. `call_id` is that of
    the call's record: a route that is asked for again is for the same call. `withheld`: the caller wants
    nobody to learn who calls. `changed` is to be forgotten before the call is routed.
    `transferred`: whom `caller` gives to whoever is dialled, so that the called side is shown them; what is
    allowed, and who pays, goes by `caller`, known by `user_id` alone then. `device`: only this one of the
    called person's Matrix clients is to ring, and no desk phone. `replaces`: the call is to take the place of
    this one, whatever was dialled. `forwarded`: by whom the call was forwarded, in order; if the last is of
    the house, it goes to whom that person's rule for this names, or their phone: `sent_to` is what it would
    have dialled ("deflected"). `group`: it is the ring group with this id that was the last, and the call
    goes where that group's calls go when nobody takes them. `queue`: the record of the call that waits in a
    queue, which sends it on to whoever is named by one of `QUEUE_WAYS`; who pays is the queue.
    `on_behalf_of`: the user id of whoever `caller` says to call for, which is not believed.
    `by_menu`: an attendant gives the caller on, by what it was told (`wire.attendant.Go`) in the place of a
    number, and pays.
    """

    dialled: str
    via: Annotated[str, msgspec.Meta(pattern=r"^(matrix|sip|meeting|ring-me|listen|trunk:.{1,64})$")]
    caller: Party = Party()
    call_id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    registered: tuple[Word, ...] = ()
    withheld: bool = False
    changed: MatrixChanges = MatrixChanges()
    transferred: Party | None = None
    device: Word | None = None
    replaces: Replaced | None = None
    forwarded: Annotated[tuple[Forwarded, ...], msgspec.Meta(max_length=FORWARDS_MAX)] = ()
    group: Word | None = None
    sent_to: Word | None = None
    queue: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    by_menu: bool = False
    on_behalf_of: Word | None = None


class Ghost(msgspec.Struct, frozen=True):
    """The Matrix user that stands for an outside number; `number` is None for all who withhold theirs."""

    user_id: str
    name: str = ""
    number: str | None = None


class MatrixLeg(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="matrix"):
    """Ring the Matrix clients of `user_id`, or `device` alone: an invite sent by `as_user` into their direct
    room. `member`: whose they are, where the call is for a ring group. `delay`: seconds after the others."""

    user_id: str
    as_user: str
    room_id: str
    device: str | None = None
    member: Party | None = None
    delay: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0


class PhoneLeg(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="sip"):
    """Ring every desk phone registered as `extension`; `member` and `delay` as in `MatrixLeg`."""

    extension: str
    member: Party | None = None
    delay: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0


class Diversion(msgspec.Struct, frozen=True):
    """By whom a call was forwarded, as a trunk is told: a number, and why."""

    number: str
    why: Why


class TrunkLeg(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="trunk"):
    """Call `number` through `trunk`, showing `from_number` (None: there is none to show). All numbers are
    written as the trunk wants them, also those in `diversions`, the first who forwarded first."""

    trunk: str
    number: str
    from_number: str | None = None
    diversions: tuple[Diversion, ...] = ()


class MobileLeg(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="mobile"):
    """Call by `line` a phone outside that is one of the callee's devices, `delay` seconds after the others.
    Whoever answers there is told in `language` that `digits` (those of a number, as they are said; "" where
    there are none to be told) call, and has the call once a key was pressed; `member` as in `MatrixLeg`.
    """

    line: TrunkLeg
    language: Literal["it", "en"]
    digits: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{0,20}$")] = ""
    delay: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0
    member: Party | None = None


class CallMeeting(msgspec.Struct, frozen=True):
    """The meeting that a call of several goes on as: its id and Matrix room, and who made it of the call."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    room_id: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    title: Annotated[str, msgspec.Meta(max_length=255)]
    by: Party


class MeetingLeg(msgspec.Struct, frozen=True, tag_field="kind", tag="meeting"):
    """Ask for the PIN of a meeting, and join it; or be in the `meeting` that the call goes on as: no route
    names one."""

    meeting: CallMeeting | None = None


class ParkLeg(msgspec.Struct, frozen=True, tag_field="kind", tag="park"):
    """Wait with music in a slot for parked calls; None: the first free one."""

    slot: str | None = None


class ConferenceLeg(msgspec.Struct, frozen=True, tag_field="kind", tag="conference"):
    """Take part in a call of several; no route names one, the bridge knows which there are."""

    conference: str


class VoicemailLeg(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="voicemail"):
    """Greet in the name of `user_id`, in their `language`, and record at most `seconds`; `full`: only say
    that the mailbox is. `listen`: it is `user_id` who calls, play their messages. `greeting`: the id of a
    greeting of their own; None: the one that comes with us. `access`: ask the caller for the number of their
    mailbox and its PIN, and play that one's; `user_id` is "" then."""

    user_id: str
    language: Literal["it", "en"]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=600)] = 180
    full: bool = False
    listen: bool = False
    access: bool = False
    greeting: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")] | None = None


#: What is said to whoever has set something by a code.
Said = Literal[
    "forwarding_on",
    "forwarding_off",
    "do_not_disturb_on",
    "do_not_disturb_off",
    "call_back_on",
    "call_back_off",
    "group_in",
    "group_out",
    "on_duty",
    "off_duty",
    "on_a_break",
    "not_set",
    "recording_on",
    "recording_paused",
]


class AnnouncementLeg(msgspec.Struct, frozen=True, tag_field="kind", tag="announcement"):
    """Say this to the caller, in their `language`, and hang up."""

    say: Said
    language: Literal["it", "en"]


class QueueLeg(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="queue"):
    """Wait with music until the queue sends the caller on. `welcome`: they are greeted, in `language`;
    `announce`: every so many seconds they are told their place, 0: never; `call_back`: the key by which they
    hang up and are called back when it is their turn, "": none. `listened`: they are told first that calls
    may be listened to, and are not sent on before."""

    language: Literal["it", "en"]
    welcome: bool = True
    announce: Annotated[int, msgspec.Meta(ge=0, le=600)] = 0
    call_back: Annotated[str, msgspec.Meta(pattern=r"^[0-9]?$")] = ""
    listened: bool = False


class AttendantLeg(msgspec.Struct, frozen=True, tag_field="kind", tag="attendant"):
    """An automatic attendant answers with a menu of keys; `attendant` is its id."""

    attendant: Word
    language: Literal["it", "en"]
    menu: Menu


Leg = (
    MatrixLeg
    | PhoneLeg
    | TrunkLeg
    | MobileLeg
    | MeetingLeg
    | ParkLeg
    | ConferenceLeg
    | VoicemailLeg
    | AnnouncementLeg
    | QueueLeg
    | AttendantLeg
)


def member_of(leg: Leg) -> Party | None:
    """Which member of a ring group a leg rings for."""
    return leg.member if isinstance(leg, MatrixLeg | PhoneLeg | MobileLeg) else None


class Stage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Legs that ring together for at most `timeout` seconds.

    `after`: how the stage before must have ended for this one to be tried, in the words of the bridge's
    table of causes ("busy", "no_answer" …; "no_trunk" when a line, not the callee, was the reason); None:
    however it ended. A stage that is passed over leaves that end as it was. `forward`: in
    place of legs the route is asked for once more, with this as `RouteRequest.forwarded`; `group` with it, as
    there.
    """

    timeout: float
    legs: tuple[Leg, ...] = ()
    after: tuple[str, ...] | None = None
    forward: tuple[Forwarded, ...] = ()
    group: str | None = None

    def is_tried_after(self, cause: str | None) -> bool:
        """Whether it is tried when the stage before ended so; None for the first stage."""
        return self.after is None or cause in self.after

    @property
    def outside(self) -> bool:
        """Whether it only tries trunks."""
        return bool(self.legs) and all(isinstance(leg, TrunkLeg) for leg in self.legs)


class RungGroup(msgspec.Struct, frozen=True):
    """A ring group whose members a call rings; `id` is its own."""

    id: Word
    name: str
    number: str

    @property
    def party(self) -> Party:
        """The group, as one side of a call."""
        return Party(None, self.name, self.number)


class ParkSlot(msgspec.Struct, frozen=True, tag_field="kind", tag="park-slot"):
    """A slot for parked calls: who calls it fetches from it, who transfers somebody to it parks them."""

    slot: str


class ParkAnywhere(msgspec.Struct, frozen=True, tag_field="kind", tag="park-anywhere"):
    """The first slot that is free, for whoever is transferred to it."""


class PickUpRinging(msgspec.Struct, frozen=True, tag_field="kind", tag="pick-up", omit_defaults=True):
    """Take the call that rings for one of these users: the one of this record, or of several the one that
    rings longest."""

    user_ids: tuple[str, ...]
    call_id: str | None = None


class TakeOver(msgspec.Struct, frozen=True, tag_field="kind", tag="take-over", omit_defaults=True):
    """Go on here with the caller's own call on another device: the one of this record, or the latest."""

    call_id: str | None = None


class MergeCalls(msgspec.Struct, frozen=True, tag_field="kind", tag="merge-calls"):
    """Make one call of several of all calls that the caller talks in or has put on hold, and of this one."""


class RecordCall(msgspec.Struct, frozen=True, tag_field="kind", tag="record-call"):
    """Have the caller's other call recorded; if it is, pause that, or go on; and say which."""


Service = ParkSlot | ParkAnywhere | PickUpRinging | TakeOver | MergeCalls | RecordCall


class OnBehalf(msgspec.Struct, frozen=True):
    """The caller may call in the name of `principal`, and does; `shown` is what phones of the house show:
    both names, and the number that a call back goes to."""

    principal: Party
    shown: Party


class Plan(msgspec.Struct, frozen=True):
    """What to do with a call. `stages` are tried one after the other. `cause` says why when `outcome` is
    "refuse"; "meeting" is the dial-in, where the bridge asks for a PIN; "service" concerns another call.

    `rings_elsewhere`: Matrix clients of the callee ring without the bridge, so that the call goes on when
    every leg has failed. `withheld`: whoever is called may not learn who `caller` is.
    `emergency`: it calls emergency services, which is to work when nothing else does. `forwarded`: by whom
    the call came to `callee`, in order. `group`: its members ring, each by legs of their own.
    """

    outcome: Literal["ring", "refuse", "meeting", "service"]
    cause: str | None = None
    caller: Party = Party()
    callee: Party = Party()
    ghost: Ghost | None = None
    room_id: str | None = None
    stages: tuple[Stage, ...] = ()
    rings_elsewhere: bool = False
    withheld: bool = False
    emergency: bool = False
    service: Service | None = None
    forwarded: tuple[Forwarded, ...] = ()
    group: RungGroup | None = None
    on_behalf: OnBehalf | None = None

    @property
    def shown(self) -> Party:
        """The caller as the called side may see it."""
        if self.withheld:
            return Party()
        return self.caller if self.on_behalf is None else self.on_behalf.shown

    @property
    def to_ring(self) -> tuple[Stage, ...]:
        """The stages; a meeting is one that answers at once, and so is a slot for whoever is given to it."""
        if self.outcome == "meeting":
            return (Stage(timeout=10, legs=(MeetingLeg(),)),)
        match self.service:
            case ParkSlot(slot=slot):
                return (Stage(timeout=10, legs=(ParkLeg(slot),)),)
            case ParkAnywhere():
                return (Stage(timeout=10, legs=(ParkLeg(),)),)
            case _:
                return self.stages


def parse_plan(value: Any) -> Plan:
    """Read a decoded JSON value; raises MalformedPlan naming the key that is wrong."""
    try:
        plan = msgspec.convert(value, Plan)
    except msgspec.ValidationError as error:
        raise MalformedPlan(str(error)) from error
    if any(not 0 < stage.timeout <= 600 for stage in plan.stages):
        raise MalformedPlan("a stage's timeout is not within 600 seconds")
    return plan
