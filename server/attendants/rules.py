"""Automatic attendants: a number that answers with a menu of keys, by opening hours. Pure.

An attendant is a small tree. What its keys do is an `Action`; a `Menu` among them lies below.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import replace

from server.edge.refusals import Refusal
from server.forwarding.rules import ToColleague, ToNumber
from server.groups.rules import RingGroup, ToAttendant, ToGroup, ToMailbox
from server.hours.rules import State
from wire import attendant as wire
from wire.attendant import DEPTH_MAX, MENUS_MAX, SoundId
from wire.route import Party

Language = Literal["it", "en"]
Key = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]$")]

NAME_MAX, TEXT_MAX = 60, 1000
NUMBERS_MAX = 20
ATTENDANTS_MAX = 200

#: Where callers go who give up, or for whom it is closed.
Target = ToColleague | ToMailbox | ToNumber | ToGroup | ToAttendant
TARGETS = (ToColleague, ToMailbox, ToNumber, ToGroup, ToAttendant)


class ByExtension(msgspec.Struct, frozen=True, tag_field="kind", tag="extension"):
    """The caller dials an extension."""


class ByName(msgspec.Struct, frozen=True, tag_field="kind", tag="name"):
    """The caller spells somebody's name with the letters of the keys."""


class MailboxAccess(msgspec.Struct, frozen=True, tag_field="kind", tag="mailbox_access"):
    """The caller hears their own mailbox: they are asked for their extension and their PIN."""


class Repeat(msgspec.Struct, frozen=True, tag_field="kind", tag="repeat"):
    """The menu is said once more."""


class Back(msgspec.Struct, frozen=True, tag_field="kind", tag="back"):
    """The menu before."""


class HangUp(msgspec.Struct, frozen=True, tag_field="kind", tag="hang_up"):
    """The attendant says goodbye."""


class Prompt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said. `sound` is the id of how it sounds; None: `text` is spoken by a voice of ours. `own`: the
    sound is a recording, whose words `text` only remembers."""

    text: Annotated[str, msgspec.Meta(max_length=TEXT_MAX)] = ""
    sound: SoundId | None = None
    own: bool = False


class Menu(msgspec.Struct, frozen=True, tag_field="kind", tag="menu"):
    """`prompt` is said; whoever presses no key within `seconds` after it, or one that does nothing, hears it
    again, `tries` times in all, and goes where `otherwise` says then. Without keys it is only said."""

    prompt: Prompt
    keys: "dict[Key, Action]" = {}
    otherwise: "Action" = HangUp()
    seconds: Annotated[int, msgspec.Meta(ge=2, le=30)] = 5
    tries: Annotated[int, msgspec.Meta(ge=1, le=5)] = 3


Action = (
    Menu
    | ToColleague
    | ToMailbox
    | ToNumber
    | ToGroup
    | ToAttendant
    | ByExtension
    | ByName
    | MailboxAccess
    | Repeat
    | Back
    | HangUp
)
#: The branch for each state of the opening hours.
BRANCHES: tuple[State, ...] = ("open", "closed", "holiday")


class Attendant(msgspec.Struct, frozen=True, kw_only=True):
    """`numbers` are E.164. `hours`: the id of the opening hours by which it does what `closed` says, or what
    `holiday` says (None: as when closed); None: it is always open."""

    id: str
    name: str
    extension: str
    numbers: tuple[str, ...] = ()
    language: Language = "it"
    hours: str | None = None
    open: Action
    closed: Action | None = None
    holiday: Action | None = None

    @property
    def party(self) -> Party:
        """The attendant, as one side of a call."""
        return Party(None, self.name, self.extension)

    def is_reached_by(self, number: str) -> bool:
        """Whether an extension or an E.164 number leads there."""
        return number == self.extension or number in self.numbers

    def branch(self, state: State) -> tuple[State, Action]:
        """What it does in this state, and whose that is where it has nothing of its own for it."""
        closed: tuple[State, Action] = (
            ("closed", self.closed) if self.closed is not None else ("open", self.open)
        )
        match state:
            case "open":
                return "open", self.open
            case "closed":
                return closed
            case "holiday":
                return ("holiday", self.holiday) if self.holiday is not None else closed

    def at(self, path: Sequence[str]) -> Action | None:
        """What stands at the end of a path: a branch, then keys or `OTHERWISE`; None where nothing does."""
        found: Action | None = {"open": self.open, "closed": self.closed, "holiday": self.holiday}.get(
            path[0] if path else ""
        )
        for step in path[1:]:
            if not isinstance(found, Menu):
                return None
            found = found.otherwise if step == OTHERWISE else found.keys.get(step)
        return found


#: The step of a path to where callers go who press no key.
OTHERWISE = "otherwise"


def menus(attendant: Attendant) -> Iterator[tuple[tuple[str, ...], Menu]]:
    """All of them with their paths, each before those below it."""
    for branch in BRANCHES:
        yield from _below((branch,), getattr(attendant, branch))


def actions(attendant: Attendant) -> Iterator[tuple[tuple[str, ...], Action]]:
    """Everything that it does, with its path."""
    for branch in BRANCHES:
        if (action := getattr(attendant, branch)) is not None:
            yield (branch,), action
    for path, menu in menus(attendant):
        for key, action in menu.keys.items():
            yield (*path, key), action
        yield (*path, OTHERWISE), menu.otherwise


def _below(path: tuple[str, ...], action: Action | None) -> Iterator[tuple[tuple[str, ...], Menu]]:
    if not isinstance(action, Menu):
        return
    yield path, action
    for key, each in action.keys.items():
        yield from _below((*path, key), each)
    yield from _below((*path, OTHERWISE), action.otherwise)


def changed(attendant: Attendant, path: Sequence[str], action: Action) -> Attendant:
    """The attendant with another action at a path that is there."""
    branch, *rest = path
    return replace(attendant, **{branch: _put(getattr(attendant, branch), rest, action)})


def _put(at: Action, path: Sequence[str], action: Action) -> Action:
    if not path or not isinstance(at, Menu):
        return action
    step, *rest = path
    if step == OTHERWISE:
        return replace(at, otherwise=_put(at.otherwise, rest, action))
    return replace(at, keys=at.keys | {step: _put(at.keys[step], rest, action)})


# --- as the bridge plays it ---


def planned(attendant: Attendant, path: Sequence[str]) -> wire.Menu | None:
    """The menu at a path, with all below it; None where there is none."""
    action = attendant.at(path)
    made = _planned(attendant, tuple(path), action) if isinstance(action, Menu) else None
    return made if isinstance(made, wire.Menu) else None


def word(attendant: Attendant, path: Sequence[str]) -> str:
    """What the bridge asks the route for when a caller has chosen this."""
    return f"menu:{attendant.id}:{'.'.join(path)}:"


def _planned(attendant: Attendant, path: tuple[str, ...], action: Action) -> wire.Act:
    to = word(attendant, path)
    match action:
        case Menu():
            return wire.Menu(
                prompt=action.prompt.sound,
                keys={key: _planned(attendant, (*path, key), each) for key, each in action.keys.items()},
                otherwise=_planned(attendant, (*path, OTHERWISE), action.otherwise),
                # Who has no key to press does not wait.
                seconds=float(action.seconds) if action.keys else 0.5,
                tries=action.tries if action.keys else 1,
            )
        case ByExtension():
            return wire.DialExtension(to)
        case ByName():
            return wire.DialName(to)
    return _OF_ITSELF.get(type(action)) or wire.Go(to)


_OF_ITSELF: dict[type[Action], wire.Act] = {Repeat: wire.Again(), Back: wire.Back(), HangUp: wire.End()}


class Chosen(msgspec.Struct, frozen=True):
    """What a caller of an attendant chose: a path of it, and what they dialled there (an extension, or who
    they named)."""

    attendant_id: str
    path: tuple[str, ...]
    dialled: str = ""


def chosen(said: str) -> Chosen | None:
    """What `word` and the bridge made; None for what they did not."""
    parts = said.split(":", 3)
    if len(parts) < 4 or parts[0] != "menu":
        return None
    return Chosen(parts[1], tuple(parts[2].split(".")), parts[3])


# --- names by keys ---

#: The letters of a telephone's keys (ITU-T E.161).
_LETTERS = {
    letter: key
    for key, letters in {
        "2": "abc",
        "3": "def",
        "4": "ghi",
        "5": "jkl",
        "6": "mno",
        "7": "pqrs",
        "8": "tuv",
        "9": "wxyz",
    }.items()
    for letter in letters
}


def keys_of(name: str) -> list[str]:
    """A name as it is typed, from each of its words on, and with its last word first: of "Anna De Rossi"
    "26623376774", "3376774", "76774" and "76774266233"."""
    plain = unicodedata.normalize("NFKD", name).casefold().replace("ß", "ss")
    words = [
        "".join(_LETTERS[letter] for letter in each if letter in _LETTERS)
        for each in plain.replace("-", " ").split()
    ]
    words = [each for each in words if each]
    last_first = words[-1:] + words[:-1]
    return ["".join(words[at:]) for at in range(len(words))] + ["".join(last_first)]


def spelled(digits: str, names: Mapping[str, str]) -> list[str]:
    """The ids whose names may begin so, by name; `names` are by id."""
    found = [who for who, name in names.items() if any(each.startswith(digits) for each in keys_of(name))]
    return sorted(found, key=lambda who: (names[who].casefold(), who)) if digits else []


# --- what goes round ---


def goes_round(
    attendants: Iterable[Attendant], groups: Iterable[RingGroup], attendant_id: str
) -> tuple[str, ...]:
    """The names of those through which callers who press nothing, and calls that nobody takes, would come
    back to this attendant; () if they do not."""
    following: dict[tuple[str, str], list[tuple[str, str]]] = {}
    names: dict[tuple[str, str], str] = {}
    for one in attendants:
        here = ("attendant", one.id)
        names[here] = one.name
        following[here] = [at for action in _by_itself(one) for at in _place(action)]
    for group in groups:
        here = ("group", group.id)
        names[here], following[here] = group.name, _place(group.otherwise)
    start = ("attendant", attendant_id)
    waiting: list[tuple[tuple[str, str], ...]] = [(start,)]
    seen: set[tuple[str, str]] = set()
    while waiting:
        way = waiting.pop()
        for each in following.get(way[-1], []):
            if each == start:
                return tuple(names[one] for one in way)
            if each not in seen:
                seen.add(each)
                waiting.append((*way, each))
    return ()


def _by_itself(attendant: Attendant) -> Iterator[Action]:
    """Where it goes without a key."""
    for branch in BRANCHES:
        action = getattr(attendant, branch)
        while isinstance(action, Menu):
            action = action.otherwise
        if action is not None:
            yield action


def _place(action: Any) -> list[tuple[str, str]]:
    match action:
        case ToAttendant(attendant_id=at):
            return [("attendant", at)]
        case ToGroup(group_id=at):
            return [("group", at)]
    return []


# --- refusals ---


class AttendantRefusal(Refusal):
    """The attendant is not changed."""

    code = "attendant"


class UnknownAttendant(AttendantRefusal):
    """There is no such attendant."""

    code, status = "unknown_attendant", 404


class InvalidAttendantName(AttendantRefusal):
    """An attendant needs a name of at most 60 printable characters."""

    code, field = "invalid_name", "name"


class NothingSaid(AttendantRefusal):
    """A menu says nothing: it needs words, or a recording."""

    code, field = "nothing_said", "prompt"


class TooManyMenus(AttendantRefusal):
    """An attendant has at most 40 menus, five deep."""

    code = "too_many_menus"


class NowhereToGoBack(AttendantRefusal):
    """There is no menu before this one; and nobody goes back, or hears it again, by pressing nothing."""

    code = "nowhere_to_go_back"


class UnknownTarget(AttendantRefusal):
    """There is nobody, and nothing, to which the calls could go."""

    code, status = "unknown_target", 404


class NotATarget(AttendantRefusal):
    """Calls cannot go to this number."""

    code, status = "not_a_target", 409


class AttendantLoop(AttendantRefusal):
    """Callers who press nothing would come back to this attendant."""

    code, status = "loop", 409


class TooManyAttendants(AttendantRefusal):
    """There are as many attendants as there may be."""

    code, status = "too_many_attendants", 409


class UnknownSound(AttendantRefusal):
    """This recording is not there any more."""

    code, status = "unknown_sound", 404


class SoundInUse(AttendantRefusal):
    """Callers hear this recording by now: it becomes another one only where the attendant is saved."""

    code, status = "sound_in_use", 409


class NoVoice(AttendantRefusal):
    """Texts cannot be spoken here: the program espeak-ng is not installed. Upload or record what is said."""

    code, status = "no_voice", 503


class VoiceFailed(AttendantRefusal):
    """The program that speaks texts did not do so in time: try again, or upload or record what is said."""

    code, status = "voice_failed", 503


def check_name(name: str) -> str:
    """`name` with single spaces. Raises `InvalidAttendantName`."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > NAME_MAX or not tidy.isprintable():
        raise InvalidAttendantName
    return tidy


def check_shape(attendant: Attendant) -> None:
    """Raises `TooManyMenus`, `NothingSaid`, `NowhereToGoBack`."""
    found = list(menus(attendant))
    if len(found) > MENUS_MAX or any(len(path) > DEPTH_MAX for path, _ in found):
        raise TooManyMenus
    for path, menu in found:
        if not menu.prompt.text.strip() and menu.prompt.sound is None:
            raise NothingSaid(" ".join(path))
        if isinstance(menu.otherwise, Repeat | Back):
            raise NowhereToGoBack
        if len(path) == 1 and any(isinstance(each, Back) for each in menu.keys.values()):
            raise NowhereToGoBack
    for branch in BRANCHES:
        if isinstance(getattr(attendant, branch), Repeat | Back):
            raise NowhereToGoBack
