"""A mailbox that answers: greeting, tone, recording, farewell. With the star key in the greeting, and a
PIN, its owner hears it. At the door of all mailboxes nobody is greeted: who calls is asked for
their extension, and their PIN.

Sans I/O: events come in with `now` (seconds, monotonic), each method returns what the shell has to do, in
order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bridges.sip.machine import Machine
from bridges.sip.voice.prompts import Prompt

#: Seconds of silence that end a message.
SILENCE = 8.0
#: Seconds after which what is being said counts as said, whatever became of it.
SAID_WITHIN = 30.0
#: Seconds for the next digit of a PIN, and those in which the web judges one.
DIGIT_WITHIN, JUDGED_WITHIN = 8.0, 20.0
#: The key that ends the greeting, the message and a PIN, and the one that asks for a PIN.
END_KEY, OWNER_KEY = "#", "*"
#: PINs that are tried in one call, and digits of the longest.
TRIES, PIN_DIGITS = 3, 10


class State(Enum):
    """Where a caller is. NUMBER: the extension is asked for; PIN: the PIN is; CHECKING: it is judged; OPENED:
    the owner hears the messages. GONE: the call is over, or about to be."""

    ANSWERED = "answered"
    GREETING = "greeting"
    RECORDING = "recording"
    FAREWELL = "farewell"
    NUMBER = "number"
    PIN = "pin"
    CHECKING = "checking"
    OPENED = "opened"
    GONE = "gone"


#: What is typed there is ended with its key.
_TYPED = (State.NUMBER, State.PIN)


class Trigger(Enum):
    """What moves a caller on."""

    GREET = "greet"
    RECORD = "record"
    DISMISS = "dismiss"
    HANG_UP = "hang_up"
    IDENTIFY = "identify"
    ASK = "ask"
    SUBMIT = "submit"
    WRONG = "wrong"
    OPEN = "open"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.ANSWERED, Trigger.GREET): State.GREETING,
    (State.ANSWERED, Trigger.DISMISS): State.FAREWELL,
    (State.ANSWERED, Trigger.HANG_UP): State.GONE,
    (State.GREETING, Trigger.RECORD): State.RECORDING,
    (State.GREETING, Trigger.DISMISS): State.FAREWELL,
    (State.GREETING, Trigger.HANG_UP): State.GONE,
    (State.RECORDING, Trigger.DISMISS): State.FAREWELL,
    (State.RECORDING, Trigger.HANG_UP): State.GONE,
    (State.FAREWELL, Trigger.HANG_UP): State.GONE,
    (State.GREETING, Trigger.ASK): State.PIN,
    # Whoever is told that the mailbox is full may be who can empty it.
    (State.FAREWELL, Trigger.ASK): State.PIN,
    (State.ANSWERED, Trigger.IDENTIFY): State.NUMBER,
    (State.NUMBER, Trigger.ASK): State.PIN,
    (State.NUMBER, Trigger.DISMISS): State.FAREWELL,
    (State.NUMBER, Trigger.HANG_UP): State.GONE,
    (State.CHECKING, Trigger.IDENTIFY): State.NUMBER,
    (State.PIN, Trigger.SUBMIT): State.CHECKING,
    (State.PIN, Trigger.DISMISS): State.FAREWELL,
    (State.PIN, Trigger.HANG_UP): State.GONE,
    (State.CHECKING, Trigger.WRONG): State.PIN,
    (State.CHECKING, Trigger.OPEN): State.OPENED,
    (State.CHECKING, Trigger.DISMISS): State.FAREWELL,
    (State.CHECKING, Trigger.HANG_UP): State.GONE,
    (State.OPENED, Trigger.HANG_UP): State.GONE,
}


@dataclass(frozen=True, slots=True)
class Say:
    """Say these in place of what is being said, then the tone if `tone`; `said` follows."""

    prompts: tuple[Prompt, ...]
    tone: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Keep what is heard from now on; `failed` if that cannot be."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The message is whole."""


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Have a PIN judged; `opened`, `wrong_pin`, `too_many` or `unavailable` follows."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; always the last command."""


Command = Say | Record | Finish | CheckPin | HangUp


class Answering(Machine[State, Trigger]):
    """The state of one caller. `limit` is in seconds; `full`: the mailbox takes no message; `access`: it is
    the door of all mailboxes, and `number` the extension that was given."""

    transitions = TRANSITIONS

    def __init__(self, limit: float, *, full: bool = False, access: bool = False) -> None:
        super().__init__(State.ANSWERED)
        self._limit, self.full, self.access = limit, full, access
        self.number = ""
        self._deadline: float | None = None
        self._ends_at = 0.0
        self._spoke = False
        #: Seconds of the greeting of the owner's own.
        self.greets_for = 0.0
        self._typed, self._tries = "", 0

    def begin(self, now: float) -> list[Command]:
        """The caller hears us."""
        if self.access:
            return self._identify(now)
        if self.full:
            return self._dismiss(Prompt.VOICEMAIL_FULL, now)
        if not self._follow(Trigger.GREET):
            return []
        return self._greet((Prompt.VOICEMAIL_GREETING,), now)

    def said(self, now: float) -> list[Command]:
        """What was to be said has been said."""
        if self._follow(Trigger.RECORD):
            self._ends_at, self._deadline = now + self._limit, now + SILENCE
            return [Record()]
        if self.state in _TYPED:
            self._deadline = now + DIGIT_WITHIN
        return self._hang_up() if self.state is State.FAREWELL else []

    def heard(self, now: float) -> None:
        """The caller speaks."""
        if self.state is State.RECORDING:
            self._spoke = True
            self._deadline = min(now + SILENCE, self._ends_at)

    def key(self, key: str, now: float) -> list[Command]:
        """A key was pressed."""
        if self.state in _TYPED:
            return self._type(key, now)
        if key == OWNER_KEY and (self.state is State.GREETING or self.full):
            return self._ask(now) if self._follow(Trigger.ASK) else []
        if key != END_KEY:
            return []
        if self.state is State.GREETING:
            return self._greet((), now)
        return self._finish(Prompt.VOICEMAIL_SAVED, now) if self.state is State.RECORDING else []

    def failed(self, now: float) -> list[Command]:
        """Nothing more can be kept: what was heard so far is the message."""
        return [Finish(), *self._dismiss(Prompt.VOICEMAIL_FAILED, now)]

    def opened(self) -> list[Command]:
        """The PIN is right."""
        self._follow(Trigger.OPEN)
        self._deadline = None
        return []

    def wrong_pin(self, now: float) -> list[Command]:
        """It is not."""
        if self.state is not State.CHECKING:
            return []
        if self._tries >= TRIES:
            return self.too_many(now)
        if self.access:
            # It may be the extension that was mistyped.
            return self._identify(now, Prompt.MAILBOX_WRONG)
        self._follow(Trigger.WRONG)
        return self._ask(now, Prompt.WRONG_PIN)

    def too_many(self, now: float) -> list[Command]:
        """Too many were tried, here or elsewhere."""
        return self._dismiss(Prompt.TOO_MANY, now)

    def unavailable(self, now: float) -> list[Command]:
        """Nobody can judge it."""
        return self._dismiss(Prompt.MAILBOX_UNAVAILABLE, now)

    def hung_up(self) -> list[Command]:
        """The caller has gone."""
        recorded = self.state is State.RECORDING
        self._follow(Trigger.HANG_UP)
        self._deadline = None
        return [Finish()] if recorded else []

    @property
    def gone(self) -> bool:
        """Whether the call is over, or about to be."""
        return self.state is State.GONE

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        return self._deadline

    def handle_timer(self, now: float) -> list[Command]:
        """Silence, or time is up."""
        if self._deadline is None or now < self._deadline:
            return []
        if self.state is State.RECORDING:
            longest = now >= self._ends_at
            return self._finish(Prompt.VOICEMAIL_TOO_LONG if longest else Prompt.VOICEMAIL_SAVED, now)
        if self.state in _TYPED:
            return self._dismiss(Prompt.GOODBYE, now)
        if self.state is State.CHECKING:
            return self.unavailable(now)
        return self.said(now)

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `restore` in a later process."""
        return {
            "state": self.state.value,
            "limit": self._limit,
            "full": self.full,
            "spoke": self._spoke,
            "access": self.access,
        }

    @classmethod
    def restore(cls, kept: Mapping[str, Any]) -> "Answering":
        """What `snapshot` was taken of; `resumed` follows. Raises KeyError, TypeError, ValueError for what is
        none, or was about to end."""
        machine, state = cls(float(kept["limit"]), full=bool(kept["full"])), State(kept["state"])
        machine.access = bool(kept.get("access", False))
        if state in {State.FAREWELL, State.OPENED, State.GONE}:
            raise ValueError("it was about to end")
        # Whoever was being greeted is greeted again.
        machine.state = State.RECORDING if state is State.RECORDING else State.ANSWERED
        machine._spoke = bool(kept["spoke"])
        return machine

    def resumed(self, recorded: float, now: float) -> list[Command]:
        """The caller is heard again; `recorded` seconds of the message are there."""
        if self.state is not State.RECORDING:
            return self.begin(now)
        self._ends_at = now + max(self._limit - recorded, 0.0)
        self._deadline = min(now + SILENCE, self._ends_at)
        return []

    # --- inside ---

    def _greet(self, prompts: tuple[Prompt, ...], now: float) -> list[Command]:
        self._deadline = now + SAID_WITHIN + self.greets_for
        return [Say(prompts, tone=True)]

    def _identify(self, now: float, *before: Prompt) -> list[Command]:
        if not self._follow(Trigger.IDENTIFY):
            return []
        self._typed, self._deadline = "", now + SAID_WITHIN
        return [Say((*before, Prompt.MAILBOX_NUMBER))]

    def _ask(self, now: float, *before: Prompt) -> list[Command]:
        self._typed, self._deadline = "", now + SAID_WITHIN
        return [Say((*before, Prompt.MAILBOX_PIN))]

    def _type(self, key: str, now: float) -> list[Command]:
        if key == END_KEY and self.state is State.NUMBER:
            return self._named(now)
        if key == END_KEY:
            return self._submit(now)
        if not key.isdecimal():
            return []
        first = not self._typed
        # What is longer than any PIN is kept one digit too long: it is wrong, and costs no memory.
        self._typed = (self._typed + key)[: PIN_DIGITS + 1]
        self._deadline = now + DIGIT_WITHIN
        return [Say(())] if first else []

    def _named(self, now: float) -> list[Command]:
        self.number = self._typed
        self._follow(Trigger.ASK)
        return self._ask(now)

    def _submit(self, now: float) -> list[Command]:
        self._follow(Trigger.SUBMIT)
        self._tries += 1
        self._deadline = now + JUDGED_WITHIN
        pin, self._typed = self._typed, ""
        return [CheckPin(pin)] if 0 < len(pin) <= PIN_DIGITS else self.wrong_pin(now)

    def _finish(self, words: Prompt, now: float) -> list[Command]:
        return [Finish(), *self._dismiss(words if self._spoke else Prompt.GOODBYE, now)]

    def _dismiss(self, words: Prompt, now: float) -> list[Command]:
        if not self._follow(Trigger.DISMISS):
            return []
        self._deadline = now + SAID_WITHIN
        return [Say((words,))]

    def _hang_up(self) -> list[Command]:
        self._follow(Trigger.HANG_UP)
        self._deadline = None
        return [HangUp()]
