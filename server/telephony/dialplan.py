"""The one decision about every call: whom does it reach, and by which legs.

`decide` looks at what was dialled and says where the call goes (`Destination`); `plan` turns that
into the ordered stages of legs which the SIP bridge rings. Both are pure: who exists, who is online
and which desk phones are registered come in as arguments.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from server.attendants.rules import Attendant
from server.directory.rules import CallsOutside
from server.forwarding.rules import Mobile
from server.groups.rules import RingGroup
from server.numbers import forms, numbers
from server.numbers.forms import NumberForms
from wire.route import (
    Diversion,
    Leg,
    MatrixLeg,
    MobileLeg,
    Party,
    PhoneLeg,
    Stage,
    TrunkLeg,
    VoicemailLeg,
    Why,
)
from wire.voicemail import Occasion

#: Seconds a colleague's devices ring before the call counts as missed.
RING_TIMEOUT = 45.0
#: Seconds an outside call may ring: the far network ends it before, with an announcement of its own.
OUTSIDE_TIMEOUT = 120.0
#: How nobody takes a call, so that it goes to the mailbox, and the occasion that its greeting is for; who
#: refuses it wants no message of it.
NOBODY_TOOK_IT: dict[str, Occasion] = {"no_answer": "no_answer", "busy": "busy", "unreachable": "away"}
#: The occasion whose greeting is played where there is none for this.
_LIKE: dict[Occasion, Occasion] = {"do_not_disturb": "busy", "outside_hours": "away"}
#: Seconds that a mailbox has to answer.
MAILBOX_TIMEOUT = 10.0
#: Another line is for trouble of a line: a callee who was found and is not available is not called again.
AFTER_A_LINE = ("no_trunk",)


class Refusal(Enum):
    """Why a call cannot be placed; the bridge answers it with a SIP status of its table of causes."""

    NOT_FOUND = "not_found"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    BUSY = "busy"
    NO_TRUNK = "no_trunk"
    FORBIDDEN = "forbidden"
    OWN_NUMBER = "own_number"
    NO_SUCH_CALL = "no_such_call"
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    PREMIUM_NUMBER = "premium_number"
    CLASS_OF_SERVICE = "class_of_service"
    TOO_MANY_CALLS = "too_many_calls"
    MINUTES_USED = "minutes_used"
    LINES_BUSY = "lines_busy"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A colleague, as far as the dial plan needs to know."""

    user_id: str
    name: str
    extensions: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    calls_outside: CallsOutside = "all"

    @property
    def shown_inside(self) -> str:
        """The number colleagues see."""
        return next(iter(self.extensions + self.numbers), "")


@dataclass(frozen=True, slots=True)
class Trunk:
    """A way out to the public network; `caller_id` (E.164) is shown for people without a number.

    `answer_within`: seconds that a call may ring or play early media before it is answered;
    `foreign_numbers`: it may show numbers that are not the house's, of calls that are forwarded.
    """

    name: str
    caller_id: str | None = None
    forms: NumberForms = field(default_factory=NumberForms)
    answer_within: float = OUTSIDE_TIMEOUT
    foreign_numbers: bool = False


@dataclass(frozen=True, slots=True)
class ForwardedBy:
    """`number` is that of who forwarded a call, in E.164; None: the trunk's own stands for it."""

    number: str | None
    why: Why


@dataclass(frozen=True, slots=True)
class Came:
    """How a call came that is forwarded outside: from `number` (E.164; None if it shows none, or the call is
    from inside), and by whom."""

    number: str | None = None
    by: tuple[ForwardedBy, ...] = ()


NOT_FORWARDED = Came()


@dataclass(frozen=True, slots=True)
class Colleague:
    """The call stays in the house. `number` is what was dialled to reach the person."""

    person: Subscriber
    number: str


@dataclass(frozen=True, slots=True)
class CalledGroup:
    """A ring group of the house. `number` is what was dialled to reach it."""

    group: RingGroup
    number: str


@dataclass(frozen=True, slots=True)
class CalledAttendant:
    """An automatic attendant of the house. `number` is what was dialled to reach it."""

    attendant: Attendant
    number: str


@dataclass(frozen=True, slots=True)
class Outside:
    """The call leaves by a trunk. `number` is E.164, or a short or emergency number verbatim."""

    number: str
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class MeetingDoor:
    """The voice that asks for the PIN of a meeting. `number` is what was dialled to reach it."""

    number: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a colleague's calls go that nobody takes: the language of its greeting, the longest message in
    seconds, and whether it holds no more. `greetings`: the ids of its owner's own, "always" for the occasions
    that have none, but for those that are like another one."""

    language: Literal["it", "en"]
    seconds: int
    full: bool = False
    greetings: Mapping[Occasion, str] = field(default_factory=dict)

    def greeting(self, occasion: Occasion) -> str | None:
        """The one that is played; None: the one that comes with us."""
        wanted: tuple[Occasion, ...] = (occasion, _LIKE.get(occasion, occasion), "always")
        return next((self.greetings[each] for each in wanted if each in self.greetings), None)


@dataclass(frozen=True, slots=True)
class DialIn:
    """How telephones reach meetings: from inside by `extension` (may be empty), by `numbers` (E.164).

    `name` is what Matrix clients show that call it.
    """

    extension: str = ""
    numbers: tuple[str, ...] = ()
    name: str = ""

    def is_reached_by(self, number: str) -> bool:
        """Whether an extension or an E.164 number leads there."""
        return number in self.numbers or (number == self.extension and number != "")


@dataclass(frozen=True, slots=True)
class OwnMailbox:
    """The caller's own mailbox, whose messages are played to them."""

    mailbox: Mailbox


@dataclass(frozen=True, slots=True)
class MailboxDoor:
    """The voice that asks whose mailbox it is to play, in a language."""

    language: Literal["it", "en"]


NO_DIAL_IN = DialIn()
#: Who, or what, of the house is called.
Inside = Colleague | CalledGroup | CalledAttendant
Destination = Inside | Outside | MeetingDoor | Refusal

FindExtension = Callable[[str], Subscriber | RingGroup | Attendant | None]
FindNumber = Callable[[str], Subscriber | RingGroup | Attendant | None]


def decide(
    dialled: str,
    region: str,
    *,
    caller: Subscriber | None,
    by_extension: FindExtension,
    by_number: FindNumber,
    dial_in: DialIn = NO_DIAL_IN,
) -> Destination:
    """Where a call to `dialled` (anything a person types, or a desk phone sends) goes.

    Emergency numbers are looked at before all else, so that no extension can ever shadow them.
    Raises `numbers.NotANumber` for what cannot be dialled at all.
    """
    digits = numbers.clean(dialled).digits
    if numbers.is_emergency(digits, region):
        return Outside(digits, emergency=True)
    if dial_in.is_reached_by(digits):
        return MeetingDoor(digits)
    if found := by_extension(digits):
        return _inside(found, digits, caller)
    return _by_number(digits, region, caller, by_number, dial_in)


def _by_number(
    digits: str, region: str, caller: Subscriber | None, by_number: FindNumber, dial_in: DialIn
) -> Destination:
    try:
        number = numbers.to_e164(digits, region)
    except numbers.NotANumber:
        return Outside(digits) if numbers.is_short_service(digits, region) else Refusal.NOT_FOUND
    if number in dial_in.numbers:
        return MeetingDoor(number)
    if found := by_number(number):
        return _inside(found, number, caller)
    return Outside(number)


def decide_inbound(
    candidates: Iterable[str], by_number: FindNumber, dial_in: DialIn = NO_DIAL_IN
) -> Inside | MeetingDoor | Refusal:
    """Whose number a trunk called, by what it may mean (`forms.candidates`)."""
    for number in candidates:
        if number in dial_in.numbers:
            return MeetingDoor(number)
        if found := by_number(number):
            return _called(found, number)
    return Refusal.NOT_FOUND


def _inside(found: Subscriber | RingGroup | Attendant, number: str, caller: Subscriber | None) -> Destination:
    if isinstance(found, Subscriber) and caller is not None and found.user_id == caller.user_id:
        return Refusal.OWN_NUMBER
    return _called(found, number)


def _called(found: Subscriber | RingGroup | Attendant, number: str) -> Inside:
    match found:
        case RingGroup():
            return CalledGroup(found, number)
        case Attendant():
            return CalledAttendant(found, number)
    return Colleague(found, number)


def has_phone(person: Subscriber, registered: Iterable[str]) -> bool:
    """Whether a desk phone of theirs is there to be rung."""
    return not set(person.extensions).isdisjoint(registered)


def inside_legs(person: Subscriber, registered: Iterable[str], matrix: MatrixLeg | None) -> tuple[Leg, ...]:
    """All devices of a colleague ring at once."""
    live = set(registered)
    legs: list[Leg] = [matrix] if matrix else []
    legs += [PhoneLeg(extension) for extension in person.extensions if extension in live]
    return tuple(legs)


def voicemail_stage(
    user_id: str, mailbox: Mailbox, occasion: Occasion, after: tuple[str, ...] | None = None
) -> Stage:
    """The mailbox of a colleague answers, when the stage before ended as in `after` (None: however)."""
    greeting = mailbox.greeting(occasion)
    leg = VoicemailLeg(user_id, mailbox.language, mailbox.seconds, mailbox.full, greeting=greeting)
    return Stage(MAILBOX_TIMEOUT, (leg,), after)


def voicemail_stages(user_id: str, mailbox: Mailbox) -> tuple[Stage, ...]:
    """It answers what nobody took, one stage for each greeting that its owner has for that."""
    causes: dict[str | None, list[str]] = {}
    for cause, occasion in NOBODY_TOOK_IT.items():
        causes.setdefault(mailbox.greeting(occasion), []).append(cause)
    return tuple(
        voicemail_stage(user_id, mailbox, NOBODY_TOOK_IT[after[0]], tuple(after)) for after in causes.values()
    )


def listening_stages(user_id: str, own: OwnMailbox) -> tuple[Stage, ...]:
    """Their mailbox plays its messages to somebody."""
    return (Stage(MAILBOX_TIMEOUT, (VoicemailLeg(user_id, own.mailbox.language, listen=True),)),)


def door_stages(door: MailboxDoor) -> tuple[Stage, ...]:
    """Whoever knows the number of a mailbox and its PIN hears the messages."""
    return (Stage(MAILBOX_TIMEOUT, (VoicemailLeg("", door.language, access=True),)),)


def outside_stages(
    destination: Outside,
    caller: Subscriber,
    trunks: Sequence[Trunk],
    region: str,
    dialled: str = "",
    came: Came = NOT_FORWARDED,
) -> tuple[Stage, ...]:
    """One stage a trunk, in the order configured: the next is tried when one cannot place the call.

    Each has the numbers as it wants them written; `dialled` is what the caller dialled. A call that `came` to
    the house, and is forwarded on behalf of `caller`, shows who called only where the trunk may carry that.
    """
    own = next(iter(caller.numbers), None)
    return tuple(
        Stage(
            trunk.answer_within,
            (_trunk_leg(trunk, destination, own, region, dialled, came),),
            after=AFTER_A_LINE if place else None,
        )
        for place, trunk in enumerate(trunks)
    )


def mobile_leg(
    mobile: Mobile,
    own: str | None,
    trunk: Trunk,
    region: str,
    came: Came,
    language: Literal["it", "en"],
    shown: Party,
) -> MobileLeg:
    """A number outside that is one of a colleague's devices, by a `trunk` that may be taken; `own` is shown
    there where the trunk carries no other. `shown` is who calls, as its owner may know them."""
    spoken = numbers.display(shown.number, region) if shown.number else ""
    digits = "".join(one for one in spoken if one.isdecimal())[:20]
    line = _trunk_leg(trunk, Outside(mobile.number), own, region, "", came)
    return MobileLeg(line, language, digits, mobile.delay)


def _trunk_leg(
    trunk: Trunk, destination: Outside, own: str | None, region: str, dialled: str, came: Came
) -> TrunkLeg:
    number = forms.called(
        destination.number, trunk.forms, region, dialled=dialled, emergency=destination.emergency
    )
    shown = (came.number if trunk.foreign_numbers else None) or own or trunk.caller_id
    by = ((one.number or trunk.caller_id, one.why) for one in came.by)
    return TrunkLeg(
        trunk.name,
        number,
        forms.written(shown, trunk.forms.caller, region) if shown else None,
        tuple(Diversion(forms.written(said, trunk.forms.caller, region), why) for said, why in by if said),
    )
