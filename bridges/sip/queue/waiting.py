"""What whoever waits in a queue hears: a welcome, music, their place, the key for a call back.

Sans I/O: events come in with `now` (seconds, monotonic), each method returns what the shell has to do, in
order. Whose turn it is the web decides; the place of a caller is asked of it each time that it is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import ceil
from typing import Any

from bridges.sip.machine import Machine
from bridges.sip.voice.prompts import Prompt, Words

#: Seconds after which what is being said counts as said, whatever became of it.
SAID_WITHIN = 30.0
#: Numbers that there are words for.
_SPOKEN = 50


class State(Enum):
    """Where a caller is. TOLD: their place is being said; DISMISSED: that nobody can answer; PROMISED: that
    they are called back."""

    ANSWERED = "answered"
    GREETED = "greeted"
    WAITING = "waiting"
    TOLD = "told"
    DISMISSED = "dismissed"
    PROMISED = "promised"
    GONE = "gone"


class Trigger(Enum):
    """What moves a caller on."""

    GREET = "greet"
    WAIT = "wait"
    TELL = "tell"
    DISMISS = "dismiss"
    PROMISE = "promise"
    HANG_UP = "hang_up"


_THERE = (State.ANSWERED, State.GREETED, State.WAITING, State.TOLD)
TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.ANSWERED, Trigger.GREET): State.GREETED,
    (State.ANSWERED, Trigger.WAIT): State.WAITING,
    (State.GREETED, Trigger.WAIT): State.WAITING,
    (State.WAITING, Trigger.TELL): State.TOLD,
    (State.TOLD, Trigger.WAIT): State.WAITING,
    **{(state, Trigger.DISMISS): State.DISMISSED for state in _THERE},
    **{(state, Trigger.PROMISE): State.PROMISED for state in _THERE},
    **{(state, Trigger.HANG_UP): State.GONE for state in State if state is not State.GONE},
}


@dataclass(frozen=True, slots=True)
class Say:
    """Say these, then play music; `said` follows."""

    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class AskPlace:
    """Ask where the caller stands; `placed` follows, if that is known."""


@dataclass(frozen=True, slots=True)
class AskCallBack:
    """Ask that the caller is called back; `promised` or `not_promised` follows."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


Command = Say | AskPlace | AskCallBack | HangUp


class Waiting(Machine[State, Trigger]):
    """`welcome`: the caller is greeted; `announce`: seconds between two looks at their place, 0: none;
    `call_back`: the key by which they are called back, "": none. It is named with each of these words, or
    once where there are none. `listened`: they are told that calls may be listened to."""

    transitions = TRANSITIONS

    def __init__(
        self, *, welcome: bool, announce: float, call_back: str = "", listened: bool = False
    ) -> None:
        super().__init__(State.ANSWERED)
        self._listened = listened
        self._welcome, self._announce, self._call_back = welcome, announce, call_back
        self._asks = False
        self._due: float | None = None

    @property
    def gone(self) -> bool:
        return self.state is State.GONE

    @property
    def told(self) -> bool:
        """Whether they know what they are to know before anybody talks with them."""
        return not self._listened

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `restore`."""
        return {
            "state": self.state.value,
            "announce": self._announce,
            "call_back": self._call_back,
            "listened": self._listened,
        }

    @classmethod
    def restore(cls, kept: Mapping[str, Any]) -> "Waiting":
        """What `snapshot` was taken of: `begins` follows, and who was greeted is not greeted again. Raises
        KeyError, TypeError, ValueError."""
        state, call_back = State(kept["state"]), str(kept.get("call_back", ""))
        machine = cls(
            welcome=state is State.ANSWERED,
            announce=float(kept["announce"]),
            call_back=call_back,
            listened=bool(kept.get("listened")),
        )
        if state is State.PROMISED:
            machine.state = state
        return machine

    # --- what happens ---

    def begins(self, now: float) -> list[Command]:
        """The caller hears us."""
        if self.state is State.PROMISED:  # an earlier process was saying so
            return self._says_goodbye(now)
        welcome = (Prompt.QUEUE_WELCOME,) if self._welcome else ()
        words = (*welcome, *self._notice(), *self._offer())
        if words and self._follow(Trigger.GREET):
            self._due = now + SAID_WITHIN
            return [Say(words)]
        return self._wait(now)

    def said(self, now: float) -> list[Command]:
        """All that was to be said."""
        if self.state in {State.DISMISSED, State.PROMISED}:
            return self._hang_up()
        self._listened = False
        # Who was greeted is told their place at once.
        soon = self.state is State.GREETED and self._announce > 0
        return [*self._wait(now), *([AskPlace()] if soon and self.state is State.WAITING else [])]

    def placed(self, position: int, seconds: int | None, now: float) -> list[Command]:
        """Where the caller stands, and how long it will take; None: nobody can tell."""
        words: tuple[Words, ...] = ()
        if position == 1:
            words = (Prompt.QUEUE_NEXT,)
        elif position <= _SPOKEN:
            words = (Prompt.QUEUE_PLACE, position)
        minutes = None if seconds is None else ceil(seconds / 60)
        if minutes is not None and minutes <= 1:
            words += (Prompt.QUEUE_WAIT_SHORT,)
        elif minutes is not None and minutes <= _SPOKEN:
            words += (Prompt.QUEUE_WAIT, minutes)
        if not words or not self._follow(Trigger.TELL):
            return []
        self._due = now + SAID_WITHIN
        return [Say((*words, *self._offer()))]

    def dismissed(self, now: float) -> list[Command]:
        """Nobody will answer."""
        if not self._follow(Trigger.DISMISS):
            return []
        self._due = now + SAID_WITHIN
        return [Say((Prompt.QUEUE_CLOSED,))]

    def key(self, key: str, now: float) -> list[Command]:
        """One of them may mean something here."""
        if key != self._call_back or self._asks or (self.state, Trigger.PROMISE) not in TRANSITIONS:
            return []
        self._asks = True
        return [AskCallBack()]

    def promised(self, now: float) -> list[Command]:
        """They are called back when it is their turn."""
        self._asks = False
        return self._says_goodbye(now) if self._follow(Trigger.PROMISE) else []

    def not_promised(self, now: float) -> list[Command]:
        """They are not, and wait on."""
        self._asks = False
        if self.state is State.WAITING:
            self._follow(Trigger.TELL)
        if self.state not in {State.TOLD, State.GREETED}:
            return []
        self._due = now + SAID_WITHIN
        return [Say((Prompt.QUEUE_NOT_CALLED_BACK, *self._notice()))]

    def hung_up(self) -> list[Command]:
        """The caller has gone, or is talked with."""
        self._follow(Trigger.HANG_UP)
        self._due = None
        return []

    def get_timer(self) -> float | None:
        return self._due

    def handle_timer(self, now: float) -> list[Command]:
        if self._due is None or now < self._due:
            return []
        if self.state is State.WAITING:
            self._due = now + self._announce
            return [AskPlace()]
        return self.said(now)

    def _notice(self) -> tuple[Words, ...]:
        """What they are to hear to its end before anybody talks with them, also where a key cut it short."""
        return (Prompt.QUEUE_LISTENED,) if self._listened else ()

    def _offer(self) -> tuple[Words, ...]:
        return (Prompt.QUEUE_CALL_BACK, int(self._call_back)) if self._call_back else ()

    def _says_goodbye(self, now: float) -> list[Command]:
        self._due = now + SAID_WITHIN
        return [Say((*self._notice(), Prompt.QUEUE_CALLED_BACK))]

    def _wait(self, now: float) -> list[Command]:
        if self._follow(Trigger.WAIT):
            self._due = now + self._announce if self._announce > 0 else None
        return []

    def _hang_up(self) -> list[Command]:
        self._move(Trigger.HANG_UP)
        self._due = None
        return [HangUp()]
