"""A caller in the menus of an attendant: what is said, and what keys do.

Sans I/O: events come in with `now` (seconds, monotonic), each method returns what the shell has to do, in
order. A key ends what is being said, and counts at once: whoever knows the menus presses ahead. Where a
number or a name is typed, # ends it and * leads back to the menu.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec

from bridges.sip.machine import Machine
from bridges.sip.voice.prompts import Prompt, Words
from wire.attendant import Act, Again, Back, DialExtension, DialName, End, Go, Menu, Named

#: Seconds after which what is being said counts as said, whatever became of it: a prompt has a minute.
SAID_WITHIN = 75.0
#: Seconds for the next digit, for the web to look for a name, and for a call of an earlier process of which
#: nobody tells.
DIGIT_WITHIN, FOUND_WITHIN, GONE_WITHIN = 4.0, 20.0, 60.0
#: A key heard again within so many seconds is the same press, which came as sound and as an event.
DOUBLED = 0.1
#: Digits of the longest extension, and of a name that is spelled.
EXTENSION_DIGITS, NAME_DIGITS = 6, 20
#: Keys that are kept until the voice begins.
EARLY = 12
#: The step of a way by which whoever presses nothing comes to a menu.
OTHERWISE = "otherwise"

#: A word of ours, or the id of a sound of the attendant's.
Clip = Words | str


class State(Enum):
    """Where the caller is. SAYING: a menu; TYPING: an extension; SPELLING: a name, which is looked for
    (SEARCHING) and offered (OFFERING); GOING: somebody is called for them."""

    ANSWERED = "answered"
    SAYING = "saying"
    WAITING = "waiting"
    TYPING = "typing"
    SPELLING = "spelling"
    SEARCHING = "searching"
    OFFERING = "offering"
    GOING = "going"
    FAREWELL = "farewell"
    GONE = "gone"


class Trigger(Enum):
    """What moves a caller on."""

    SAY = "say"
    WAIT = "wait"
    TYPE = "type"
    SPELL = "spell"
    SEARCH = "search"
    OFFER = "offer"
    GO = "go"
    DISMISS = "dismiss"
    HANG_UP = "hang_up"


_IN_MENU = (State.SAYING, State.WAITING)
#: Something is asked for, instead of the menu.
_ASKED = (State.TYPING, State.SPELLING, State.SEARCHING, State.OFFERING)
_LIVE = tuple(state for state in State if state not in {State.FAREWELL, State.GONE})
TRANSITIONS: dict[tuple[State, Trigger], State] = {
    **{(state, Trigger.SAY): State.SAYING for state in _LIVE},
    (State.SAYING, Trigger.WAIT): State.WAITING,
    **{(state, Trigger.TYPE): State.TYPING for state in _IN_MENU},
    **{(state, Trigger.SPELL): State.SPELLING for state in _IN_MENU},
    (State.SPELLING, Trigger.SEARCH): State.SEARCHING,
    (State.SEARCHING, Trigger.OFFER): State.OFFERING,
    **{(state, Trigger.GO): State.GOING for state in (*_IN_MENU, State.TYPING, State.OFFERING)},
    **{(state, Trigger.DISMISS): State.FAREWELL for state in _LIVE},
    **{(state, Trigger.HANG_UP): State.GONE for state in State if state is not State.GONE},
}


@dataclass(frozen=True, slots=True)
class Say:
    """Say these in place of what is being said; `said` follows, if there are any."""

    clips: tuple[Clip, ...]


@dataclass(frozen=True, slots=True)
class Find:
    """Look for the people whose names may be spelled so; `found` follows."""

    digits: str


@dataclass(frozen=True, slots=True)
class GoOn:
    """Give the caller on; `not_reached` follows, or the call is another's."""

    to: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; always the last command."""


Command = Say | Find | GoOn | HangUp


class Menus(Machine[State, Trigger]):
    """The state of one caller; `menu` has all others below it."""

    transitions = TRANSITIONS

    def __init__(self, menu: Menu) -> None:
        super().__init__(State.ANSWERED)
        self._top = menu
        #: The menus down to the one that the caller is in, and the keys that led there.
        self._menus, self._way = [menu], list[str]()
        self._missed = 0
        self._typed, self._to = "", ""
        #: Keys pressed before the caller heard us.
        self._early = ""
        self._named: Sequence[Named] = ()
        #: Whether nobody pressed the key by which the caller goes on.
        self._unasked = self._told = False
        self._pressed: tuple[str, float] | None = None
        self._deadline: float | None = None

    def is_told(self) -> None:
        """`not_reached` follows for sure if nobody takes the call that an earlier process began, however long
        that rings: a group may do so for minutes."""
        self._told = True

    def begin(self, now: float) -> list[Command]:
        """The caller hears us."""
        if self.state is State.GOING:  # an earlier process gave them on, or was about to
            self._deadline = None if self._told else now + GONE_WITHIN
            return []
        commands, early, self._early = self._say(now), self._early, ""
        for key in early:
            commands = self.key(key, now)
            self._pressed = None  # each of them was a press
        return commands

    def said(self, now: float) -> list[Command]:
        """What was to be said has been said."""
        if self._follow(Trigger.WAIT):
            self._deadline = now + self._menu.seconds
        elif self.state in {State.TYPING, State.SPELLING, State.OFFERING}:
            self._deadline = now + DIGIT_WITHIN
        return self._hang_up() if self.state is State.FAREWELL else []

    def key(self, key: str, now: float) -> list[Command]:
        """A key was pressed."""
        before, self._pressed = self._pressed, (key, now)
        if before is not None and before[0] == key and now - before[1] < DOUBLED:
            return []
        if self.state in (State.ANSWERED, *_IN_MENU):
            return self._choose(key, now)
        self._unasked = False
        if key == "*" and self.state in _ASKED:
            return self._say(now)
        if self.state in {State.TYPING, State.SPELLING}:
            return self._type(key, now)
        if self.state is State.OFFERING and key.isdecimal() and 0 < int(key) <= len(self._named):
            return self._go(self._to + self._named[int(key) - 1].user_id)
        return []

    def found(self, named: Sequence[Named], now: float) -> list[Command]:
        """These may be meant; the best first."""
        if self.state is not State.SEARCHING:
            return []
        if not named:
            return self._missed_it(now, Prompt.ATTENDANT_NO_NAME)
        self._follow(Trigger.OFFER)
        self._named, self._deadline = named, now + SAID_WITHIN
        clips: list[Clip] = []
        for number, each in enumerate(named, 1):
            clips += [*([each.sound] if each.sound else []), Prompt.ATTENDANT_PRESS, number]
        return [Say(tuple(clips))]

    def not_reached(self, now: float) -> list[Command]:
        """Nobody took the call, or nobody may be called."""
        if self.state is not State.GOING:
            return []
        if self._unasked:
            return self._dismiss(now, Prompt.ATTENDANT_NOT_REACHED, Prompt.GOODBYE)
        return self._say(now, Prompt.ATTENDANT_NOT_REACHED)

    def hung_up(self) -> list[Command]:
        """The caller has gone, or talks with somebody."""
        self._follow(Trigger.HANG_UP)
        self._deadline = None
        return []

    @property
    def gone(self) -> bool:
        """Whether the call is over, or about to be."""
        return self.state is State.GONE

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        return self._deadline

    def handle_timer(self, now: float) -> list[Command]:
        """No key came, or something never did."""
        if self._deadline is None or now < self._deadline:
            return []
        match self.state:
            case State.WAITING | State.OFFERING:
                return self._missed_it(now)
            case State.TYPING | State.SPELLING:
                return self._typed_all(now)
            case State.SEARCHING:
                return self.found((), now)
            case State.GOING:
                return self.not_reached(now)
        return self.said(now)

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `restore` in a later process."""
        going = self.state is State.GOING
        return {"way": self._way, "missed": self._missed, "going": going, "unasked": self._unasked}

    @classmethod
    def restore(cls, menu: Menu, kept: Mapping[str, Any]) -> "Menus":
        """What `snapshot` was taken of: the caller is in the menu again, or is being given on. Raises
        KeyError, TypeError, ValueError for what is none."""
        machine = cls(menu)
        for key in kept["way"]:
            here = machine._menu
            act = here.otherwise if key == OTHERWISE else here.keys.get(str(key))
            machine._down(str(key), msgspec.convert(act, Menu))
        machine._missed = int(kept["missed"])
        machine._unasked = bool(kept["unasked"])
        if kept["going"]:
            machine.state = State.GOING
        return machine

    # --- inside ---

    @property
    def _menu(self) -> Menu:
        return self._menus[-1]

    def _down(self, key: str, menu: Menu) -> None:
        self._menus.append(menu)
        self._way.append(key)
        self._missed = 0

    def _say(self, now: float, *before: Prompt) -> list[Command]:
        if not self._follow(Trigger.SAY):
            return []
        self._deadline = now + SAID_WITHIN
        prompt = self._menu.prompt
        return [Say((*before, *([prompt] if prompt is not None else [])))]

    def _choose(self, key: str, now: float) -> list[Command]:
        if self.state is State.ANSWERED:
            self._early = (self._early + key)[:EARLY]
            return []
        if not self._menu.keys:
            return []  # it is only said
        act = self._menu.keys.get(key)
        if act is None:
            return self._missed_it(now, Prompt.ATTENDANT_WRONG)
        self._missed = 0
        return self._act(key, act, now)

    def _act(self, key: str, act: Act, now: float) -> list[Command]:
        self._unasked = key == OTHERWISE
        match act:
            case Menu():
                self._down(key, act)
                return self._say(now)
            case Go(to=to):
                return self._go(to)
            case DialExtension(to=to):
                return self._ask(Trigger.TYPE, to, Prompt.ATTENDANT_EXTENSION, now)
            case DialName(to=to):
                return self._ask(Trigger.SPELL, to, Prompt.ATTENDANT_NAME, now)
            case End():
                return self._dismiss(now, Prompt.GOODBYE)
        return self._again(act, now)

    def _again(self, act: Again | Back, now: float) -> list[Command]:
        if isinstance(act, Back) and self._way:
            self._menus.pop()
            self._way.pop()
            self._missed = 0
        return self._say(now)

    def _ask(self, trigger: Trigger, to: str, words: Prompt, now: float) -> list[Command]:
        if not self._follow(trigger):
            return []
        self._typed, self._to, self._deadline = "", to, now + SAID_WITHIN
        return [Say((words,))]

    def _type(self, key: str, now: float) -> list[Command]:
        if key == "#":
            return self._typed_all(now)
        if not key.isdecimal():
            return []
        first = not self._typed
        self._typed += key
        self._deadline = now + DIGIT_WITHIN
        if len(self._typed) >= (EXTENSION_DIGITS if self.state is State.TYPING else NAME_DIGITS):
            return self._typed_all(now)
        return [Say(())] if first else []

    def _typed_all(self, now: float) -> list[Command]:
        if not self._typed:
            return self._missed_it(now)
        if self.state is State.TYPING:
            return self._go(self._to + self._typed)
        self._follow(Trigger.SEARCH)
        self._deadline = now + FOUND_WITHIN
        return [Say(()), Find(self._typed)]

    def _missed_it(self, now: float, *words: Prompt) -> list[Command]:
        """Nothing was chosen: the menu is said again, or it was said often enough."""
        self._missed += 1
        if self._missed < self._menu.tries:
            return self._say(now, *words)
        if not self._follow(Trigger.SAY):
            return []
        return self._act(OTHERWISE, self._menu.otherwise, now)

    def _go(self, to: str) -> list[Command]:
        if not self._follow(Trigger.GO):
            return []
        self._deadline = None  # the caller waits for whoever is called
        return [Say(()), GoOn(to)]

    def _dismiss(self, now: float, *words: Prompt) -> list[Command]:
        if not self._follow(Trigger.DISMISS):
            return []
        self._deadline = now + SAID_WITHIN
        return [Say(words)]

    def _hang_up(self) -> list[Command]:
        self._follow(Trigger.HANG_UP)
        self._deadline = None
        return [HangUp()]
