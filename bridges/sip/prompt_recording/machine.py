"""A prompt that is said into a telephone: words, tone, recording, and it is played back.

Sans I/O: events come in with `now` (seconds, monotonic), each method returns what the shell has to do, in
order. Keys: # ends the recording, then 1 keeps it, 2 records it again, # leaves it. What was said and not
kept, because its speaker hung up or pressed nothing, is kept all the same, as not confirmed.
"""

from dataclasses import dataclass
from enum import Enum

from bridges.sip.machine import Machine
from bridges.sip.voice.prompts import Prompt
from wire.prompt import LONGEST, Step

#: Seconds without a key after it was played back, and after which what is being said counts as said.
ANSWER_WITHIN, SAID_WITHIN = 10.0, 30.0
#: Seconds that the web may take to keep it.
KEPT_WITHIN = 20.0
#: Recordings in which nobody speaks, until the call ends.
SILENT_MOST = 3


class State(Enum):
    """CALLED: the telephone rings. BRIEFED: what to do is said; REVIEWED: the recording is played back, and a
    key waited for; KEEPING: it is on its way. GONE: the call is over, or about to be."""

    CALLED = "called"
    BRIEFED = "briefed"
    RECORDING = "recording"
    REVIEWED = "reviewed"
    KEEPING = "keeping"
    FAREWELL = "farewell"
    GONE = "gone"


class Trigger(Enum):
    """What moves the speaker on."""

    BRIEF = "brief"
    RECORD = "record"
    REVIEW = "review"
    KEEP = "keep"
    DISMISS = "dismiss"
    HANG_UP = "hang_up"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    **{(state, Trigger.BRIEF): State.BRIEFED for state in (State.CALLED, State.RECORDING, State.REVIEWED)},
    (State.BRIEFED, Trigger.RECORD): State.RECORDING,
    (State.RECORDING, Trigger.REVIEW): State.REVIEWED,
    (State.KEEPING, Trigger.REVIEW): State.REVIEWED,
    (State.REVIEWED, Trigger.KEEP): State.KEEPING,
    **{
        (state, Trigger.DISMISS): State.FAREWELL for state in (State.RECORDING, State.REVIEWED, State.KEEPING)
    },
    **{(state, Trigger.HANG_UP): State.GONE for state in State if state is not State.GONE},
}


@dataclass(frozen=True, slots=True)
class Say:
    """Say these in place of what is being said, then the tone if `tone`; `said` follows."""

    prompts: tuple[Prompt, ...]
    tone: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What is heard from now on is the prompt, in place of what was."""


@dataclass(frozen=True, slots=True)
class End:
    """That is all of it: `recorded` follows."""


@dataclass(frozen=True, slots=True)
class PlayBack:
    """Say `before`, what was recorded, and how to go on; `said` follows."""

    before: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """Bring it to the web. `confirmed`: the speaker waits for `kept` or `not_kept`; else nobody does."""

    confirmed: bool


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; always the last command."""


Command = Say | Record | End | PlayBack | Keep | HangUp


class PromptRecording(Machine[State, Trigger]):
    """The state of one speaker. `step` is how far it is, as the web hears of it."""

    transitions = TRANSITIONS

    def __init__(self) -> None:
        super().__init__(State.CALLED)
        self.step: Step = "called"
        self._deadline: float | None = None
        self._silent = 0
        self._longest = self._wanted = False

    def begin(self, now: float) -> list[Command]:
        """The speaker hears us."""
        return self._brief(now)

    def said(self, now: float) -> list[Command]:
        """What was to be said has been said."""
        if self._follow(Trigger.RECORD):
            self.step, self._longest = "recording", False
            self._deadline = now + LONGEST
            return [Record()]
        if self.state is State.REVIEWED:
            self._deadline = now + ANSWER_WITHIN
        return self._hang_up() if self.state is State.FAREWELL else []

    def key(self, key: str, now: float) -> list[Command]:
        """A key was pressed."""
        match self.state, key:
            case State.BRIEFED, "#":
                self._deadline = now + SAID_WITHIN
                return [Say((), tone=True)]
            case State.RECORDING, "#":
                return self._end()
            case State.REVIEWED, "1":
                self._follow(Trigger.KEEP)
                self.step, self._wanted, self._deadline = "keeping", True, now + KEPT_WITHIN
                return [Say(()), Keep(confirmed=True)]
            case State.REVIEWED, "2":
                return self._brief(now)
            case State.REVIEWED, "#":
                return self._dismiss("left", Prompt.GOODBYE, now)
        return []

    def recorded(self, spoken: bool, now: float) -> list[Command]:
        """It is whole; `spoken`: somebody said something."""
        if self.state is not State.RECORDING:
            return []
        if not spoken:
            self._silent += 1
            if self._silent >= SILENT_MOST:
                return self._dismiss("silent", Prompt.PROMPT_SILENT, now, Prompt.GOODBYE)
            return self._brief(now, Prompt.PROMPT_SILENT)
        self._follow(Trigger.REVIEW)
        self.step, self._deadline = "reviewed", now + SAID_WITHIN + LONGEST
        return [PlayBack((Prompt.PROMPT_LONGEST,) if self._longest else ())]

    def kept(self, now: float) -> list[Command]:
        """It is in the house, for good."""
        if self.state is not State.KEEPING:
            self.step = "kept" if self._wanted else "unconfirmed"
            return []
        return self._dismiss("kept", Prompt.PROMPT_SAVED, now)

    def not_kept(self, now: float) -> list[Command]:
        """There is no room for it, or nobody there: the speaker may try again."""
        if self.state is not State.KEEPING:
            self.step = "not_kept"
            return []
        self._wanted = False
        self._follow(Trigger.REVIEW)
        self.step, self._deadline = "not_kept", now + SAID_WITHIN
        return [Say((Prompt.PROMPT_NOT_KEPT, Prompt.PROMPT_REVIEW))]

    def hung_up(self) -> list[Command]:
        """The speaker has gone."""
        before = self.state
        self._follow(Trigger.HANG_UP)
        self._deadline = None
        if before is State.BRIEFED:
            self.step = "left"
        if before not in {State.RECORDING, State.REVIEWED, State.KEEPING}:
            return []
        self.step = "keeping"
        # What is on its way may be refused, with nobody there to try again.
        return [*([End()] if before is State.RECORDING else []), Keep(confirmed=False)]

    def lost(self) -> None:
        """Whoever hung up had said nothing that could be kept."""
        self.step = "silent"

    @property
    def gone(self) -> bool:
        """Whether the call is over, or about to be."""
        return self.state is State.GONE

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, on the clock of `now`."""
        return self._deadline

    def handle_timer(self, now: float) -> list[Command]:
        """No key, the longest recording, or an answer that never came."""
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        match self.state:
            case State.RECORDING:
                self._longest = True
                return self._end()
            case State.REVIEWED:
                commands = self._dismiss("keeping", Prompt.GOODBYE, now)
                return [Keep(confirmed=False), *commands]
            case State.KEEPING:
                return self.not_kept(now)
        return self.said(now)

    # --- inside ---

    def _brief(self, now: float, *before: Prompt) -> list[Command]:
        if not self._follow(Trigger.BRIEF):
            return []
        self.step, self._deadline = "briefed", now + SAID_WITHIN
        return [Say((*before, Prompt.PROMPT_RECORD), tone=True)]

    def _end(self) -> list[Command]:
        self._deadline = None
        return [End()]

    def _dismiss(self, step: Step, words: Prompt, now: float, *more: Prompt) -> list[Command]:
        if not self._follow(Trigger.DISMISS):
            return []
        self.step, self._deadline = step, now + SAID_WITHIN
        return [Say((words, *more))]

    def _hang_up(self) -> list[Command]:
        self._follow(Trigger.HANG_UP)
        self._deadline = None
        return [HangUp()]
