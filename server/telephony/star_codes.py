"""What phones dial about calls in progress, and to set where calls go: slots, and codes with a star.

`*68` parks whom one transfers to it; a slot's number parks there, and fetches from there. `**202` or `*8202`
takes the call that rings at 202, `*8` one that rings for somebody of one's group; `*99` goes on here with
one's own call on another device; `*3` makes one call of several of all that one has.

These are our own; an administrator may choose others, of which `CodeTable` makes these.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.config.star_codes import BEFORE, PAIRS, PLAIN
from server.forwarding.rules import Situation
from wire.route import PARK_ANYWHERE

PARK, PICK_UP, PICK_UP_GROUP, TAKE_OVER, CONFERENCE = "*68", "**", "*8", "*99", "*3"
#: Has one's other call recorded, and pauses that.
RECORD = "*1"
#: Plays one's own voice messages.
VOICEMAIL = "*97"
#: Plays those of whoever knows a mailbox's extension and PIN.
MAILBOX_ACCESS = "*98"
_PICK_UP = re.compile(r"(?:\*\*|\*8)([0-9]{2,6})")


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot for parked calls."""

    number: str


@dataclass(frozen=True, slots=True)
class Park:
    """The first slot that is free."""


@dataclass(frozen=True, slots=True)
class PickUp:
    """The call that rings at this extension; None: at one of the caller's group."""

    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """The caller's own call on another device."""


@dataclass(frozen=True, slots=True)
class Merge:
    """All calls of the caller, as one of several."""


@dataclass(frozen=True, slots=True)
class Record:
    """The caller's other call is recorded, or that is paused, or goes on."""


@dataclass(frozen=True, slots=True)
class CallFor:
    """`number` is called in the name of whoever has this extension."""

    extension: str
    number: str


#: `*29*202*NUMBER`: calls the number in the name of who has the extension 202.
_CALL_FOR = re.compile(r"\*29\*([0-9]{2,6})\*(\+?[0-9]{1,20})#?")


def call_for(dialled: str) -> CallFor | None:
    """A number to be called in somebody's name; None for everything else."""
    found = _CALL_FOR.fullmatch(dialled)
    return CallFor(found[1], found[2]) if found else None


Code = Slot | Park | PickUp | Move | Merge | Record


Does = Literal[
    "park",
    "fetch",
    "pick_up",
    "pick_up_group",
    "move",
    "merge",
    "record",
    "voicemail",
    "voicemail_of",
    "forward_always",
    "forward_always_off",
    "forward_busy",
    "forward_busy_off",
    "forward_no_answer",
    "forward_no_answer_off",
    "forward_unreachable",
    "forward_unreachable_off",
    "forward_off",
    "do_not_disturb",
    "do_not_disturb_off",
    "call_back",
    "call_back_off",
    "group_in",
    "group_out",
    "on_duty",
    "off_duty",
    "on_a_break",
    "off_a_break",
    "call_for",
]
_DOES: dict[Situation, Does] = {
    "always": "forward_always",
    "busy": "forward_busy",
    "no_answer": "forward_no_answer",
    "unreachable": "forward_unreachable",
}
_DOES_NOT: dict[Situation, Does] = {
    "always": "forward_always_off",
    "busy": "forward_busy_off",
    "no_answer": "forward_no_answer_off",
    "unreachable": "forward_unreachable_off",
}


@dataclass(frozen=True, slots=True)
class StarCode:
    """A code as people are told of it. `dial`: of "fetch" the slots, from the first to the last ("700-719");
    of "pick_up" what goes before the extension."""

    does: Does
    dial: str


#: Service codes of GSM networks (3GPP TS 22.030, Annex B); do-not-disturb as in ETSI EN 300 738.
_SITUATIONS: dict[str, Situation] = {
    "21": "always",
    "67": "busy",
    "61": "no_answer",
    "62": "unreachable",
}
#: `*21*NUMBER#`, for "no answer" also `*61*NUMBER**SECONDS#`; `*21#` goes back to the number that was set.
#: The number may be the code of one's own mailbox: `*21**97#`.
_FORWARD = re.compile(r"\*(21|67|61|62)(?:\*(\*97|\+?[0-9]{1,20})(?:\*[0-9]{0,2}(?:\*([0-9]{1,3}))?)?)?#?")
_FORWARD_NOT = re.compile(r"##?(21|67|61|62)#?")
_FORWARD_NOTHING = re.compile(r"##?002#?")
_DISTURB = re.compile(r"([*#])26#?")
#: `*37#`: be called back when the colleague is free whom one called in vain last; `*37*202#`: when that one
#: is.
_CALL_BACK = re.compile(r"\*37(?:\*([0-9]{2,6}))?#?")
_CALL_BACK_NOT = re.compile(r"#37#?")
#: `*28*GROUP#`: its calls ring here; `#28*GROUP#`: they do not; without a group: those of all groups.
_GROUP = re.compile(r"([*#])28(?:\*([0-9]{1,6}))?#?")
#: Agents of queues: on duty and off, on a break and back.
_DUTY = re.compile(r"([*#]4[56])#?")
#: Seconds of "no answer" are at least so many.
_AFTER_LEAST = 5


@dataclass(frozen=True, slots=True)
class Forward:
    """Calls are forwarded in this situation, or no more. `number` None: where they went before; `after` in
    seconds."""

    situation: Situation
    on: bool
    number: str | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class ForwardNothing:
    """No calls are forwarded any more."""


@dataclass(frozen=True, slots=True)
class Disturb:
    """Calls ring again, or do not."""

    allowed: bool


@dataclass(frozen=True, slots=True)
class InGroup:
    """Calls of the ring group with this extension (None: of all of one's groups) ring here, or do not."""

    extension: str | None
    here: bool


@dataclass(frozen=True, slots=True)
class CallBackFrom:
    """Both are called when the colleague at this extension is free; None: who was called in vain last."""

    extension: str | None


@dataclass(frozen=True, slots=True)
class CallBackNot:
    """Nobody is waited for any more."""


@dataclass(frozen=True, slots=True)
class Duty:
    """An agent of queues is on duty from now on, `off` it, or has a break."""

    what: Literal["on", "off", "break"]


_DUTIES = {"*45": Duty("on"), "#45": Duty("off"), "*46": Duty("break"), "#46": Duty("on")}
Setting = Forward | ForwardNothing | Disturb | InGroup | CallBackFrom | CallBackNot | Duty


def setting(dialled: str) -> Setting | None:
    """What was dialled to be set; None for everything else. Phones may take the last # as "dial"."""
    if found := _FORWARD.fullmatch(dialled):
        situation, after = _SITUATIONS[found[1]], found[3]
        timed = situation == "no_answer" and after is not None
        return Forward(situation, True, found[2], max(int(after), _AFTER_LEAST) if timed else None)
    if found := _FORWARD_NOT.fullmatch(dialled):
        return Forward(_SITUATIONS[found[1]], on=False)
    for code, meant in _OTHERS:
        if found := code.fullmatch(dialled):
            return meant(found)
    return None


_OTHERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Setting]], ...] = (
    (_FORWARD_NOTHING, lambda _: ForwardNothing()),
    (_DISTURB, lambda found: Disturb(found[1] == "#")),
    (_CALL_BACK, lambda found: CallBackFrom(found[1])),
    (_CALL_BACK_NOT, lambda _: CallBackNot()),
    (_GROUP, lambda found: InGroup(found[2], found[1] == "*")),
    (_DUTY, lambda found: _DUTIES[found[1]]),
)


#: The codes that set something, as people are told of them; a number follows those that end with a star.
SETTING_CODES = (
    *(
        StarCode(does, dial)
        for code, situation in _SITUATIONS.items()
        for does, dial in (
            (_DOES[situation], f"*{code}*"),
            (_DOES_NOT[situation], f"#{code}#"),
        )
    ),
    StarCode("forward_off", "##002#"),
    StarCode("do_not_disturb", "*26#"),
    StarCode("do_not_disturb_off", "#26#"),
    StarCode("call_back", "*37#"),
    StarCode("call_back_off", "#37#"),
)
#: Those of who is in a ring group; its extension follows.
GROUP_CODES = (StarCode("group_in", "*28*"), StarCode("group_out", "#28*"))
#: That of who may call in somebody's name; whose extension, a star and the number follow.
CALL_FOR_CODES = (StarCode("call_for", "*29*"),)
#: The same for agents of queues.
DUTY_CODES = (
    StarCode("on_duty", "*45#"),
    StarCode("off_duty", "#45#"),
    StarCode("on_a_break", "*46#"),
    StarCode("off_a_break", "#46#"),
)


def known_to(slots: Sequence[str], *, pick_up: bool, group: bool) -> tuple[StarCode, ...]:
    """The codes that work for somebody: parked calls have these `slots`, ringing calls of colleagues may be
    taken (`pick_up`), and some of those are of their `group`."""
    codes: list[StarCode] = []
    if slots:
        span = "-".join(dict.fromkeys((slots[0], slots[-1])))
        codes += [StarCode("park", PARK), StarCode("fetch", span)]
    if pick_up:
        codes.append(StarCode("pick_up", PICK_UP))
    if pick_up and group:
        codes.append(StarCode("pick_up_group", PICK_UP_GROUP))
    codes += [StarCode("move", TAKE_OVER), StarCode("merge", CONFERENCE)]
    return (*codes, StarCode("voicemail", VOICEMAIL), StarCode("voicemail_of", MAILBOX_ACCESS))


#: Those that nothing follows.
_PLAIN: dict[str, Code] = {
    PARK: Park(),
    PARK_ANYWHERE: Park(),
    PICK_UP_GROUP: PickUp(),
    TAKE_OVER: Move(),
    CONFERENCE: Merge(),
    RECORD: Record(),
}


class CodeTable:
    """What is dialled for what: `chosen` by the names of `config.star_codes`, the rest is ours. Everything
    else here knows our own codes alone."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self.codes = {**PLAIN, **PAIRS, **(chosen or {})}
        self._plain = {self.codes[name]: ours for name, ours in PLAIN.items() if name != "pick_up"}

    def ours(self, dialled: str) -> str | None:
        """Our own code for what was dialled, with what follows it. What is no code is as it was; None: it
        was a code of ours, which stands for nothing any more."""
        if dialled[:1] not in {"*", "#"}:
            return dialled
        if (plain := self._plain.get(dialled)) is not None:
            return plain
        for name, ours in PAIRS.items():
            if found := _pair(self.codes[name]).fullmatch(dialled):
                return found[1] + ours + self._after(found[2])
        for name in BEFORE:
            before, extension = self.codes[name], dialled.removeprefix(self.codes[name])
            if dialled.startswith(before) and _EXTENSION.fullmatch(extension):
                return PLAIN[name] + extension
        others = (read(dialled, ()), setting(dialled), call_for(dialled))
        taken = dialled in PLAIN.values() or any(one is not None for one in others)
        return None if taken else dialled

    def shown(self, code: StarCode) -> StarCode:
        """A code of ours as people dial it."""
        if (name := _NAMES.get(code.does)) is None:
            return code
        ours = PAIRS.get(name) or PLAIN[name]
        return StarCode(code.does, code.dial.replace(ours, self.codes[name], 1))

    def _after(self, rest: str) -> str:
        """The number to which calls are forwarded may be the code of one's own mailbox."""
        mailbox = "*" + self.codes["voicemail"]
        following = rest.removeprefix(mailbox)
        own = rest.startswith(mailbox) and following[:1] in {"", "#", "*"}
        return "*" + VOICEMAIL + following if own else rest


def _pair(digits: str) -> re.Pattern[str]:
    return re.compile(rf"(\*|##?){digits}((?:[*#].*)?)")


_EXTENSION = re.compile(r"[0-9]{2,6}")
#: The name of the code for what it does; slots have none.
_NAMES: dict[Does, str] = {
    **{does: does for does in _DOES.values()},
    **{_DOES_NOT[situation]: does for situation, does in _DOES.items()},
    "park": "park",
    "pick_up": "pick_up",
    "pick_up_group": "pick_up_group",
    "move": "move",
    "merge": "merge",
    "record": "record",
    "voicemail": "voicemail",
    "voicemail_of": "voicemail_of",
    "forward_off": "forward_off",
    "do_not_disturb": "do_not_disturb",
    "do_not_disturb_off": "do_not_disturb",
    "call_back": "call_back",
    "call_back_off": "call_back",
    "group_in": "group",
    "group_out": "group",
    "on_duty": "duty",
    "off_duty": "duty",
    "on_a_break": "break",
    "off_a_break": "break",
    "call_for": "call_for",
}


def read(dialled: str, slots: Iterable[str]) -> Code | None:
    """What was dialled, if it is a code or one of the `slots`; None for every other number."""
    if dialled in slots:
        return Slot(dialled)
    if (code := _PLAIN.get(dialled)) is not None:
        return code
    found = _PICK_UP.fullmatch(dialled)
    return PickUp(found[1]) if found else None
