"""One's own mailbox by telephone: what is said of it, its messages, and what keys do.

Sans I/O: events come in with `now` (seconds, monotonic), each method returns what the shell has to do, in
order. Keys: 1 again, 2 next, 3 delete, 4 call back, 5 record a greeting, # the end. Who is known by a PIN
alone calls nobody back and greets nobody: it would be at the owner's expense, and in their name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from bridges.sip.machine import Machine
from bridges.sip.voice.prompts import Prompt, Words
from wire.voicemail import GREETING_MOST

#: Seconds without a key after a message: until the next one is played.
ANSWER_WITHIN = 8.0
#: Seconds after which what is being said counts as said, whatever became of it.
SAID_WITHIN = 30.0
#: Seconds that the sound of a message may take to come, and beyond its own length to be said.
LOADED_WITHIN = 15.0
#: Numbers that there are words for.
_SPOKEN = 50


class State(Enum):
    """Where the caller is. ANSWERED: what is in the mailbox is asked for; LOADING: the sound of a message is.
    IDLE: there is nothing to play. BRIEFED: how a greeting is recorded is said; REVIEWED: it is played back;
    KEEPING: it is on its way."""

    ANSWERED = "answered"
    INTRODUCED = "introduced"
    LOADING = "loading"
    PLAYING = "playing"
    CHOOSING = "choosing"
    IDLE = "idle"
    BRIEFED = "briefed"
    RECORDING = "recording"
    REVIEWED = "reviewed"
    KEEPING = "keeping"
    FAREWELL = "farewell"
    GONE = "gone"


class Trigger(Enum):
    """What moves a caller on."""

    OPEN = "open"
    NEXT = "next"
    LOADED = "loaded"
    PLAYED = "played"
    CHOOSE = "choose"
    REST = "rest"
    BRIEF = "brief"
    RECORD = "record"
    REVIEW = "review"
    KEEP = "keep"
    DISMISS = "dismiss"
    HANG_UP = "hang_up"


_LISTENING = (State.INTRODUCED, State.LOADING, State.PLAYING, State.CHOOSING)
_GREETING = (State.IDLE, State.BRIEFED, State.RECORDING, State.REVIEWED, State.KEEPING)
TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.ANSWERED, Trigger.OPEN): State.INTRODUCED,
    (State.ANSWERED, Trigger.DISMISS): State.FAREWELL,
    (State.LOADING, Trigger.LOADED): State.PLAYING,
    (State.PLAYING, Trigger.PLAYED): State.CHOOSING,
    (State.ANSWERED, Trigger.REST): State.IDLE,
    **{(state, Trigger.BRIEF): State.BRIEFED for state in (*_LISTENING, State.IDLE, State.REVIEWED)},
    (State.BRIEFED, Trigger.RECORD): State.RECORDING,
    (State.RECORDING, Trigger.REVIEW): State.REVIEWED,
    (State.REVIEWED, Trigger.KEEP): State.KEEPING,
    **{(state, Trigger.DISMISS): State.FAREWELL for state in _GREETING},
    **{(state, Trigger.NEXT): State.LOADING for state in _LISTENING},
    **{(state, Trigger.DISMISS): State.FAREWELL for state in _LISTENING},
    **{(state, Trigger.HANG_UP): State.GONE for state in State if state is not State.GONE},
}


@dataclass(frozen=True, slots=True)
class Waits:
    """A message: `number` is who left it, as it can be dialled; None: that is not known."""

    id: str
    seen: bool
    number: str | None


@dataclass(frozen=True, slots=True)
class Say:
    """Say these in place of what is being said, then the tone if `tone`; `said` follows."""

    words: tuple[Words, ...]
    tone: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """Fetch the sound of a message; `loaded` follows, or `unavailable`."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Play:
    """Say the sound that was fetched last, after these words; `said` follows."""

    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """It has been heard."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Its owner wants it no more."""

    message_id: str


@dataclass(frozen=True, slots=True)
class CallBack:
    """Let the caller talk with this number."""

    number: str


@dataclass(frozen=True, slots=True)
class RecordGreeting:
    """Keep in mind what is heard from now on, in place of what was."""


@dataclass(frozen=True, slots=True)
class EndGreeting:
    """That is all of it: `recorded` follows."""


@dataclass(frozen=True, slots=True)
class PlayGreeting:
    """Say what was recorded, then these words; `said` follows."""

    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class KeepGreeting:
    """Greet with it from now on; `kept` follows, or `unavailable`."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; always the last command."""


Command = (
    Say
    | Load
    | Play
    | MarkSeen
    | Delete
    | CallBack
    | RecordGreeting
    | EndGreeting
    | PlayGreeting
    | KeepGreeting
    | HangUp
)


class Listening(Machine[State, Trigger]):
    """The state of one caller; what was not heard yet is played first, the newest first."""

    transitions = TRANSITIONS

    def __init__(self, *, by_pin: bool = False) -> None:
        super().__init__(State.ANSWERED)
        self._by_pin = by_pin
        self._messages: list[Waits] = []
        self._at = -1
        self._deadline: float | None = None

    def opened(self, messages: Sequence[Waits], now: float) -> list[Command]:
        """What is in the mailbox is known; the newest first."""
        new = sum(not message.seen for message in messages)
        self._messages = sorted(messages, key=lambda message: message.seen)
        if not messages:
            return self._empty(now)
        if not self._follow(Trigger.OPEN):
            return []
        self._deadline = now + SAID_WITHIN
        counted = (Prompt.MAILBOX_NEW, min(new, _SPOKEN)) if new else (Prompt.MAILBOX_NO_NEW,)
        return [Say(counted)]

    def loaded(self, seconds: float, now: float) -> list[Command]:
        """The sound of the message is here, so long."""
        if not self._follow(Trigger.LOADED):
            return []
        self._deadline = now + seconds + LOADED_WITHIN
        return [Play((Prompt.MAILBOX_MESSAGE, min(self._at + 1, _SPOKEN)))]

    def unavailable(self, now: float) -> list[Command]:
        """What is asked for cannot be had."""
        return self._dismiss(Prompt.MAILBOX_UNAVAILABLE, now)

    def not_called_back(self, now: float) -> list[Command]:
        """Whoever left the message cannot be reached, or is not known."""
        if self.state is not State.CHOOSING:
            return []
        self._deadline = now + SAID_WITHIN
        return [Say((Prompt.MAILBOX_NO_CALL_BACK, self._menu))]

    def said(self, now: float) -> list[Command]:
        """What was to be said has been said."""
        if self.state is State.INTRODUCED:
            return self._next(now)
        if self._follow(Trigger.PLAYED):
            self._deadline = now + SAID_WITHIN
            return [MarkSeen(self._messages[self._at].id), Say((self._menu,))]
        if self.state in {State.CHOOSING, State.IDLE, State.REVIEWED}:
            self._deadline = now + ANSWER_WITHIN
        if self._follow(Trigger.RECORD):
            self._deadline = now + GREETING_MOST
            return [RecordGreeting()]
        return self._hang_up() if self.state is State.FAREWELL else []

    def key(self, key: str, now: float) -> list[Command]:
        """A key was pressed. Whoever knows what is being said need not hear it out."""
        if self.state in _GREETING:
            return self._greeting_key(key, now)
        if key == "5" and not self._by_pin and self.state in _LISTENING:
            return self._brief(now)
        if key == "#" and self.state in _LISTENING:
            return self._dismiss(Prompt.GOODBYE, now)
        if self.state is State.INTRODUCED and key == "2":
            return self._next(now)
        orders = {"1": self._load, "2": self._next, "3": self._delete, "4": self._call_back}
        withheld = key == "4" and self._by_pin
        if self.state not in {State.PLAYING, State.CHOOSING} or key not in orders or withheld:
            return []
        return orders[key](now)

    def recorded(self, spoken: bool, now: float) -> list[Command]:
        """The greeting is whole; `spoken`: somebody said something."""
        if not self._follow(Trigger.REVIEW):
            return []
        self._deadline = now + SAID_WITHIN + GREETING_MOST
        return [PlayGreeting((Prompt.GREETING_REVIEW,))] if spoken else self._dismiss(Prompt.NOT_SET, now)

    def kept(self, now: float) -> list[Command]:
        """Callers are greeted with it from now on."""
        return self._dismiss(Prompt.GREETING_SAVED, now)

    def hung_up(self) -> list[Command]:
        """The caller has gone."""
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
        """No key, or something never came."""
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        match self.state:
            case State.CHOOSING:
                return self._next(now)
            case State.ANSWERED | State.LOADING | State.KEEPING:
                return self.unavailable(now)
            case State.RECORDING:
                return self._recorded()
            case State.IDLE | State.REVIEWED:
                return self._dismiss(Prompt.GOODBYE, now)
        return self.said(now)

    # --- inside ---

    @property
    def _menu(self) -> Prompt:
        return Prompt.MAILBOX_MENU_OUTSIDE if self._by_pin else Prompt.MAILBOX_MENU

    def _empty(self, now: float) -> list[Command]:
        if self._by_pin:
            return self._dismiss(Prompt.MAILBOX_EMPTY, now)
        if not self._follow(Trigger.REST):
            return []
        self._deadline = now + SAID_WITHIN
        return [Say((Prompt.MAILBOX_EMPTY, Prompt.MAILBOX_GREETING))]

    def _greeting_key(self, key: str, now: float) -> list[Command]:
        match self.state, key:
            case State.RECORDING, "#":
                return self._recorded()
            case State.REVIEWED, "1":
                return self._keep(now)
            case (State.REVIEWED, "2") | (State.IDLE, "5"):
                return self._brief(now)
            case ((State.REVIEWED | State.IDLE), "#"):
                return self._dismiss(Prompt.GOODBYE, now)
        return []

    def _brief(self, now: float) -> list[Command]:
        if not self._follow(Trigger.BRIEF):
            return []
        self._deadline = now + SAID_WITHIN
        return [Say((Prompt.GREETING_RECORD,), tone=True)]

    def _recorded(self) -> list[Command]:
        self._deadline = None
        return [EndGreeting()]

    def _keep(self, now: float) -> list[Command]:
        self._follow(Trigger.KEEP)
        self._deadline = now + LOADED_WITHIN
        return [Say(()), KeepGreeting()]

    def _next(self, now: float) -> list[Command]:
        if self._at + 1 >= len(self._messages):
            return self._dismiss(Prompt.MAILBOX_END, now)
        self._at += 1
        return self._load(now)

    def _load(self, now: float) -> list[Command]:
        if not self._follow(Trigger.NEXT):
            return []
        self._deadline = now + LOADED_WITHIN
        return [Say(()), Load(self._messages[self._at].id)]

    def _delete(self, now: float) -> list[Command]:
        deleted = self._messages.pop(self._at)
        self._at -= 1
        return [Delete(deleted.id), *self._next(now)]

    def _call_back(self, now: float) -> list[Command]:
        self._follow(Trigger.PLAYED)
        self._deadline = None  # the caller waits for whoever is called
        number = self._messages[self._at].number
        if number is None:
            return self.not_called_back(now)
        return [Say(()), CallBack(number)]

    def _dismiss(self, words: Prompt, now: float) -> list[Command]:
        if not self._follow(Trigger.DISMISS):
            return []
        self._deadline = now + SAID_WITHIN
        return [Say((words,))]

    def _hang_up(self) -> list[Command]:
        self._follow(Trigger.HANG_UP)
        self._deadline = None
        return [HangUp()]
