"""A mailbox that answers: greeting, tone, recording, farewell.

Sans I/O: events come in with `now` (seconds, monotonic), each method returns what the shell has to do, in
order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bridges.sip.machine import Machine
from bridges.sip.voice.prompts import Prompt

#: Seconds of silence that end a message.
SILENCE = 8.0
#: Seconds after which what is being said counts as said, whatever became of it.
SAID_WITHIN = 30.0
#: The key that ends the greeting, and the message.
END_KEY = "#"


class State(Enum):
    """Where a caller is. GONE: the call is over, or about to be."""

    ANSWERED = "answered"
    GREETING = "greeting"
    RECORDING = "recording"
    FAREWELL = "farewell"
    GONE = "gone"


class Trigger(Enum):
    """What moves a caller on."""

    GREET = "greet"
    RECORD = "record"
    DISMISS = "dismiss"
    HANG_UP = "hang_up"


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
class HangUp:
    """End the call; always the last command."""


Command = Say | Record | Finish | HangUp


class Answering(Machine[State, Trigger]):
    """The state of one caller. `limit` is in seconds; `full`: the mailbox takes no message."""

    transitions = TRANSITIONS

    def __init__(self, limit: float, *, full: bool = False) -> None:
        super().__init__(State.ANSWERED)
        self._limit, self.full = limit, full
        self._deadline: float | None = None
        self._ends_at = 0.0
        self._spoke = False
        #: Seconds of the greeting of the owner's own.
        self.greets_for = 0.0

    def begin(self, now: float) -> list[Command]:
        """The caller hears us."""
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
        return self._hang_up() if self.state is State.FAREWELL else []

    def heard(self, now: float) -> None:
        """The caller speaks."""
        if self.state is State.RECORDING:
            self._spoke = True
            self._deadline = min(now + SILENCE, self._ends_at)

    def key(self, key: str, now: float) -> list[Command]:
        """A key was pressed."""
        if key != END_KEY:
            return []
        if self.state is State.GREETING:
            return self._greet((), now)
        return self._finish(Prompt.VOICEMAIL_SAVED, now) if self.state is State.RECORDING else []

    def failed(self, now: float) -> list[Command]:
        """Nothing more can be kept: what was heard so far is the message."""
        return [Finish(), *self._dismiss(Prompt.VOICEMAIL_FAILED, now)]

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
        return self.said(now)

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `restore` in a later process."""
        return {"state": self.state.value, "limit": self._limit, "full": self.full, "spoke": self._spoke}

    @classmethod
    def restore(cls, kept: Mapping[str, Any]) -> "Answering":
        """What `snapshot` was taken of; `resumed` follows. Raises KeyError, TypeError, ValueError for what is
        none, or was about to end."""
        machine, state = cls(float(kept["limit"]), full=bool(kept["full"])), State(kept["state"])
        if state in {State.FAREWELL, State.GONE}:
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
